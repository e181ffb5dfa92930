//! The write-back guard on bodies written out: where it refuses, what it leaves out, what passes byte by byte.

mod support;

use firstclass_body::{Direction, Fault, Options, Program, Verdict, WriteBack};
use support::{Outcome, check, program};

const ACTIONS: &str = r#"[{"strategy": "partial", "keep": "last", "count": 2, "mask_char": "*"}, {"strategy": "full"},
    {"strategy": "hash"}, {"strategy": "remove"}, {"strategy": "regex", "pattern": 1, "replacement": "$1***$2"}]"#;
const PATTERNS: [&str; 2] = ["^[0-9]{10}$", "(^.).*(@.*)$"];
const SCHEMAS: &str = r#"[
    {"types": ["object"], "required": ["id", "phone"],
     "properties": [["id", 1], ["phone", 2], ["ssn", 3], ["token", 4], ["gone", 5], ["mail", 6], ["home", 7], ["phones", 8],
                    ["others", 9], ["choice", 10], ["maybe", 13], ["both", 14], ["mine", 15]]},
    {"types": ["integer"]},
    {"types": ["string"], "pattern": 0, "min_length": 10, "mask": {"category": 0, "action": 0}},
    {"types": ["string", "null"], "mask": {"category": 1, "action": 1}},
    {"types": ["string"], "mask": {"category": 2, "action": 2}},
    {"types": ["string"], "mask": {"category": 0, "action": 3}},
    {"types": ["string"], "format": "email", "mask": {"category": 0, "action": 4}},
    {"types": ["object"], "properties": [["phone", 2], ["home", 7]]},
    {"types": ["array"], "items": 2},
    {"types": ["object"], "additional": 2},
    {"one_of": [11, 12]},
    {"types": ["object"], "required": ["phone"], "properties": [["phone", 2]]},
    {"types": ["object"], "required": ["ssn"], "properties": [["ssn", 3]]},
    {"any_of": [2, 1]},
    {"all_of": [3, 16]},
    {"types": ["string"], "owner": "sub", "mask": {"category": 1, "action": 1}},
    {"types": ["string"], "mask": {"category": 0, "action": 0}}]"#;

fn guarded() -> Program {
    program(SCHEMAS, &PATTERNS, ACTIONS)
}

fn judged(body: &str, more: Options<'_>) -> Outcome {
    check(&guarded(), body.as_bytes(), &more)
}

fn put(body: &str) -> Outcome {
    judged(body, Options::new(Direction::Request))
}

fn patch(body: &str) -> Outcome {
    judged(body, Options { write_back: WriteBack::LeftOut, ..Options::new(Direction::Request) })
}

fn is_written_back(body: &str, places: &[&str]) {
    let outcome = put(body);
    let expected: Vec<String> = places.iter().map(|place| format!("{place} masked")).collect();
    assert_eq!((outcome.verdict, outcome.violations), (Verdict::Refused(Fault::WrittenBack), expected), "{body}");
}

#[test]
fn a_masked_value_is_told_wherever_it_stands() {
    for (rest, places) in [
        (r#""phone":"********22""#, &["/phone"][..]),
        (r#""phone":"\u002a*22""#, &["/phone"]),
        (r#" "phone" : "**" "#, &["/phone"]),
        (r#""phone":"0790001122","ssn":"***""#, &["/ssn"]),
        (r#""phone":"0790001122","mail":"a***@example.org""#, &["/mail"]),
        (r#""phone":"0790001122","home":{"home":{"phone":"***22"}}"#, &["/home/home/phone"]),
        (r#""phone":"0790001122","phones":["0790001122","***22"]"#, &["/phones/1"]),
        (r#""phone":"0790001122","others":{"anna":"***22"}"#, &["/others/anna"]),
        (r#""phone":"0790001122","choice":{"phone":"***22"}"#, &["/choice/phone"]),
        (r#""phone":"0790001122","choice":{"ssn":"***"}"#, &["/choice/ssn"]),
        (r#""phone":"0790001122","maybe":"***22""#, &["/maybe"]),
        (r#""phone":"0790001122","both":"***""#, &["/both"]),
        (r#""phone":"0790001122","both":"***22""#, &["/both"]),
        (r#""phone":"***22","ssn":"***""#, &["/phone", "/ssn"]),
    ] {
        is_written_back(&format!(r#"{{"id":1,{rest}}}"#), places);
    }
}

#[test]
fn what_is_no_mask_passes_byte_by_byte() {
    for rest in [
        r#""phone":"0790009999""#,
        r#""phone":"0790009999","ssn":"*** ""#,
        r#""phone":"0790009999","ssn":"****""#,
        r#""phone":"0790009999","ssn":null"#,
        r#""phone":"0790009999","ssn":"""#,
        r#""phone":"0790009999","gone":"***""#,
        r#""phone":"0790009999","mail":"anna@example.org""#,
        r#""phone":"0790009999","token":"W9zBRr9gdU5qBCQmCJV1x1""#,
        r#""phone" : "079000999\u0039", "home" : { } "#,
    ] {
        let body = format!(r#"{{"id":1,{rest}}}"#);
        for outcome in [put(&body), patch(&body)] {
            assert_eq!((outcome.verdict, outcome.output), (Verdict::Unchanged, body.clone().into_bytes()), "{body}");
        }
    }
}

#[test]
fn the_guard_decides_before_the_rules_of_the_same_value_and_over_those_of_others() {
    is_written_back(r#"{"phone":"***22","id":"x","undeclared":1}"#, &["/phone"]);
    assert_eq!(put(r#"{"id":1,"phone":"079*22"}"#).verdict, Verdict::Refused(Fault::Invalid));
    let unreadable = r#"{"id":1,"phone":"***22","phone":"***22"}"#;
    assert_eq!(put(unreadable).verdict, Verdict::Refused(Fault::Unreadable));
}

#[test]
fn a_full_list_of_faults_does_not_hide_it() {
    let strays: String = (0..30).map(|at| format!(r#""x{at}":1,"#)).collect();
    let body = format!(r#"{{{strays}"id":1,"phone":"***22"}}"#);
    let relaxed = judged(&body, Options { relaxed: true, ..Options::new(Direction::Request) });
    assert_eq!(relaxed.verdict, Verdict::Refused(Fault::WrittenBack));
    assert_eq!(relaxed.violations, ["/phone masked"]);
    assert_eq!(put(&body).verdict, Verdict::Refused(Fault::Invalid), "enough is known after twenty faults");
}

#[test]
fn relaxed_faults_are_recorded_and_pass() {
    let body = r#"{"id":"x","phone":"1","shoe":43}"#;
    let outcome = judged(body, Options { relaxed: true, ..Options::new(Direction::Request) });
    assert_eq!((outcome.verdict, outcome.output), (Verdict::Unchanged, body.as_bytes().to_vec()));
    assert_eq!(outcome.violations, ["/id type", "/phone minLength", "/phone pattern", "/shoe undeclared"]);
}

#[test]
fn who_sees_a_category_may_write_what_looks_like_its_mask() {
    let body = r#"{"id":1,"phone":"0790001122","ssn":"***"}"#;
    let seeing = |unmask| judged(body, Options { unmask, ..Options::new(Direction::Request) }).verdict;
    assert_eq!(seeing(0b10), Verdict::Unchanged);
    assert_eq!(seeing(0b101), Verdict::Refused(Fault::WrittenBack));
}

#[test]
fn a_hash_is_known_by_its_seal() {
    let key = b"Jefe";
    let answer = Options { hash_key: key, ..Options::new(Direction::Response) };
    let shown = judged(r#"{"id":1,"phone":"0790001122","token":"secret"}"#, answer);
    let shown = String::from_utf8(shown.output).expect("text");
    let hash = shown.split(r#""token":""#).nth(1).and_then(|rest| rest.split('"').next()).expect("a hash");
    assert_eq!(hash.len(), 22);
    let written = |text: &str, key: &'static [u8]| {
        let body = format!(r#"{{"id":1,"phone":"0790001122","token":"{text}"}}"#);
        judged(&body, Options { hash_key: key, ..Options::new(Direction::Request) }).verdict
    };
    assert_eq!(written(hash, key), Verdict::Refused(Fault::WrittenBack));
    assert_eq!(written(hash, b"another"), Verdict::Unchanged);
    let other = format!("{}{}", if hash.starts_with('A') { 'B' } else { 'A' }, &hash[1..]);
    assert_eq!(written(&other, key), Verdict::Unchanged);
    assert_eq!(written("Maximiliane-Schumacher", key), Verdict::Unchanged);
}

#[test]
fn a_merge_patch_leaves_masked_members_out() {
    for (body, expected) in [
        (r#"{"id":1,"phone":"********22"}"#, r#"{"id":1}"#),
        (r#"{"phone":"********22","id":1}"#, r#"{"id":1}"#),
        (r#"{ "phone" : "**" , "id" : 1 }"#, r#"{  "id" : 1 }"#),
        (r#"{"phone":"**22","id":1,"ssn":"***"}"#, r#"{"id":1}"#),
        (r#"{"id":1,"phone":"***22","ssn":"\u002a**","home":{"phone":"***22"}}"#, r#"{"id":1,"home":{}}"#),
        (
            r#"{"id":1,"phone":"0790001122","home":{"phone":"***22","home":{}}}"#,
            r#"{"id":1,"phone":"0790001122","home":{"home":{}}}"#,
        ),
        (
            r#"{"id":1,"phone":"***22","others":{"a":"***22","b":"0790001122"}}"#,
            r#"{"id":1,"others":{"b":"0790001122"}}"#,
        ),
        (r#"{"id":1,"phone":"***22","choice":{"phone":"***22"},"maybe":"***22"}"#, r#"{"id":1,"choice":{}}"#),
        (r#"{"id":1,"phone":"***22","ssn":null}"#, r#"{"id":1,"ssn":null}"#),
    ] {
        let outcome = patch(body);
        assert_eq!(outcome.verdict, Verdict::Rewritten, "{body} {:?}", outcome.violations);
        assert_eq!(String::from_utf8_lossy(&outcome.output), expected, "{body}");
    }
}

#[test]
fn of_a_list_in_a_merge_patch_nothing_is_left_out() {
    let outcome = patch(r#"{"id":1,"phone":"***22","phones":["***22"]}"#);
    assert_eq!(outcome.verdict, Verdict::Refused(Fault::WrittenBack));
    assert_eq!(outcome.violations, ["/phones/0 masked"]);
    let root = program(
        r#"[{"types": ["string"], "mask": {"category": 0, "action": 0}}]"#,
        &PATTERNS,
        r#"[{"strategy": "full"}]"#,
    );
    let options = Options { write_back: WriteBack::LeftOut, ..Options::new(Direction::Request) };
    assert_eq!(check(&root, br#""***""#, &options).verdict, Verdict::Refused(Fault::WrittenBack));
}

#[test]
fn an_owner_decides_before_the_guard() {
    let body = r#"{"id":1,"phone":"0790001122","mine":"***"}"#;
    for outcome in [put(body), patch(body)] {
        assert_eq!(outcome.verdict, Verdict::Refused(Fault::Foreign));
    }
}

#[test]
fn nothing_is_guarded_where_nothing_is_written() {
    let open = Options { write_back: WriteBack::Unguarded, ..Options::new(Direction::Request) };
    assert_eq!(judged(r#"{"id":1,"phone":"0790001122","ssn":"***"}"#, open).verdict, Verdict::Unchanged);
}

#[test]
fn what_a_fault_left_in_doubt_was_shown_masked_and_is_not_written_back() {
    let schemas = r#"[{"all_of": [1, 2]}, {"types": ["object"], "properties": [["age", 3], ["phone", 4]]}, {"if": 5, "then": 6},
        {"types": ["integer"]}, {"types": ["string"]}, {"properties": [["age", 7]], "required": ["age"]}, {"properties": [["phone", 8]]},
        {"types": ["integer"], "maximum": 17}, {"types": ["string"], "mask": {"category": 0, "action": 0}}]"#;
    let persons = program(schemas, &[], r#"[{"strategy": "full"}]"#);
    let relaxed = |body: &str| {
        let options = Options { relaxed: true, ..Options::new(Direction::Request) };
        check(&persons, body.as_bytes(), &options).verdict
    };
    assert_eq!(relaxed(r#"{"age":"16","phone":"***"}"#), Verdict::Refused(Fault::WrittenBack));
    assert_eq!(relaxed(r#"{"age":"16","phone":"5"}"#), Verdict::Unchanged);
    assert_eq!(relaxed(r#"{"age":40,"phone":"***"}"#), Verdict::Unchanged);
}
