//! Credentials that pass on to the upstream: its own, which nobody checks here, and those that were found good here first.

mod support;

use firstclass_bundle::Document;
use firstclass_decide::{Policy, Reason};
use serde_json::{Value, json};
use support::issuer::Provider;
use support::{House, KEY, answer, bundle, operation, parameter, violations};

/// The schemes behind those of the fixture: 4 the upstream's own token, 5 a believed token that passes on.
fn document() -> Value {
    let id = parameter("path", "id", "integer", 1, json!({"owner": "sub"}));
    let way =
        |indices: &[usize]| -> Value { indices.iter().map(|index| json!({"scheme": index, "scopes": []})).collect() };
    let asking = |id: &str, ways: Vec<Value>, mode: &str| {
        vec![operation(id, "GET", json!({"access": {"any_of": ways}, "mode": mode}))]
    };
    let mut owned = operation("owned", "GET", json!({"access": {"any_of": [way(&[5]), way(&[4])]}}));
    owned["parameters"] = json!([id]);
    owned["mode"] = json!("observe");
    let mut document = bundle(
        vec![
            ("/own", asking("own", vec![way(&[4])], "enforce")),
            ("/seen", asking("seen", vec![way(&[4])], "observe")),
            ("/either", asking("either", vec![way(&[0]), way(&[4])], "observe")),
            ("/passed", asking("passed", vec![way(&[0, 5])], "enforce")),
            ("/kept", asking("kept", vec![way(&[0, 1])], "enforce")),
            ("/owned/{id}", vec![owned]),
            ("/open", asking("open", vec![way(&[0])], "observe")),
        ],
        json!([{}, {"types": ["integer"]}]),
    );
    let schemes = document["schemes"].as_array_mut().expect("schemes");
    schemes.push(json!({"kind": "own", "name": "own", "in": "header", "field": "authorization", "word": "bearer"}));
    schemes.push(json!({"kind": "bearer", "name": "passed", "issuer": "people", "pass": true}));
    document
}

fn house(provider: &Provider) -> House {
    let mut house = House::new(&document());
    house.apply(vec![provider.entry("people", json!({}))]);
    house
}

fn raw(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

#[test]
fn a_believed_token_passes_only_where_the_scheme_says_so() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    let token = provider.token(json!({}), json!({}));
    let fields = format!("X-API-Key: {KEY}\r\nAuthorization: Bearer {token}\r\n");
    let head = house.forwarded(&raw("/v1/passed", &fields));
    assert!(head.contains(&format!("\r\nAuthorization: Bearer {token}\r\n")) && !head.contains(KEY), "{head}");
    assert!(!house.forwarded(&raw("/v1/kept", &fields)).contains("Authorization"));
    let bad = fields.replace(&token, &token[..token.len() - 4]);
    assert_eq!(house.reason(&raw("/v1/passed", &bad)), Some(Reason::CredentialInvalid));
}

#[test]
fn what_is_missing_is_recorded_where_parameters_are_only_observed() {
    let mut house = house(&Provider::new("k1"));
    let refusal = house.decide(&raw("/v1/own", "")).expect_err("enforced");
    assert_eq!(refusal.reason, Reason::CredentialMissing);
    assert_eq!(violations(&refusal), ["header authorization credential"]);
    assert_eq!(refusal.challenges, ["Bearer realm=\"shop\""]);
    let admission = house.decide(&raw("/v1/seen", "")).expect("observed");
    assert_eq!(admission.recorded.len(), 1);
    assert_eq!(admission.recorded[0].reason, Reason::CredentialMissing);
    assert!(house.decide(&raw("/v1/seen", "Authorization: Bearer x\r\n")).expect("with it").recorded.is_empty());
}

#[test]
fn a_bad_key_is_refused_whatever_else_is_only_observed() {
    let mut house = house(&Provider::new("k1"));
    let bad = KEY.replace("fc_live_abc", "fc_live_xyz");
    assert_eq!(house.reason(&raw("/v1/either", &format!("X-API-Key: {bad}\r\n"))), Some(Reason::CredentialInvalid));
    let head = house.forwarded(&raw("/v1/either", &format!("X-API-Key: {KEY}\r\n")));
    assert!(head.contains("Firstclass-Application: desk") && !head.contains(KEY), "{head}");
    let head = house.forwarded(&raw("/v1/either", "Authorization: Bearer x\r\n"));
    assert!(head.contains("Authorization: Bearer x") && !head.contains("Firstclass-Application"), "{head}");
}

#[test]
fn nobody_in_particular_owns_nothing() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    for fields in ["", "Authorization: Bearer x\r\n", "Authorization: Bearer x\r\nFirstclass-Subject: 7\r\n"] {
        assert_eq!(house.reason(&raw("/v1/owned/7", fields)), Some(Reason::SubjectUnknown), "{fields:?}");
    }
}

#[test]
fn a_bundle_that_makes_no_sense_is_refused() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut document = document();
        change(&mut document);
        let parsed = Document::parse(document.to_string().as_bytes());
        parsed.is_err() || parsed.is_ok_and(|document| Policy::compile(document, "0".repeat(64)).is_err())
    };
    assert!(!refused(&|_| {}));
    assert!(!refused(&|d| d["operations"][0]["access"]["any_of"] = json!([[{"scheme": 4, "scopes": []}], []])));
    assert!(refused(&|d| d["operations"][0]["access"]["any_of"] = json!([[]])));
    assert!(refused(&|d| d["operations"][2]["access"]["any_of"] = json!([[{"scheme": 0, "scopes": []}], []])));
    assert!(refused(&|d| d["operations"][0]["access"]["any_of"] = json!([[{"scheme": 4, "scopes": ["read"]}]])));
    assert!(refused(&|d| d["schemes"][4] = json!({"kind": "own", "name": "o", "in": "header", "field": "x-api-key"})));
    for field in ["host", "cookie", "firstclass-subject", "x-forwarded-for", "accept-encoding"] {
        let own = json!({"kind": "own", "name": "o", "in": "header", "field": field});
        assert!(refused(&|d| d["schemes"][4] = own.clone()), "{field}");
    }
}

#[test]
fn the_challenges_of_who_alone_checks_a_credential_reach_the_caller() {
    let mut house = house(&Provider::new("k1"));
    let challenges = "WWW-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\nWWW-Authenticate: Basic realm=\"a\"\r\n";
    let origin = |status| answer(status, &format!("Content-Type: text/plain\r\n{challenges}"), "CANARY");
    let undeclared = |house: &mut House, target: &str, status| house.answered(&raw(target, ""), &origin(status)).0;
    let text = undeclared(&mut house, "/v1/seen", 401);
    assert!(text.starts_with("HTTP/1.1 401") && text.contains(challenges) && !text.contains("CANARY"), "{text}");
    assert!(!undeclared(&mut house, "/v1/seen", 403).contains("Digest"), "it says so of a 401 alone");
    let key = format!("X-API-Key: {KEY}\r\n");
    let (text, _) = house.answered(&raw("/v1/open", &key), &origin(401));
    assert!(text.starts_with("HTTP/1.1 401") && !text.contains("Digest"), "checked here: {text}");

    let mut document = document();
    let media = json!([{"media_type": "text/plain", "kind": {"opaque": {"max_bytes": null}}}]);
    document["operations"][1]["responses"] = json!([{"status": "401", "headers": [], "media": media}]);
    let (text, _) = House::new(&document).answered(&raw("/v1/seen", ""), &origin(401));
    assert!(text.contains("Digest") && text.contains("Basic") && text.starts_with("HTTP/1.1 401"), "{text}");
}
