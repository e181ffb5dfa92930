//! Refusals as responses: one form for all of them.

mod support;

use firstclass_decide::{Reason, Refusal, Violation, Where};
use serde_json::{Value, json};
use support::{House, bundle, operation};

fn written(refusal: &Refusal, head_only: bool, keep_alive: bool) -> (String, String) {
    let mut out = Vec::new();
    refusal.write_response(&mut out, "req_1", head_only, keep_alive);
    let text = String::from_utf8(out).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

#[test]
fn every_reason_is_a_problem_document() {
    for reason in Reason::ALL {
        let refusal = Refusal::new(reason);
        let (head, body) = written(&refusal, false, true);
        let problem: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(problem["type"], format!("urn:firstclass:reason:{}", reason.word()));
        assert_eq!(problem["title"], reason.title());
        assert_eq!(
            (&problem["status"], &problem["reason"]),
            (&json!(if refusal.status == 0 { 502 } else { refusal.status }), &json!(reason.word()))
        );
        assert_eq!(problem["request_id"], "req_1");
        for field in ["Content-Type: application/problem+json", "X-Request-Id: req_1", "Cache-Control: no-store"] {
            assert!(head.contains(field), "{field} in {head}");
        }
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())), "{head}");
        assert!(!head.contains("Connection"));
    }
}

#[test]
fn violations_are_listed_with_their_places() {
    let violation = |place, keyword| Violation { place, keyword, schema: Some(1) };
    let list = vec![
        violation(Where::Query("a\"b".to_owned()), "undeclared"),
        violation(Where::Body("/x/0".to_owned()), "type"),
    ];
    let (_, body) = written(&Refusal::new(Reason::BodyInvalid).with_violations(list.clone()), false, true);
    let problem: Value = serde_json::from_str(&body).expect("JSON");
    let expected = json!([{"in": "query", "name": "a\"b", "keyword": "undeclared"}, {"in": "body", "pointer": "/x/0", "keyword": "type"}]);
    assert_eq!(problem["violations"], expected);
    let (_, body) = written(&Refusal::new(Reason::ResponseInvalid).with_violations(list), false, true);
    assert!(!body.contains("violations"));
}

#[test]
fn a_refusal_can_end_the_connection_and_answer_a_head() {
    assert!(written(&Refusal::new(Reason::BadFraming).closing(), false, true).0.contains("\r\nConnection: close\r\n"));
    assert!(written(&Refusal::new(Reason::BadFraming), false, false).0.contains("\r\nConnection: close\r\n"));
    let (head, body) = written(&Refusal::new(Reason::UnknownOperation), true, true);
    assert!(head.contains("Content-Length: ") && body.is_empty());
}

#[test]
fn a_405_lists_the_methods_and_a_401_what_would_be_accepted() {
    let mut house = House::new(&bundle(vec![("/a", vec![operation("a", "GET", json!({}))])], json!([{}])));
    let refusal = house.decide("POST /v1/a HTTP/1.1\r\nHost: a\r\n\r\n").expect_err("it is not declared");
    assert!(written(&refusal, false, true).0.contains("\r\nAllow: GET, HEAD\r\n"));
    let refusal = house.decide("GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\n").expect_err("no key");
    assert!(written(&refusal, false, true).0.contains("\r\nWWW-Authenticate: ApiKey header=\"X-API-Key\"\r\n"));
}

#[test]
fn rules_are_paths_into_the_bundle() {
    use firstclass_decide::Rule;
    for (rule, path) in [
        (Rule::None, ""),
        (Rule::Operation(3), "operations/3"),
        (Rule::Access(3), "operations/3/access"),
        (Rule::Parameter(3, 1), "operations/3/parameters/1"),
        (Rule::Body(3), "operations/3/body"),
        (Rule::Response(3, 0), "operations/3/responses/0"),
        (Rule::Rate(3, 0), "operations/3/rates/0"),
        (Rule::Schema(12), "schemas/12"),
    ] {
        assert_eq!(rule.to_string(), path);
    }
}
