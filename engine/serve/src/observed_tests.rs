use std::sync::Arc;

use firstclass_bundle::Document;
use firstclass_decide::Where;
use serde_json::json;

use super::*;

fn policy() -> Arc<Policy> {
    let node = |properties: serde_json::Value| json!({"types": null, "properties": properties});
    let schemas = json!([node(json!([["emails", 0], ["type", 0], ["items", 0]]))]);
    let operation = json!({
        "id": "put", "method": "PUT", "path": 0, "mode": "observe", "access": {"public": {}}, "parameters": [],
        "body": null, "responses": [], "strict": true, "rates": [], "timeout_milliseconds": 1, "max_response_bytes": 1,
    });
    let document = json!({
        "format": 1, "requires": [], "api": {"name": "shop", "tenant": "main", "title": "", "version": "",
        "base_path": "", "upstream": "http://o.test", "upstream_path": ""}, "categories": [], "patterns": [],
        "actions": [], "schemas": schemas, "schemes": [], "operations": [operation],
        "paths": [{"template": "/", "segments": [[]], "operations": [["PUT", 0]]}],
    });
    let document = Document::parse(document.to_string().as_bytes()).expect("a sound bundle");
    Arc::new(Policy::compile(document, "f".repeat(64)).expect("an enforceable bundle"))
}

fn facts(policy: &Arc<Policy>) -> Facts {
    Facts { policy: Some(policy.clone()), operation: Some(0), ..Facts::default() }
}

fn body(pointer: &str, keyword: &'static str) -> Violation {
    Violation { place: Where::Body(pointer.to_owned()), keyword, schema: None }
}

fn query(name: &str) -> Violation {
    Violation { place: Where::Query(name.to_owned()), keyword: "undeclared", schema: None }
}

fn verdict(violations: &[Violation]) -> Verdict<'_> {
    Verdict { reason: Reason::BodyInvalid, class: "bodies", violations, refuses: true }
}

fn names(observed: &Observed) -> Vec<String> {
    let rows = observed.take_news(|_, _| true);
    let mut names: Vec<_> =
        rows.into_iter().filter(|row| row.place.keyword.is_some()).filter_map(|row| row.place.name).collect();
    names.sort();
    names.into_iter().map(String::from).collect()
}

#[test]
fn a_place_is_a_name_of_the_contract_and_never_a_value() {
    let policy = policy();
    let observed = Observed::default();
    let found = [
        body("/emails/ana@example.org/type", "type"),
        body("/emails/0/type", "type"),
        body("/items/17/shoe", "undeclared"),
        body("/items/17/4711000012345678", "undeclared"),
        query("utm_source"),
        query("ana@example.org"),
        query("id12345678"),
    ];
    observed.count(&facts(&policy), "allow", std::iter::once(verdict(&found)));
    assert_eq!(names(&observed), ["*", "/emails/*/type", "/items/*/*", "/items/*/shoe", "utm_source"]);
}

#[test]
fn a_call_counts_once_however_many_violations_it_has() {
    let policy = policy();
    let observed = Observed::default();
    let found = [body("/a", "undeclared"), body("/b", "undeclared")];
    for _ in 0..3 {
        observed.count(&facts(&policy), "allow", std::iter::once(verdict(&found)));
    }
    let rows = observed.take_news(|_, _| true);
    assert!(rows.iter().all(|row| row.count == 3), "{rows:?}");
    assert_eq!(rows.iter().filter(|row| row.place.class.is_none()).count(), 1);
    assert!(observed.take_news(|_, _| true).is_empty(), "only news is told");
    observed.report_again();
    assert_eq!(observed.take_news(|_, _| true).len(), rows.len(), "all of it to who may remember nothing");
}

#[test]
fn a_fault_that_is_only_noted_is_no_refusal() {
    let policy = policy();
    let observed = Observed::default();
    let found = [body("/type", "enum")];
    let noted = Verdict { reason: Reason::ResponseInvalid, class: "conformance", violations: &found, refuses: false };
    observed.count(&facts(&policy), "allow", std::iter::once(noted));
    let rows = observed.take_news(|_, _| true);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].place.class, rows[0].place.keyword), (Some("conformance"), Some("enum")));
}

#[test]
fn names_of_strangers_take_no_more_than_their_room() {
    let policy = policy();
    let observed = Observed::default();
    for number in 0..3_000 {
        let letters: String = format!("{number:04}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        observed.count(&facts(&policy), "allow", std::iter::once(verdict(&[query(&letters)])));
    }
    assert!(observed.len() <= MOST_OF_OPERATION + 8, "{}", observed.len());
    let rows = observed.take_news(|_, _| true);
    let whole = rows.iter().find(|row| row.place.class.is_none()).expect("the calls");
    assert_eq!(whole.count, 3_000, "calls stay exact");
    let places: u64 = rows.iter().filter(|row| row.place.keyword.is_some()).map(|row| row.count).sum();
    assert_eq!(places, 3_000, "and no violation is lost");
}

fn left_out(class: RuleClass, place: Where) -> LeftOut {
    LeftOut { class, found: Violation { place, keyword: LEFT_OUT, schema: None } }
}

#[test]
fn what_was_left_out_is_counted_by_place_and_refuses_nothing() {
    let policy = policy();
    let observed = Observed::default();
    let told = [
        left_out(RuleClass::Parameters, Where::Header("x-tenant".to_owned())),
        left_out(RuleClass::Conformance, Where::Body("/items/*/nickname".to_owned())),
        left_out(RuleClass::Conformance, Where::Body("/items/*/ana@example.org".to_owned())),
        left_out(RuleClass::Conformance, Where::Body("/items/*/bob@example.org".to_owned())),
    ];
    for _ in 0..2 {
        observed.count_left_out(&facts(&policy), &told);
    }
    let rows = observed.take_news(|_, _| true);
    let mut found: Vec<_> = rows
        .iter()
        .map(|row| (row.place.class, row.place.name.as_deref(), row.place.keyword, row.place.decision, row.count))
        .collect();
    found.sort();
    let (answer, request) = (Some("conformance"), Some("parameters"));
    let row = |class, name| (class, Some(name), Some(LEFT_OUT), "allow", 2);
    assert_eq!(found, [row(answer, "/items/*/*"), row(answer, "/items/*/nickname"), row(request, "x-tenant")]);
}

#[test]
fn invented_headers_take_no_room_from_what_would_be_refused() {
    let policy = policy();
    let observed = Observed::default();
    for number in 0..3_000 {
        let letters: String = format!("{number:04}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        observed.count_left_out(&facts(&policy), &[left_out(RuleClass::Parameters, Where::Header(letters))]);
    }
    assert!(observed.len() <= MOST_LEFT_OUT_OF_OPERATION + 1, "{}", observed.len());
    observed.count(&facts(&policy), "allow", std::iter::once(verdict(&[query("page")])));
    let of_answer = left_out(RuleClass::Conformance, Where::Body("/items/*/nickname".to_owned()));
    observed.count_left_out(&facts(&policy), &[of_answer]);
    let rows = observed.take_news(|_, _| true);
    for name in ["page", "/items/*/nickname"] {
        assert!(rows.iter().any(|row| row.place.name.as_deref() == Some(name)), "{name}");
    }
    assert!(rows.iter().all(|row| row.place.keyword != Some("other")), "for want of room it becomes no fault");
    let told: u64 = rows.iter().filter(|row| row.place.keyword == Some(LEFT_OUT)).map(|row| row.count).sum();
    assert_eq!(told, 3_001, "and nothing is lost");
}

#[test]
fn rows_of_contracts_that_are_gone_make_room_once_they_were_told() {
    let observed = Observed::default();
    {
        let mut inner = observed.inner.lock().expect("alone");
        for number in 0..=MOST / 2 {
            let place = Place {
                api: "shop".into(),
                contract: format!("{number}").into(),
                operation: "put".into(),
                application: None,
                decision: "allow",
                class: None,
                place: None,
                name: None,
                keyword: None,
            };
            inner.count(place);
        }
    }
    assert_eq!(observed.take_news(|_, _| true).len(), MOST / 2 + 1);
    observed.take_news(|_, contract| contract == "7");
    assert_eq!(observed.len(), 1);
}

#[test]
fn what_no_operation_is_declared_for_is_counted_by_the_shape_of_its_path() {
    let policy = policy();
    let observed = Observed::default();
    let facts = Facts { policy: Some(policy), ..Facts::default() };
    for _ in 0..2 {
        observed.count_undeclared(&facts, "GET", "/users/{n}/shoes");
    }
    observed.count_undeclared(&Facts::default(), "GET", "/nowhere");
    let rows = observed.take_news(|_, _| true);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((rows[0].count, rows[0].place.name.as_deref()), (2, Some("GET /users/{n}/shoes")));
}
