//! What passes out: projection, structure, conformance in both modes.

mod support;

use firstclass_body::{Direction, Fault, Options, Verdict};
use support::{check, passed, program, recorded, request, strict};

const INVALID: Verdict = Verdict::Refused(Fault::Invalid);

#[test]
fn undeclared_members_leave_with_the_right_comma() {
    let program = program(r#"[{"properties": [["a", 1], ["b", 1]]}, {}]"#, &[], "[]");
    for (input, output) in [
        (r#"{"a":1}"#, r#"{"a":1}"#),
        (r#"{"x":1}"#, r#"{}"#),
        (r#"{"x":1,"a":2}"#, r#"{"a":2}"#),
        (r#"{"a":1,"x":2}"#, r#"{"a":1}"#),
        (r#"{"x":1,"y":2,"a":3}"#, r#"{"a":3}"#),
        (r#"{"x":1,"a":2,"y":3,"b":4,"z":5}"#, r#"{"a":2,"b":4}"#),
        (r#"{"x":1,"y":2}"#, r#"{}"#),
        ("{ \"x\" : 1 , \"a\" : 2 }", "{  \"a\" : 2 }"),
        ("{ \"a\" : 1 , \"x\" : [{}] }", "{ \"a\" : 1  }"),
        (r#"{"A":1,"x":{"a":[1,{"a":2}]},"a":"\u0041"}"#, r#"{"a":"\u0041"}"#),
    ] {
        assert_eq!(passed(&recorded(&program, input)), output, "{input}");
        assert_eq!(passed(&strict(&program, input)), output, "{input}");
    }
}

#[test]
fn a_document_without_edits_is_passed_as_it_is() {
    let program = program(r#"[{"properties": [["a", 1]]}, {"items": 0}]"#, &[], "[]");
    for input in [" { \"a\" : [ { } , {\"\\u0061\": []} ] } \n", "{}", "[]", "1", "{\"a\":[{\"a\":[{}]}]}"] {
        let outcome = strict(&program, input);
        assert_eq!((outcome.verdict, passed(&outcome)), (Verdict::Unchanged, input));
    }
}

#[test]
fn duplicates_are_refused_among_declared_and_undeclared_names_in_any_spelling() {
    for schemas in [
        r#"[{"properties": [["a", 1]]}, {}]"#,
        r#"[{"all_of": [2], "dependent_required": [["-", []]]}, {}, {"properties": [["a", 1]]}]"#,
    ] {
        let program = program(schemas, &[], "[]");
        for input in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":1,"x":2}"#,
            r#"{"x":1,"\u0078":2}"#,
            r#"{"x":{"y":1,"y":1}}"#,
            r#"{"\u0000":1,"\u0000":1}"#,
        ] {
            let outcome = recorded(&program, input);
            assert_eq!(outcome.verdict, Verdict::Refused(Fault::Unreadable), "{input}");
            assert_eq!(outcome.violations, [" duplicate"]);
        }
        assert_eq!(passed(&recorded(&program, r#"{"a":1,"\u0000":1,"":2}"#)), r#"{"a":1}"#);
    }
}

#[test]
fn an_object_may_have_more_names_than_a_word_has_bits() {
    let names: Vec<String> = (0..200).map(|at| format!("[\"p{at}\", 1]")).collect();
    let program =
        program(&format!("[{{\"properties\": [{}], \"required\": [\"p199\"]}}, {{}}]", names.join(",")), &[], "[]");
    let members: Vec<String> = (0..200).rev().map(|at| format!("\"p{at}\":[]")).collect();
    let body = format!("{{{}}}", members.join(","));
    assert_eq!(strict(&program, &body).verdict, Verdict::Unchanged);
    for again in [0, 63, 64, 65, 128, 199] {
        let body = format!("{{{},\"p{again}\":1}}", members.join(","));
        assert_eq!(strict(&program, &body).verdict, Verdict::Refused(Fault::Unreadable));
    }
    assert_eq!(strict(&program, r#"{"p64":1}"#).violations, ["/p199 required"]);
}

#[test]
fn many_undeclared_names_are_read_in_linear_time_and_their_duplicates_found() {
    let program = program("[{}]", &[], "[]");
    let members: Vec<String> = (0..50_000).map(|at| format!("\"key{at}\":1")).collect();
    assert_eq!(passed(&recorded(&program, &format!("{{{}}}", members.join(",")))), "{}");
    let twice = format!("{{{},\"key31\":1}}", members.join(","));
    assert_eq!(recorded(&program, &twice).verdict, Verdict::Refused(Fault::Unreadable));
}

#[test]
fn conformance_is_recorded_or_refused_and_structure_is_always_refused() {
    let program = program(
        r#"[{"types": ["object"], "properties": [["s", 1], ["o", 2], ["l", 3], ["n", 4]], "required": ["s"]},
            {"types": ["string"], "max_length": 3}, {"types": ["object"]}, {"types": ["array"]}, {"types": ["null", "integer"]}]"#,
        &[],
        "[]",
    );
    for (input, violations) in [
        (r#"{"s":"long string"}"#, vec!["/s maxLength"]),
        (r#"{"s":12}"#, vec!["/s type"]),
        (r#"{"s":null}"#, vec!["/s type"]),
        (r#"{"o":null}"#, vec!["/o type", "/s required"]),
        (r#"{"s":"","n":1.5}"#, vec!["/n type"]),
    ] {
        let outcome = recorded(&program, input);
        assert_eq!((outcome.verdict, passed(&outcome)), (Verdict::Unchanged, input));
        assert_eq!(outcome.violations, violations);
        let outcome = strict(&program, input);
        assert_eq!(
            (outcome.verdict, outcome.violations),
            (INVALID, violations.into_iter().map(String::from).collect())
        );
    }
    for input in [
        r#"{"s":{"ssn":1}}"#,
        r#"{"s":["x"]}"#,
        r#"{"o":"text"}"#,
        r#"{"o":[]}"#,
        r#"{"l":{}}"#,
        r#"{"l":1}"#,
        r#"{"n":[]}"#,
        "[]",
        "\"text\"",
    ] {
        assert_eq!(recorded(&program, input).verdict, INVALID, "{input}");
        assert_eq!(strict(&program, input).verdict, INVALID, "{input}");
    }
}

#[test]
fn additional_properties_pass_by_their_own_schema() {
    let program = program(r#"[{"properties": [["a", 1]], "additional": 1}, {"types": ["integer"]}]"#, &[], "[]");
    assert_eq!(strict(&program, r#"{"a":1,"b":2}"#).verdict, Verdict::Unchanged);
    assert_eq!(strict(&program, r#"{"a":1,"b":"x"}"#).violations, ["/* type"]);
    assert_eq!(request(&program, r#"{"a":1,"b":2}"#).verdict, Verdict::Unchanged);
}

#[test]
fn values_of_nobody_stay_closed_at_every_depth() {
    let program = program(r#"[{"types": ["array"]}]"#, &[], "[]");
    assert_eq!(passed(&strict(&program, r#"[1,{"a":1},[{"b":2}]]"#)), "[1,{},[{}]]");
    assert_eq!(request(&program, r#"[{},{"a":1}]"#).violations, ["/1/a undeclared"]);
}

#[test]
fn what_may_never_be_there_is_left_out_and_recorded() {
    let program = program(r#"[{"properties": [["a", 1], ["b", 2]]}, {"never": "false"}, {}]"#, &[], "[]");
    let outcome = recorded(&program, r#"{"b":1,"a":{"x":1}}"#);
    assert_eq!((passed(&outcome), &outcome.violations[..]), (r#"{"b":1}"#, &["/a false".to_owned()][..]));
    assert_eq!(strict(&program, r#"{"b":1,"a":2}"#).verdict, INVALID);
    assert_eq!(request(&program, r#"{"b":1,"a":2}"#).violations, ["/a false"]);
}

#[test]
fn an_unreadable_answer_is_unreadable_however_far_it_was_read() {
    let program = program(
        r#"[{"properties": [["a", 1]]}, {"mask": {"category": 0, "action": 0}}]"#,
        &[],
        r#"[{"strategy": "full"}]"#,
    );
    for input in [
        r#"{"a":"secret","#,
        r#"{"a":"secret"} x"#,
        r#"{"a":"secret","b":nul}"#,
        "{\"a\":\"secret\",\"b\":\"\u{1}\"}",
        r#"{"a":"secret","a":1}"#,
        r#"{"a":"secret" "b":1}"#,
    ] {
        let outcome = recorded(&program, input);
        assert_eq!(outcome.verdict, Verdict::Refused(Fault::Unreadable), "{input}");
    }
}

#[test]
fn violations_are_bounded_and_name_places_not_values() {
    let program = program(r#"[{"items": 1}, {"types": ["integer"]}]"#, &[], "[]");
    let body = format!("[{}]", vec!["\"secret\""; 100].join(","));
    for options in [Options::new(Direction::Request), Options::new(Direction::Response)] {
        let outcome = check(&program, body.as_bytes(), &options);
        assert_eq!(outcome.violations.len(), 20);
        assert_eq!(outcome.violations[19], "/19 type");
    }
    let none = Options { max_violations: 0, ..Options::new(Direction::Request) };
    assert_eq!(check(&program, body.as_bytes(), &none).verdict, INVALID);
}

#[test]
fn what_lies_near_the_end_is_judged_as_it_is_elsewhere() {
    let schemas = r#"[{"types": ["object"], "required": ["id"], "properties": [["id", 1], ["card", 2], ["on", 3], ["note", 4]]},
        {"types": ["integer"], "minimum": 1, "maximum": 99}, {"types": ["string"], "mask": {"category": 0, "action": 0}},
        {"types": ["boolean"]}, {"types": ["string"], "format": "date"}]"#;
    let program = program(schemas, &[], r#"[{"strategy": "partial", "keep": "last", "count": 4, "mask_char": "*"}]"#);
    let whole = r#"{"id":42,"card":"4111111111111111","on":false,"note":"2025-03-01","shelf":12}"#;
    let room = " ".repeat(300);
    for input in [whole, &whole.replace(":", ": "), &whole.replace("42", "420"), &whole.replace("03-01", "13-01")] {
        for end in 0..=input.len() {
            let near = strict(&program, &input[..end]);
            let far = strict(&program, &format!("{}{room}", &input[..end]));
            assert_eq!((near.verdict, &near.violations), (far.verdict, &far.violations), "{}", &input[..end]);
            if near.verdict == Verdict::Rewritten {
                assert_eq!(passed(&near), passed(&far).trim_end());
                assert!(passed(&near).contains(r#""************1111""#) && !passed(&near).contains("shelf"));
            }
            assert!(end == input.len() || near.verdict != Verdict::Rewritten, "half a document: {}", &input[..end]);
        }
    }
}
