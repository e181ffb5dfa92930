//! Programs written as JSON, and one call that judges a body with them.
#![allow(dead_code)] // each test binary uses its own part

use firstclass_body::{Direction, Options, Program, Scratch, Verdict};
use firstclass_bundle::{Action, Pattern, Schema};

/// Schemas as a JSON array; patterns as they are; actions as a JSON array.
pub fn program(schemas: &str, patterns: &[&str], actions: &str) -> Program {
    let schemas: Vec<Schema> = serde_json::from_str(schemas).expect("schemas");
    let patterns: Vec<Pattern> =
        patterns.iter().map(|text| Pattern { source: (*text).to_owned(), regex: (*text).to_owned() }).collect();
    let actions: Vec<Action> = serde_json::from_str(actions).expect("actions");
    Program::compile(&schemas, &patterns, &actions).expect("a program")
}

/// What came of a body.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub verdict: Verdict,
    /// What leaves: the input, the rewritten body, or nothing.
    pub output: Vec<u8>,
    /// `pointer keyword`, in order.
    pub violations: Vec<String>,
    pub masked: u64,
    /// Pointers of undeclared members that were left out, where they are told.
    pub left_out: Vec<String>,
}

pub fn check(program: &Program, input: &[u8], options: &Options<'_>) -> Outcome {
    let mut scratch = Scratch::default();
    let verdict = program.check(0, input, options, &mut scratch);
    let output = match verdict {
        Verdict::Unchanged => input.to_vec(),
        Verdict::Rewritten => scratch.output().to_vec(),
        Verdict::Refused(_) => {
            assert!(scratch.output().is_empty(), "a refusal leaves nothing behind");
            Vec::new()
        }
    };
    let violations =
        scratch.violations().iter().map(|violation| format!("{} {}", violation.pointer, violation.keyword)).collect();
    let left_out = scratch.left_out().iter().map(|told| told.pointer.clone()).collect();
    Outcome { verdict, output, violations, masked: scratch.masked(), left_out }
}

pub fn request(program: &Program, input: &str) -> Outcome {
    check(program, input.as_bytes(), &Options::new(Direction::Request))
}

pub fn recorded(program: &Program, input: &str) -> Outcome {
    check(program, input.as_bytes(), &Options::new(Direction::Response))
}

pub fn strict(program: &Program, input: &str) -> Outcome {
    check(program, input.as_bytes(), &Options { strict: true, ..Options::new(Direction::Response) })
}

/// The output of an answer that must pass.
pub fn passed(outcome: &Outcome) -> &str {
    assert!(!matches!(outcome.verdict, Verdict::Refused(_)), "{outcome:?}");
    std::str::from_utf8(&outcome.output).expect("UTF-8")
}

#[allow(clippy::print_stdout)] // a skipped test says so
pub fn test_data(path: &str) -> Option<std::path::PathBuf> {
    let root = std::env::var_os("FIRSTCLASS_TEST_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    let path = root.join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is absent", path.display());
    None
}
