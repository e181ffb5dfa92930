//! Sessions of an API's own: what an answer to a sign-in teaches, who is believed, what passes on.

mod support;

use firstclass_decide::{Reason, SignIn};
use serde_json::{Value, json};
use support::{House, answer, bundle, call, json_media, operation, parameter, post};

fn access() -> Value {
    json!({"any_of": [[{"scheme": 0, "scopes": []}, {"scheme": 3, "scopes": []}]]})
}

fn house() -> House {
    House::new(&document())
}

fn document() -> Value {
    let login = json!({"token": "/token", "subject": "/user/id", "expires": "/in", "lifetime_seconds": 60,
                       "max_lifetime_seconds": 90});
    let id = parameter("path", "id", "integer", 2, json!({"owner": "sub"}));
    let responses = json!([
        {"status": "200", "headers": [], "media": [json_media(0)]},
        {"status": "401", "headers": [], "media": [json_media(0)]},
        {"status": "default", "headers": [], "media": [json_media(0)]},
    ]);
    bundle(
        vec![
            (
                "/login",
                vec![operation(
                    "login",
                    "POST",
                    json!({"login": login, "strict": false, "responses": responses,
                           "body": {"required": true, "media": [json_media(0)], "max_bytes": 1000}}),
                )],
            ),
            ("/logout", vec![operation("logout", "POST", json!({"access": access(), "logout": true}))]),
            ("/users/{id}", vec![operation("getUser", "GET", json!({"access": access(), "parameters": [id]}))]),
        ],
        json!([
            {"types": ["object"], "properties": [["token", 1], ["user", 3], ["in", 2]]},
            {"types": ["string"]},
            {"types": ["integer"]},
            {"types": ["object"], "properties": [["id", 4]]},
            {"types": ["integer"], "mask": {"category": 0, "action": 0}},
        ]),
    )
}

fn signed_in(house: &mut House, status: u16, body: &str) -> (String, Option<Box<SignIn>>) {
    let raw = post("/v1/login", "application/json", "{}");
    let (got, mut admission) = house.answered(&raw, &answer(status, "Content-Type: application/json\r\n", body));
    (got, admission.take_sign_in())
}

const GOOD: &str = r#"{"in":30,"user":{"x":[{"id":8}],"id":7},"token":"t-1","more":1}"#;

#[test]
fn an_answer_teaches_what_the_origin_said_and_the_client_gets_what_it_may() {
    let (got, sign_in) = signed_in(&mut house(), 200, GOOD);
    let sign_in = sign_in.expect("a session");
    assert_eq!((&*sign_in.token, &*sign_in.subject, sign_in.lifetime_ms), ("t-1", "7", 30_000));
    assert_eq!((&*sign_in.tenant, &*sign_in.api), ("main", "shop"));
    assert!(!got.contains("more") && !got.contains("\"id\"") && got.contains("t-1"), "{got}");
    assert!(!format!("{sign_in:?}").contains("t-1"));
}

#[test]
fn how_long_it_lasts_is_bounded() {
    for (said, milliseconds) in [("30", 30_000), ("1e9", 90_000), ("9.9", 9_000), ("null", 60_000), ("\"30\"", 60_000)]
    {
        let body = GOOD.replace("30", said);
        let sign_in = signed_in(&mut house(), 200, &body).1.expect("a session");
        assert_eq!(sign_in.lifetime_ms, milliseconds, "{said}");
    }
    for over in ["0", "-1", "0.5"] {
        assert!(signed_in(&mut house(), 200, &GOOD.replace("30", over)).1.is_none(), "{over}");
    }
}

#[test]
fn a_user_whose_id_a_header_would_change_begins_no_session() {
    let mut document = document();
    document["schemas"][4] = json!({"types": ["string"]});
    for (id, begins) in [("ana", true), ("Ana M", true), ("ana ", false), (" ana", false), ("ana\u{200b}", false)] {
        let body = json!({"token": "t-1", "user": {"id": id}, "in": 30}).to_string();
        assert_eq!(signed_in(&mut House::new(&document), 200, &body).1.is_some(), begins, "{id:?}");
    }
}

#[test]
fn nothing_is_learnt_from_any_other_answer() {
    assert!(signed_in(&mut house(), 401, GOOD).1.is_none(), "a failure");
    assert!(signed_in(&mut house(), 201, GOOD).1.is_none(), "a status that only default declares");
    for body in [
        r#"{"token":"t","user":{}}"#,
        r#"{"token":"t","user":{"id":"7"}}"#,
        r#"{"token":"t","user":{"id":7.0}}"#,
        r#"{"token":"t","user":{"id":null}}"#,
        r#"{"token":"t","user":{"id":true}}"#,
        r#"{"token":7,"user":{"id":7}}"#,
        r#"{"token":"","user":{"id":7}}"#,
        r#"{"token":"t t","user":{"id":7}}"#,
        r#"{"token":"t\u0000","user":{"id":7}}"#,
        r#"{"user":{"id":7}}"#,
        "[]",
    ] {
        assert!(signed_in(&mut house(), 200, body).1.is_none(), "{body}");
    }
    let long = GOOD.replace("t-1", &"t".repeat(4097));
    assert!(signed_in(&mut house(), 200, &long).1.is_none(), "a token that nobody could present");
}

fn reading(id: &str, token: &str) -> String {
    call("GET", &format!("/v1/users/{id}"), &format!("Authorization: Bearer {token}\r\n"))
}

#[test]
fn a_known_session_speaks_for_its_subject_and_passes_on() {
    let mut house = house();
    assert_eq!(house.reason(&reading("7", "t-1")), Some(Reason::SubjectUnknown));
    let digest = house.world.sessions.digest("main", "shop", b"t-1");
    house.world.sessions.insert(digest, "7", house.now.unix_ms + 500);
    let head = house.forwarded(&reading("7", "t-1"));
    assert!(
        head.contains("\r\nAuthorization: Bearer t-1\r\n") && head.contains("\r\nFirstclass-Subject: 7\r\n"),
        "{head}"
    );
    assert_eq!(house.reason(&reading("8", "t-1")), Some(Reason::ForeignObject));
    house.now.unix_ms += 500;
    assert_eq!(house.reason(&reading("7", "t-1")), Some(Reason::SubjectUnknown), "it has ended");
    let calls = house.world.sessions.calls();
    assert_eq!((calls.len(), calls[0].known, calls[0].unknown), (1, 2, 2));
}

#[test]
fn a_session_of_another_api_or_tenant_is_nobodys() {
    let mut house = house();
    for (tenant, api) in [("main", "other"), ("other", "shop")] {
        let digest = house.world.sessions.digest(tenant, api, b"t-1");
        house.world.sessions.insert(digest, "7", u64::MAX);
    }
    assert_eq!(house.reason(&reading("7", "t-1")), Some(Reason::SubjectUnknown));
}

#[test]
fn a_sign_out_says_which_session_ends() {
    let mut house = house();
    let digest = house.world.sessions.digest("main", "shop", b"t-1");
    house.world.sessions.insert(digest, "7", u64::MAX);
    let out = house.decide(&call("POST", "/v1/logout", "Authorization: Bearer t-1\r\n")).expect("let in");
    assert_eq!(out.ended_session(), Some(digest));
    let read = house.decide(&reading("7", "t-1")).expect("let in");
    assert_eq!(read.ended_session(), None);
}

#[test]
fn a_refusal_says_how_to_begin_anew() {
    let mut house = house();
    let refusal = house.decide(&reading("7", "t-1")).expect_err("unknown");
    assert!(refusal.challenges.contains(&"Bearer realm=\"shop\", error=\"invalid_token\"".to_owned()));
}
