//! The masking table of the design, and that nothing of a classified value is ever seen.

mod support;

use firstclass_body::{Direction, Fault, Options, Verdict};
use support::{check, passed, program, recorded, strict};

const ACTIONS: &str = r#"[{"strategy": "remove"}, {"strategy": "full"}, {"strategy": "partial", "keep": "last", "count": 4, "mask_char": "*"},
    {"strategy": "regex", "pattern": 0, "replacement": "$1***$2"}, {"strategy": "hash"}, {"strategy": "partial", "keep": "first", "count": 1, "mask_char": "\""}]"#;
const PATTERNS: [&str; 1] = ["(^.).*(@.*)$"];

/// `{"v": …, "w": …}` with the mask `action` on `v`, plainly and over a tape.
fn masked(action: usize, types: &str) -> [firstclass_body::Program; 2] {
    let node = format!(r#"{{"types": {types}, "mask": {{"category": 3, "action": {action}}}}}"#);
    [
        program(&format!(r#"[{{"properties": [["v", 1], ["w", 2]]}}, {node}, {{}}]"#), &PATTERNS, ACTIONS),
        program(
            &format!(
                r#"[{{"all_of": [3], "dependent_required": [["-", []]]}}, {node}, {{}}, {{"properties": [["v", 1], ["w", 2]]}}]"#
            ),
            &PATTERNS,
            ACTIONS,
        ),
    ]
}

fn same(action: usize, types: &str, pairs: &[(&str, &str)]) {
    for program in masked(action, types) {
        for (value, expected) in pairs {
            let outcome = recorded(&program, &format!(r#"{{"v":{value},"w":1}}"#));
            let expected =
                if expected.is_empty() { r#"{"w":1}"#.to_owned() } else { format!(r#"{{"v":{expected},"w":1}}"#) };
            assert_eq!(passed(&outcome), expected, "{value}");
        }
    }
}

#[test]
fn remove_leaves_nothing_of_any_value() {
    same(
        0,
        r#"["string", "number", "object", "array", "null"]"#,
        &[("\"x\"", ""), ("1", ""), ("{\"a\":1}", ""), ("[[\"x\"]]", ""), ("null", "")],
    );
}

#[test]
fn full_hides_the_length_too() {
    same(1, r#"["string"]"#, &[("\"\"", "\"***\""), ("\"a long value\"", "\"***\""), ("null", "null")]);
}

#[test]
fn partial_keeps_decoded_characters_and_writes_them_escaped() {
    same(
        2,
        r#"["string"]"#,
        &[
            ("\"\\u0034\\u0031\\u00e911234\"", "\"****1234\""),
            ("\"123\"", "\"***\""),
            ("\"1234\"", "\"****\""),
            ("\"\"", "\"\""),
            ("\"abc\\u0001\\\"\\\\\\n\"", "\"***\\u0001\\\"\\\\\\n\""),
            ("\"😀😀éé11\"", "\"**éé11\""),
        ],
    );
    same(5, r#"["string"]"#, &[("\"abc\"", "\"a\\\"\\\"\"")]);
}

#[test]
fn regex_replaces_the_first_match_or_hides_all() {
    same(
        3,
        r#"["string"]"#,
        &[("\"anna@example.org\"", "\"a***@example.org\""), ("\"no match\"", "\"***\""), ("\"\"", "\"***\"")],
    );
}

#[test]
fn hash_is_keyed_and_the_same_for_every_spelling() {
    let [program, _] = masked(4, r#"["string"]"#);
    let with = |key: &'static [u8], input: &str| {
        let outcome =
            check(&program, input.as_bytes(), &Options { hash_key: key, ..Options::new(Direction::Response) });
        passed(&outcome).to_owned()
    };
    // HMAC-SHA-256, RFC 4231 test case 2; the last six characters are the seal, made of the sixteen before.
    assert_eq!(with(b"Jefe", r#"{"v":"what do ya want for nothing?"}"#), r#"{"v":"W9zBRr9gdU5qBCQm4X8NCw"}"#);
    assert_eq!(with(b"k", r#"{"v":"a"}"#), with(b"k", r#"{"v":"\u0061"}"#));
    assert_ne!(with(b"k", r#"{"v":"a"}"#), with(b"l", r#"{"v":"a"}"#));
}

#[test]
fn numbers_and_booleans_have_no_masked_form() {
    for action in 1..=4 {
        same(action, r#"["string", "number", "boolean"]"#, &[("1", ""), ("true", ""), ("1.5e3", ""), ("null", "null")]);
    }
}

#[test]
fn a_classified_scalar_of_another_type_is_left_out_or_refused() {
    for action in 1..=4 {
        same(action, r#"["string"]"#, &[("12345", ""), ("false", ""), ("null", "null")]);
        same(action, r#"["integer"]"#, &[("\"12345\"", ""), ("1", "")]);
        for program in masked(action, r#"["string"]"#) {
            assert_eq!(strict(&program, r#"{"v":12345}"#).verdict, Verdict::Refused(Fault::Invalid));
            for hidden in [r#"{"v":{"x":"secret"}}"#, r#"{"v":["secret"]}"#] {
                assert_eq!(recorded(&program, hidden).verdict, Verdict::Refused(Fault::Invalid));
            }
        }
    }
}

#[test]
fn a_category_can_be_unmasked_for_a_subscription() {
    for program in masked(1, r#"["string"]"#) {
        let outcome = recorded(&program, r#"{"v":"secret"}"#);
        assert_eq!((passed(&outcome), outcome.masked), (r#"{"v":"***"}"#, 1 << 3));
        let unmasked = Options { unmask: 1 << 3, ..Options::new(Direction::Response) };
        let outcome = check(&program, br#"{"v":"secret"}"#, &unmasked);
        assert_eq!((outcome.verdict, outcome.masked), (Verdict::Unchanged, 0));
        let other = Options { unmask: !(1 << 3), ..Options::new(Direction::Response) };
        assert_eq!(check(&program, br#"{"v":"secret"}"#, &other).verdict, Verdict::Rewritten);
    }
}

#[test]
fn a_value_is_judged_before_it_is_masked() {
    let program = program(
        r#"[{"properties": [["v", 1]]}, {"types": ["string"], "format": "email", "mask": {"category": 0, "action": 1}}]"#,
        &[],
        r#"[{"strategy": "remove"}, {"strategy": "full"}]"#,
    );
    assert_eq!(strict(&program, r#"{"v":"no address"}"#).violations, ["/v format"]);
    let outcome = recorded(&program, r#"{"v":"no address"}"#);
    assert_eq!((passed(&outcome), outcome.violations.len()), (r#"{"v":"***"}"#, 1));
    assert_eq!(passed(&strict(&program, r#"{"v":"a@b.de"}"#)), r#"{"v":"***"}"#);
}

#[test]
fn dropped_values_and_masked_items_leave_their_containers_well_formed() {
    let schemas = r#"[{"properties": [["l", 1], ["d", 3], ["m", 4]]}, {"types": ["array"], "items": 2}, {"types": ["integer", "string"], "mask": {"category": 0, "action": 1}},
        {"dropped": true}, {"types": ["array"], "items": 5}, {"types": ["string"], "mask": {"category": 0, "action": 0}}]"#;
    let program = program(schemas, &[], r#"[{"strategy": "remove"}, {"strategy": "full"}]"#);
    let outcome = recorded(&program, r#"{"d":[{"x":1}],"l":[1, "a", 2, "b", 3],"m":["x","y"]}"#);
    assert_eq!(
        passed(&outcome),
        r#"{"l":["a"*, "b"*],"m":[]}"#.replace("\"a\"*", " \"***\"").replace("\"b\"*", "\"***\"")
    );
}

#[test]
fn a_root_that_must_not_leave_refuses_the_answer() {
    for node in [r#"{"dropped": true}"#, r#"{"mask": {"category": 0, "action": 0}}"#, r#"{"never": "false"}"#] {
        let program = program(&format!("[{node}]"), &[], r#"[{"strategy": "remove"}]"#);
        for input in ["1", "\"x\"", "{}", "[]", "null"] {
            assert_eq!(recorded(&program, input).verdict, Verdict::Refused(Fault::Invalid), "{node} {input}");
        }
    }
    let program = program(r#"[{"mask": {"category": 0, "action": 0}}]"#, &[], r#"[{"strategy": "full"}]"#);
    assert_eq!(passed(&recorded(&program, "\"secret\"")), "\"***\"");
}
