//! Query parameters that the contract ignores: left behind in every mode, and nothing else is.

mod support;

use serde_json::json;
use support::{House, bundle, get, operation, parameter, violations};

fn house(mode: &str) -> House {
    let declared =
        [parameter("query", "q", "string", 1, json!({})), parameter("query", "utm_term", "integer", 2, json!({}))];
    let more = json!({"parameters": declared, "mode": mode, "ignore": ["utm_*", "gclid"]});
    let bare = operation("bare", "GET", json!({}));
    House::new(&bundle(
        vec![("/x", vec![operation("find", "GET", more)]), ("/y", vec![bare])],
        json!([{"additional": 0}, {"types": ["string"]}, {"types": ["integer"]}]),
    ))
}

fn target(house: &mut House, target: &str) -> String {
    let head = house.forwarded(&get(target));
    head.split(' ').nth(1).expect("a target").to_owned()
}

fn faults(house: &mut House, target: &str) -> Vec<String> {
    house.decide(&get(target)).err().map(|refusal| violations(&refusal)).unwrap_or_default()
}

#[test]
fn what_is_ignored_is_left_behind_in_every_mode() {
    for mode in ["enforce", "observe"] {
        let mut house = house(mode);
        for (sent, forwarded) in [
            ("/v1/x?utm_source=news&q=a&gclid=1", "/v1/x?q=a"),
            ("/v1/x?utm_source=news", "/v1/x"),
            ("/v1/x?utm%5Fsource=news&utm_source=again", "/v1/x"),
            ("/v1/x?q=utm_source%3D1&utm_=", "/v1/x?q=utm_source%3D1"),
        ] {
            assert_eq!(target(&mut house, sent), forwarded, "{mode} {sent}");
        }
    }
}

#[test]
fn everything_else_that_is_undeclared_stays_refused() {
    let mut house = house("enforce");
    for (sent, fault) in [
        ("/v1/x?UTM_source=1", "query UTM_source undeclared"),
        ("/v1/x?gclid2=1", "query gclid2 undeclared"),
        ("/v1/x?utm_source=1&debug=1", "query debug undeclared"),
        ("/v1/y?utm_source=1", "query utm_source undeclared"),
    ] {
        assert_eq!(faults(&mut house, sent), [fault], "{sent}");
    }
}

#[test]
fn a_declared_parameter_is_never_ignored() {
    let mut house = house("enforce");
    assert_eq!(faults(&mut house, "/v1/x?utm_term=x"), ["query utm_term type"]);
    assert_eq!(target(&mut house, "/v1/x?utm_term=7&utm_x=1"), "/v1/x?utm_term=7");
}

#[test]
fn no_more_than_a_few_are_ignored() {
    let mut house = house("enforce");
    let query = |count: usize| (0..count).map(|at| format!("utm_{at}=1")).collect::<Vec<_>>().join("&");
    assert_eq!(target(&mut house, &format!("/v1/x?{}", query(32))), "/v1/x");
    assert_eq!(faults(&mut house, &format!("/v1/x?{}", query(33))), ["query utm_32 undeclared"]);
}

#[test]
fn a_query_that_cannot_be_read_is_refused_whatever_is_ignored() {
    assert_eq!(faults(&mut house("observe"), "/v1/x?utm_source=%FF"), ["query  syntax"]);
}
