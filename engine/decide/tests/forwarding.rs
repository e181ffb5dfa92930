//! What the origin gets: known headers, identity that only the engine sets, no credential.

mod support;

use serde_json::json;
use support::issuer::Provider;
use support::{House, KEY, bundle, call, get, operation, public};

fn house() -> House {
    let both = json!({"access": {"any_of": [[{"scheme": 0, "scopes": []}, {"scheme": 1, "scopes": []}]]}});
    House::new(&bundle(
        vec![
            ("/a", vec![operation("a", "GET", json!({}))]),
            ("/b", vec![operation("b", "GET", both)]),
            ("/open", vec![operation("open", "GET", json!({"access": public()}))]),
        ],
        json!([{}]),
    ))
}

#[test]
fn the_head_is_written_anew() {
    let fields = "Accept: a/b\r\nuser-agent: x\r\nX-Debug: 1\r\nConnection: firstclass-application\r\nTE: trailers\r\ntraceparent: 00-1\r\n\
        Prefer: y\r\nIdempotency-Key: z\r\nCookie: a=b\r\nReferer: r\r\nOrigin: o\r\nExpect: 100-continue\r\n";
    let head = house().forwarded(&call("GET", "/v1/a", fields));
    let expected = "GET /v1/a HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nAccept: a/b\r\nUser-Agent: x\r\ntraceparent: 00-1\r\nPrefer: y\r\n\
        Idempotency-Key: z\r\nFirstclass-Application: desk\r\nFirstclass-Operation: a\r\nFirstclass-Request-Id: req_1\r\n\
        X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: api.example\r\n\r\n";
    assert_eq!(head, expected);
}

#[test]
fn the_media_type_of_no_body_passes_once() {
    let head = house().forwarded(&call("GET", "/v1/a", "Content-Type: application/json\r\n"));
    assert!(head.contains("\r\nContent-Type: application/json\r\n"), "{head}");
    let head = house().forwarded(&call("GET", "/v1/a", "Content-Type: a/b\r\nContent-Type: c/d\r\n"));
    assert!(!head.contains("Content-Type"), "{head}");
}

#[test]
fn identity_headers_of_a_stranger_never_pass() {
    let fields = "Firstclass-Application: root\r\nFirstclass-Subject: 1\r\nFirstclass-Operation: x\r\nFirstclass-Request-Id: x\r\n\
        X-Forwarded-For: 10.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nForwarded: for=10.9.9.9\r\nX-Request-Id: x\r\n";
    let head = house().forwarded(&call("GET", "/v1/a", fields));
    assert_eq!(head, house().forwarded(&get("/v1/a")));
    let bare = format!("GET /v1/open HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    let head = house().forwarded(&bare);
    assert!(
        !head.contains("Firstclass-Application") && !head.contains("Firstclass-Subject") && !head.contains("10.9.9.9"),
        "{head}"
    );
}

#[test]
fn the_subject_passes_and_the_credentials_do_not() {
    let provider = Provider::new("k1");
    let mut house = house();
    house.apply(vec![provider.entry("people", json!({}))]);
    let token = provider.token(json!({}), json!({"sub": "Zoë 7"}));
    let head = house.forwarded(&call("GET", "/v1/b", &format!("Authorization: Bearer {token}\r\n")));
    assert!(head.contains("\r\nFirstclass-Subject: Zoë 7\r\n"), "{head}");
    assert!(!head.contains(&token) && !head.contains(KEY) && !head.contains("Authorization"), "{head}");
}

#[test]
fn the_upstream_path_replaces_the_base_path() {
    let mut document = bundle(vec![("/a", vec![operation("a", "GET", json!({}))])], json!([{}]));
    document["api"]["upstream_path"] = json!("/internal/v9");
    document["api"]["upstream"] = json!("http://[::1]:8080");
    let head = House::new(&document).forwarded(&get("/v1/a"));
    assert!(head.starts_with("GET /internal/v9/a HTTP/1.1\r\nHost: [::1]:8080\r\n"), "{head}");
    document["api"]["upstream_path"] = json!("");
    assert!(House::new(&document).forwarded(&get("/v1/a")).starts_with("GET /a HTTP/1.1\r\n"));
}

#[test]
fn a_key_in_a_passed_header_stays_outside() {
    let mut document = bundle(vec![("/a", vec![operation("a", "GET", json!({}))])], json!([{}]));
    document["schemes"][0]["header"] = json!("user-agent");
    let head = House::new(&document).forwarded(&format!("GET /v1/a HTTP/1.1\r\nHost: a\r\nUser-Agent: {KEY}\r\n\r\n"));
    assert!(!head.contains(KEY), "{head}");
}

#[test]
fn bundles_that_would_forward_what_they_must_not_are_refused() {
    for name in [
        "Host",
        "Authorization",
        "X-API-Key",
        "firstclass-subject",
        "X-Forwarded-For",
        "Range",
        "Accept-Encoding",
        "Cookie",
        "content-length",
    ] {
        let declared = support::parameter("header", name, "string", 0, json!({}));
        let document =
            bundle(vec![("/a", vec![operation("a", "GET", json!({"parameters": [declared]}))])], json!([{}]));
        let document = firstclass_bundle::Document::parse(document.to_string().as_bytes()).expect("its form is sound");
        assert!(firstclass_decide::Policy::compile(document, String::new()).is_err(), "{name}");
    }
    for upstream in [
        "https://a",
        "http://",
        "a:80",
        "http://a/b",
        "http://a:b",
        "http://a b",
        "http://[::1",
        "http://u@a",
        "http://a:99999",
    ] {
        assert!(firstclass_decide::Upstream::parse(upstream).is_err(), "{upstream}");
    }
}
