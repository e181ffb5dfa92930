//! Bearer tokens: the honest one passes, every forgery stops; alternatives and scopes; the cache forgets in time.

mod support;

use firstclass_decide::Reason;
use serde_json::{Value, json};
use support::issuer::{Provider, URL};
use support::{House, KEY, NOW_MS, application, bundle, operation};

fn house(provider: &Provider) -> House {
    let any_of = |list: Value| json!({"access": {"any_of": list}});
    let need = |scheme: usize, scopes: &[&str]| json!({"scheme": scheme, "scopes": scopes});
    let mut house = House::new(&bundle(
        vec![
            ("/person", vec![operation("person", "GET", any_of(json!([[need(0, &[]), need(1, &[])]])))]),
            ("/partner", vec![operation("partner", "GET", any_of(json!([[need(2, &[])]])))]),
            ("/scoped", vec![operation("scoped", "GET", any_of(json!([[need(2, &["read", "write"])]])))]),
            ("/both", vec![operation("both", "GET", any_of(json!([[need(0, &[]), need(2, &[])]])))]),
            ("/either", vec![operation("either", "GET", any_of(json!([[need(0, &[])], [need(2, &[])]])))]),
        ],
        json!([{}]),
    ));
    let mut app = application("app_1", "desk");
    app["value"]["clients"] = json!([{"issuer": "partner", "client_id": "acme-7"}]);
    let partner = json!({"issuer": "https://login.partner.example", "application_claim": "client_id"});
    house.apply(vec![provider.entry("people", json!({})), provider.entry("partner", partner), app]);
    house
}

fn bearing(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

fn partner(provider: &Provider, header: Value, mut claims: Value) -> String {
    if claims.get("iss").is_none() {
        claims["iss"] = json!("https://login.partner.example");
    }
    bearing("/v1/partner", &format!("Authorization: Bearer {}\r\n", provider.token(header, claims)))
}

#[test]
fn an_honest_token_names_application_and_subject() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let raw = partner(&provider, json!({}), json!({})).replace("Bearer", scheme);
        let admission = house.decide(&raw).expect("it is honest");
        assert_eq!(admission.facts.application_name(), Some("desk"));
        assert_eq!((admission.facts.subject(), admission.facts.tier()), (Some("7"), Some("bearer")));
    }
    assert_eq!(house.tokens.len(), 3);
}

#[test]
fn every_forgery_is_refused() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    let now = NOW_MS / 1000;
    let none = json!({});
    let forged = [
        ("no signature", json!({"alg": "none"}), none.clone()),
        ("no signature in another case", json!({"alg": "nOnE"}), none.clone()),
        ("a shared secret", json!({"alg": "HS256"}), none.clone()),
        ("another algorithm of the issuer", json!({"alg": "RS256"}), none.clone()),
        ("an algorithm that is no text", json!({"alg": 1}), none.clone()),
        ("an unknown critical header", json!({"crit": ["x"], "x": 1}), none.clone()),
        ("an embedded key", json!({"jwk": provider.jwk()}), none.clone()),
        ("a key's address", json!({"jku": "http://127.0.0.1/"}), none.clone()),
        ("a certificate's address", json!({"x5u": "http://127.0.0.1/"}), none.clone()),
        ("an unencoded payload", json!({"b64": false}), none.clone()),
        ("a key name that is a path", json!({"kid": "../../dev/null"}), none.clone()),
        ("a key name that is a number", json!({"kid": 1}), none.clone()),
        ("another type", json!({"typ": "dpop+jwt"}), none.clone()),
        ("a type that is no text", json!({"typ": null}), none.clone()),
        ("another issuer", none.clone(), json!({"iss": "https://evil.example"})),
        ("an issuer of another scheme", none.clone(), json!({"iss": URL})),
        ("an issuer with a slash", none.clone(), json!({"iss": "https://login.partner.example/"})),
        ("another audience", none.clone(), json!({"aud": "other"})),
        ("no audience", none.clone(), json!({"aud": null})),
        ("an audience list without ours", none.clone(), json!({"aud": ["a", "b"]})),
        ("an audience list with a number", none.clone(), json!({"aud": ["the-api", 1]})),
        ("no expiry", none.clone(), json!({"exp": null})),
        ("an expiry in words", none.clone(), json!({"exp": "9e9"})),
        ("an expiry beyond all numbers", none.clone(), json!({"exp": 1e300})),
        ("not valid yet", none.clone(), json!({"nbf": now + 61})),
        ("issued in the future", none.clone(), json!({"iat": now + 61})),
        ("bound to a key", none.clone(), json!({"cnf": {"jkt": "x"}})),
        ("a subject that is a number", none.clone(), json!({"sub": 7})),
        ("a subject that would break a header", none.clone(), json!({"sub": "7\r\nX: y"})),
    ];
    for (name, header, claims) in forged {
        let raw = partner(&provider, header, claims);
        let refusal = house.decide(&raw).expect_err(name);
        assert_eq!(refusal.reason, Reason::CredentialInvalid, "{name}");
        assert!(
            refusal.challenges[0].starts_with(
                "Bearer resource_metadata=\"https://api.example/.well-known/oauth-protected-resource/v1\""
            )
        );
    }
    let expired = partner(&provider, none.clone(), json!({"exp": now - 60}));
    assert_eq!(house.reason(&expired), Some(Reason::CredentialExpired));
    assert_eq!(
        house.reason(&partner(&Provider::new("k1"), none.clone(), none)),
        Some(Reason::CredentialInvalid),
        "another key"
    );
    assert!(house.tokens.is_empty(), "nothing false is remembered");
}

#[test]
fn json_and_base64_have_one_reading() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    let header = r#"{"alg":"ES256","typ":"at+jwt","kid":"k1"}"#;
    let payload = Provider::claims().to_string().replace(URL, "https://login.partner.example");
    let good = provider.sign(header, &payload);
    let send = |token: &str| bearing("/v1/partner", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(house.reason(&send(&good)), None);
    let twice = provider.sign(header, &payload.replacen('{', r#"{"sub":"1","s\u0075b":"2","#, 1));
    let double = provider.sign(&header.replacen('{', r#"{"alg":"none","#, 1), &payload);
    let huge = provider.sign(header, &payload.replace(&(NOW_MS / 1000 + 300).to_string(), "1e400"));
    let bom = provider.sign(header, &format!("\u{feff}{payload}"));
    for token in
        [twice, double, huge, bom, format!("{good}="), format!("{good}."), format!(".{good}"), good.replace('.', "..")]
    {
        assert_eq!(house.reason(&send(&token)), Some(Reason::CredentialInvalid), "{token}");
    }
    let (text, signature) = good.rsplit_once('.').expect("three parts");
    let last = signature.chars().last().expect("not empty");
    let other = char::from_u32(last as u32 + 1).expect("a letter");
    let bent = format!("{text}.{}{other}", &signature[..signature.len() - 1]);
    assert_eq!(house.reason(&send(&bent)), Some(Reason::CredentialInvalid), "unused bits are zero");
    let null = format!("{text}.{}", "A".repeat(86));
    assert_eq!(house.reason(&send(&null)), Some(Reason::CredentialInvalid), "r = s = 0");
}

#[test]
fn there_is_exactly_one_authorization_with_one_token() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    let token = provider.token(json!({}), json!({"iss": "https://login.partner.example"}));
    for fields in [
        format!("Authorization: Bearer {token}, Bearer {token}\r\n"),
        format!("Authorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n"),
        format!("Authorization: Basic {token}\r\n"),
        format!("Authorization: {token}\r\n"),
        "Authorization: Bearer\r\n".to_owned(),
        "Authorization: Bearer \r\n".to_owned(),
        "Authorization:\r\n".to_owned(),
    ] {
        assert_eq!(house.reason(&bearing("/v1/partner", &fields)), Some(Reason::CredentialInvalid), "{fields}");
    }
    assert_eq!(house.reason(&bearing("/v1/partner", "")), Some(Reason::CredentialMissing));
    assert_eq!(
        house.reason(&bearing("/v1/partner", &format!("X-API-Key: {KEY}\r\n"))),
        Some(Reason::CredentialMissing)
    );
}

#[test]
fn an_unknown_key_name_asks_control_for_newer_keys() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    let refusal = house.decide(&partner(&provider, json!({"kid": "k9"}), json!({}))).expect_err("no such key");
    assert_eq!((refusal.reason, refusal.keys_wanted.as_deref()), (Reason::CredentialInvalid, Some("partner")));
    let forged = house.decide(&partner(&provider, json!({"kid": "k9"}), json!({"iss": "https://evil.example"})));
    assert_eq!(forged.expect_err("no such issuer").keys_wanted, None, "the issuer comes before its keys");
}

#[test]
fn a_key_and_a_token_are_both_needed_where_both_are_listed() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    let token = format!("Authorization: Bearer {}\r\n", provider.token(json!({}), json!({})));
    let key = format!("X-API-Key: {KEY}\r\n");
    assert_eq!(house.reason(&bearing("/v1/person", &token)), Some(Reason::CredentialMissing));
    assert_eq!(house.reason(&bearing("/v1/person", &key)), Some(Reason::CredentialMissing));
    let admission = house.decide(&bearing("/v1/person", &(token + &key))).expect("both");
    assert_eq!((admission.facts.application_name(), admission.facts.subject()), (Some("desk"), Some("7")));
    let refusal = house.decide(&bearing("/v1/person", "")).expect_err("none");
    assert_eq!(refusal.challenges.len(), 2);
}

#[test]
fn any_alternative_that_is_met_lets_in() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    let token = provider.token(json!({}), json!({"iss": "https://login.partner.example"}));
    assert_eq!(house.reason(&bearing("/v1/either", &format!("X-API-Key: {KEY}\r\n"))), None);
    assert_eq!(house.reason(&bearing("/v1/either", &format!("Authorization: Bearer {token}\r\n"))), None);
    let both = format!("X-API-Key: junk\r\nAuthorization: Bearer {token}\r\n");
    assert_eq!(house.reason(&bearing("/v1/either", &both)), None);
    let expired = provider.token(json!({}), json!({"iss": "https://login.partner.example", "exp": 1}));
    let both = format!("X-API-Key: junk\r\nAuthorization: Bearer {expired}\r\n");
    assert_eq!(house.reason(&bearing("/v1/either", &both)), Some(Reason::CredentialExpired), "what says most");
}

#[test]
fn scopes_are_needed_all_of_them() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    let mut reason = |claims: Value| {
        let mut claims = claims;
        claims["iss"] = json!("https://login.partner.example");
        house
            .reason(&bearing("/v1/scoped", &format!("Authorization: Bearer {}\r\n", provider.token(json!({}), claims))))
    };
    assert_eq!(reason(json!({"scope": "write read other"})), None);
    assert_eq!(reason(json!({"scp": ["read", "write"]})), None);
    assert_eq!(reason(json!({"scope": "read"})), Some(Reason::ScopeMissing));
    assert_eq!(reason(json!({"scope": "readwrite write"})), Some(Reason::ScopeMissing));
    assert_eq!(reason(json!({})), Some(Reason::ScopeMissing));
    assert_eq!(reason(json!({"scope": 1})), Some(Reason::CredentialInvalid));
}

#[test]
fn an_unknown_or_disabled_application_gets_nowhere() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    assert_eq!(
        house.reason(&partner(&provider, json!({}), json!({"client_id": "nobody"}))),
        Some(Reason::NotSubscribed)
    );
    assert_eq!(house.reason(&partner(&provider, json!({}), json!({"client_id": null}))), Some(Reason::NotSubscribed));
    let mut app = application("app_1", "desk");
    app["value"]["clients"] = json!([{"issuer": "partner", "client_id": "acme-7"}]);
    app["value"]["enabled"] = json!(false);
    house.apply(vec![app]);
    assert_eq!(house.reason(&partner(&provider, json!({}), json!({}))), Some(Reason::CredentialRevoked));
    house.apply(vec![application("app_1", "desk")]);
    assert_eq!(
        house.reason(&partner(&provider, json!({}), json!({}))),
        Some(Reason::NotSubscribed),
        "the name is gone"
    );
}

#[test]
fn a_token_of_a_disabled_application_is_no_better_beside_the_key_of_another() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    let mut gone = application("app_2", "gone");
    gone["value"]["clients"] = json!([{"issuer": "partner", "client_id": "gone-1"}]);
    let token =
        provider.token(json!({}), json!({"iss": "https://login.partner.example", "client_id": "gone-1", "sub": "7"}));
    let fields = format!("X-API-Key: {KEY}\r\nAuthorization: Bearer {token}\r\n");
    house.apply(vec![gone.clone()]);
    let admission = house.decide(&bearing("/v1/both", &fields)).expect("the key says which application calls");
    assert_eq!((admission.facts.application_name(), admission.facts.subject()), (Some("desk"), Some("7")));
    gone["value"]["enabled"] = json!(false);
    house.apply(vec![gone.clone()]);
    assert_eq!(house.reason(&bearing("/v1/both", &fields)), Some(Reason::CredentialRevoked));
    gone["value"]["tenant"] = json!("other");
    house.apply(vec![gone]);
    assert_eq!(house.reason(&bearing("/v1/both", &fields)), None, "nobody of this tenant was disabled");
}

#[test]
fn a_subject_that_a_header_would_change_is_refused() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    for bad in ["", " 1", "1 ", "\t1", "\u{a0}1", "1\u{2003}", "1\u{85}", "admin\u{200b}", "a\u{feff}", "a\u{202e}b"] {
        let raw = partner(&provider, json!({}), json!({"sub": bad}));
        assert_eq!(house.reason(&raw), Some(Reason::CredentialInvalid), "{bad:?}");
    }
    for good in ["Ana Maria", "é", "1,2"] {
        let head = house.forwarded(&partner(&provider, json!({}), json!({"sub": good})));
        assert!(head.contains(&format!("\r\nFirstclass-Subject: {good}\r\n")), "{head}");
    }
}

#[test]
fn a_cached_token_dies_by_expiry_and_with_its_issuers_keys() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    let raw = partner(&provider, json!({}), json!({}));
    assert_eq!(house.reason(&raw), None);
    assert_eq!(house.reason(&raw), None);
    house.now.unix_ms = NOW_MS + 300_000 + 59_999;
    assert_eq!(house.reason(&raw), None, "within a minute of leeway");
    house.now.unix_ms += 1;
    assert_eq!(house.reason(&raw), Some(Reason::CredentialExpired));
    house.now.unix_ms = NOW_MS;
    assert_eq!(house.reason(&raw), None);
    let settings = json!({"issuer": "https://login.partner.example", "application_claim": "client_id"});
    house.apply(vec![provider.entry("partner", settings.clone())]);
    assert_eq!(house.reason(&raw), None, "the same entry again changes nothing");
    house.apply(vec![Provider::new("k1").entry("partner", settings)]);
    assert_eq!(house.reason(&raw), Some(Reason::CredentialInvalid), "a removed key dies at once");
    house.apply(vec![json!({"type": "issuer", "id": "partner", "value": null})]);
    assert_eq!(house.reason(&raw), Some(Reason::CredentialInvalid));
}

#[test]
fn the_cache_is_bounded() {
    let provider = Provider::new("k1");
    let mut house = house(&provider);
    house.tokens = firstclass_decide::TokenCache::new(64);
    for number in 0..300 {
        assert_eq!(house.reason(&partner(&provider, json!({}), json!({"jti": number}))), None);
    }
    assert!((16..=64).contains(&house.tokens.len()), "{}", house.tokens.len());
}

#[test]
fn the_metadata_says_where_tokens_are_to_be_had() {
    let house = house(&Provider::new("k1"));
    let found = |path: &str| firstclass_decide::find_metadata(path.as_bytes(), &house.world);
    let document = found("/.well-known/oauth-protected-resource/v1").expect("the API takes tokens");
    let document: Value = serde_json::from_slice(&document).expect("JSON");
    assert_eq!(document["resource"], "https://api.example/v1");
    assert_eq!(document["authorization_servers"], json!([URL, "https://login.partner.example"]));
    assert!(found("/.well-known/oauth-protected-resource").is_none() && found("/v1").is_none());
}
