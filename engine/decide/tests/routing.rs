//! Which operation a request is: paths, methods, base paths.

mod support;

use firstclass_decide::Reason;
use serde_json::json;
use support::{House, bundle, call, get, operation, parameter, public};

fn house() -> House {
    let id = |name: &str| json!({"parameters": [parameter("path", name, "string", 0, json!({}))]});
    House::new(&bundle(
        vec![
            (
                "/members/{id}",
                vec![operation("getMember", "GET", id("id")), operation("removeMember", "DELETE", id("id"))],
            ),
            ("/members/me", vec![operation("getOwn", "GET", json!({}))]),
            ("/members/{id}/loans", vec![operation("listLoans", "GET", id("id"))]),
            ("/report-{name}.pdf", vec![operation("getReport", "GET", id("name"))]),
            ("/", vec![operation("home", "GET", json!({"access": public()}))]),
            ("/things:batch", vec![operation("batch", "POST", json!({"access": public()}))]),
            ("/slash/", vec![operation("slash", "OPTIONS", json!({"access": public()}))]),
        ],
        json!([{}]),
    ))
}

fn id(house: &mut House, raw: &str) -> String {
    house.decide(raw).map_or_else(|refusal| refusal.reason.word().to_owned(), |a| a.operation().id.to_string())
}

#[test]
fn a_literal_wins_over_a_template_and_the_search_goes_back() {
    let mut house = house();
    assert_eq!(id(&mut house, &get("/v1/members/7")), "getMember");
    assert_eq!(id(&mut house, &get("/v1/members/me")), "getOwn");
    assert_eq!(id(&mut house, &get("/v1/members/me/loans")), "listLoans");
}

#[test]
fn no_parameter_is_a_literal_beside_it_in_another_spelling() {
    let mut house = house();
    for spelling in ["ME", "Me", "me.", "me%20", "me;x=1", "me%3Bx", "me.json", "%EF%BD%8De", "me%E2%80%8B"] {
        let target = format!("/v1/members/{spelling}");
        for raw in [get(&target), call("DELETE", &target, "")] {
            let refused = id(&mut house, &raw);
            assert!(["unknown_operation", "bad_target"].contains(&refused.as_str()), "{spelling}: {refused}");
        }
        // Nothing else lies behind the literal, so that the template is meant.
        let loans = id(&mut house, &get(&format!("{target}/loans")));
        assert!(["listLoans", "bad_target"].contains(&loans.as_str()), "{spelling}: {loans}");
    }
    for other in ["m-e", "mes", "me2", "me.smith", "some"] {
        assert_eq!(id(&mut house, &get(&format!("/v1/members/{other}"))), "getMember");
    }
    assert_eq!(id(&mut house, &get("/v1/members/me")), "getOwn");
}

#[test]
fn a_template_may_stand_inside_a_segment() {
    let mut house = house();
    assert_eq!(id(&mut house, &get("/v1/report-2026.pdf")), "getReport");
    assert_eq!(id(&mut house, &get("/v1/report-.pdf")), "unknown_operation");
}

#[test]
fn case_and_trailing_slashes_matter() {
    let mut house = house();
    for target in [
        "/v1/Members/7",
        "/v1/members/7/",
        "/v1/members/",
        "/v1/slash",
        "/V1/members/7",
        "/v1",
        "/v1x/members/7",
        "/members/7",
    ] {
        assert_eq!(id(&mut house, &get(target)), "unknown_operation", "{target}");
    }
    assert_eq!(id(&mut house, &get("/v1/")), "home");
    assert_eq!(id(&mut house, &call("OPTIONS", "/v1/slash/", "")), "slash");
}

#[test]
fn an_encoded_literal_is_the_same_literal() {
    let mut house = house();
    assert_eq!(id(&mut house, &call("POST", "/v1/things%3Abatch", "")), "batch");
    assert_eq!(id(&mut house, &get("/v1/%6Dembers/7")), "getMember");
}

#[test]
fn undeclared_methods_are_refused_with_the_declared_ones() {
    let mut house = house();
    for method in ["PATCH", "TRACE", "OPTIONS", "get", "PURGE"] {
        let refusal = house.decide(&call(method, "/v1/members/7", "")).expect_err("it is not declared");
        assert_eq!(refusal.reason, Reason::MethodNotAllowed, "{method}");
        assert_eq!(refusal.allow.as_deref(), Some("GET, HEAD, DELETE"));
        assert!(refusal.facts.operation_id().is_none() && refusal.facts.api() == Some("shop"));
        assert_eq!(refusal.rule.to_string(), "paths/0");
    }
}

#[test]
fn an_unknown_operation_leads_to_the_paths_of_the_api_whose_base_path_it_has() {
    let mut house = house();
    let refusal = house.decide(&get("/v1/nothing")).expect_err("no path");
    assert_eq!((refusal.facts.api(), &*refusal.rule.to_string()), (Some("shop"), "paths"));
    let refusal = house.decide(&get("/v2/nothing")).expect_err("no API");
    assert_eq!((refusal.facts.api(), &*refusal.rule.to_string()), (None, ""));
}

#[test]
fn head_is_served_by_the_rules_of_get() {
    let mut house = house();
    let admission = house.decide(&call("HEAD", "/v1/members/7", "")).expect("GET is declared");
    assert_eq!((&*admission.operation().id, admission.to_head()), ("getMember", true));
    assert!(house.forwarded(&call("HEAD", "/v1/members/7", "")).starts_with("HEAD /v1/members/7 HTTP/1.1\r\n"));
    assert_eq!(id(&mut house, &call("HEAD", "/v1/things:batch", "")), "method_not_allowed");
}

#[test]
fn method_override_headers_mean_nothing() {
    let mut house = house();
    let raw = call("GET", "/v1/members/7", "X-HTTP-Method-Override: DELETE\r\nX-Original-URL: /v1/members/me\r\n");
    assert_eq!(id(&mut house, &raw), "getMember");
    assert!(!house.forwarded(&raw).contains("Override"));
}

#[test]
fn the_longest_base_path_wins() {
    let mut house = house();
    let mut inner = bundle(vec![("/x", vec![operation("inner", "GET", json!({"access": public()}))])], json!([{}]));
    inner["api"]["base_path"] = json!("/v1/members");
    let mut policies = house.world.apis.policies().cloned().collect::<Vec<_>>();
    policies.push(std::sync::Arc::new(support::policy(&inner)));
    assert!(firstclass_decide::Routes::new(vec![policies[0].clone(), policies[0].clone()]).is_err());
    house.world.apis = std::sync::Arc::new(firstclass_decide::Routes::new(policies).expect("two base paths"));
    assert_eq!(id(&mut house, &get("/v1/members/x")), "inner");
    assert_eq!(id(&mut house, &get("/v1/members/7")), "unknown_operation", "the other API is not asked");
    assert_eq!(id(&mut house, &get("/v1/report-a.pdf")), "getReport");
}
