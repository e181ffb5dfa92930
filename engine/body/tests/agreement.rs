//! Random schemas and bodies: the one pass, the tape and a slow reference must say the same.

#[path = "support/drawing.rs"]
mod drawing;
#[path = "support/reference.rs"]
mod reference;
mod support;

use drawing::{Dice, Shape, Tree};
use firstclass_body::{Direction, Fault, Options, Program, Scratch, Verdict, WriteBack};
use proptest::prelude::*;
use reference::{Expected, Reading};

/// The shape as it is; with every node behind another that asks more, so that each place needs the tape.
fn programs(shape: &Shape) -> [Program; 2] {
    let mut nodes = Vec::new();
    drawing::nodes(shape, &mut nodes);
    let plain = serde_json::to_string(&nodes).expect("JSON");
    let count = nodes.len();
    let mut wrapped: Vec<serde_json::Value> =
        (0..count).map(|at| serde_json::json!({"all_of": [at + count], "dependent_required": [["-", []]]})).collect();
    wrapped.extend(nodes);
    let wrapped = serde_json::to_string(&wrapped).expect("JSON");
    [support::program(&plain, &[], drawing::ACTIONS), support::program(&wrapped, &[], drawing::ACTIONS)]
}

/// How a body is read, and whether its faults decide.
fn readings(unmask: u64) -> [(Reading, bool); 6] {
    let (request, patch) = (Reading::Request(unmask), Reading::Patch(unmask));
    [
        (request, true),
        (request, false),
        (patch, true),
        (patch, false),
        (Reading::Answer, true),
        (Reading::Answer, false),
    ]
}

fn options(reading: Reading, strict: bool) -> Options<'static> {
    let (direction, write_back, unmask) = match reading {
        Reading::Answer => (Direction::Response, WriteBack::Refused, 0),
        Reading::Request(unmask) => (Direction::Request, WriteBack::Refused, unmask),
        Reading::Patch(unmask) => (Direction::Request, WriteBack::LeftOut, unmask),
    };
    Options { strict, relaxed: !strict, write_back, unmask, max_violations: 10_000, ..Options::new(direction) }
}

fn agree(program: &Program, shape: &Shape, tree: &Tree, body: &str, unmask: u64, scratch: &mut Scratch) {
    for (reading, strict) in readings(unmask) {
        let request = reading != Reading::Answer;
        let verdict = program.check(0, body.as_bytes(), &options(reading, strict), scratch);
        let mut found: Vec<String> = scratch
            .violations()
            .iter()
            .map(|violation| format!("{} {}", violation.pointer, violation.keyword))
            .collect();
        found.sort();
        let context = || format!("{shape:?}\n{body}\n{reading:?} strict {strict}: {verdict:?} {found:?}");
        match reference::expected(shape, tree, reading) {
            // An answer may be refused for its structure before its end is read.
            Expected::Unreadable if !request => {
                assert!(matches!(verdict, Verdict::Refused(_)), "{}", context())
            }
            Expected::Unreadable => assert_eq!(verdict, Verdict::Refused(Fault::Unreadable), "{}", context()),
            Expected::WrittenBack(mut places) => {
                places.sort();
                assert_eq!(verdict, Verdict::Refused(Fault::WrittenBack), "{}", context());
                assert_eq!(found, places, "{}", context());
            }
            Expected::Structure => {
                assert_eq!(verdict, Verdict::Refused(Fault::Invalid), "{}", context())
            }
            Expected::Value(None, _) => {
                assert_eq!(verdict, Verdict::Refused(Fault::Invalid), "{}", context())
            }
            Expected::Value(Some(value), mut faults) => {
                faults.sort();
                assert_eq!(found, faults, "{}", context());
                if strict && !faults.is_empty() {
                    assert_eq!(verdict, Verdict::Refused(Fault::Invalid), "{}", context());
                    continue;
                }
                let output = match verdict {
                    Verdict::Unchanged => body.as_bytes(),
                    Verdict::Rewritten => scratch.output(),
                    Verdict::Refused(_) => panic!("{}", context()),
                };
                assert!(!matches!(reading, Reading::Request(_)) || verdict == Verdict::Unchanged, "{}", context());
                assert_eq!(reference::read(output), value, "{}", context());
                let seen = output.windows(drawing::CANARY.len()).any(|window| window == drawing::CANARY.as_bytes());
                assert!(request || !seen, "{}", context());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_pass_tape_and_reference_agree(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let shape = drawing::shape(&mut dice, 3);
        let programs = programs(&shape);
        let mut scratch = Scratch::default();
        for _ in 0..10 {
            let tree = drawing::value(&mut dice, &shape, 3);
            let mut body = String::new();
            drawing::write(&mut dice, &tree, &mut body);
            let unmask = dice.below(8);
            // White space behind the document lets its last members be read as all others are.
            let spaced = body.clone() + &" ".repeat(100);
            for program in &programs {
                agree(program, &shape, &tree, &body, unmask, &mut scratch);
                agree(program, &shape, &tree, &spaced, unmask, &mut scratch);
            }
        }
    }

    #[test]
    fn no_byte_string_makes_it_panic_or_pass_what_is_no_json(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let shape = drawing::shape(&mut dice, 3);
        let programs = programs(&shape);
        let mut scratch = Scratch::default();
        let tree = drawing::value(&mut dice, &shape, 3);
        let mut body = String::new();
        drawing::write(&mut dice, &tree, &mut body);
        let mut bytes = body.into_bytes();
        for _ in 0..20 {
            let at = dice.below(bytes.len() as u64) as usize;
            match dice.below(4) {
                0 => bytes.truncate(at + 1),
                1 => bytes[at] = dice.below(256) as u8,
                2 => bytes.insert(at, b"{}[]\",:\\0e-"[dice.below(11) as usize]),
                _ => { if bytes.len() > 1 { bytes.remove(at); } }
            }
            let length = bytes.len();
            bytes.resize(length + 100 * dice.below(2) as usize, b' ');
            let valid = serde_json::from_slice::<serde_json::Value>(&bytes).is_ok();
            let verdicts = programs.each_ref().map(|program| program.check(0, &bytes, &Options::new(Direction::Request), &mut scratch));
            let taken = verdicts.map(|verdict| verdict == Verdict::Unchanged);
            prop_assert_eq!(taken[0], taken[1]);
            prop_assert!(valid || !taken[0]);
            bytes.truncate(length);
        }
    }
}
