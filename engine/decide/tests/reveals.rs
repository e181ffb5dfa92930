//! Parameters that would tell a caller about fields which are hidden from it.

mod support;

use firstclass_decide::Reason;
use serde_json::{Value, json};
use support::{House, bundle, get, operation, parameter, violations};

const SORTS: [&str; 4] = ["name", "phone", "-phone", "card"];

/// `sort` (one value), `order` (a list), `q` (any value reveals), `level` (numbers), by category: 0 financial, 1 contact.
fn house(mode: &str) -> House {
    let reveals = |value: Option<&str>, categories: &[usize]| json!({"value": value, "categories": categories});
    let per_value =
        json!([reveals(Some("phone"), &[1]), reveals(Some("-phone"), &[1]), reveals(Some("card"), &[0, 1])]);
    let parameters = json!([
        parameter("query", "sort", "string", 1, json!({"reveals": per_value})),
        parameter(
            "query",
            "order",
            "string",
            2,
            json!({"reveals": per_value, "shape": {"array": ["string"]}, "explode": false})
        ),
        parameter("query", "q", "string", 3, json!({"reveals": [reveals(None, &[1])], "allow_empty": true})),
        parameter("query", "level", "integer", 4, json!({"reveals": [reveals(Some("2"), &[0])]})),
        parameter("header", "x-sort", "string", 1, json!({"reveals": per_value})),
    ]);
    let schemas = json!([{"additional": 0}, {"enum": SORTS}, {"types": ["array"], "items": 1}, {"types": ["string"]}, {"enum": [1, 2]}]);
    House::new(&bundle(
        vec![("/x", vec![operation("list", "GET", json!({"parameters": parameters, "mode": mode}))])],
        schemas,
    ))
}

fn unmasking(house: &mut House, categories: Value) {
    house.apply(vec![json!({"type": "subscription", "id": "sub_1",
        "value": {"tenant": "main", "application": "app_1", "api": "shop", "operations": ["list"], "unmask": categories, "until": null}})]);
}

fn faults(house: &mut House, raw: &str) -> Vec<String> {
    match house.decide(raw) {
        Ok(_) => Vec::new(),
        Err(refusal) if refusal.reason == Reason::ParameterInvalid => violations(&refusal),
        Err(refusal) => panic!("{refusal:?}"),
    }
}

fn is_refused(house: &mut House, query: &str, faults: &[&str]) {
    assert_eq!(self::faults(house, &get(&format!("/v1/x?{query}"))), faults, "{query}");
}

#[test]
fn a_value_that_reveals_is_refused_in_every_mode() {
    for mode in ["enforce", "observe"] {
        let mut house = house(mode);
        for query in ["sort=phone", "sort=%70hone", "sort=-phone", "sort=card"] {
            is_refused(&mut house, query, &["query sort reveals"]);
        }
        for query in ["order=name,phone", "order=phone", "order=name,ph%6fne,name"] {
            is_refused(&mut house, query, &["query order reveals"]);
        }
        is_refused(&mut house, "q=anna", &["query q reveals"]);
        is_refused(&mut house, "q=", &["query q reveals"]);
        is_refused(&mut house, "q", &["query q reveals"]);
        is_refused(&mut house, "level=2", &["query level reveals"]);
        for query in ["sort=name", "order=name,name", "level=1", ""] {
            is_refused(&mut house, query, &[]);
        }
        let raw = support::call("GET", "/v1/x", "X-Sort: phone\r\n");
        assert_eq!(faults(&mut house, &raw), ["header x-sort reveals"]);
    }
}

#[test]
fn who_sees_the_category_may_sort_by_it() {
    let mut house = house("enforce");
    unmasking(&mut house, json!(["contact"]));
    for query in ["sort=phone", "sort=-phone", "order=phone,name", "q=anna"] {
        is_refused(&mut house, query, &[]);
    }
    is_refused(&mut house, "sort=card", &["query sort reveals"]);
    unmasking(&mut house, json!(["contact", "financial"]));
    is_refused(&mut house, "sort=card&level=2", &[]);
}

#[test]
fn observe_lets_no_other_spelling_of_it_through() {
    let mut house = house("observe");
    for (query, fault) in [
        ("sort=phone%20desc", "query sort enum"),
        ("sort=name&sort=phone", "query sort repeated"),
        ("SORT=phone", "query SORT undeclared"),
        ("sort[]=phone", "query sort[] undeclared"),
        ("sort.0=phone", "query sort.0 undeclared"),
    ] {
        let found = faults(&mut house, &get(&format!("/v1/x?{query}")));
        assert!(found.contains(&fault.to_owned()), "{query} {found:?}");
    }
    is_refused(&mut house, "page=2", &[]);
    unmasking(&mut house, json!(["contact", "financial"]));
    is_refused(&mut house, "sort=phone%20desc&SORT=x", &[]);
}
