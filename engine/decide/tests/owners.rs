//! Whose object it is: ids in parameters and bodies must be the caller's own, in every spelling and every mode.

mod support;

use firstclass_decide::Reason;
use serde_json::{Value, json};
use support::issuer::Provider;
use support::{House, KEY, bundle, json_media, operation, parameter, with};

fn person() -> Value {
    json!({"any_of": [[{"scheme": 0, "scopes": []}, {"scheme": 1, "scopes": []}]]})
}

fn house(mode: &str) -> (House, Provider) {
    let own = |place: &str, name: &str| {
        parameter(place, name, "integer", 1, json!({"owner": "sub", "required": place == "path"}))
    };
    let plain = json!({"access": person(), "mode": mode});
    let body = json!({"required": true, "media": [json_media(2)], "max_bytes": 1000});
    let keyed = json!({"parameters": [own("path", "id")]});
    let mut house = House::new(&bundle(
        vec![
            (
                "/m/{id}",
                vec![operation("path", "GET", with(plain.clone(), json!({"parameters": [own("path", "id")]})))],
            ),
            ("/q", vec![operation("query", "GET", with(plain.clone(), json!({"parameters": [own("query", "id")]})))]),
            ("/b", vec![operation("body", "POST", with(plain, json!({"body": body})))]),
            ("/k/{id}", vec![operation("key", "GET", keyed)]),
        ],
        json!([{}, {"types": ["integer"]}, {"types": ["object"], "properties": [["member", 3]]}, {"types": ["string"], "owner": "sub"}]),
    ));
    let provider = Provider::new("k1");
    house.apply(vec![provider.entry("people", json!({}))]);
    (house, provider)
}

fn call(provider: &Provider, method: &str, target: &str, claims: Value, rest: &str) -> String {
    let token = provider.token(json!({}), claims);
    format!("{method} {target} HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\nAuthorization: Bearer {token}\r\n{rest}\r\n")
}

#[test]
fn an_id_in_a_path_must_be_the_callers_own() {
    for mode in ["enforce", "observe"] {
        let (mut house, provider) = house(mode);
        let mut reason = |target: &str| house.reason(&call(&provider, "GET", target, json!({}), ""));
        assert_eq!(reason("/v1/m/7"), None);
        assert_eq!(reason("/v1/m/%37"), None);
        assert_eq!(reason("/v1/m/8"), Some(Reason::ForeignObject));
        assert_eq!(reason("/v1/m/%38"), Some(Reason::ForeignObject));
        assert_eq!(
            reason("/v1/m/07"),
            Some(Reason::ParameterInvalid),
            "no other spelling is a way round, in {mode} either"
        );
        assert_eq!(reason("/v1/q?id=7"), None);
        assert_eq!(reason("/v1/q?id=8"), Some(Reason::ForeignObject));
        assert_eq!(reason("/v1/q?id=7&id=8"), Some(Reason::ParameterInvalid));
    }
}

#[test]
fn the_refusal_names_the_parameter() {
    let (mut house, provider) = house("enforce");
    let refusal = house.decide(&call(&provider, "GET", "/v1/m/8", json!({}), "")).expect_err("somebody else's");
    assert_eq!((refusal.status, refusal.rule.to_string()), (404, "operations/0/parameters/0".to_owned()));
    assert_eq!(refusal.facts.subject(), Some("7"));
}

#[test]
fn without_a_subject_nobody_owns_anything() {
    let (mut house, provider) = house("enforce");
    let nameless = json!({"sub": null});
    assert_eq!(house.reason(&call(&provider, "GET", "/v1/m/7", nameless, "")), Some(Reason::CredentialInvalid));
    let keyed = format!("GET /v1/k/7 HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\n\r\n");
    let refusal = house.decide(&keyed).expect_err("a key speaks for nobody");
    assert_eq!((refusal.reason, refusal.status), (Reason::SubjectUnknown, 401));
    assert!(!refusal.challenges.is_empty(), "every 401 says what would be accepted");
}

#[test]
fn an_id_in_a_body_must_be_the_callers_own() {
    for mode in ["enforce", "observe"] {
        let (mut house, provider) = house(mode);
        let mut reason = |body: &str| {
            let rest = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
            let raw = call(&provider, "POST", "/v1/b", json!({}), &rest) + body;
            house.sent(&raw).err().map(|refusal| refusal.reason)
        };
        assert_eq!(reason(r#"{"member":"7"}"#), None);
        assert_eq!(reason(r#"{"member":"\u0037"}"#), None);
        assert_eq!(reason(r#"{"member":"8"}"#), Some(Reason::ForeignObject), "{mode}");
        assert_eq!(
            reason(r#"{"member":"#),
            Some(Reason::BodyInvalid),
            "what cannot be read is never passed on in {mode}"
        );
        assert!(reason(r#"{"member":"7","member":"8"}"#).is_some());
    }
}

#[test]
fn a_list_cannot_have_an_owner() {
    let list = parameter("query", "ids", "integer", 0, json!({"owner": "sub", "shape": {"array": ["integer"]}}));
    let document = bundle(vec![("/x", vec![operation("x", "GET", json!({"parameters": [list]}))])], json!([{}]));
    let document = firstclass_bundle::Document::parse(document.to_string().as_bytes()).expect("its form is sound");
    assert!(firstclass_decide::Policy::compile(document, String::new()).is_err());
}

#[test]
fn observation_relaxes_nothing_about_a_parameter_with_an_owner_in_it() {
    let plain = json!({"access": person(), "mode": "observe"});
    let inner = parameter("query", "who", "string", 1, json!({"json": true}));
    let empty = parameter("query", "id", "string", 2, json!({"owner": "sub", "allow_empty": true}));
    let operations = vec![operation("list", "GET", with(plain, json!({"parameters": [inner, empty]})))];
    let schemas = json!([{}, {"types": ["object"], "properties": [["p", 3]]}, {"types": ["string"]},
        {"types": ["string"], "owner": "sub"}]);
    let mut house = House::new(&bundle(vec![("/x", operations)], schemas));
    let provider = Provider::new("k1");
    house.apply(vec![provider.entry("people", json!({}))]);
    let mut reason = |query: &str| house.reason(&call(&provider, "GET", &format!("/v1/x?{query}"), json!({}), ""));
    let own = "%7B%22p%22:%227%22%7D";
    assert_eq!(reason(&format!("who={own}&id=7")), None);
    assert_eq!(reason("other=1"), None, "what nobody declared is only recorded");
    let many: String = (0..30).map(|n| format!("%22x{n}%22:1,")).collect();
    for query in [
        "who=%7B%22p%22:%227%22,%22p%22:%228%22%7D".to_owned(),
        format!("who=%7B{many}%22p%22:%228%22%7D"),
        format!("who={own}&who=%7B%22p%22:%228%22%7D"),
    ] {
        assert_eq!(reason(&query), Some(Reason::ParameterInvalid), "{query}");
    }
    assert_eq!(reason("id="), Some(Reason::ForeignObject), "nobody's id is not one's own");
    for query in ["ID=8", "id[]=8", "id[0]=8", "id.0=8", "id%20=8", "WHO[p]=8", "id=7&Id=8"] {
        assert_eq!(reason(query), Some(Reason::ParameterInvalid), "an upstream may take it for the owned one: {query}");
    }
}

#[test]
fn no_other_reading_of_an_owned_name_gets_through_in_observe() {
    let own = parameter("query", "user_id", "integer", 1, json!({"owner": "sub"}));
    let plain = json!({"access": person(), "mode": "observe", "parameters": [own]});
    let mut house =
        House::new(&bundle(vec![("/q", vec![operation("q", "GET", plain)])], json!([{}, {"types": ["integer"]}])));
    let provider = Provider::new("k1");
    house.apply(vec![provider.entry("people", json!({}))]);
    let mut reason =
        |query: &str| house.reason(&call(&provider, "GET", &format!("/v1/q?user_id=7&{query}"), json!({}), ""));
    assert_eq!(reason("other=8"), None);
    assert_eq!(reason("user.idea=8"), None);
    for query in [
        "user.id=8",
        "user%20id=8",
        "user[id=8",
        "user%5Bid=8",
        "user_id%00=8",
        "user_id%00x=8",
        "%20user.id=8",
        "USER.ID=8",
        "user_id[]=8",
        "user.id[0]=8",
    ] {
        assert!(reason(query).is_some(), "{query}");
    }
}

#[test]
fn a_body_that_names_an_owner_in_a_condition_is_never_let_through_unread() {
    let body = json!({"required": true, "media": [json_media(2)], "max_bytes": 1000});
    let operations = vec![operation("b", "POST", json!({"access": person(), "mode": "observe", "body": body}))];
    let schemas = json!([{}, {"types": ["string"], "owner": "sub"},
        {"types": ["object"], "if": 3, "additional": 0}, {"properties": [["user", 1]]}]);
    let mut house = House::new(&bundle(vec![("/b", operations)], schemas));
    let provider = Provider::new("k1");
    house.apply(vec![provider.entry("people", json!({}))]);
    let mut sent = |body: &str| {
        let rest = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        house.sent(&(call(&provider, "POST", "/v1/b", json!({}), &rest) + body)).err().map(|refusal| refusal.reason)
    };
    assert_eq!(sent(r#"{"user":"8"}"#), Some(Reason::ForeignObject));
    assert!(sent(r#"{"user":"7","user":"8"}"#).is_some());
}

/// An operation with an owned id in its path and a form that takes any field, one that another id is in.
fn merging(mode: &str) -> (House, Provider) {
    let own = parameter("path", "userId", "integer", 1, json!({"owner": "sub"}));
    let shape = json!({"object": {"properties": [["owner_id", {"scalar": ["string"]}], ["note", {"scalar": ["string"]}]],
        "additional": {"scalar": ["string"]}}});
    let form =
        json!({"media_type": "application/x-www-form-urlencoded", "kind": {"form": {"schema": 2, "shape": shape}}});
    let parts = json!([{"name": "note", "least": 0, "most": 1, "types": [], "content": {"text": {"schema": 4, "types": ["string"]}}}]);
    let multipart = json!({"media_type": "multipart/form-data", "kind": {"multipart": {"parts": parts}}});
    let body = |media: Value| json!({"required": false, "media": media, "max_bytes": 1000});
    let plain = json!({"access": person(), "mode": mode, "parameters": [own]});
    let declared = vec![
        operation("forms", "POST", with(plain.clone(), json!({"body": body(json!([form]))}))),
        operation("other", "PUT", with(plain, json!({"body": body(json!([json_media(5), multipart]))}))),
    ];
    let schemas = json!([{}, {"types": ["integer"]},
        {"types": ["object"], "properties": [["owner_id", 3], ["note", 4]], "additional": 4},
        {"types": ["string"], "owner": "sub"}, {"types": ["string"]}, {"types": ["object"], "properties": [["note", 4]]}]);
    let mut house = House::new(&bundle(vec![("/u/{userId}", declared)], schemas));
    let provider = Provider::new("k1");
    house.apply(vec![provider.entry("people", json!({}))]);
    (house, provider)
}

#[test]
fn a_field_that_an_upstream_may_merge_with_an_owned_parameter_is_refused_in_every_mode() {
    for mode in ["enforce", "observe"] {
        let (mut house, provider) = merging(mode);
        let mut refusal = |method: &str, query: &str, media: &str, body: &str| {
            let rest = format!("Content-Type: {media}\r\nContent-Length: {}\r\n", body.len());
            let raw = call(&provider, method, &format!("/v1/u/7{query}"), json!({}), &rest) + body;
            house.sent(&raw).err().map(|refusal| (refusal.reason, support::violations(&refusal).join(" ")))
        };
        let (form, json, multipart) =
            ("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b");
        assert_eq!(refusal("POST", "", form, "owner_id=7&note=user_id&more=x"), None);
        assert_eq!(refusal("PUT", "", json, r#"{"note":"user_id"}"#), None);
        for name in ["user_id", "USERID", "user.id", "filter%5BuserId%5D", "Owner-Id", "owner_id%5B%5D", "_method"] {
            let found = refusal("POST", "", form, &format!("owner_id=7&{name}=8"));
            assert_eq!(found.map(|found| found.0), Some(Reason::BodyInvalid), "{mode} {name}");
        }
        assert_eq!(refusal("POST", "", form, "note=a;b").map(|found| found.0), Some(Reason::BodyInvalid));
        for name in ["user_id", "userid", "_method"] {
            let part = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n8\r\n--b--");
            let pointer = format!("/{name}");
            for (media, body) in [(multipart, part), (json, format!("{{\"{name}\":8}}"))] {
                let (reason, told) = refusal("PUT", "", media, &body).expect("it is refused");
                assert!(reason == Reason::BodyInvalid && told.contains(&pointer), "{mode} {media} {told}");
            }
        }
        for query in ["?user_id=8", "?OwnerId=8", "?_method=DELETE"] {
            let found = refusal("POST", query, form, "owner_id=7");
            assert_eq!(found.map(|found| found.0), Some(Reason::ParameterInvalid), "{mode} {query}");
        }
        assert_eq!(
            refusal("PUT", "?owner_id=8", json, "{}").is_some(),
            mode == "enforce",
            "no body there has that owner"
        );
    }
}
