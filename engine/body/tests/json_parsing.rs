//! JSONTestSuite: what is no JSON is refused, what is JSON is taken, whatever the schema.

mod support;

use firstclass_body::{Direction, Options, Verdict, read_ijson};

/// Valid JSON, but not I-JSON: a name occurs twice.
const DUPLICATES: [&str; 2] = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];

#[test]
fn the_parsing_suite_is_followed_in_requests_and_in_answers() {
    let Some(folder) = support::test_data("json-parsing/test_parsing") else {
        return;
    };
    // Every object is open: only the grammar decides.
    let open = support::program(r#"[{"additional": 0, "items": 0}]"#, &[], "[]");
    // The same over a tape.
    let taped = support::program(
        r#"[{"all_of": [1], "dependent_required": [["-", []]]}, {"additional": 0, "items": 0}]"#,
        &[],
        "[]",
    );
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let body = std::fs::read(&path).unwrap();
        let duplicate = DUPLICATES.contains(&name.as_str());
        let expected = match &name[..2] {
            "y_" => Some(!duplicate),
            "n_" => Some(false),
            _ => None,
        };
        let mut taken = vec![read_ijson(&body, 64).is_ok()];
        for program in [&open, &taped] {
            for direction in [Direction::Request, Direction::Response] {
                let outcome = support::check(program, &body, &Options::new(direction));
                assert_ne!(outcome.verdict, Verdict::Rewritten, "{name}");
                taken.push(outcome.verdict == Verdict::Unchanged);
            }
        }
        assert!(taken.iter().all(|one| *one == taken[0]), "{name}: {taken:?}");
        if let Some(expected) = expected {
            seen += 1;
            assert_eq!(taken[0], expected, "{name}");
        }
    }
    assert!(seen > 250, "{seen}");
}

#[test]
fn nesting_is_refused_quickly_in_declared_undeclared_and_taped_places() {
    for schemas in [
        "[{}]",
        r#"[{"items": 0, "additional": 0}]"#,
        r#"[{"all_of": [1], "dependent_required": [["-", []]]}, {"items": 0, "additional": 0}]"#,
    ] {
        let program = support::program(schemas, &[], "[]");
        for opening in ["[", "{\"a\":", "[{\"a\":"] {
            let body = opening.repeat(20_000);
            let outcome = support::request(&program, &body);
            assert_eq!(outcome.verdict, Verdict::Refused(firstclass_body::Fault::Unreadable));
            assert_eq!(outcome.violations, [" depth"]);
        }
    }
}

#[test]
fn depth_is_counted_exactly_up_to_the_limit() {
    for schemas in [r#"[{"items": 0}]"#, r#"[{"all_of": [1], "dependent_required": [["-", []]]}, {"items": 0}]"#] {
        let program = support::program(schemas, &[], "[]");
        for (depth, fine) in [(63, true), (64, true), (65, false)] {
            let body = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(support::request(&program, &body).verdict == Verdict::Unchanged, fine, "{depth}");
        }
        let options = Options { max_depth: usize::MAX, ..Options::new(Direction::Request) };
        let body = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_ne!(support::check(&program, body.as_bytes(), &options).verdict, Verdict::Unchanged);
    }
}
