//! The write-back guard in a whole decision: who is guarded against, in which bodies and parameters, in which mode.

mod support;

use firstclass_decide::{BodyPlan, Reason, Refusal};
use serde_json::{Value, json};
use support::issuer::Provider;
use support::{House, KEY, bundle, call, json_media, operation, parameter, violations};

const MERGE: &str = "application/merge-patch+json";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Category 0 is masked in full, category 1 keeps the last two characters.
fn house(mode: &str) -> House {
    let shape = json!({"object": {"properties": [["name", {"scalar": ["string"]}], ["phone", {"scalar": ["string"]}], ["card", {"scalar": ["string"]}]], "additional": null}});
    let text = |name: &str, schema: usize| json!({"name": name, "least": 0, "most": null, "types": [], "content": {"text": {"schema": schema, "types": ["string"]}}});
    let parts = json!([text("phone", 3), text("name", 2),
        {"name": "more", "least": 0, "most": 1, "types": [], "content": {"json": {"schema": 1}}}]);
    let media = json!([
        json_media(1),
        {"media_type": MERGE, "kind": {"json": {"schema": 1}}},
        {"media_type": FORM, "kind": {"form": {"schema": 1, "shape": shape}}},
        {"media_type": "multipart/form-data", "kind": {"multipart": {"parts": parts}}},
    ]);
    let body = json!({"required": false, "max_bytes": 100_000, "media": media});
    let more = json!({"body": body, "mode": mode});
    let phone = || parameter("query", "phone", "string", 3, json!({}));
    let operations = vec![
        (
            "/x",
            vec![
                operation("put", "PUT", more.clone()),
                operation("patch", "PATCH", more.clone()),
                operation("query", "QUERY", more),
            ],
        ),
        (
            "/q",
            vec![
                operation("find", "GET", json!({"parameters": [phone()], "mode": mode})),
                operation("set", "POST", json!({"parameters": [phone()], "mode": mode})),
            ],
        ),
    ];
    let schemas = json!([
        {"additional": 0},
        {"types": ["object"], "properties": [["name", 2], ["phone", 3], ["card", 4], ["home", 1], ["numbers", 5]]},
        {"types": ["string"], "max_length": 10},
        {"types": ["string"], "pattern": 0, "mask": {"category": 1, "action": 1}},
        {"types": ["string"], "mask": {"category": 0, "action": 0}},
        {"types": ["array"], "items": 3},
    ]);
    let mut document = bundle(operations, schemas);
    document["patterns"] = json!([{"source": "^[0-9]{10}$", "regex": "^[0-9]{10}$"}]);
    document["actions"] =
        json!([{"strategy": "full"}, {"strategy": "partial", "keep": "last", "count": 2, "mask_char": "*"}]);
    House::new(&document)
}

fn send(method: &str, media_type: &str, body: &str) -> String {
    let fields = format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len());
    call(method, "/v1/x", &fields) + body
}

fn refused(house: &mut House, raw: &str) -> Box<Refusal> {
    match house.written(raw) {
        Ok((body, _)) => panic!("the origin got {body}"),
        Err(refusal) => refusal,
    }
}

fn is_written_back(house: &mut House, raw: &str, places: &[&str]) {
    let refusal = refused(house, raw);
    assert_eq!((refusal.reason, refusal.status), (Reason::MaskedValueWritten, 422), "{raw}");
    assert_eq!(violations(&refusal), places, "{raw}");
}

fn unmasking(house: &mut House, categories: Value) {
    let operations = ["find", "patch", "put", "query", "set"];
    house.apply(vec![json!({"type": "subscription", "id": "sub_1",
        "value": {"tenant": "main", "application": "app_1", "api": "shop", "operations": operations, "unmask": categories, "until": null}})]);
}

#[test]
fn a_mask_is_refused_in_every_readable_media_type_and_every_mode() {
    for mode in ["enforce", "observe"] {
        let mut house = house(mode);
        let masked = r#"{"phone":"********22"}"#;
        is_written_back(&mut house, &send("PUT", JSON, masked), &["body /phone masked"]);
        is_written_back(&mut house, &send("PATCH", JSON, masked), &["body /phone masked"]);
        is_written_back(&mut house, &send("PUT", FORM, "name=Ana&phone=********22"), &["body /phone masked"]);
        let form = "--b\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n********22\r\n--b\r\n\
            Content-Disposition: form-data; name=\"more\"\r\nContent-Type: application/json\r\n\r\n{\"card\":\"***\"}\r\n--b--\r\n";
        let raw = send("PUT", "multipart/form-data; boundary=b", form);
        is_written_back(&mut house, &raw, &["body /phone masked", "body /more/card masked"]);
    }
}

#[test]
fn the_rule_is_the_schema_that_hides_it_and_the_value_is_told_to_nobody() {
    let refusal = refused(&mut house("enforce"), &send("PUT", JSON, r#"{"phone":"********22"}"#));
    assert_eq!(refusal.rule.to_string(), "schemas/3");
    assert!(!format!("{refusal:?}").contains("**22"));
}

#[test]
fn a_real_value_arrives_byte_by_byte() {
    for mode in ["enforce", "observe"] {
        for media_type in [JSON, MERGE] {
            let body = r#"{ "phone" : "079000999\u0039","card":"1234" }"#;
            let (forwarded, admission) = house(mode).written(&send("PATCH", media_type, body)).expect("it is valid");
            assert_eq!((&*forwarded, admission.recorded.len()), (body, 0));
        }
    }
}

#[test]
fn a_merge_patch_arrives_without_it() {
    for mode in ["enforce", "observe"] {
        let mut house = house(mode);
        let raw = send("PATCH", MERGE, r#"{"name":"Anna","phone":"********22","home":{"card":"***","name":"x"}}"#);
        let (body, admission) = house.written(&raw).expect("it is left out");
        assert_eq!((&*body, admission.recorded.len()), (r#"{"name":"Anna","home":{"name":"x"}}"#, 0));
        let raw = send("PATCH", MERGE, r#"{"numbers":["********22"]}"#);
        is_written_back(&mut house, &raw, &["body /numbers/0 masked"]);
    }
}

#[test]
fn a_merge_patch_in_observe_is_rewritten_and_its_faults_recorded() {
    let raw = send("PATCH", MERGE, r#"{"name":5,"phone":"********22","shoe":43}"#);
    let (body, admission) = house("observe").written(&raw).expect("it is recorded");
    assert_eq!(body, r#"{"name":5,"shoe":43}"#);
    let told: Vec<_> = admission.recorded[0].violations.iter().map(|one| (one.place.name(), one.keyword)).collect();
    assert_eq!(told, [("/name", "type"), ("/shoe", "undeclared")]);
    let refusal = refused(&mut house("enforce"), &raw);
    assert_eq!(refusal.reason, Reason::BodyInvalid);
}

#[test]
fn who_sees_the_category_writes_what_it_likes() {
    let mut house = house("enforce");
    unmasking(&mut house, json!(["financial"]));
    assert!(house.written(&send("PUT", JSON, r#"{"card":"***"}"#)).is_ok());
    is_written_back(&mut house, &send("PUT", JSON, r#"{"card":"***","phone":"*22"}"#), &["body /phone masked"]);
    unmasking(&mut house, json!(["financial", "contact"]));
    let refusal = refused(&mut house, &send("PUT", JSON, r#"{"phone":"********22"}"#));
    assert_eq!((refusal.reason, violations(&refusal)), (Reason::BodyInvalid, vec!["body /phone pattern".to_owned()]));
}

#[test]
fn a_safe_method_writes_nothing() {
    let body = r#"{"card":"***"}"#;
    assert_eq!(house("enforce").written(&send("QUERY", JSON, body)).expect("nothing is written").0, body);
    let mut house = house("enforce");
    let get = refused_parameter(&mut house, &call("GET", "/v1/q?phone=********22", ""));
    assert_eq!(get, (Reason::ParameterInvalid, vec!["query phone pattern".to_owned()]));
}

fn refused_parameter(house: &mut House, raw: &str) -> (Reason, Vec<String>) {
    let refusal = house.decide(raw).expect_err("it is refused");
    (refusal.reason, violations(&refusal))
}

#[test]
fn a_parameter_of_a_call_that_writes_is_guarded_in_every_mode() {
    for mode in ["enforce", "observe"] {
        let mut house = house(mode);
        let found = refused_parameter(&mut house, &call("POST", "/v1/q?x=1&phone=********22", "Content-Length: 0\r\n"));
        assert_eq!(found, (Reason::MaskedValueWritten, vec!["query phone masked".to_owned()]));
        assert!(house.decide(&call("POST", "/v1/q?phone=0790001122", "Content-Length: 0\r\n")).is_ok());
    }
}

#[test]
fn what_cannot_be_read_is_relaxed_in_observe_as_ever() {
    let mut house = house("observe");
    for (media_type, body) in [(JSON, r#"{"phone":"***22","phone":"***22"}"#), (JSON, "{"), (FORM, "name=%FF")] {
        let (forwarded, admission) = house.written(&send("PUT", media_type, body)).expect("it is recorded");
        assert_eq!((&*forwarded, admission.recorded[0].reason), (body, Reason::BodyInvalid));
    }
    let admission = house.decide(&send("PUT", "text/plain", "{")).expect("it is recorded");
    assert_eq!(admission.body_plan(), BodyPlan::Stream { max_bytes: None });
}

#[test]
fn many_other_faults_do_not_hide_it_in_observe() {
    let strays: String = (0..60).map(|at| format!(r#""x{at}":1,"#)).collect();
    let raw = send("PUT", JSON, &format!(r#"{{{strays}"phone":"********22"}}"#));
    is_written_back(&mut house("observe"), &raw, &["body /phone masked"]);
    let parts: String =
        (0..60).map(|at| format!("--b\r\nContent-Disposition: form-data; name=\"x{at}\"\r\n\r\n1\r\n")).collect();
    let form = format!("{parts}--b\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n********22\r\n--b--\r\n");
    let raw = send("PUT", "multipart/form-data; boundary=b", &form);
    is_written_back(&mut house("observe"), &raw, &["body /phone masked"]);
    let query: String = (0..60).map(|at| format!("x{at}=1&")).collect();
    let raw = call("POST", &format!("/v1/q?{query}phone=********22"), "Content-Length: 0\r\n");
    let found = refused_parameter(&mut house("observe"), &raw);
    assert_eq!(found, (Reason::MaskedValueWritten, vec!["query phone masked".to_owned()]));
}

#[test]
fn nobody_who_may_not_call_learns_whether_it_is_a_mask() {
    let raw = send("PUT", JSON, r#"{"phone":"********22"}"#).replace(KEY, "fc_live_x");
    assert_eq!(refused(&mut house("enforce"), &raw).reason, Reason::CredentialInvalid);
}

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
    let mut document = bundle(operations, schemas);
    document["patterns"] = json!([{"source": "^[0-9]{10}$", "regex": "^[0-9]{10}$"}]);
    document["actions"] =
        json!([{"strategy": "full"}, {"strategy": "partial", "keep": "last", "count": 2, "mask_char": "*"}]);
    House::new(&document)
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
    // Who is shown all of it asks for what it likes.
    let mut seeing = patched("enforce");
    unmasking(&mut seeing, json!(["financial", "contact"]));
    let patch = r#"[{"op":"test","path":"//phone","value":"0790001122"}]"#;
    assert_eq!(seeing.written(&send("PATCH", PATCH, patch)).expect("nothing is hidden").0, patch);
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
