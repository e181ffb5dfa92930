//! A JSON Patch against the document that it changes: masks, what is hidden, owners, pointers and its price.

mod support;

use firstclass_decide::Reason;
use serde_json::{Value, json};
use support::issuer::Provider;
use support::written::{hiding, is_written_back, refused, send, unmasking};
use support::{House, bundle, operation, violations};

const PATCH: &str = "application/json-patch+json";

/// A person, and a JSON Patch of it.
fn patched(mode: &str) -> House {
    let body = json!({"required": true, "max_bytes": 100_000, "patched": [{"schema": 1}],
        "media": [{"media_type": PATCH, "kind": {"json": {"schema": 6}}}]});
    let operations = vec![("/x", vec![operation("patch", "PATCH", json!({"body": body, "mode": mode}))])];
    let schemas = json!([
        {"additional": 0},
        {"types": ["object"], "all_of": [8], "properties": [["name", 2], ["phone", 3], ["home", 1], ["numbers", 5], ["others", 9]]},
        {"types": ["string"], "max_length": 10},
        {"types": ["string"], "pattern": 0, "mask": {"category": 1, "action": 1}},
        {"types": ["string"], "mask": {"category": 0, "action": 0}},
        {"types": ["array"], "items": 3},
        {"types": ["array"], "items": 7},
        {"types": ["object"], "required": ["op", "path"],
         "properties": [["op", 2], ["path", 10], ["from", 10], ["value", 0]]},
        {"types": ["object"], "required": ["card"], "properties": [["card", 4]]},
        {"types": ["object"], "additional": 1},
        {"types": ["string"]},
    ]);
    hiding(bundle(operations, schemas))
}

#[test]
fn a_json_patch_is_held_against_what_stands_at_its_pointers() {
    for mode in ["enforce", "observe"] {
        let mut house = patched(mode);
        for (patch, place) in [
            (r#"[{"op":"replace","path":"/phone","value":"********22"}]"#, "body /0/value masked"),
            (
                r#"[{"op":"replace","path":"/name","value":"A"},{"op":"add","path":"/card","value":"***"}]"#,
                "body /1/value masked",
            ),
            (r#"[{"op":"add","path":"/numbers/-","value":"***22"}]"#, "body /0/value masked"),
            (r#"[{"op":"add","path":"/numbers/0","value":"***22"}]"#, "body /0/value masked"),
            (r#"[{"op":"replace","path":"/numbers","value":["0790001122","***22"]}]"#, "body /0/value/1 masked"),
            (r#"[{"op":"replace","path":"/home","value":{"home":{"card":"***"}}}]"#, "body /0/value/home/card masked"),
            (r#"[{"op":"replace","path":"/others/a~1b/phone","value":"***22"}]"#, "body /0/value masked"),
            (r#"[{"op":"replace","path":"","value":{"name":"A","phone":"***22"}}]"#, "body /0/value/phone masked"),
            // As some servers read it.
            (r#"[{"op":"Replace","path":"/phone","value":"***22"}]"#, "body /0/value masked"),
            (r#"[{"op":"replace","path":"/p\u0068one","value":"\u002a**22"}]"#, "body /0/value masked"),
        ] {
            is_written_back(&mut house, &send("PATCH", PATCH, patch), &[place]);
        }
    }
}

#[test]
fn what_a_json_patch_may_write_passes_as_it_is() {
    let mut house = patched("enforce");
    for patch in [
        r#"[{"op":"replace","path":"/phone","value":"0790009999"}]"#,
        r#"[{"op":"replace","path":"/name","value":"***"}]"#,
        r#"[{"op":"remove","path":"/phone"},{"op":"test","path":"/name","value":"Ana"}]"#,
        r#"[{"op":"move","from":"/numbers/0","path":"/numbers/1"},{"op":"copy","from":"/name","path":"/others/a/name"}]"#,
        r#"[{"op":"add","path":"/others/Phone book","value":{"phone":"0790009999"}}]"#,
        r#"[{"op":"copy","from":"/home/phone","path":"/phone"},{"op":"move","from":"/home","path":"/others/a/home"}]"#,
        "[]",
    ] {
        let (body, _) = house.written(&send("PATCH", PATCH, patch)).expect(patch);
        assert_eq!(body, patch);
    }
    let mut seeing = patched("enforce");
    unmasking(&mut seeing, json!(["financial", "contact"]));
    for patch in [
        r#"[{"op":"replace","path":"/phone","value":"********22"}]"#,
        r#"[{"op":"test","path":"/phone","value":"0790001122"},{"op":"copy","from":"/card","path":"/name"}]"#,
    ] {
        assert_eq!(seeing.written(&send("PATCH", PATCH, patch)).expect(patch).0, patch);
    }
}

#[test]
fn what_is_hidden_is_neither_guessed_nor_moved_by_a_json_patch() {
    for mode in ["enforce", "observe"] {
        let mut house = patched(mode);
        let deep = format!(r#"[{{"op":"add","path":"{}/name","value":"A"}}]"#, "/home".repeat(70));
        for (patch, place) in [
            (r#"[{"op":"test","path":"/phone","value":"0790001122"}]"#, "body /0/path masked"),
            (r#"[{"op":"TEST","path":"/home","value":{}}]"#, "body /0/path masked"),
            (r#"[{"op":"copy","from":"/card","path":"/name"}]"#, "body /0/from masked"),
            (r#"[{"op":"move","from":"/home","path":"/name"}]"#, "body /0/from masked"),
            (r#"[{"op":"copy","from":"/phone","path":"/others/a/name"}]"#, "body /0/from masked"),
            (&deep, "body /0/path budget"),
            (r#"[{"op":"copy","from":"/others/a","path":"/home"}]"#, "body /0/from masked"),
            (r#"[{"op":"copy","from":"/others/a","path":"/others/b"}]"#, "body /0/from masked"),
        ] {
            let refusal = refused(&mut house, &send("PATCH", PATCH, patch));
            assert_eq!(
                (refusal.reason, violations(&refusal)),
                (Reason::BodyInvalid, vec![place.to_owned()]),
                "{patch}"
            );
        }
    }
}

fn falls(house: &mut House, patch: &str, place: &str) {
    let whole = if patch.starts_with("PATCH") { patch.to_owned() } else { send("PATCH", PATCH, patch) };
    let refusal = refused(house, &whole);
    assert_eq!((refusal.reason, violations(&refusal)), (Reason::BodyInvalid, vec![place.to_owned()]), "{patch}");
}

#[test]
fn only_pointers_that_all_servers_read_alike_and_the_schemas_know_are_followed() {
    let crooked = [
        "phone",
        "#/phone",
        "//phone",
        "/phone/",
        "/",
        "/PHONE",
        "/p%68one",
        "/~2",
        "/~",
        "/phone~",
        "/ phone",
        "/elsewhere",
        "/numbers/-1",
        "/numbers/+0",
        "/numbers/ 0",
        "/numbers/00",
        "/numbers/0x0",
        "/numbers/last",
        "/numbers/0/",
        "/numbers/*",
        "/others//phone",
        "/others/./phone",
        "/others/../phone",
        "/others/a%2Fphone",
        "/others/ a/phone",
        "/others/a\\u0000/phone",
        "/home/../phone",
        "/name/x",
    ];
    for mode in ["enforce", "observe"] {
        let mut house = patched(mode);
        for pointer in crooked {
            for op in ["test", "add", "remove"] {
                let patch = format!(r#"[{{"op":"{op}","path":"{pointer}","value":"0790001122"}}]"#);
                falls(&mut house, &patch, "body /0/path undeclared");
            }
            let patch = format!(r#"[{{"op":"copy","from":"{pointer}","path":"/name"}}]"#);
            falls(&mut house, &patch, "body /0/from undeclared");
        }
    }
    // Who is shown all of it writes where it likes, but reads nothing that no answer has.
    let mut seeing = patched("enforce");
    unmasking(&mut seeing, json!(["financial", "contact"]));
    let patch = r#"[{"op":"add","path":"//phone","value":"0790001122"}]"#;
    assert_eq!(seeing.written(&send("PATCH", PATCH, patch)).expect("nothing is hidden").0, patch);
    falls(&mut seeing, r#"[{"op":"test","path":"//phone","value":"0790001122"}]"#, "body /0/path undeclared");
}

#[test]
fn an_operation_that_servers_may_read_in_two_ways_is_none() {
    let mut house = patched("observe");
    for (patch, place) in [
        (r#"{"op":"test","path":"/phone","value":"1"}"#, "body  type"),
        (r#"[[{"op":"test","path":"/phone","value":"1"}]]"#, "body /0 type"),
        (r#"[{"op":"inc","path":"/phone","value":"1"}]"#, "body /0/op enum"),
        (r#"[{"op":["test"],"path":"/phone","value":"1"}]"#, "body /0/op type"),
        (r#"[{"path":"/phone","value":"1"}]"#, "body /0/op required"),
        (r#"[{"op":"test","path":["phone"],"value":"1"}]"#, "body /0/path type"),
        (r#"[{"op":"test","path":"/name","Path":"/phone","value":"1"}]"#, "body /0/Path undeclared"),
        (r#"[{"op":"copy","path":"/name"}]"#, "body /0/from required"),
    ] {
        falls(&mut house, patch, place);
    }
}

/// A JSON Patch of a document with these schemas, of which 2 judges it.
fn patching(mode: &str, more: &Value) -> House {
    let body = json!({"required": true, "max_bytes": 1_000_000, "patched": [{"schema": 2}],
        "media": [{"media_type": PATCH, "kind": {"json": {"schema": 1}}}]});
    let access = json!({"any_of": [[{"scheme": 0, "scopes": []}, {"scheme": 1, "scopes": []}]]});
    let declared = if more["owned"] == true {
        json!({"body": body, "mode": mode, "access": access})
    } else {
        json!({"body": body, "mode": mode})
    };
    let mut schemas = vec![json!({"additional": 0, "items": 0}), json!({"types": ["array"], "items": 0})];
    schemas.extend(more["schemas"].as_array().expect("schemas").iter().cloned());
    let mut document = bundle(vec![("/x", vec![operation("patch", "PATCH", declared)])], json!(schemas));
    document["patterns"] = json!([{"source": "^x", "regex": "^x"}]);
    House::new(&document)
}

#[test]
fn names_that_are_declared_hide_no_pattern_and_no_map() {
    let schemas = json!([
        {"types": ["object"], "properties": [["x1", 3], ["name", 3]], "pattern_properties": [[0, 4]], "additional": 4},
        {"types": ["string"]},
        {"types": ["string"], "mask": {"category": 0, "action": 0}},
    ]);
    let mut house = patching("enforce", &json!({"schemas": schemas}));
    for name in ["x1", "X1", "Name", "other"] {
        falls(&mut house, &format!(r#"[{{"op":"test","path":"/{name}","value":"1"}}]"#), "body /0/path masked");
        let raw = send("PATCH", PATCH, &format!(r#"[{{"op":"add","path":"/{name}","value":"***"}}]"#));
        is_written_back(&mut house, &raw, &["body /0/value masked"]);
    }
}

#[test]
fn what_stays_hidden_stays_under_its_own_name() {
    let schemas = json!([
        {"types": ["object"], "properties": [["ssn", 4], ["numbers", 5], ["friend", 2]], "additional": 3},
        {"types": ["string"]},
        {"types": ["string"], "mask": {"category": 0, "action": 0}},
        {"types": ["array"], "items": 4},
    ]);
    for mode in ["enforce", "observe"] {
        let mut house = patching(mode, &json!({"schemas": schemas}));
        falls(&mut house, r#"[{"op":"copy","from":"/ssn","path":"/note"}]"#, "body /0/from masked");
        for path in ["/SSN", "/s_s_n", "/\u{17f}sn"] {
            falls(
                &mut house,
                &format!(r#"[{{"op":"copy","from":"/ssn","path":"{path}"}}]"#),
                "body /0/path undeclared",
            );
        }
        for patch in [
            r#"[{"op":"copy","from":"/friend/ssn","path":"/ssn"},{"op":"move","from":"/numbers/0","path":"/numbers/-"}]"#,
            r#"[{"op":"add","path":"/note","value":"***"}]"#,
        ] {
            assert_eq!(house.written(&send("PATCH", PATCH, patch)).expect(patch).0, patch);
        }
    }
}

#[test]
fn a_whole_patch_has_one_budget() {
    let branches: Vec<usize> = (3..63).collect();
    let mut schemas = vec![json!({"any_of": branches})];
    for at in 3..63 {
        schemas.push(json!({"types": ["object"], "properties": [["k", 2], [format!("p{at}"), 0], ["ssn", 63]]}));
    }
    schemas.push(json!({"types": ["string"], "mask": {"category": 0, "action": 0}}));
    let mut house = patching("observe", &json!({"schemas": schemas}));
    let value = (0..8).fold(json!("a"), |value, _| json!({"k": value}));
    let change = json!({"op": "add", "path": "", "value": value});
    let shallow = json!({"op": "remove", "path": "/k"});
    let deep = json!({"op": "remove", "path": "/k".repeat(60)});
    for (change, count) in [(&change, 9_000), (&deep, 6_000), (&shallow, 10_001)] {
        let began = std::time::Instant::now();
        let refusal = refused(&mut house, &send("PATCH", PATCH, &json!(vec![change; count]).to_string()));
        assert!(violations(&refusal)[0].ends_with(" budget"), "{:?}", violations(&refusal));
        assert!(began.elapsed().as_secs() < 20, "a worker is held for {:?}", began.elapsed());
    }
    let patch = json!(vec![&shallow; 5_000]).to_string();
    assert!(house.written(&send("PATCH", PATCH, &patch)).is_ok());
}

#[test]
fn an_owner_stays_the_callers_own_under_a_json_patch() {
    let schemas = json!([
        {"types": ["object"], "properties": [["name", 3], ["ownerId", 4], ["home", 5], ["list", 6]], "additional": 3},
        {"types": ["string"]},
        {"types": ["string"], "owner": "sub"},
        {"types": ["object"], "properties": [["ownerId", 4], ["name", 3]]},
        {"types": ["array"], "items": 5},
    ]);
    for mode in ["enforce", "observe"] {
        let mut house = patching(mode, &json!({"schemas": schemas, "owned": true}));
        let provider = Provider::new("k1");
        house.apply(vec![provider.entry("people", json!({}))]);
        let token = provider.token(json!({}), json!({}));
        let raw = |patch: &str| {
            send("PATCH", PATCH, patch)
                .replace("Content-Type", &format!("Authorization: Bearer {token}\r\nContent-Type"))
        };
        for patch in [
            r#"[{"op":"replace","path":"/ownerId","value":"bob"}]"#,
            r#"[{"op":"add","path":"/ownerId","value":null}]"#,
            r#"[{"op":"add","path":"/ownerId"}]"#,
            r#"[{"op":"replace","path":"","value":{"ownerId":"bob"}}]"#,
            r#"[{"op":"add","path":"/list/0","value":{"ownerId":"bob"}}]"#,
            r#"[{"op":"add","path":"/name","value":"x"},{"op":"add","path":"/list","value":[{"ownerId":"7"},{"ownerId":"8"}]}]"#,
        ] {
            assert_eq!(refused(&mut house, &raw(patch)).reason, Reason::ForeignObject, "{patch} in {mode}");
        }
        for (patch, place) in [
            (r#"[{"op":"copy","from":"/name","path":"/ownerId"}]"#, "body /0/path owner"),
            (r#"[{"op":"move","from":"/name","path":"/home"}]"#, "body /0/path owner"),
            (r#"[{"op":"copy","from":"/home","path":""}]"#, "body /0/path owner"),
            (r#"[{"op":"move","from":"/ownerId","path":"/name"}]"#, "body /0/from owner"),
            (r#"[{"op":"remove","path":"/ownerId"}]"#, "body /0/path owner"),
            (r#"[{"op":"remove","path":"/list/0"}]"#, "body /0/path owner"),
            (r#"[{"op":"replace","path":"/home","value":null}]"#, "body /0/value owner"),
            (r#"[{"op":"replace","path":"/home/owner_id","value":"bob"}]"#, "body /0/path undeclared"),
            (r#"[{"op":"replace","path":"/OwnerId","value":"bob"}]"#, "body /0/path undeclared"),
            (r#"[{"op":"replace","path":"/home","value":{"OwnerId":"bob"}}]"#, "body /0/value undeclared"),
        ] {
            falls(&mut house, &raw(patch), place);
        }
        for patch in [
            r#"[{"op":"replace","path":"/ownerId","value":"7"},{"op":"test","path":"/ownerId","value":"8"}]"#,
            r#"[{"op":"replace","path":"/home","value":{"name":"x","ownerId":"7"}},{"op":"remove","path":"/home/name"}]"#,
            r#"[{"op":"copy","from":"/ownerId","path":"/name"},{"op":"add","path":"/note","value":"bob"}]"#,
        ] {
            assert_eq!(house.written(&raw(patch)).expect(patch).0, patch);
        }
        // What some servers read and we do not.
        let twice = r#"[{"op":"add","path":"/name","path":"/ownerId","value":"bob"}]"#;
        assert_eq!(refused(&mut house, &raw(twice)).reason, Reason::BodyInvalid);
    }
}
