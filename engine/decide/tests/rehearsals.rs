//! What would become of a call that a log remembers: route, method and query as in `enforce`, for a caller who may do all.

mod support;

use firstclass_decide::{Reason, rehearse};
use serde_json::json;
use support::{House, bundle, operation, parameter, public, violations};

fn house() -> House {
    let id = || parameter("path", "id", "integer", 1, json!({"owner": "sub"}));
    let amount = || parameter("query", "amount", "integer", 1, json!({"required": true}));
    let header = || parameter("header", "x-needed", "string", 0, json!({"required": true}));
    let mut document = bundle(
        vec![
            ("/users/{id}", vec![operation("user", "GET", json!({"parameters": [id()]}))]),
            (
                "/quotes",
                vec![operation("quote", "GET", json!({"mode": "observe", "parameters": [amount(), header()]}))],
            ),
            ("/open", vec![operation("open", "GET", json!({"access": public()}))]),
        ],
        json!([{}, {"types": ["integer"]}]),
    );
    document["schemes"][0]["query"] = json!("api_key");
    House::new(&document)
}

fn verdict(method: &str, target: &str) -> (Option<String>, Option<Reason>, Vec<String>) {
    let raw = format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    house().with_view(&raw, |view, house| match rehearse(&view, &house.world, &mut house.workspace) {
        Ok(facts) => (facts.operation_id().map(str::to_owned), None, Vec::new()),
        Err(refusal) => (refusal.facts.operation_id().map(str::to_owned), Some(refusal.reason), violations(&refusal)),
    })
}

#[test]
fn what_no_log_has_is_not_asked_for() {
    assert_eq!(verdict("GET", "/v1/users/7"), (Some("user".to_owned()), None, vec![]), "neither key nor owner");
    assert_eq!(verdict("GET", "/v1/quotes?amount=5"), (Some("quote".to_owned()), None, vec![]), "no header");
    assert_eq!(verdict("HEAD", "/v1/open").1, None);
}

#[test]
fn what_the_head_shows_is_judged_as_in_enforce() {
    assert_eq!(verdict("GET", "/v1/nope").1, Some(Reason::UnknownOperation));
    assert_eq!(verdict("POST", "/v1/quotes").1, Some(Reason::MethodNotAllowed));
    let (operation, reason, found) = verdict("GET", "/v1/quotes?amount=x&debug=1");
    assert_eq!((operation.as_deref(), reason), (Some("quote"), Some(Reason::ParameterInvalid)));
    assert_eq!(found, ["query debug undeclared", "query amount type"]);
    assert_eq!(verdict("GET", "/v1/quotes").2, ["query amount required"]);
    assert_eq!(verdict("GET", "/v1/users/seven").2, ["path id type"]);
}

#[test]
fn keys_in_urls_are_judged_by_where_they_stand() {
    assert_eq!(verdict("GET", "/v1/quotes?amount=5&api_key=old").1, None, "where the scheme lets old keys stand");
    assert_eq!(verdict("GET", "/v1/quotes?amount=5&X-API-Key=old").1, Some(Reason::CredentialInvalid));
    assert_eq!(verdict("GET", "/v1/quotes?amount=5&api_key=fc_live_x").1, Some(Reason::CredentialInvalid));
}
