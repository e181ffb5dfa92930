//! Keys of another gateway: digested by way of their SHA-256, taken from the query, too, where the scheme names one, and
//! stripped from it; no other key is.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_decide::{KeyWork, Reason};
use ring::{digest, hmac};
use serde_json::{Value, json};
use support::{House, KEY, NOW_MS, PEPPER, bundle, credential, get, operation, parameter, public, subscription, with};

const OLD: &str = "OLD-KEY-0001 any text!";
const ENCODED: &str = "OLD-KEY-0001%20any+text%21";

fn legacy(id: &str, application: &str, key: &str) -> Value {
    let known = digest::digest(&digest::SHA256, key.as_bytes());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, PEPPER), &[b"legacy key\n", known.as_ref()].concat());
    let mut change = credential(id, application, key);
    change["value"] = with(change["value"].clone(), json!({"class": "legacy", "digest": URL_SAFE_NO_PAD.encode(tag)}));
    change
}

fn document() -> Value {
    let filter = parameter("query", "q", "string", 0, json!({}));
    let mut document = bundle(
        vec![
            ("/a", vec![operation("a", "GET", json!({"parameters": [filter]}))]),
            ("/open", vec![operation("open", "GET", json!({"access": public()}))]),
            ("/seen", vec![operation("seen", "GET", json!({"access": public(), "mode": "observe"}))]),
            (
                "/both",
                vec![operation(
                    "both",
                    "GET",
                    json!({"access": {"any_of": [
                [{"scheme": 1, "scopes": []}], [{"scheme": 4, "scopes": []}]]}}),
                )],
            ),
        ],
        json!([{}]),
    );
    document["schemes"][0]["query"] = json!("api_key");
    let schemes = document["schemes"].as_array_mut().expect("schemes");
    schemes.push(json!({"kind": "key", "name": "again", "header": "x-app-key", "query": "api_key"}));
    document
}

fn house() -> House {
    let mut house = House::new(&document());
    house.apply(vec![legacy("key_2", "app_1", OLD)]);
    house
}

fn raw(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

#[test]
fn an_old_key_is_good_in_its_header_and_in_the_query_that_the_scheme_names() {
    let mut house = house();
    let by_header = house.decide(&raw("/v1/a", &format!("X-API-Key: {OLD}\r\n"))).expect("it is good");
    assert_eq!(by_header.facts.credential_id(), Some("key_2"));
    assert!(!by_header.facts.key_in_query);
    let by_query = house.decide(&raw(&format!("/v1/a?api_key={ENCODED}"), "")).expect("it is good");
    assert_eq!(by_query.facts.credential_id(), Some("key_2"));
    assert!(by_query.facts.key_in_query, "it is counted");
    assert_eq!(by_query.facts.application_name(), Some("desk"));
}

#[test]
fn a_scheme_that_shares_the_parameter_takes_it_too() {
    assert_eq!(house().reason(&raw(&format!("/v1/both?api_key={ENCODED}"), "")), None);
}

#[test]
fn the_key_is_stripped_from_what_is_forwarded() {
    let mut house = house();
    let head = house.forwarded(&raw(&format!("/v1/a?q=1&api_key={ENCODED}"), ""));
    assert!(head.starts_with("GET /v1/a?q=1 HTTP/1.1\r\n"), "{head}");
    let head = house.forwarded(&raw(&format!("/v1/a?api_key={ENCODED}"), ""));
    assert!(head.starts_with("GET /v1/a HTTP/1.1\r\n"), "{head}");
    for target in [format!("/v1/open?api_key={ENCODED}"), format!("/v1/seen?api_key={ENCODED}&x=1")] {
        let head = house.forwarded(&raw(&target, ""));
        assert!(!head.contains("OLD-KEY"), "an operation that asks for no key does not forward one: {head}");
    }
    assert!(!house.forwarded(&raw("/v1/a", &format!("X-API-Key: {OLD}\r\n"))).contains("OLD-KEY"));
}

#[test]
fn no_other_key_is_taken_from_a_query() {
    let mut house = house();
    let refused = house.decide(&raw(&format!("/v1/a?api_key={KEY}"), "")).expect_err("a key of ours");
    assert_eq!(refused.reason, Reason::CredentialInvalid);
    assert_eq!(house.reason(&raw(&format!("/v1/open?api_key={KEY}"), "")), Some(Reason::ParameterInvalid));
    for query in ["api_key=unknown", "api_key=", "apikey=x-api-key", &format!("x-api-key={ENCODED}")] {
        assert!(house.reason(&raw(&format!("/v1/a?{query}"), "")).is_some(), "{query}");
    }
    // A key that is not of class legacy, whatever it looks like.
    house.apply(vec![credential("key_3", "app_1", "plain-text-key")]);
    assert_eq!(house.reason(&raw("/v1/a", "X-API-Key: plain-text-key\r\n")), None);
    let refused = house.decide(&raw("/v1/a?api_key=plain-text-key", "")).expect_err("another class");
    assert_eq!(refused.reason, Reason::CredentialInvalid);
    assert_eq!(refused.facts.credential_id(), Some("key_3"), "evidence says which key stands in logs now");
}

#[test]
fn a_key_in_two_places_is_no_key() {
    let mut house = house();
    for (target, fields) in [
        (format!("/v1/a?api_key={ENCODED}"), format!("X-API-Key: {OLD}\r\n")),
        (format!("/v1/a?api_key={ENCODED}"), format!("X-API-Key: {KEY}\r\n")),
        (format!("/v1/a?api_key={ENCODED}&api_key={ENCODED}"), String::new()),
        (format!("/v1/a?api_key=x&q=1&api_key={ENCODED}"), String::new()),
        (format!("/v1/a?api_key={ENCODED}"), format!("X-App-Key: {OLD}\r\n")),
    ] {
        assert_eq!(house.reason(&raw(&target, &fields)), Some(Reason::CredentialInvalid), "{target} {fields}");
    }
}

#[test]
fn its_end_date_its_state_and_its_subscriptions_count() {
    let mut house = house();
    let call = raw(&format!("/v1/a?api_key={ENCODED}"), "");
    house.now.unix_ms = NOW_MS + 1000;
    assert_eq!(house.reason(&call), Some(Reason::CredentialExpired));
    house.now.unix_ms = NOW_MS;
    house.apply(vec![subscription("sub_1", "app_1", &["both"])]);
    assert_eq!(house.reason(&call), Some(Reason::NotSubscribed));
    house.apply(vec![json!({"type": "credential", "id": "key_2", "value": null})]);
    assert_eq!(house.reason(&call), Some(Reason::CredentialInvalid));
}

#[test]
fn the_sha256_of_a_key_is_no_key() {
    let mut house = house();
    let known = digest::digest(&digest::SHA256, OLD.as_bytes());
    let hex: String = known.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let encoded: String = known.as_ref().iter().map(|byte| format!("%{byte:02x}")).collect();
    assert_eq!(house.reason(&raw("/v1/a", &format!("X-API-Key: {hex}\r\n"))), Some(Reason::CredentialInvalid));
    assert!(house.reason(&raw(&format!("/v1/a?api_key={encoded}"), "")).is_some());
    assert!(house.reason(&raw(&format!("/v1/a?api_key=legacy%20key%0a{encoded}"), "")).is_some());
}

#[test]
fn the_same_work_is_done_for_every_text_while_old_keys_are_known() {
    let mut house = house();
    let mut work = |target: &str, fields: &str| {
        house.workspace.key_work = KeyWork::default();
        let _ = house.decide(&raw(target, fields));
        house.workspace.key_work
    };
    let known = KeyWork { digests: 2, comparisons: 2 };
    for value in [KEY, OLD, "fc_live_nope", "x", &KEY[1..]] {
        assert_eq!(work("/v1/a", &format!("X-API-Key: {value}\r\n")), known, "{value}");
    }
    assert_eq!(work(&format!("/v1/a?api_key={ENCODED}"), ""), known);
    assert_eq!(work("/v1/a?api_key=unknown", ""), known);
}

#[test]
fn the_second_digest_is_made_only_while_old_keys_are_known() {
    let mut house = House::new(&document());
    let work = |house: &mut House| {
        house.workspace.key_work = KeyWork::default();
        let _ = house.decide(&get("/v1/a"));
        house.workspace.key_work
    };
    assert_eq!(work(&mut house), KeyWork { digests: 1, comparisons: 1 });
    house.apply(vec![legacy("key_2", "app_1", OLD)]);
    assert_eq!(work(&mut house), KeyWork { digests: 2, comparisons: 2 }, "the connection's memory is not enough");
    assert_eq!(house.reason(&raw("/v1/a", &format!("X-API-Key: {OLD}\r\n"))), None);
    house.apply(vec![legacy("key_2", "app_1", "another")]);
    house.apply(vec![json!({"type": "credential", "id": "key_2", "value": null})]);
    assert_eq!(work(&mut house), KeyWork { digests: 1, comparisons: 1 });
}

#[test]
fn one_of_our_keys_in_a_url_passes_no_public_operation_either() {
    for target in ["/v1/open?q=fc_live_abcdefgh_x", "/v1/seen?q=fc_test_abcdefgh_x", "/v1/seen?fc_live_abcdefgh=1"] {
        assert_eq!(house().reason(&raw(target, "")), Some(Reason::ParameterInvalid), "{target}");
    }
}
