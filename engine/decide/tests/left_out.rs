//! What is told of the things that are left out of a call because the contract does not declare them.

mod support;

use firstclass_decide::{Admission, LEFT_OUT};
use serde_json::{Value, json};
use support::{House, answer, bundle, call, get, json_media, operation, parameter};

const JSON: &str = "Content-Type: application/json\r\n";

/// `read` takes a header, a cookie and answers an object with an id and a list of friends; `end` answers without content.
fn house(mode: &Value) -> House {
    let header = parameter("header", "X-Shop", "string", 3, json!({"required": false}));
    let cookie = parameter("cookie", "basket", "string", 3, json!({"required": false}));
    let content = |media: Value| {
        let total = json!({"name": "X-Total", "required": false, "shape": {"scalar": ["string"]}, "schema": 3});
        json!([{"status": "200", "headers": [total], "media": media}])
    };
    let read =
        json!({"parameters": [header, cookie], "responses": content(json!([json_media(1)])), "mode": mode.clone()});
    let end = json!({"responses": content(json!([])), "mode": mode.clone()});
    House::new(&bundle(
        vec![("/x", vec![operation("read", "GET", read), operation("end", "POST", end)])],
        json!([{}, {"types": ["object"], "properties": [["id", 2], ["friends", 4]]}, {"types": ["integer"]},
               {"types": ["string"]}, {"types": ["array"], "items": 1}]),
    ))
}

fn observed(classes: &[&str]) -> Value {
    let mode = |class: &str| if classes.contains(&class) { "observe" } else { "enforce" };
    json!({"parameters": mode("parameters"), "media_types": "enforce", "bodies": "enforce",
           "conformance": mode("conformance")})
}

/// "class place name" of each.
fn told(admission: &Admission) -> Vec<String> {
    let text = |left: &firstclass_decide::LeftOut| {
        assert_eq!(left.found.keyword, LEFT_OUT);
        format!("{} {} {}", left.class.word(), left.found.place.place(), left.found.place.name())
    };
    admission.left_out.iter().map(text).collect()
}

#[test]
fn undeclared_headers_and_cookies_of_a_request_are_told_by_name() {
    let fields = "x-tenant-id: CANARY\r\nX-TENANT-ID: CANARY\r\nX-Shop: 1\r\nCookie: basket=1; theme=CANARY; theme=2\r\n\
                  Authorization: Basic CANARY\r\n";
    let mut house = house(&observed(&["parameters"]));
    let admission = house.decide(&call("GET", "/v1/x", fields)).expect("admitted");
    let expected = ["parameters header x-tenant-id", "parameters cookie theme", "parameters header authorization"];
    assert_eq!(told(&admission), expected);
    assert!(admission.recorded.is_empty(), "nothing would be refused");
    let forwarded = house.forwarded(&call("GET", "/v1/x", fields));
    assert!(!forwarded.contains("CANARY") && forwarded.contains("X-Shop: 1") && forwarded.contains("basket=1"));
    let mut house = self::house(&observed(&["conformance"]));
    assert!(told(&house.decide(&call("GET", "/v1/x", fields)).expect("admitted")).is_empty(), "these are enforced");
}

#[test]
fn what_every_client_sends_is_not_told_nor_a_key() {
    let fields = "Accept: */*\r\nAccept-Encoding: gzip\r\nUser-Agent: x\r\nSec-Fetch-Mode: cors\r\nDNT: 1\r\nTE: trailers\r\n\
                  Origin: https://a.example\r\nReferer: https://a.example/\r\nCache-Control: no-cache\r\nPragma: no-cache\r\n\
                  X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Port: 443\r\nX-Request-Id: 1\r\nCF-Ray: 1\r\nIf-None-Match: \"a\"\r\n\
                  Firstclass-Subject: me\r\nUpgrade-Insecure-Requests: 1\r\ntraceparent: 00-1-1-00\r\n";
    let mut house = house(&json!("observe"));
    assert!(told(&house.decide(&call("GET", "/v1/x", fields)).expect("admitted")).is_empty());
}

#[test]
fn of_one_request_few_names_are_told() {
    let fields: String = (0..40).map(|at| format!("x-h{at}: 1\r\n")).collect();
    let mut house = house(&json!("observe"));
    assert_eq!(told(&house.decide(&call("GET", "/v1/x", &fields)).expect("admitted")).len(), 16);
}

#[test]
fn undeclared_headers_and_members_of_an_answer_are_told() {
    let fields = format!("{JSON}Set-Cookie: a=CANARY\r\nX-Total: 7\r\nX-Page: 2\r\nServer: x\r\nDate: today\r\n");
    let body = r#"{"id":1,"nickname":"CANARY","friends":[{"id":2,"age":3},{"age":4}]}"#;
    let mut house = house(&observed(&["conformance"]));
    let (text, admission) = house.answered(&get("/v1/x"), &answer(200, &fields, body));
    assert!(text.starts_with("HTTP/1.1 200") && !text.contains("CANARY"), "{text}");
    let expected = [
        "conformance header set-cookie",
        "conformance header x-page",
        "conformance body /nickname",
        "conformance body /friends/*/age",
    ];
    assert_eq!(told(&admission), expected);
    assert!(admission.recorded.is_empty(), "nothing would be refused");
    let (_, admission) = self::house(&observed(&["parameters"])).answered(&get("/v1/x"), &answer(200, &fields, body));
    assert!(told(&admission).is_empty(), "these are enforced");
}

#[test]
fn a_body_where_no_content_is_declared_is_told_as_a_whole() {
    let mut house = house(&json!("observe"));
    let (text, admission) = house.answered(&call("POST", "/v1/x", ""), &answer(200, JSON, r#"{"id":1}"#));
    assert!(text.ends_with("\r\n\r\n"), "{text}");
    assert_eq!(told(&admission), ["conformance body "]);
    let (_, admission) = house.answered(&call("POST", "/v1/x", ""), &answer(200, JSON, ""));
    assert!(told(&admission).is_empty());
}

#[test]
fn a_failure_that_is_declared_without_content_is_told_by_its_status_and_has_a_body_of_ours() {
    let total = json!({"name": "x-total", "required": false, "shape": {"scalar": ["string"]}, "schema": 0});
    let responses = json!([{"status": "404", "headers": [], "media": []}, {"status": "409", "headers": [total], "media": []},
                           {"status": "5XX", "headers": [], "media": []}]);
    let read = json!({"responses": responses, "mode": "observe"});
    let mut house = House::new(&bundle(vec![("/x", vec![operation("read", "GET", read)])], json!([{}])));
    let mut got = |status, fields: &str, body: &str| house.answered(&get("/v1/x"), &answer(status, fields, body));
    let (text, _) = got(404, JSON, r#"{"a":"CANARY"}"#);
    assert!(text.starts_with("HTTP/1.1 404") && text.contains("application/problem+json"), "{text}");
    assert!(text.contains("\"upstream_error\"") && !text.contains("CANARY"), "{text}");
    let (text, _) = got(404, JSON, "");
    assert!(text.ends_with("\r\n\r\n"), "there was none: {text}");
    for (status, fields, kept) in [(409, "X-Total: 1\r\n", "X-Total: 1"), (503, "Retry-After: 5\r\n", "Retry-After: 5")]
    {
        let (text, admission) = got(status, &format!("{JSON}{fields}"), r#"{"a":"CANARY"}"#);
        assert!(text.contains(kept) && text.ends_with("\r\n\r\n"), "what it declares, or says to all, stays: {text}");
        assert_eq!(told(&admission), [format!("conformance failure {status}")]);
    }
}

#[test]
fn of_an_answer_that_is_refused_nothing_was_left_out() {
    let mut house = house(&json!("observe"));
    let mut refused = |body: &str| {
        let (text, admission) = house.answered(&get("/v1/x"), &answer(200, JSON, body));
        assert!(text.starts_with("HTTP/1.1 502"), "{text}");
        told(&admission)
    };
    assert!(refused(r#"{"nickname":1,"id":{"a":1}}"#).is_empty());
    assert!(refused(r#"{"nickname":1"#).is_empty());
}
