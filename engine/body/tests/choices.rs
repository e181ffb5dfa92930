//! Places that more than one schema judges: branches, what they declare together, and the strictest mask.

mod support;

use firstclass_body::{Direction, Fault, Options, Verdict};
use support::{check, passed, program, recorded, request, strict};

const INVALID: Verdict = Verdict::Refused(Fault::Invalid);
const ACTIONS: &str = r#"[{"strategy": "full"}, {"strategy": "partial", "keep": "last", "count": 2, "mask_char": "*"},
    {"strategy": "partial", "keep": "first", "count": 2, "mask_char": "*"}, {"strategy": "hash"}, {"strategy": "remove"}]"#;

#[test]
fn all_parts_declare_one_place_together_merged_or_over_a_tape() {
    for more in ["", r#", "dependent_required": [["-", []]]"#] {
        let program = program(
            &format!(
                r#"[{{"all_of": [1, 2], "properties": [["c", 3]]{more}}}, {{"properties": [["a", 3]], "required": ["a"]}},
                    {{"properties": [["b", 3]]}}, {{"types": ["integer"]}}]"#
            ),
            &[],
            "[]",
        );
        assert_eq!(request(&program, r#"{"a":1,"b":2,"c":3}"#).verdict, Verdict::Unchanged);
        let violations = request(&program, r#"{"b":"x","d":2}"#).violations;
        assert_eq!(violations, ["/b type", "/d undeclared", "/a required"]);
        assert_eq!(passed(&strict(&program, r#"{"a":1,"d":{"a":2},"c":3}"#)), r#"{"a":1,"c":3}"#);
        assert_eq!(request(&program, "1").verdict, Verdict::Unchanged, "no part asks for an object");
    }
}

#[test]
fn parts_that_say_different_things_of_one_name_are_not_merged() {
    let program = program(
        r#"[{"all_of": [1, 2]}, {"types": ["object"], "properties": [["a", 3]]}, {"properties": [["a", 4]], "required": ["a"]},
            {"types": ["string"]}, {"max_length": 1, "mask": {"category": 0, "action": 0}}]"#,
        &[],
        ACTIONS,
    );
    assert_eq!(request(&program, r#"{"a":"xy"}"#).violations, ["/a maxLength"]);
    assert_eq!(request(&program, r#"{"a":1}"#).violations, ["/a type"]);
    assert_eq!(passed(&strict(&program, r#"{"a":"x"}"#)), r#"{"a":"***"}"#);
}

#[test]
fn only_valid_branches_declare() {
    let schemas = r#"[{"one_of": [1, 2]}, {"types": ["object"], "properties": [["kind", 3], ["meows", 5]], "required": ["kind"]},
        {"types": ["object"], "properties": [["kind", 4], ["barks", 5]], "required": ["kind"]}, {"enum": ["cat"]}, {"enum": ["dog"]}, {"types": ["boolean"]}]"#;
    let program = program(schemas, &[], "[]");
    assert_eq!(request(&program, r#"{"meows":true,"kind":"cat"}"#).verdict, Verdict::Unchanged);
    assert_eq!(request(&program, r#"{"barks":true,"kind":"cat"}"#).violations, ["/barks undeclared"]);
    assert_eq!(
        passed(&strict(&program, r#"{"barks":true,"meows":false,"kind":"cat"}"#)),
        r#"{"meows":false,"kind":"cat"}"#
    );
    assert_eq!(request(&program, r#"{"kind":"bird"}"#).violations, [" oneOf"]);
    let outcome = recorded(&program, r#"{"kind":"bird","meows":true,"barks":1,"x":2}"#);
    assert_eq!(passed(&outcome), r#"{"kind":"bird","meows":true,"barks":1}"#);
    assert_eq!(outcome.violations, [" oneOf"]);
    assert_eq!(recorded(&program, "[1]").verdict, INVALID);
    assert_eq!(recorded(&program, "\"text\"").verdict, INVALID);
}

#[test]
fn every_valid_branch_masks_and_the_strictest_wins() {
    for (first, second, expected) in [(1, 0, "***"), (1, 1, "****78"), (1, 2, "***"), (1, 4, "")] {
        let schemas = format!(
            r#"[{{"any_of": [1, 2, 3]}}, {{"properties": [["v", 4]]}}, {{"properties": [["v", 5]]}}, {{"properties": [["v", 6]]}},
            {{"types": ["string"], "mask": {{"category": 0, "action": {first}}}}}, {{"mask": {{"category": 1, "action": {second}}}}}, {{"types": ["string"]}}]"#
        );
        let program = program(&schemas, &[], ACTIONS);
        let outcome = recorded(&program, r#"{"v":"345678"}"#);
        let expected = if expected.is_empty() { "{}".to_owned() } else { format!("{{\"v\":\"{expected}\"}}") };
        assert_eq!(passed(&outcome), expected);
        assert_eq!(outcome.masked, 3);
    }
}

#[test]
fn where_no_branch_is_valid_the_strictest_mask_of_all_applies() {
    let schemas = r#"[{"properties": [["p", 1]]}, {"one_of": [2, 3]}, {"types": ["object"], "properties": [["v", 4], ["n", 6]], "required": ["a"]}, {"types": ["object"], "properties": [["v", 5]], "required": ["b"]},
        {"types": ["string"], "mask": {"category": 0, "action": 0}}, {"types": ["integer"]}, {"types": ["object"], "properties": [["x", 5]]}]"#;
    let program = program(schemas, &[], ACTIONS);
    assert_eq!(
        passed(&recorded(&program, r#"{"p":{"v":"secret","n":{"x":1,"y":2}}}"#)),
        r#"{"p":{"v":"***","n":{"x":1}}}"#
    );
    assert_eq!(passed(&recorded(&program, r#"{"p":{"v":12}}"#)), r#"{"p":{}}"#, "a number has no masked form");
    assert_eq!(recorded(&program, r#"{"p":{"v":{"v":"secret"}}}"#).verdict, INVALID);
    assert_eq!(strict(&program, r#"{"p":{"v":"secret"}}"#).violations, ["/p oneOf"]);
}

#[test]
fn a_discriminator_selects_the_only_branch_that_is_judged() {
    let schemas = r#"[{"one_of": [1, 2], "discriminator": {"property": "type", "mapping": [["cat", 1], ["dog", 2]]}},
        {"types": ["object"], "properties": [["type", 3], ["name", 3]], "required": ["name"]}, {"types": ["object"], "properties": [["type", 3], ["name", 4]]}, {"types": ["string"]}, {"types": ["string"], "mask": {"category": 0, "action": 0}}]"#;
    let program = program(schemas, &[], ACTIONS);
    assert_eq!(request(&program, r#"{"name":"x","type":"cat"}"#).verdict, Verdict::Unchanged);
    assert_eq!(request(&program, r#"{"type":"cat"}"#).violations, ["/name required"]);
    assert_eq!(request(&program, r#"{"type":"bird"}"#).violations, [" discriminator"]);
    assert_eq!(request(&program, r#"{"name":"x"}"#).violations, [" discriminator"]);
    assert_eq!(passed(&strict(&program, r#"{"name":"x","type":"c\u0061t"}"#)), r#"{"name":"x","type":"c\u0061t"}"#);
    assert_eq!(passed(&strict(&program, r#"{"name":"x","type":"dog"}"#)), r#"{"name":"***","type":"dog"}"#);
    assert_eq!(passed(&recorded(&program, r#"{"name":"x","type":"bird"}"#)), r#"{"name":"***","type":"bird"}"#);
    assert_eq!(recorded(&program, "[]").verdict, INVALID);
}

#[test]
fn a_nullable_reference_is_judged_by_its_own_branch() {
    let schemas = r#"[{"properties": [["p", 1]]}, {"any_of": [2, 3]}, {"types": ["null"]}, {"types": ["object"], "properties": [["v", 4]], "required": ["v"]}, {"types": ["string"], "mask": {"category": 0, "action": 0}}]"#;
    let program = program(schemas, &[], ACTIONS);
    assert_eq!(request(&program, r#"{"p":null}"#).verdict, Verdict::Unchanged);
    assert_eq!(request(&program, r#"{"p":{"x":1}}"#).violations, ["/p/x undeclared", "/p/v required"]);
    assert_eq!(request(&program, r#"{"p":1}"#).violations, ["/p anyOf"]);
    assert_eq!(passed(&strict(&program, r#"{"p":{"v":"secret","x":1}}"#)), r#"{"p":{"v":"***"}}"#);
    assert_eq!(recorded(&program, r#"{"p":["secret"]}"#).verdict, INVALID);
}

#[test]
fn names_that_are_forbidden_by_one_part_and_declared_by_another_are_faults() {
    let program = program(
        r#"[{"all_of": [1, 2]}, {"properties": [["a", 3]], "additional": 4}, {"properties": [["b", 3]]}, {}, {"never": "false"}]"#,
        &[],
        "[]",
    );
    assert_eq!(request(&program, r#"{"a":1,"b":1,"c":1}"#).violations, ["/b additionalProperties", "/c undeclared"]);
    assert_eq!(passed(&recorded(&program, r#"{"a":1,"b":1,"c":1}"#)), r#"{"a":1,"b":1}"#);
    assert_eq!(strict(&program, r#"{"a":1,"b":1}"#).verdict, INVALID);
    assert_eq!(passed(&strict(&program, r#"{"a":1,"c":1}"#)), r#"{"a":1}"#);
}

#[test]
fn patterns_and_conditions_declare_too() {
    let schemas = r#"[{"pattern_properties": [[0, 1]], "condition": 2}, {"types": ["string"], "mask": {"category": 0, "action": 0}}]"#;
    assert!(serde_json::from_str::<Vec<firstclass_bundle::Schema>>(schemas).is_err(), "the word is `if`");
    let schemas = r#"[{"pattern_properties": [[0, 1]], "if": 2, "then": 3, "else": 4}, {"types": ["string"], "mask": {"category": 0, "action": 0}},
        {"properties": [["kind", 5]], "required": ["kind"]}, {"properties": [["a", 6]], "required": ["a"]}, {"properties": [["b", 6]]}, {"enum": ["a"]}, {}]"#;
    let program = program(schemas, &["^x-"], ACTIONS);
    assert_eq!(
        passed(&strict(&program, r#"{"x-1":"secret","kind":"a","a":1,"b":2}"#)),
        r#"{"x-1":"***","kind":"a","a":1}"#
    );
    assert_eq!(passed(&strict(&program, r#"{"kind":"b","a":1,"b":2}"#)), r#"{"b":2}"#);
    assert_eq!(request(&program, r#"{"kind":"a"}"#).violations, ["/a required"]);
}

#[test]
fn work_is_bounded_however_branches_nest() {
    // Each level tries two branches that are the same: two to the depth without a memory of what was decided.
    let schemas = r#"[{"any_of": [1, 2]}, {"properties": [["n", 0]], "required": ["x"]}, {"properties": [["n", 0]]}]"#;
    let program = program(schemas, &[], "[]");
    let body = "{\"n\":".repeat(60) + "{}" + &"}".repeat(60);
    assert_eq!(request(&program, &body).verdict, Verdict::Unchanged);
    let branches: Vec<String> = (1..=1000).map(|at| at.to_string()).collect();
    let nodes: Vec<String> =
        (0..1000).map(|at| format!("{{\"types\": [\"object\"], \"required\": [\"k{at}\"]}}")).collect();
    let wide = support::program(
        &format!("[{{\"items\": 1001}}, {}, {{\"one_of\": [{}]}}]", nodes.join(","), branches.join(",")),
        &[],
        "[]",
    );
    let items = format!("[{}]", vec!["{\"k1\":1,\"z\":2}"; 20_000].join(","));
    let cheap = Options { max_steps: 200_000, ..Options::new(Direction::Response) };
    let outcome = check(&wide, items.as_bytes(), &cheap);
    assert_eq!(
        (outcome.verdict, &outcome.violations[..]),
        (Verdict::Refused(Fault::Unreadable), &[" budget".to_owned()][..])
    );
}

#[test]
fn a_hundred_thousand_items_are_compared_in_linear_time() {
    let program = program(r#"[{"unique_items": true}]"#, &[], "[]");
    let numbers: Vec<String> = (0..100_000).map(|at| at.to_string()).collect();
    assert_eq!(request(&program, &format!("[{}]", numbers.join(","))).verdict, Verdict::Unchanged);
    assert_eq!(request(&program, &format!("[{},70000.0]", numbers.join(","))).violations, [" uniqueItems"]);
}

#[test]
fn a_schema_that_applies_itself_is_refused_when_it_is_compiled() {
    let schemas: Vec<firstclass_bundle::Schema> =
        serde_json::from_str(r#"[{"all_of": [1]}, {"any_of": [2, 0]}, {}]"#).unwrap();
    assert!(firstclass_body::Program::compile(&schemas, &[], &[]).is_err());
    let schemas: Vec<firstclass_bundle::Schema> =
        serde_json::from_str(r#"[{"all_of": [1, 2]}, {"all_of": [2]}, {"properties": [["a", 0]]}]"#).unwrap();
    assert!(firstclass_body::Program::compile(&schemas, &[], &[]).is_ok());
}

#[test]
fn owners_in_branches_count_where_the_branch_is_valid() {
    let schemas = r#"[{"one_of": [1, 2]}, {"properties": [["id", 3], ["k", 4]], "required": ["k"]}, {"properties": [["id", 5]], "required": ["id"], "not": 6}, {"owner": "sub"}, {}, {}, {"required": ["k"]}]"#;
    let program = program(schemas, &[], "[]");
    let options = Options { claims: &|_| Some("me"), ..Options::new(Direction::Request) };
    assert_eq!(check(&program, br#"{"k":1,"id":"me"}"#, &options).verdict, Verdict::Unchanged);
    assert_eq!(check(&program, br#"{"k":1,"id":"you"}"#, &options).verdict, Verdict::Refused(Fault::Foreign));
    assert_eq!(check(&program, br#"{"id":"you"}"#, &options).verdict, Verdict::Unchanged);
}

#[test]
fn what_a_check_needed_is_given_back_when_it_ends() {
    let program = program(
        r#"[{"one_of": [1, 2]}, {"properties": [["a", 3]], "required": ["a"]}, {"properties": [["b", 3]], "required": ["b"]},
            {"items": 4}, {"types": ["integer"]}]"#,
        &[],
        "[]",
    );
    let body = format!(r#"{{"a":[{}1]}}"#, "1,".repeat(500_000));
    let many: String = (0..90_000).map(|number| format!(r#""{number:x}":1,"#)).collect();
    let options = Options::new(Direction::Request);
    let mut scratch = firstclass_body::Scratch::default();
    for body in [body, format!(r#"{{{many}"a":[]}}"#)] {
        let _ = program.check(0, body.as_bytes(), &options, &mut scratch);
        scratch.trim();
        let held = scratch.held_bytes();
        assert!(held < 1 << 20, "{held} bytes wait with a call whose body was judged");
    }
}
