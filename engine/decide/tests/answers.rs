//! Answers: only what the contract declares leaves, projected and masked; everything else is replaced.

mod support;

use serde_json::{Value, json};
use support::{House, answer, bundle, call, get, json_media, operation, subscription};

fn response(status: &str, headers: Value, media: Value) -> Value {
    json!({"status": status, "headers": headers, "media": media})
}

fn header(name: &str, kind: &str, schema: usize) -> Value {
    json!({"name": name, "required": false, "shape": {"scalar": [kind]}, "schema": schema})
}

fn house(more: Value) -> House {
    let picture = json!({"media_type": "image/png", "kind": {"opaque": {"max_bytes": null}}});
    let responses = json!([
        response(
            "200",
            json!([
                header("x-total", "integer", 2),
                header("x-card", "string", 3),
                header("etag", "string", 0),
                header("location", "string", 0),
                header("x-request-id", "string", 0)
            ]),
            json!([json_media(1)])
        ),
        response("204", json!([]), json!([])),
        response(
            "4XX",
            json!([]),
            json!([{"media_type": "application/problem+json", "kind": {"json": {"schema": 4}}}])
        ),
    ]);
    let picture = json!([
        response("200", json!([header("etag", "string", 0)]), json!([picture])),
        response("202", json!([]), json!([]))
    ]);
    let mut get_a = operation("a", "GET", json!({"responses": responses, "max_response_bytes": 200}));
    get_a = support::with(get_a, more);
    House::new(&bundle(
        vec![("/a", vec![get_a]), ("/picture", vec![operation("picture", "GET", json!({"responses": picture}))])],
        json!([{}, {"types": ["object"], "required": ["id"], "properties": [["id", 2], ["card", 3]]}, {"types": ["integer"]},
               {"types": ["string"], "mask": {"category": 0, "action": 0}}, {"types": ["object"], "properties": [["title", 0]]}]),
    ))
}

const JSON: &str = "Content-Type: application/json\r\n";

fn got(house: &mut House, origin: &str) -> String {
    house.answered(&get("/v1/a"), origin).0
}

fn status(text: &str) -> u16 {
    text[9..12].parse().expect("a status")
}

fn reason(text: &str) -> Option<String> {
    let body: Value = serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()?;
    body["reason"].as_str().map(str::to_owned)
}

#[test]
fn an_answer_is_projected_and_masked() {
    let text = got(&mut house(json!({})), &answer(200, JSON, r#"{"id":7,"card":"4111","password":"x"}"#));
    assert!(text.ends_with("\r\n\r\n{\"id\":7,\"card\":\"***\"}"), "{text}");
    assert!(text.contains("\r\nContent-Length: 21\r\n") && text.contains("\r\nX-Request-Id: req_1\r\n"), "{text}");
}

#[test]
fn a_subscription_unmasks_what_it_names() {
    let mut house = house(json!({}));
    let mut change = subscription("sub_1", "app_1", &["a"]);
    change["value"]["unmask"] = json!(["financial", "no such category"]);
    house.apply(vec![change]);
    assert!(got(&mut house, &answer(200, JSON, r#"{"id":7,"card":"4111"}"#)).ends_with(r#"{"id":7,"card":"4111"}"#));
}

#[test]
fn undeclared_statuses_are_replaced() {
    let mut house = house(json!({}));
    for undeclared in [201, 206, 301, 302, 304] {
        let text = got(&mut house, &answer(undeclared, JSON, if undeclared == 304 { "" } else { r#"{"id":7}"# }));
        assert_eq!((status(&text), reason(&text).as_deref()), (502, Some("response_invalid")), "{undeclared}");
    }
    let text = got(&mut house, &answer(503, "Content-Type: text/html\r\nRetry-After: 5\r\n", "at db.py:9"));
    assert_eq!((status(&text), reason(&text).as_deref()), (503, Some("upstream_error")));
    assert!(!text.contains("db.py"));
    let text =
        got(&mut house, &answer(404, "Content-Type: application/problem+json\r\n", r#"{"title":"Gone","sql":"x"}"#));
    assert!(text.starts_with("HTTP/1.1 404 Not Found\r\n") && text.ends_with("{\"title\":\"Gone\"}"), "{text}");
}

#[test]
fn a_failure_of_another_form_keeps_its_status_and_loses_its_body() {
    let problem = "Content-Type: application/problem+json\r\n";
    for (name, origin) in [
        ("another media type", answer(404, "Content-Type: text/html\r\n", "at db.py:9")),
        ("no media type", answer(422, "", "at db.py:9")),
        ("a coding", answer(404, &format!("{problem}Content-Encoding: br\r\n"), "at db.py:9")),
        ("another structure", answer(422, problem, r#"["at db.py:9"]"#)),
        ("truncated JSON", answer(400, problem, r#"{"title":"db.py"#)),
    ] {
        for more in [json!({}), json!({"strict": true})] {
            let text = got(&mut house(more), &origin);
            assert_eq!(status(&text).to_string(), origin[9..12], "{name}");
            assert_eq!(reason(&text).as_deref(), Some("upstream_error"), "{name}");
            assert!(!text.contains("db.py") && !text.contains("violations"), "{name}: {text}");
        }
    }
}

#[test]
fn an_answer_that_ends_without_content_needs_no_media_type() {
    let nothing = "HTTP/1.1 200 OK\r\n\r\n";
    let mut lenient = house(json!({"strict": false}));
    let text = got(&mut lenient, nothing);
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.contains("\r\nContent-Length: 0\r\n"), "{text}");
    let strict = got(&mut house(json!({})), nothing);
    assert_eq!((status(&strict), reason(&strict).as_deref()), (502, Some("response_invalid")));
    assert_eq!(status(&got(&mut lenient, &format!("{nothing}1"))), 502);
}

#[test]
fn what_cannot_be_read_does_not_leave() {
    let mut house = house(json!({}));
    let good = r#"{"id":7}"#;
    for (name, origin, expected) in [
        ("another media type", answer(200, "Content-Type: text/html\r\n", good), "response_invalid"),
        ("no media type", answer(200, "", good), "response_invalid"),
        ("two media types", answer(200, &format!("{JSON}{JSON}"), good), "response_invalid"),
        (
            "another charset",
            answer(200, "Content-Type: application/json; charset=utf-16\r\n", good),
            "response_invalid",
        ),
        ("a coding", answer(200, &format!("{JSON}Content-Encoding: br\r\n"), good), "response_unreadable"),
        (
            "a coding that says it is none, twice",
            answer(200, &format!("{JSON}Content-Encoding: identity\r\nContent-Encoding: identity\r\n"), good),
            "response_unreadable",
        ),
        ("duplicate names", answer(200, JSON, r#"{"id":7,"id":8}"#), "response_invalid"),
        ("truncated JSON", answer(200, JSON, r#"{"id":7"#), "response_invalid"),
        ("undeclared structure", answer(200, JSON, r#"{"id":{"x":1}}"#), "response_invalid"),
        ("a missing property", answer(200, JSON, r#"{"card":"x"}"#), "response_invalid"),
        ("nothing at all", answer(200, JSON, ""), "response_invalid"),
        (
            "more than the bound",
            answer(200, JSON, &format!("{{\"id\":7,\"card\":\"{}\"}}", "x".repeat(200))),
            "response_invalid",
        ),
    ] {
        let text = got(&mut house, &origin);
        assert_eq!((status(&text), reason(&text).as_deref()), (502, Some(expected)), "{name}");
        assert!(!text.contains("violations"), "what the API did wrong is not the caller's business: {name}");
    }
    assert!(got(&mut house, &answer(200, &format!("{JSON}Content-Encoding: identity\r\n"), good)).ends_with(good));
}

#[test]
fn where_anything_may_leave_nothing_is_owed_and_no_type_is_asked_for() {
    let anything = json!([{"media_type": "*/*", "kind": {"opaque": {"max_bytes": null}}}]);
    let responses = json!([response("200", json!([]), anything)]);
    let open = operation("a", "GET", json!({"responses": responses, "strict": true}));
    let mut house = House::new(&bundle(vec![("/a", vec![open])], json!([{}])));
    for (fields, body) in [(JSON, r#"{"a":"b"}"#), ("Content-Type: text/html\r\n", "<p>"), ("", "OK"), ("", "")] {
        let text = got(&mut house, &answer(200, fields, body));
        assert_eq!(status(&text), 200, "{fields}{body}");
    }
    assert_eq!(status(&got(&mut house, "HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n")), 200);
}

#[test]
fn where_answers_are_recorded_conformance_passes_and_confidentiality_does_not() {
    let mut house = house(json!({"strict": false}));
    let (text, admission) = house.answered(&get("/v1/a"), &answer(200, JSON, r#"{"id":"seven","card":"4111"}"#));
    assert!(text.ends_with(r#"{"id":"seven","card":"***"}"#), "{text}");
    assert_eq!(admission.recorded.len(), 1);
    assert_eq!(admission.recorded[0].violations.len(), 1);
    let text = got(&mut house, &answer(200, JSON, r#"{"id":{"x":"CANARY"}}"#));
    assert_eq!(status(&text), 502);
    let (text, admission) = house.answered(&get("/v1/a"), &answer(200, JSON, ""));
    assert!(text.ends_with("\r\nContent-Length: 0\r\n\r\n") && !text.contains("Content-Type"), "{text}");
    assert_eq!(admission.recorded.len(), 1);
}

#[test]
fn only_known_and_declared_headers_pass() {
    let fields = "X-Total: 5\r\nX-Card: 4111\r\nX-Powered-By: CANARY\r\nServer: CANARY\r\nSet-Cookie: CANARY\r\nLocation: /b\r\n\
        ETag: CANARY\r\nCache-Control: no-cache\r\nVary: Accept\r\nX-Request-Id: CANARY\r\nAccept-Ranges: CANARY\r\nDigest: CANARY\r\n\
        Connection: x-total\r\nTrailer: CANARY\r\n";
    let text = got(&mut house(json!({})), &answer(200, &format!("{JSON}{fields}"), r#"{"id":7}"#));
    for there in [
        "X-Total: 5",
        "X-Card: ***",
        "Location: /b",
        "Cache-Control: private, no-cache",
        "Vary: Accept",
        "X-Request-Id: req_1",
    ] {
        assert!(text.contains(&format!("\r\n{there}\r\n")), "{there} in {text}");
    }
    assert!(!text.contains("CANARY") && !text.contains("4111"), "{text}");
}

#[test]
fn a_declared_header_is_judged() {
    let wrong = answer(200, &format!("{JSON}X-Total: many\r\n"), r#"{"id":7}"#);
    assert_eq!(status(&got(&mut house(json!({})), &wrong)), 502);
    let (text, admission) = house(json!({"strict": false})).answered(&get("/v1/a"), &wrong);
    assert!(text.contains("\r\nX-Total: many\r\n"));
    assert_eq!(admission.recorded.len(), 1);
}

#[test]
fn head_tells_nothing_more_than_get() {
    let mut house = house(json!({}));
    let raw = call("HEAD", "/v1/a", "");
    let (text, _) = house.answered(&raw, &format!("HTTP/1.1 200 x\r\n{JSON}Content-Length: 900\r\nETag: x\r\n\r\n"));
    assert_eq!(
        text,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: private\r\nX-Request-Id: req_1\r\n\r\n"
    );
    let (text, _) = house.answered(&raw, "HTTP/1.1 500 x\r\nContent-Length: 900\r\n\r\n");
    assert!(text.starts_with("HTTP/1.1 500 Internal Server Error\r\n") && text.ends_with("\r\n\r\n"), "{text}");
}

#[test]
fn a_body_that_no_response_declares_is_dropped() {
    let mut house = house(json!({}));
    let (text, _) = house.answered(&get("/v1/picture"), &answer(202, JSON, r#"{"CANARY":1}"#));
    assert!(text.starts_with("HTTP/1.1 202 Accepted\r\n") && text.ends_with("\r\nContent-Length: 0\r\n\r\n"), "{text}");
    assert!(!text.contains("Content-Type"));
    let (text, _) = house.answered(&get("/v1/a"), "HTTP/1.1 204 x\r\n\r\n");
    assert_eq!(text, "HTTP/1.1 204 No Content\r\nCache-Control: private\r\nX-Request-Id: req_1\r\n\r\n");
}

#[test]
fn opaque_answers_pass_as_they_are_with_their_etag() {
    let mut house = house(json!({}));
    let (text, _) =
        house.answered(&get("/v1/picture"), &answer(200, "Content-Type: image/png\r\nETag: \"x\"\r\n", "PNG"));
    assert!(text.contains("\r\nETag: \"x\"\r\n") && text.ends_with("\r\n\r\nPNG"), "{text}");
    let (text, _) = house.answered(&get("/v1/picture"), "HTTP/1.1 304 x\r\nETag: \"x\"\r\nServer: y\r\n\r\n");
    assert_eq!(
        text,
        "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nCache-Control: private\r\nX-Request-Id: req_1\r\n\r\n"
    );
    let fields = "If-None-Match: \"x\"\r\nIf-Modified-Since: y\r\nRange: bytes=1-2\r\nIf-Range: \"x\"\r\nAccept-Encoding: br\r\n";
    let head = house.forwarded(&call("GET", "/v1/picture", fields));
    assert!(
        head.contains("If-None-Match") && !head.contains("Range") && !head.contains("Since") && !head.contains("br"),
        "{head}"
    );
    let head = house.forwarded(&call("GET", "/v1/a", fields));
    assert!(!head.contains("If-None-Match"), "{head}");
}

/// An operation whose answer has the header `x-secret`, of this shape and schema.
fn masked_header(shape: Value, schema: Value, action: Value, strict: bool) -> House {
    let header = json!({"name": "x-secret", "required": true, "shape": shape, "schema": 1});
    let responses = json!([response("204", json!([header]), json!([]))]);
    let mut document = bundle(
        vec![("/a", vec![operation("a", "GET", json!({"responses": responses, "strict": strict}))])],
        json!([{}, support::with(schema, json!({"mask": {"category": 0, "action": 0}}))]),
    );
    document["actions"] = json!([action]);
    document["patterns"] = json!([{"source": "^(.).*", "regex": "^(.).*"}]);
    House::new(&document)
}

#[test]
fn every_mask_hides_a_header_as_it_hides_a_property() {
    let partial = json!({"strategy": "partial", "keep": "last", "count": 2, "mask_char": "*"});
    let regex = json!({"strategy": "regex", "pattern": 0, "replacement": "$1~"});
    let scalar = |kind: &str| json!({"scalar": [kind]});
    let text = json!({"types": ["string"]});
    for (shape, schema, action, sent, expected) in [
        (scalar("string"), text.clone(), json!({"strategy": "remove"}), "4111", None),
        (scalar("integer"), json!({"types": ["integer"]}), json!({"strategy": "remove"}), "4111", None),
        (scalar("number"), json!({"types": ["number"]}), json!({"strategy": "remove"}), "4.111", None),
        (scalar("boolean"), json!({"types": ["boolean"]}), json!({"strategy": "remove"}), "true", None),
        (json!({"array": ["string"]}), json!({"types": ["array"]}), json!({"strategy": "remove"}), "4111,2", None),
        (
            json!({"object": {"properties": [], "additional": {"scalar": ["string"]}}}),
            json!({"types": ["object"], "additional": 0}),
            json!({"strategy": "remove"}),
            "a,4111",
            None,
        ),
        (scalar("string"), text.clone(), json!({"strategy": "full"}), "4111", Some("***")),
        (scalar("string"), text.clone(), partial, "4111", Some("**11")),
        (scalar("string"), text.clone(), regex, "4111", Some("4~")),
    ] {
        let mut house = masked_header(shape, schema, action.clone(), true);
        let (text, _) = house.answered(&get("/v1/a"), &format!("HTTP/1.1 204 No Content\r\nX-Secret: {sent}\r\n\r\n"));
        assert_eq!(status(&text), 204, "{action}: {text}");
        let found =
            text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("x-secret: ").map(str::to_owned));
        assert_eq!(found.as_deref(), expected, "{action}: {text}");
    }
}

#[test]
fn a_classified_header_of_another_type_is_left_out_or_refused_where_answers_are_strict() {
    let origin = "HTTP/1.1 204 No Content\r\nX-Secret: 4111x\r\n\r\n";
    for (strict, expected) in [(false, 204), (true, 502)] {
        let removed = json!({"strategy": "remove"});
        let mut house = masked_header(json!({"scalar": ["integer"]}), json!({"types": ["integer"]}), removed, strict);
        let (text, _) = house.answered(&get("/v1/a"), origin);
        assert_eq!(status(&text), expected, "{text}");
        assert!(!text.contains("4111"), "{text}");
    }
}
