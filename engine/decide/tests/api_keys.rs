//! API keys: what is accepted, what each refusal says, and that known and unknown keys cost the same work.

mod support;

use firstclass_decide::{Facts, KeyWork, Reason};
use serde_json::{Value, json};
use support::{House, KEY, NOW_MS, application, bundle, call, credential, get, operation, public, with};

fn house() -> House {
    House::new(&bundle(
        vec![
            ("/a", vec![operation("a", "GET", json!({}))]),
            ("/by/fc_live_1", vec![operation("by", "GET", json!({}))]),
            ("/open", vec![operation("open", "GET", json!({"access": public()}))]),
        ],
        json!([{}]),
    ))
}

fn keyed(value: &str) -> String {
    format!("GET /v1/a HTTP/1.1\r\nHost: a\r\nX-API-Key: {value}\r\n\r\n")
}

fn changed(more: Value) -> Value {
    let mut change = credential("key_1", "app_1", KEY);
    change["value"] = with(change["value"].clone(), more);
    change
}

#[test]
fn a_good_key_names_the_application() {
    let admission = house().decide(&get("/v1/a")).expect("it is good");
    let Facts { application, credential, .. } = &admission.facts;
    assert_eq!(application.as_ref().map(|entry| &*entry.name), Some("desk"));
    assert_eq!(credential.as_ref().map(|entry| &*entry.id), Some("key_1"));
    assert_eq!(admission.facts.tier(), Some("key"));
}

#[test]
fn no_key_is_missing_and_a_wrong_one_is_invalid() {
    let mut house = house();
    let missing = house.decide("GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\n").expect_err("none");
    assert_eq!(missing.reason, Reason::CredentialMissing);
    assert_eq!(missing.challenges, ["ApiKey header=\"X-API-Key\""]);
    assert_eq!(missing.rule.to_string(), "operations/0/access");
    for value in
        ["", "fc_live_nope", "x", &format!("{KEY},{KEY}"), &format!("{KEY} {KEY}"), &KEY[1..], &"k".repeat(2000)]
    {
        assert_eq!(house.reason(&keyed(value)), Some(Reason::CredentialInvalid), "{value}");
    }
}

#[test]
fn two_key_headers_are_no_key() {
    let raw = call("GET", "/v1/a", &format!("X-API-Key: {KEY}\r\n"));
    assert_eq!(house().reason(&raw), Some(Reason::CredentialInvalid));
}

#[test]
fn another_spelling_of_a_configured_key_header_is_refused() {
    let mut document = bundle(vec![("/a", vec![operation("a", "GET", json!({}))])], json!([{}]));
    document["schemes"][0]["header"] = json!("partner-key");
    let mut house = House::new(&document);
    let raw = |name: &str| format!("GET /v1/a HTTP/1.1\r\nHost: a\r\n{name}: {KEY}\r\n\r\n");
    assert_eq!(house.reason(&raw("PARTNER-Key")), None);
    assert_eq!(house.reason(&raw("Partner_Key")), Some(Reason::BadFraming));
    assert_eq!(house.reason(&raw("X-Other")), Some(Reason::CredentialMissing));
    assert!(!house.forwarded(&raw("Partner-Key")).contains(KEY));
}

#[test]
fn a_key_in_a_url_is_refused() {
    let mut house = house();
    for query in [
        "X-API-Key=fc_live_x",
        "x-api-key=1",
        "q=fc_live_1",
        "q=%66c_test_1",
        "fc_live_1",
        "X%2DAPI-Key=1",
        "access_token=1",
    ] {
        assert_eq!(house.reason(&get(&format!("/v1/a?{query}"))), Some(Reason::CredentialInvalid), "{query}");
    }
    assert_eq!(house.reason(&get("/v1/by/fc_live_1")), Some(Reason::CredentialInvalid));
    let bare = "GET /v1/a?X-API-Key=fc_live_x HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(house.reason(bare), Some(Reason::CredentialInvalid));
}

#[test]
fn each_state_has_its_reason() {
    let mut house = house();
    house.now.unix_ms = NOW_MS + 999;
    assert_eq!(house.reason(&get("/v1/a")), None);
    house.now.unix_ms = NOW_MS + 1000;
    let expired = house.decide(&get("/v1/a")).expect_err("it has expired");
    assert_eq!(expired.reason, Reason::CredentialExpired);
    assert_eq!(expired.facts.credential_id(), Some("key_1"), "evidence says which key it was");
    house.now.unix_ms = NOW_MS;
    house.apply(vec![changed(json!({"state": "revoked"}))]);
    assert_eq!(house.reason(&get("/v1/a")), Some(Reason::CredentialRevoked));
    house.apply(vec![changed(json!({}))]);
    assert_eq!(house.reason(&get("/v1/a")), None);
    let mut disabled = application("app_1", "desk");
    disabled["value"]["enabled"] = json!(false);
    house.apply(vec![disabled]);
    assert_eq!(house.reason(&get("/v1/a")), Some(Reason::CredentialRevoked));
}

#[test]
fn keys_of_other_tenants_and_peppers_are_unknown() {
    let mut house = house();
    house.apply(vec![changed(json!({"tenant": "other"}))]);
    assert_eq!(house.reason(&get("/v1/a")), Some(Reason::CredentialInvalid));
    house.apply(vec![changed(json!({"pepper": "p0"}))]);
    assert_eq!(house.reason(&get("/v1/a")), Some(Reason::CredentialInvalid));
    house.apply(vec![changed(json!({"application": "app_9"}))]);
    assert_eq!(house.reason(&get("/v1/a")), Some(Reason::CredentialInvalid));
}

#[test]
fn the_same_work_is_done_for_known_and_unknown_keys() {
    let mut house = house();
    let mut work = |value: &str| {
        house.workspace.key_work = KeyWork::default();
        let _ = house.decide(&keyed(value));
        house.workspace.key_work
    };
    let known = work(KEY);
    assert_eq!(known, KeyWork { digests: 1, comparisons: 1 });
    for value in ["fc_live_nope", "x", &KEY[..40], &KEY.replace('0', "1"), &format!("{KEY}x"), KEY] {
        assert_eq!(work(value), known, "{value}");
        assert_eq!(
            work(value),
            KeyWork { digests: 0, comparisons: 1 },
            "the same text on the same connection: {value}"
        );
    }
}

#[test]
fn a_revoked_key_is_refused_on_a_connection_that_used_it() {
    let mut house = house();
    assert_eq!(house.reason(&get("/v1/a")), None);
    house.apply(vec![json!({"type": "credential", "id": "key_1", "value": null})]);
    assert_eq!(house.reason(&get("/v1/a")), Some(Reason::CredentialInvalid));
    house.world.peppers = std::sync::Arc::new(firstclass_decide::Peppers::new([("p1", &b"another pepper"[..])]));
    house.apply(vec![credential("key_1", "app_1", KEY)]);
    assert_eq!(house.reason(&get("/v1/a")), Some(Reason::CredentialInvalid), "digested with the new pepper");
}

#[test]
fn a_public_operation_asks_for_nothing() {
    let mut house = house();
    for raw in
        ["GET /v1/open HTTP/1.1\r\nHost: a\r\n\r\n", "GET /v1/open HTTP/1.1\r\nHost: a\r\nX-API-Key: junk\r\n\r\n"]
    {
        let admission = house.decide(raw).expect("it is public");
        assert!(admission.facts.application.is_none() && admission.facts.tier().is_none());
    }
}
