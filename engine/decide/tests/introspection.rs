//! Opaque tokens: who has to be asked, what an answer is worth, and for how long.

mod support;

use firstclass_decide::{Question, Reason};
use serde_json::{Map, Value, json};
use support::{House, KEY, NOW_MS, bundle, call, credential, operation, with};

const URL: &str = "https://opaque.example";

fn issuer(name: &str, more: Value) -> Value {
    let plain = json!({"tenant": "main", "issuer": URL, "audience": "the-api", "algorithms": ["ES256"],
                       "application_claim": "client_id", "types": [""], "keys": [],
                       "introspection": {"cache_seconds": 30}});
    json!({"type": "issuer", "id": name, "value": with(plain, more)})
}

fn house(entries: Vec<Value>) -> House {
    let access = json!({"any_of": [[{"scheme": 0, "scopes": []}, {"scheme": 2, "scopes": []}]]});
    let document =
        bundle(vec![("/a", vec![operation("getA", "GET", json!({"access": access}))])], json!([{"types": ["object"]}]));
    let mut house = House::new(&document);
    house.apply(entries);
    // The fixture's key would end before the answers do.
    let mut key = credential("key_1", "app_1", KEY);
    key["value"]["expires_at"] = json!(NOW_MS + 1_000_000);
    house.apply(vec![key]);
    house
}

fn raw(token: &str) -> String {
    call("GET", "/v1/a", &format!("Authorization: Bearer {token}\r\n"))
}

fn question(house: &mut House, token: &str) -> Question {
    let refusal = house.decide(&raw(token)).expect_err("nothing is known");
    assert_eq!(refusal.reason, Reason::Overloaded);
    *refusal.question.expect("a question")
}

fn said(more: Value) -> Map<String, Value> {
    let plain = json!({"active": true, "aud": "the-api", "sub": "7", "scope": "read"});
    with(plain, more).as_object().expect("an object").clone()
}

#[test]
fn an_answer_serves_for_as_long_as_the_entry_says_and_no_longer_than_thirty_seconds() {
    for (seconds, lasts) in [(5, 5_000), (3_600, 30_000)] {
        let mut house = house(vec![issuer("partner", json!({"introspection": {"cache_seconds": seconds}}))]);
        let asked = question(&mut house, "opaque");
        assert!(!format!("{asked:?}").contains("opaque-"), "hidden");
        house.world.introspections.answer(&asked, &said(json!({})), NOW_MS);
        let admission = house.decide(&raw("opaque")).expect("let in");
        assert_eq!(admission.facts.subject(), Some("7"));
        house.now.unix_ms = NOW_MS + lasts;
        let again = question(&mut house, "opaque");
        assert!(again.was_active && !asked.was_active);
    }
}

#[test]
fn what_the_issuer_does_not_say_is_not_believed() {
    let seconds = NOW_MS / 1000;
    for (name, more, reason) in [
        ("inactive", json!({"active": false}), Reason::CredentialInvalid),
        ("active in words", json!({"active": "true"}), Reason::CredentialInvalid),
        ("another issuer", json!({"iss": "https://other.example"}), Reason::CredentialInvalid),
        ("another audience", json!({"aud": ["x"]}), Reason::CredentialInvalid),
        ("no audience", json!({"aud": null}), Reason::CredentialInvalid),
        ("expired", json!({"exp": seconds - 60}), Reason::CredentialExpired),
        ("an expiry in words", json!({"exp": "soon"}), Reason::CredentialInvalid),
        ("not valid yet", json!({"nbf": seconds + 61}), Reason::CredentialInvalid),
        ("bound to a key", json!({"cnf": {"jkt": "x"}}), Reason::CredentialInvalid),
        ("a client that would write on a terminal", json!({"client_id": "evil\u{1b}[2J"}), Reason::CredentialInvalid),
        ("a client of two lines", json!({"client_id": "evil\nnext: curl"}), Reason::CredentialInvalid),
        ("a subject that a header would strip", json!({"sub": "7 "}), Reason::CredentialInvalid),
        ("a subject that nobody sees whole", json!({"sub": "admin\u{200b}"}), Reason::CredentialInvalid),
        ("a subject that would break a header", json!({"sub": "7\r\nX: y"}), Reason::CredentialInvalid),
    ] {
        let mut house = house(vec![issuer("partner", json!({}))]);
        let asked = question(&mut house, "opaque");
        house.world.introspections.answer(&asked, &said(more), NOW_MS);
        assert_eq!(house.reason(&raw("opaque")), Some(reason), "{name}");
    }
}

#[test]
fn a_token_ends_when_it_says_so_whatever_the_answer_is_worth() {
    let mut house = house(vec![issuer("partner", json!({}))]);
    let asked = question(&mut house, "opaque");
    house.world.introspections.answer(&asked, &said(json!({"exp": NOW_MS / 1000 - 55})), NOW_MS);
    assert_eq!(house.reason(&raw("opaque")), None);
    house.now.unix_ms += 5_000;
    assert_eq!(house.reason(&raw("opaque")), Some(Reason::CredentialExpired));
}

#[test]
fn an_entry_that_changed_is_asked_anew_and_answers_to_the_old_one_are_worth_nothing() {
    let mut house = house(vec![issuer("partner", json!({}))]);
    let asked = question(&mut house, "opaque");
    house.apply(vec![issuer("partner", json!({"audience": "another-api"}))]);
    house.world.introspections.answer(&asked, &said(json!({})), NOW_MS);
    let again = question(&mut house, "opaque");
    house.world.introspections.answer(&again, &said(json!({})), NOW_MS);
    assert_eq!(house.reason(&raw("opaque")), Some(Reason::CredentialInvalid), "for somebody else");
}

#[test]
fn nobody_is_asked_about_tokens_that_no_entry_is_for() {
    let mut none = house(vec![issuer("other", json!({}))]);
    let refusal = none.decide(&raw("opaque")).expect_err("refused");
    assert_eq!((refusal.reason, refusal.question.is_none()), (Reason::CredentialInvalid, true));
    let mut long = house(vec![issuer("partner", json!({}))]);
    let refusal = long.decide(&raw(&"a".repeat(4097))).expect_err("refused");
    assert_eq!((refusal.reason, refusal.question.is_none()), (Reason::CredentialInvalid, true));
}
