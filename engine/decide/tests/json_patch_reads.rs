//! What a JSON Patch may read and move: nothing that answers hide from the caller or leave out, wherever in the document it
//! stands and whatever the document holds.

mod support;

use firstclass_decide::Reason;
use serde_json::{Value, json};
use support::written::{refused, send, unmasking};
use support::{House, bundle, operation, violations};

const PATCH: &str = "application/json-patch+json";

/// A JSON Patch of a document that schema 4 judges in answers, beside these: 2 is a string, 3 a masked one. Another one, of
/// which no answer is, may follow.
fn patching(mode: &str, more: &Value, other: Option<usize>) -> House {
    let mut patched = vec![json!({"schema": 4, "shown": true})];
    patched.extend(other.map(|schema| json!({"schema": schema})));
    let body = json!({"required": true, "max_bytes": 1_000_000, "patched": patched,
        "media": [{"media_type": PATCH, "kind": {"json": {"schema": 1}}}]});
    let mut schemas = vec![
        json!({"additional": 0, "items": 0}),
        json!({"types": ["array"], "items": 0}),
        json!({"types": ["string"]}),
        json!({"types": ["string"], "mask": {"category": 0, "action": 0}}),
    ];
    schemas.extend(more.as_array().expect("schemas").iter().cloned());
    let declared = json!({"body": body, "mode": mode});
    let mut document = bundle(vec![("/x", vec![operation("patch", "PATCH", declared)])], json!(schemas));
    document["patterns"] = json!([{"source": "^s_", "regex": "^s_"}, {"source": "^p_", "regex": "^p_"}]);
    document["actions"] = json!([{"strategy": "full"}, {"strategy": "remove"}]);
    House::new(&document)
}

fn passes(house: &mut House, patch: &Value) {
    let patch = json!([patch]).to_string();
    assert_eq!(house.written(&send("PATCH", PATCH, &patch)).expect(&patch).0, patch);
}

fn falls(house: &mut House, patch: &Value, place: &str) {
    let patch = json!([patch]).to_string();
    let refusal = refused(house, &send("PATCH", PATCH, &patch));
    assert_eq!(
        (refusal.reason, violations(&refusal)),
        (Reason::BodyInvalid, vec![format!("body /0{place}")]),
        "{patch}"
    );
}

fn moved(op: &str, from: &str, path: &str) -> Value {
    json!({"op": op, "from": from, "path": path})
}

fn written(op: &str, path: &str) -> Value {
    json!({"op": op, "path": path, "value": "public"})
}

#[test]
fn what_stands_in_a_hidden_container_is_hidden() {
    let gone = json!({"category": 0, "action": 1});
    let schemas = json!([
        {"types": ["object"], "properties": [["name", 2], ["secret", 5], ["pins", 6], ["public", 7], ["cards", 8]]},
        {"types": ["object"], "properties": [["street", 2], ["more", 7]], "mask": gone},
        {"types": ["array"], "items": 2, "mask": gone},
        {"types": ["object"], "properties": [["street", 2]]},
        {"types": ["array"], "items": 5},
    ]);
    for mode in ["enforce", "observe"] {
        let mut house = patching(mode, &schemas, None);
        for from in ["/secret/street", "/secret/more/street", "/pins/0", "/pins/-", "/cards/0/street", "/secret/more"] {
            for op in ["copy", "move"] {
                falls(&mut house, &moved(op, from, "/name"), "/from masked");
                falls(&mut house, &moved(op, from, "/public/street"), "/from masked");
            }
            falls(&mut house, &written("test", from), "/path masked");
        }
        passes(&mut house, &moved("move", "/pins/0", "/pins/1"));
        passes(&mut house, &written("replace", "/secret/street"));
        passes(&mut house, &written("remove", "/secret/street"));
        passes(&mut house, &moved("copy", "/public/street", "/name"));
        unmasking(&mut house, json!(["financial", "contact"]));
        passes(&mut house, &moved("copy", "/secret/street", "/name"));
        passes(&mut house, &written("test", "/pins/0"));
    }
}

/// Items of two kinds, of which one hides its value; 6 is the private one, 7 the public one.
fn kinds(item: &Value) -> Value {
    json!([
        {"types": ["object"], "properties": [["items", 5], ["note", 2], ["title", 2]]},
        {"types": ["array"], "items": 10},
        {"types": ["object"], "required": ["kind"], "properties": [["kind", 8], ["value", 3], ["name", 2], ["flag", 2]]},
        {"types": ["object"], "required": ["kind"], "properties": [["kind", 9], ["value", 2], ["name", 2], ["flag", 2]]},
        {"enum": ["private"]},
        {"enum": ["public"]},
        item,
        {"properties": [["kind", 8]]},
    ])
}

#[test]
fn what_one_of_several_schemas_hides_is_not_moved_to_where_another_may_judge() {
    let chosen =
        json!({"one_of": [6, 7], "discriminator": {"property": "kind", "mapping": [["private", 6], ["public", 7]]}});
    let condition = json!({"types": ["object"], "properties": [["kind", 2], ["value", 2], ["name", 2], ["flag", 2]],
        "if": 11, "then": 6});
    for item in [json!({"one_of": [6, 7]}), json!({"any_of": [6, 7]}), chosen, condition] {
        for mode in ["enforce", "observe"] {
            let mut house = patching(mode, &kinds(&item), None);
            falls(&mut house, &moved("copy", "/items/0/value", "/items/1/value"), "/from masked");
            falls(&mut house, &moved("move", "/items/0/value", "/items/1/value"), "/from masked");
            for op in ["replace", "add", "remove"] {
                falls(&mut house, &written(op, "/items/0/kind"), "/path masked");
            }
            falls(&mut house, &moved("copy", "/note", "/items/0/kind"), "/path masked");
            falls(&mut house, &moved("move", "/items/0/kind", "/note"), "/from masked");
            passes(&mut house, &moved("copy", "/note", "/title"));
            passes(&mut house, &moved("move", "/items/0", "/items/1"));
            passes(&mut house, &written("replace", "/items/0/value"));
            passes(&mut house, &written("test", "/items/0/name"));
            unmasking(&mut house, json!(["financial", "contact"]));
            passes(&mut house, &written("replace", "/items/0/kind"));
        }
    }
}

#[test]
fn where_all_branches_hide_the_same_their_member_is_free() {
    let schemas = json!([
        {"one_of": [5, 6]},
        {"types": ["object"], "properties": [["kind", 7], ["value", 3]]},
        {"types": ["object"], "properties": [["kind", 8], ["value", 3], ["name", 2]]},
        {"enum": ["private"]},
        {"enum": ["public"]},
    ]);
    let mut house = patching("enforce", &schemas, None);
    passes(&mut house, &written("replace", "/kind"));
    passes(&mut house, &written("replace", "/value"));
}

#[test]
fn what_tells_branches_apart_may_stand_deep_in_them() {
    let schemas = json!([
        {"one_of": [5, 6]},
        {"types": ["object"], "properties": [["meta", 7], ["value", 3], ["card", 11]]},
        {"types": ["object"], "properties": [["meta", 8], ["value", 2]]},
        {"types": ["object"], "properties": [["kind", 9], ["name", 2]]},
        {"types": ["object"], "properties": [["kind", 10], ["name", 2]]},
        {"enum": ["private", "secret"]},
        {"enum": ["public"]},
        {"types": ["object"], "required": ["brand"], "properties": [["brand", 9], ["number", 3]]},
    ]);
    let mut house = patching("enforce", &schemas, None);
    falls(&mut house, &written("replace", "/meta/kind"), "/path masked");
    falls(&mut house, &written("remove", "/meta"), "/path masked");
    passes(&mut house, &written("replace", "/card/number"));
    passes(&mut house, &written("replace", "/value"));
}

#[test]
fn a_member_that_only_one_branch_requires_is_not_removed() {
    let schemas = json!([
        {"one_of": [5, 6]},
        {"types": ["object"], "required": ["private"], "properties": [["private", 2], ["value", 3]]},
        {"types": ["object"], "properties": [["value", 2]], "additional": 2},
    ]);
    let mut house = patching("enforce", &schemas, None);
    falls(&mut house, &written("remove", "/private"), "/path masked");
    falls(&mut house, &moved("move", "/private", "/note"), "/from masked");
    passes(&mut house, &written("replace", "/private"));
}

#[test]
fn items_with_masks_of_their_own_places_do_not_change_them() {
    for (prefix, items) in [(vec![2, 3], None), (vec![3], Some(2)), (vec![2], Some(3)), (vec![2, 3], Some(2))] {
        let mut list = json!({"types": ["array"], "prefix_items": prefix});
        if let Some(items) = items {
            list["items"] = json!(items);
        }
        let schemas = json!([{"types": ["object"], "properties": [["list", 5], ["note", 2]]}, list]);
        let mut house = patching("observe", &schemas, None);
        for (from, path) in [("/list/1", "/list/0"), ("/list/0", "/list/-"), ("/list/0", "/list/1")] {
            let refusals = ["copy", "move"].map(|op| send("PATCH", PATCH, &json!([moved(op, from, path)]).to_string()));
            for raw in refusals {
                assert_eq!(refused(&mut house, &raw).reason, Reason::BodyInvalid, "{raw}");
            }
        }
        falls(&mut house, &written("add", "/list/0"), "/path masked");
        falls(&mut house, &written("remove", "/list/0"), "/path masked");
        falls(&mut house, &moved("copy", "/note", "/list/0"), "/path masked");
        passes(&mut house, &written("replace", "/list/0"));
        passes(&mut house, &written("add", "/list/-"));
        if items.is_some() {
            passes(&mut house, &written("add", "/list/2"));
        }
    }
    let same = json!([{"types": ["object"], "properties": [["list", 5]]},
        {"types": ["array"], "prefix_items": [3, 3], "items": 3}]);
    let mut house = patching("enforce", &same, None);
    passes(&mut house, &written("remove", "/list/0"));
}

#[test]
fn names_of_several_patterns_and_lists_that_may_be_maps_are_not_alike() {
    let maps = json!([
        {"types": ["object"], "properties": [["m", 5], ["a", 8], ["b", 8]]},
        {"types": ["object"], "pattern_properties": [[0, 6], [1, 7]]},
        {"types": ["object"], "properties": [["v", 3]]},
        {"types": ["object"], "properties": [["v", 2]]},
        {"any_of": [9, 10]},
        {"types": ["array"], "items": 3},
        {"types": ["object"], "properties": [["0", 2]]},
    ]);
    for mode in ["enforce", "observe"] {
        let mut house = patching(mode, &maps, None);
        falls(&mut house, &moved("copy", "/m/s_a/v", "/m/p_a/v"), "/from masked");
        falls(&mut house, &moved("move", "/m/s_a", "/m/p_a"), "/from masked");
        falls(&mut house, &moved("copy", "/a/0", "/b/0"), "/from masked");
    }
}

#[test]
fn what_no_answer_has_is_not_read() {
    let schemas = json!([
        {"types": ["object"], "properties": [["name", 2], ["pin", 5], ["keys", 6], ["tags", 7], ["labels", 7]]},
        {"dropped": true},
        {"dropped": true, "types": ["object"], "properties": [["a", 2]]},
        {"types": ["array"], "items": 2},
        {"types": ["object"], "properties": [["name", 2], ["pin", 2], ["keys", 9], ["only", 2]]},
        {"types": ["object"], "properties": [["a", 2]]},
    ]);
    for mode in ["enforce", "observe"] {
        let mut house = patching(mode, &schemas, Some(8));
        for from in ["/pin", "/keys", "/keys/a"] {
            falls(&mut house, &moved("copy", from, "/name"), "/from masked");
            falls(&mut house, &written("test", from), "/path masked");
        }
        for from in ["/only", "/passwordHash", "/name/x", "//name"] {
            falls(&mut house, &moved("move", from, "/name"), "/from undeclared");
            falls(&mut house, &written("test", from), "/path undeclared");
        }
        for op in ["replace", "add", "remove"] {
            passes(&mut house, &written(op, "/pin"));
            passes(&mut house, &written(op, "/keys/a"));
            passes(&mut house, &written(op, "/only"));
        }
        passes(&mut house, &moved("copy", "/tags", "/labels"));
        passes(&mut house, &moved("move", "/tags/0", "/name"));
    }
}

#[test]
fn where_nothing_is_hidden_only_what_answers_show_is_read() {
    let schemas = json!([
        {"types": ["object"], "properties": [["name", 2], ["home", 5], ["work", 5], ["free", 6], ["text", 7]]},
        {"types": ["object"], "properties": [["street", 2]]},
        {"types": ["object"], "additional": 0},
        {"all_of": [2], "max_length": 9},
    ]);
    for mode in ["enforce", "observe"] {
        let mut house = patching(mode, &schemas, None);
        for from in ["/passwordHash", "/home/passwordHash", "passwordHash", "#/passwordHash", "/name/../passwordHash"] {
            falls(&mut house, &moved("copy", from, "/name"), "/from undeclared");
            falls(&mut house, &moved("move", from, "/free/x"), "/from undeclared");
            falls(&mut house, &written("test", from), "/path undeclared");
        }
        // Answers leave out what else may stand in it; there, they would not.
        falls(&mut house, &moved("copy", "/home", "/free/home"), "/from undeclared");
        falls(&mut house, &moved("copy", "", "/free/all"), "/from undeclared");
        falls(&mut house, &json!({"op": "copy", "From": "/passwordHash", "path": "/name"}), "/From undeclared");
        passes(&mut house, &moved("copy", "/text", "/name"));
        passes(&mut house, &moved("copy", "/home", "/work"));
        passes(&mut house, &moved("copy", "/free/x", "/name"));
        passes(&mut house, &moved("move", "/home/street", "/work/street"));
        for op in ["add", "replace", "remove"] {
            passes(&mut house, &written(op, "/elsewhere"));
            passes(&mut house, &written(op, "/name"));
        }
        passes(&mut house, &json!({"op": "test", "path": "/home", "value": {"street": "x"}}));
    }
}
