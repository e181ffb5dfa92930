//! The write-back guard in a whole decision: who is guarded against, in which bodies and parameters, in which mode.

mod support;

use firstclass_decide::{BodyPlan, Reason};
use serde_json::json;
use support::written::{hiding, is_written_back, refused, send, unmasking};
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
    hiding(bundle(operations, schemas))
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
