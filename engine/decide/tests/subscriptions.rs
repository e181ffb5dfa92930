//! Subscriptions: an application calls what it was granted, for as long as it was granted.

mod support;

use firstclass_decide::Reason;
use serde_json::{Value, json};
use support::{House, NOW_MS, bundle, get, operation, public, subscription, with};

fn house() -> House {
    House::new(&bundle(
        vec![
            ("/a", vec![operation("a", "GET", json!({}))]),
            ("/b", vec![operation("b", "GET", json!({}))]),
            ("/open", vec![operation("open", "GET", json!({"access": public()}))]),
        ],
        json!([{}]),
    ))
}

fn granted(operations: &[&str], more: Value) -> Value {
    let mut change = subscription("sub_1", "app_1", operations);
    change["value"] = with(change["value"].clone(), more);
    change
}

#[test]
fn only_granted_operations_may_be_called() {
    let mut house = house();
    house.apply(vec![granted(&["b"], json!({}))]);
    let refusal = house.decide(&get("/v1/a")).expect_err("it was not granted");
    assert_eq!((refusal.reason, refusal.rule.to_string()), (Reason::NotSubscribed, "operations/0/access".to_owned()));
    assert_eq!(refusal.facts.application_id(), Some("app_1"));
    assert_eq!(house.reason(&get("/v1/b")), None);
}

#[test]
fn a_subscription_is_to_one_api_of_one_tenant_until_its_end() {
    let mut house = house();
    for more in
        [json!({"api": "other"}), json!({"tenant": "other"}), json!({"until": NOW_MS}), json!({"application": "app_2"})]
    {
        house.apply(vec![granted(&["a"], more.clone())]);
        assert_eq!(house.reason(&get("/v1/a")), Some(Reason::NotSubscribed), "{more}");
    }
    house.apply(vec![granted(&["a"], json!({"until": NOW_MS + 1}))]);
    assert_eq!(house.reason(&get("/v1/a")), None);
}

#[test]
fn revoking_one_subscription_leaves_the_others() {
    let mut house = house();
    house.apply(vec![granted(&["a"], json!({})), subscription("sub_2", "app_1", &["b"])]);
    assert_eq!((house.reason(&get("/v1/a")), house.reason(&get("/v1/b"))), (None, None));
    house.apply(vec![json!({"type": "subscription", "id": "sub_1", "value": null})]);
    assert_eq!((house.reason(&get("/v1/a")), house.reason(&get("/v1/b"))), (Some(Reason::NotSubscribed), None));
}

#[test]
fn a_public_operation_needs_no_subscription() {
    let mut house = house();
    house.apply(vec![json!({"type": "subscription", "id": "sub_1", "value": null})]);
    assert_eq!(house.reason("GET /v1/open HTTP/1.1\r\nHost: a\r\n\r\n"), None);
}
