//! What is told of undeclared members that an answer leaves out.

mod support;

use firstclass_body::{Direction, LEFT_OUT, Options, Program, Scratch};
use support::{Outcome, check, program, recorded};

fn told(program: &Program, input: &str) -> Outcome {
    check(program, input.as_bytes(), &Options { tell_left_out: true, ..Options::new(Direction::Response) })
}

/// A person with friends, a map of pets and a name.
fn person() -> Program {
    program(
        r#"[{"properties": [["name", 1], ["friends", 2], ["pets", 3], ["address", 4]]}, {"types": ["string"]},
            {"types": ["array"], "items": 0}, {"types": ["object"], "additional": 4},
            {"types": ["object"], "properties": [["city", 1]]}]"#,
        &[],
        "[]",
    )
}

#[test]
fn places_are_told_by_pointer_whatever_the_value_is() {
    let program = person();
    let long = "x".repeat(200);
    for (value, spaced) in [("1", false), ("\"secret\"", false), ("{\"a\":[{}]}", false), ("[1]", true), (&long, true)]
    {
        let value = if value.starts_with('x') { format!("\"{value}\"") } else { value.to_owned() };
        let colon = if spaced { " : " } else { ":" };
        let outcome =
            told(&program, &format!(r#"{{"name":"a","nickname"{colon}{value},"address":{{"zip"{colon}{value}}}}}"#));
        assert_eq!(outcome.left_out, ["/nickname", "/address/zip"], "{value}");
        assert!(outcome.violations.is_empty(), "it is no fault");
    }
}

#[test]
fn items_of_a_list_and_keys_of_a_map_are_one_place() {
    let program = person();
    let friends: Vec<String> = (0..50).map(|at| format!(r#"{{"name":"f","age":{at}}}"#)).collect();
    let outcome = told(
        &program,
        &format!(
            r#"{{"friends":[{}],"pets":{{"ana@example.org":{{"owner":1}},"bob":{{"city":"x","owner":2}}}}}}"#,
            friends.join(",")
        ),
    );
    assert_eq!(outcome.left_out, ["/friends/*/age", "/pets/*/owner"]);
}

#[test]
fn places_that_several_schemas_judge_are_told_as_well() {
    let program = program(
        r#"[{"all_of": [1, 2], "dependent_required": [["-", []]]}, {"properties": [["a", 3]]},
            {"properties": [["b", 3]]}, {}]"#,
        &[],
        "[]",
    );
    assert_eq!(told(&program, r#"{"a":1,"b":2,"c":3,"\u0064":4}"#).left_out, ["/c", "/d"]);
}

#[test]
fn telling_changes_nothing_that_leaves_and_nothing_is_told_unasked() {
    let program = person();
    for input in [
        r#"{"x":1,"name":"a","y":2,"friends":[{"z":3,"name":"b"}],"pets":{"p":{"q":[1,2]}}}"#,
        r#"{"name":"a"}"#,
        r#"{"x":1,"x":2}"#,
        r#"{"x":1,"\u0078":2}"#,
        r#"{"x":01}"#,
        r#"{"x":"\ud800"}"#,
        r#"{"friends":{"name":1}}"#,
    ] {
        let (quiet, telling) = (recorded(&program, input), told(&program, input));
        assert!(quiet.left_out.is_empty());
        assert_eq!(quiet, Outcome { left_out: Vec::new(), ..telling }, "{input}");
    }
}

#[test]
fn of_one_body_few_places_are_told_and_none_of_the_one_before() {
    let program = person();
    let members: Vec<String> = (0..10_000).map(|at| format!("\"x{at}\":{at}")).collect();
    let mut scratch = Scratch::default();
    let options = Options { tell_left_out: true, ..Options::new(Direction::Response) };
    program.check(0, format!("{{{}}}", members.join(",")).as_bytes(), &options, &mut scratch);
    assert_eq!(scratch.left_out().len(), 16);
    assert!(scratch.left_out().iter().all(|place| place.keyword == LEFT_OUT && place.schema == 0));
    program.check(0, b"{}", &options, &mut scratch);
    assert!(scratch.left_out().is_empty());
}

#[test]
fn names_beside_which_the_contract_declares_none_are_no_names() {
    let closed = r#"[{"types": ["object"], "properties": [["balances", 1]]}, {"types": ["object"]}]"#;
    let outcome = told(&program(closed, &[], "[]"), r#"{"balances":{"alice":1,"annasmith":2},"nickname":3}"#);
    assert_eq!(outcome.left_out, ["/balances/*", "/nickname"]);
}

#[test]
fn a_body_that_leaves_out_very_much_is_looked_at_no_further() {
    let program = person();
    let many = r#"{"nickname":1},"#.repeat(2_000);
    let outcome = told(&program, &format!(r#"{{"friends":[{many}{{"name":"a","motto":2}}]}}"#));
    assert_eq!(outcome.left_out, ["/friends/*/nickname"]);
}
