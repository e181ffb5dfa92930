//! Request bodies: media type, length, JSON and forms; what is forwarded is what was judged.

mod support;

use firstclass_decide::{BodyPlan, Reason};
use serde_json::{Value, json};
use support::{House, bundle, call, json_media, operation, post, violations};

fn house(more: Value) -> House {
    let member = json!({"object": {"properties": [["name", {"scalar": ["string"]}], ["age", {"scalar": ["integer"]}], ["tags", {"array": ["string"]}]], "additional": null}});
    let body = json!({"required": true, "max_bytes": 100, "media": [
        json_media(1),
        {"media_type": "application/x-www-form-urlencoded", "kind": {"form": {"schema": 1, "shape": member}}},
        {"media_type": "image/*", "kind": {"opaque": {"max_bytes": 5000}}},
    ]});
    let mut declared = operation("add", "POST", json!({"body": body}));
    declared = support::with(declared, more);
    let optional = json!({"body": {"required": false, "max_bytes": 100, "media": [json_media(1)]}});
    House::new(&bundle(
        vec![
            ("/x", vec![declared, operation("none", "GET", json!({}))]),
            ("/y", vec![operation("optional", "POST", optional)]),
            ("/z", vec![operation("bodiless", "POST", json!({}))]),
        ],
        json!([{}, {"types": ["object"], "required": ["name"], "properties": [["name", 2], ["age", 3], ["tags", 4]]},
               {"types": ["string"], "max_length": 10}, {"types": ["integer"], "minimum": 0}, {"types": ["array"], "items": 2}]),
    ))
}

fn reason(house: &mut House, raw: &str) -> Option<Reason> {
    house.sent(raw).err().map(|refusal| refusal.reason)
}

fn faults(raw: &str) -> Vec<String> {
    violations(&house(json!({})).sent(raw).expect_err("it is invalid"))
}

#[test]
fn a_valid_body_is_held_and_passes() {
    let mut house = house(json!({}));
    for kind in [
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
        "application/json; x=y",
    ] {
        let raw = post("/v1/x", kind, r#" {"n\u0061me" : "Cy"} "#);
        assert_eq!(
            house.decide(&raw).map(|admission| admission.body_plan()).ok(),
            Some(BodyPlan::Hold { max_bytes: 100 })
        );
        assert_eq!(reason(&mut house, &raw), None, "{kind}");
    }
    let head = house.forwarded(&post("/v1/x", "application/json", r#"{"name":"Cy"}"#));
    assert!(
        head.contains("\r\nContent-Type: application/json\r\n") && head.ends_with("\r\nContent-Length: 13\r\n\r\n"),
        "{head}"
    );
}

#[test]
fn media_types_that_are_not_declared_are_refused() {
    let mut house = house(json!({}));
    for kind in [
        "text/plain",
        "application/vnd.x+json",
        "application/json; charset=utf-7",
        "application/json; charset=utf-8; charset=utf-7",
        "",
        "json",
        "application/json, text/plain",
        "application/json; charset",
        "application/json/x",
        "imagex/png",
        "image/",
        "*/*",
    ] {
        assert_eq!(reason(&mut house, &post("/v1/x", kind, "{}")), Some(Reason::MediaTypeUnsupported), "{kind}");
    }
    let body = r#"{"name":"Cy"}"#;
    for fields in [
        "",
        "Content-Type: application/json\r\nContent-Type: text/plain\r\n",
        "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
    ] {
        let raw = call("POST", "/v1/x", &format!("{fields}Content-Length: {}\r\n", body.len())) + body;
        assert_eq!(reason(&mut house, &raw), Some(Reason::MediaTypeUnsupported), "{fields}");
    }
}

#[test]
fn lengths_are_refused_at_once() {
    let mut house = house(json!({}));
    assert_eq!(
        reason(&mut house, &call("POST", "/v1/x", "Content-Type: application/json\r\nContent-Length: 101\r\n")),
        Some(Reason::BodyTooLarge)
    );
    assert_eq!(
        reason(&mut house, &call("POST", "/v1/x", "Content-Type: image/png\r\nContent-Length: 5001\r\n")),
        Some(Reason::BodyTooLarge)
    );
    let stream = house
        .decide(&call("POST", "/v1/x", "Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n"))
        .expect("declared");
    assert_eq!(stream.body_plan(), BodyPlan::Stream { max_bytes: Some(5000) });
}

#[test]
fn bodies_are_sent_where_they_are_declared() {
    let mut house = house(json!({}));
    assert_eq!(reason(&mut house, &call("POST", "/v1/x", "")), Some(Reason::BodyInvalid));
    assert_eq!(reason(&mut house, &call("POST", "/v1/x", "Content-Length: 0\r\n")), Some(Reason::BodyInvalid));
    assert_eq!(
        reason(&mut house, &call("POST", "/v1/x", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n")),
        Some(Reason::BodyInvalid),
        "it ends empty"
    );
    assert_eq!(reason(&mut house, &call("POST", "/v1/y", "")), None);
    assert_eq!(
        reason(&mut house, &call("POST", "/v1/y", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n")),
        None
    );
    assert_eq!(reason(&mut house, &post("/v1/z", "application/json", "{}")), Some(Reason::BodyInvalid));
    assert_eq!(reason(&mut house, &call("POST", "/v1/z", "Transfer-Encoding: chunked\r\n")), Some(Reason::BodyInvalid));
    assert!(
        house.forwarded(&call("POST", "/v1/z", "Content-Type: a/b\r\n")).ends_with("\r\nContent-Length: 0\r\n\r\n")
    );
}

#[test]
fn faults_are_located() {
    assert_eq!(faults(&post("/v1/x", "application/json", r#"{"name":"Cy","age":"SECRET"}"#)), ["body /age type"]);
    assert_eq!(faults(&post("/v1/x", "application/json", r#"{"name":"Cy","admin":true}"#)), ["body /admin undeclared"]);
    assert_eq!(faults(&post("/v1/x", "application/json", r#"{"name":"Cy","name":"Cy"}"#)), ["body  duplicate"]);
    assert_eq!(faults(&post("/v1/x", "application/json", "{}")), ["body /name required"]);
    let refusal =
        house(json!({})).sent(&post("/v1/x", "application/json", r#"{"name":"Cy","age":-1}"#)).expect_err("below");
    assert_eq!(refusal.rule.to_string(), "schemas/3");
}

#[test]
fn a_form_is_judged_like_the_object_it_spells() {
    let mut house = house(json!({}));
    let form = "application/x-www-form-urlencoded";
    assert_eq!(reason(&mut house, &post("/v1/x", form, "name=C%79&age=5&tags=a&tags=b+c")), None);
    for (body, fault) in [
        ("age=5", "body /name required"),
        ("name=Cy&age=05", "body /age type"),
        ("name=Cy&admin=1", "body /admin undeclared"),
        ("name=Cy&name=Cy", "body  duplicate"),
        ("name=%FF", "body  syntax"),
        ("name=Cy&%zz=1", "body  syntax"),
        ("name=Cy&age=", "body /age type"),
        ("name=12345678901", "body /name maxLength"),
    ] {
        assert_eq!(faults(&post("/v1/x", form, body)), [fault], "{body}");
    }
    assert_eq!(
        reason(&mut house, &post("/v1/x", "application/x-www-form-urlencoded; charset=latin1", "name=Cy")),
        Some(Reason::MediaTypeUnsupported)
    );
    let head = house.forwarded(&post("/v1/x", form, "name=Cy"));
    assert!(head.contains(&format!("\r\nContent-Type: {form}\r\n")));
}

#[test]
fn observe_records_what_enforce_refuses() {
    let mut house = house(json!({"mode": "observe"}));
    let admission = house.sent(&post("/v1/x", "application/json", r#"{"admin":1}"#)).expect("it is only recorded");
    assert_eq!(admission.recorded.len(), 1);
    assert_eq!(admission.recorded[0].reason, Reason::BodyInvalid);
    let admission = house.decide(&post("/v1/x", "text/plain", "x")).expect("it is only recorded");
    assert_eq!(
        (admission.body_plan(), admission.recorded[0].reason),
        (BodyPlan::Stream { max_bytes: None }, Reason::MediaTypeUnsupported)
    );
    let admission = house.decide(&call("POST", "/v1/x", "")).expect("it is only recorded");
    assert_eq!((admission.body_plan(), admission.recorded.len()), (BodyPlan::None, 1));
}
