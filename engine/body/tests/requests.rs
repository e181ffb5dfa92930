//! What passes in: nothing is rewritten, nothing undeclared is taken.

mod support;

use firstclass_body::{Direction, Fault, Options, Shadows, Verdict};
use support::{check, program, request};

const INVALID: Verdict = Verdict::Refused(Fault::Invalid);

#[test]
fn undeclared_members_are_violations_at_their_own_place() {
    let program = program(r#"[{"properties": [["role", 1], ["at", 0]]}, {"types": ["string"]}]"#, &[], "[]");
    for (input, violations) in [
        (r#"{"Role":"admin"}"#, vec!["/Role undeclared"]),
        (r#"{"at":{"a/b~":1,"role":1}}"#, vec!["/at/a~1b~0 undeclared", "/at/role type"]),
        (r#"{"r\u006fle":"x","x\u002fy":{}}"#, vec!["/x~1y undeclared"]),
    ] {
        let outcome = request(&program, input);
        assert_eq!(
            (outcome.verdict, outcome.violations),
            (INVALID, violations.into_iter().map(String::from).collect()),
            "{input}"
        );
    }
    let long = format!("{{\"{}\":1}}", "é".repeat(200));
    assert_eq!(request(&program, &long).violations, [format!("/{} undeclared", "é".repeat(64))]);
    assert_eq!(request(&program, r#"{"rol\u0065":"admin"}"#).verdict, Verdict::Unchanged);
}

#[test]
fn masks_and_drops_change_no_request() {
    let schemas =
        r#"[{"properties": [["a", 1], ["b", 2]]}, {"mask": {"category": 0, "action": 0}}, {"dropped": true}]"#;
    let program = program(schemas, &[], r#"[{"strategy": "full"}]"#);
    assert_eq!(request(&program, r#"{"a":"x","b":1}"#).verdict, Verdict::Unchanged);
}

#[test]
fn every_keyword_names_itself() {
    let check = |node: &str, input: &str| {
        let outcome = request(&program(&format!("[{node}, {{}}]"), &["^a+$"], "[]"), input);
        if outcome.verdict == Verdict::Unchanged { "fine".to_owned() } else { outcome.violations.join(",") }
    };
    for (node, good, bad, keyword) in [
        (
            r#"{"types": ["integer"]}"#,
            vec!["1", "1.0", "1e2", "100e-2", "9007199254740993", "-0"],
            vec!["1.5", "\"1\"", "null", "[]"],
            " type",
        ),
        (r#"{"types": ["number", "null"]}"#, vec!["1", "1.5", "null"], vec!["true", "{}"], " type"),
        (
            r#"{"enum": ["a", 1, null, true, {"x": [1]}]}"#,
            vec!["\"a\"", "\"\\u0061\"", "1.0", "10e-1", "null", "true"],
            vec!["\"b\"", "2", "false", "[]"],
            " enum",
        ),
        (
            r#"{"min_length": 2, "max_length": 3}"#,
            vec!["\"ab\"", "\"éé\"", "\"\\ud83d\\ude00\\u00e9\"", "\"\\n\\n\\n\"", "5"],
            vec!["\"a\"", "\"é\"", "\"\\u00e9\""],
            " minLength",
        ),
        (
            r#"{"min_length": 2, "max_length": 3}"#,
            vec!["\"ééé\"", "\"😀😀😀\""],
            vec!["\"abcd\"", "\"éééé\"", "\"\\u0061\\u0061\\u0061\\u0061\""],
            " maxLength",
        ),
        (r#"{"pattern": 0}"#, vec!["\"aa\"", "\"\\u0061\"", "1"], vec!["\"ab\"", "\"\""], " pattern"),
        (r#"{"format": "date"}"#, vec!["\"2024-02-29\"", "1"], vec!["\"2023-02-29\""], " format"),
        (
            r#"{"format": "int32"}"#,
            vec!["2147483647", "-2147483648.0", "1e2", "\"x\""],
            vec!["2147483648", "-2147483649", "1.5", "1e300"],
            " format",
        ),
        (
            r#"{"format": "int64"}"#,
            vec!["9223372036854775807", "-9223372036854775808"],
            vec!["9223372036854775808", "1e19"],
            " format",
        ),
        (r#"{"format": "float"}"#, vec!["3.4e38", "-1e-400"], vec!["3.5e38", "-1e39"], " format"),
        (r#"{"minimum": 1.10}"#, vec!["1.1", "11e-1", "2"], vec!["1.0999999999999999999999", "-5"], " minimum"),
        (
            r#"{"maximum": 9007199254740992}"#,
            vec!["9007199254740992", "-1e300"],
            vec!["9007199254740993", "1e300"],
            " maximum",
        ),
        (r#"{"exclusive_minimum": 0}"#, vec!["1e-300"], vec!["0", "-0.0", "-1"], " exclusiveMinimum"),
        (r#"{"exclusive_maximum": 1}"#, vec!["0.99999999999999999999"], vec!["1", "1.0"], " exclusiveMaximum"),
        (r#"{"multiple_of": 0.01}"#, vec!["19.99", "0", "4.35"], vec!["19.999", "1e-3"], " multipleOf"),
        (r#"{"min_items": 1, "max_items": 2}"#, vec!["[1]", "[1,2]"], vec!["[]"], " minItems"),
        (r#"{"min_items": 1, "max_items": 2}"#, vec![], vec!["[1,2,3]"], " maxItems"),
        (
            r#"{"unique_items": true}"#,
            vec!["[1,2]", "[]", "[\"1\",1]"],
            vec!["[1,1.0]", "[[{}],[{}]]", "[\"a\",\"\\u0061\"]"],
            " uniqueItems",
        ),
        (
            r#"{"additional": 1, "min_properties": 1, "max_properties": 2}"#,
            vec![r#"{"a":1}"#],
            vec!["{}"],
            " minProperties",
        ),
        (r#"{"additional": 1, "max_properties": 1}"#, vec!["{}"], vec![r#"{"a":1,"b":2}"#], " maxProperties"),
        (
            r#"{"additional": 1, "required": ["a"]}"#,
            vec![r#"{"a":1}"#, r#"{"\u0061":1}"#],
            vec!["{}", r#"{"A":1}"#],
            "/a required",
        ),
        (
            r#"{"additional": 1, "dependent_required": [["a", ["b"]]]}"#,
            vec!["{}", r#"{"b":1}"#],
            vec![r#"{"a":1}"#],
            "/b dependentRequired",
        ),
        (r#"{"never": "readOnly"}"#, vec![], vec!["1", "{}", "[[]]", "\"x\""], " readOnly"),
    ] {
        for input in good {
            assert_eq!(check(node, input), "fine", "{node} {input}");
        }
        for input in bad {
            assert_eq!(check(node, input), keyword, "{node} {input}");
        }
    }
}

#[test]
fn integers_beyond_a_double_keep_their_digits_and_numbers_beyond_it_are_refused() {
    let program = program(r#"[{"types": ["integer"]}]"#, &[], "[]");
    assert_eq!(request(&program, "123456789012345678901234567890").verdict, Verdict::Unchanged);
    assert_eq!(request(&program, "1e400").verdict, Verdict::Refused(Fault::Unreadable));
}

#[test]
fn an_owner_is_the_caller_or_the_exchange_is_foreign() {
    for schemas in [
        r#"[{"properties": [["id", 1]]}, {"owner": "sub"}]"#,
        r#"[{"all_of": [2], "dependent_required": [["-", []]]}, {"owner": "sub"}, {"properties": [["id", 1]]}]"#,
    ] {
        let program = program(schemas, &[], "[]");
        for direction in [Direction::Request, Direction::Response] {
            let options = Options { claims: &|claim| (claim == "sub").then_some("42"), ..Options::new(direction) };
            for (input, verdict) in [
                (r#"{"id":"42"}"#, Verdict::Unchanged),
                (r#"{"id":42}"#, Verdict::Unchanged),
                (r#"{"id":"\u00342"}"#, Verdict::Unchanged),
                (r#"{}"#, Verdict::Unchanged),
                (r#"{"id":"43"}"#, Verdict::Refused(Fault::Foreign)),
                (r#"{"id":42.0}"#, Verdict::Refused(Fault::Foreign)),
                (r#"{"id":null}"#, Verdict::Refused(Fault::Foreign)),
                (r#"{"id":true}"#, Verdict::Refused(Fault::Foreign)),
                (r#"{"id":["42"]}"#, Verdict::Refused(Fault::Foreign)),
            ] {
                assert_eq!(check(&program, input.as_bytes(), &options).verdict, verdict, "{input}");
            }
        }
        assert_eq!(request(&program, r#"{"id":"42"}"#).verdict, Verdict::Refused(Fault::Foreign), "no claim, no owner");
    }
}

#[test]
fn what_an_object_takes_besides_is_no_other_spelling_of_what_has_an_owner() {
    for schemas in [
        r#"[{"properties": [["id", 1], ["at", 2]], "additional": 2}, {"owner": "sub"}, {"additional": 2}]"#,
        r#"[{"all_of": [2, 3], "dependent_required": [["-", []]]}, {"owner": "sub"}, {"properties": [["id", 1], ["at", 4]]},
            {"additional": 4}, {"additional": 4}]"#,
    ] {
        let program = program(schemas, &[], "[]");
        let options = Options { claims: &|_| Some("42"), ..Options::new(Direction::Request) };
        let outcome = |input: &str| check(&program, input.as_bytes(), &options);
        for name in ["ID", "Id", "i_d", "id[]", "\\ufeffid", "\\u0000id", "i\\u0064 ", "\u{131}d"] {
            let found = outcome(&format!(r#"{{"id":"42","{name}":"7"}}"#));
            assert_eq!(found.verdict, INVALID, "{name}");
            assert!(found.violations[0].ends_with(" undeclared"), "{:?}", found.violations);
        }
        for input in [r#"{"id":"42","AT":1,"ids":2,"x":{"ID":"7"}}"#, r#"{"at":{"ID":1}}"#] {
            assert_eq!(outcome(input).verdict, Verdict::Unchanged, "{input}");
        }
    }
}

#[test]
fn what_is_reserved_refuses_the_document_however_relaxed_it_is_judged() {
    let reserved = Shadows::new(["user_id"]);
    for schemas in [
        r#"[{"properties": [["a", 1], ["userId", 1]]}, {}]"#,
        r#"[{"all_of": [2], "dependent_required": [["-", []]]}, {}, {"properties": [["a", 1], ["userId", 1]]}]"#,
    ] {
        let program = program(schemas, &[], "[]");
        for (relaxed, refused) in [(true, Verdict::Refused(Fault::Shadow)), (false, INVALID)] {
            let options = Options { reserved: Some(&reserved), relaxed, ..Options::new(Direction::Request) };
            let many: String = (0..30).map(|n| format!(r#""x{n}":1,"#)).collect();
            for input in [
                r#"{"user_id":1}"#.to_owned(),
                r#"{"a":1,"USER-ID":1}"#.to_owned(),
                r#"{"\u005fmethod":"DELETE"}"#.to_owned(),
                format!("{{{many}\"user_id\":1}}"),
            ] {
                let found = check(&program, input.as_bytes(), &options);
                assert!(found.verdict == refused || !relaxed, "{input}");
                assert!(matches!(found.verdict, Verdict::Refused(_)) && found.violations.len() <= 20, "{input}");
                let told = found.violations.last().expect("it is told");
                assert!(
                    !relaxed || ["/user_id", "/USER-ID", "/_method"].iter().any(|name| told.starts_with(name)),
                    "{told}"
                );
            }
            let passes = check(&program, br#"{"userId":1,"a":[{"user_id":1}]}"#, &options);
            assert_eq!(passes.verdict == Verdict::Unchanged, relaxed, "what lies below is not merged");
            assert_eq!(check(&program, br#"{"userId":1}"#, &options).verdict, Verdict::Unchanged);
        }
    }
}
