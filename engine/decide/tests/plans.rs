//! Plans: rates, quotas and concurrency of subscriptions, charged together or not at all, and what callers are told.

mod support;

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

use firstclass_decide::{Admission, Reason, Refusal, Wanted};
use serde_json::{Value, json};
use support::{House, KEY, NOW_MS, answer, bundle, credential, get, operation, with};

const HOUR_MS: u64 = 3_600_000;

fn rate(count: u64, seconds: u64) -> Value {
    json!({"kind": "rate", "operation": null, "by": ["application"], "count": count, "period_seconds": seconds})
}

fn quota(count: u64, window: &str) -> Value {
    json!({"kind": "quota", "operation": null, "by": ["application"], "count": count, "window": window})
}

fn concurrency(count: u64) -> Value {
    json!({"kind": "concurrency", "operation": null, "by": ["application"], "count": count})
}

fn of(operation: &str, limit: Value) -> Value {
    with(limit, json!({"operation": operation}))
}

fn plan(name: &str, limits: Value) -> Value {
    json!({"type": "plan", "id": name, "value": {"tenant": "main", "limits": limits}})
}

fn subscribed(id: &str, operations: &[&str], more: Value) -> Value {
    let mut change = support::subscription(id, "app_1", operations);
    change["value"] = with(change["value"].clone(), more);
    change
}

/// A house, and a ledger in memory for its quotas.
struct Leasing {
    house: House,
    leased: HashMap<(Vec<u8>, u64), u64>,
}

impl Deref for Leasing {
    type Target = House;

    fn deref(&self) -> &House {
        &self.house
    }
}

impl DerefMut for Leasing {
    fn deref_mut(&mut self) -> &mut House {
        &mut self.house
    }
}

impl Leasing {
    fn new(document: &Value) -> Self {
        let mut house = House::new(document);
        let mut lasting = credential("key_1", "app_1", KEY);
        lasting["value"]["expires_at"] = json!(NOW_MS + 365 * 24 * HOUR_MS);
        house.apply(vec![lasting]);
        Self { house, leased: HashMap::new() }
    }

    fn lease(&mut self, wanted: &Wanted) {
        let held = self.leased.entry((wanted.text.clone(), wanted.start)).or_default();
        let units = self.house.counters.quotas.shortfall(wanted, *held);
        *held += units;
        self.house.counters.quotas.grant(wanted, *held, units);
    }
}

/// The application "desk" with one subscription to the operations "a" and "b", under the plan "basic".
fn house(limits: Value) -> Leasing {
    let declared = |id: &str| operation(id, "GET", json!({}));
    let mut house = Leasing::new(&bundle(vec![("/a", vec![declared("a")]), ("/b", vec![declared("b")])], json!([{}])));
    house.apply(vec![plan("basic", limits), subscribed("sub_1", &["a", "b"], json!({"plan": "basic"}))]);
    house
}

/// Decides as an engine does: what is to be leased is granted at once.
fn decide(house: &mut Leasing, target: &str) -> Result<Admission, Box<Refusal>> {
    loop {
        match house.decide(&get(target)) {
            Ok(mut admission) => {
                for wanted in admission.take_leases_ahead() {
                    house.lease(&wanted);
                }
                return Ok(admission);
            }
            Err(refusal) => match &refusal.lease_wanted {
                Some(wanted) => house.lease(&wanted.clone()),
                None => return Err(refusal),
            },
        }
    }
}

fn passed(house: &mut Leasing, target: &str, calls: usize) -> usize {
    (0..calls).filter(|_| decide(house, target).is_ok()).count()
}

fn reason(house: &mut Leasing, target: &str) -> Option<Reason> {
    decide(house, target).err().map(|refusal| refusal.reason)
}

#[test]
fn a_quota_counts_all_that_a_subscription_grants_and_begins_anew_with_the_hour() {
    let mut house = house(json!([quota(3, "hour")]));
    assert_eq!((passed(&mut house, "/v1/a", 2), passed(&mut house, "/v1/b", 2)), (2, 1));
    house.now.unix_ms += HOUR_MS - 1;
    let refusal = decide(&mut house, "/v1/a").expect_err("used up");
    assert_eq!((refusal.reason, refusal.retry.expect("when").seconds), (Reason::QuotaExceeded, 1));
    assert_eq!(refusal.facts.place_of(refusal.rule), "plans/basic/limits/0");
    house.now.unix_ms += 1;
    assert_eq!(reason(&mut house, "/v1/b"), None);
    house.now.unix_ms -= 2 * HOUR_MS;
    assert_eq!(passed(&mut house, "/v1/a", 5), 2, "a clock set back brings no second hour");
}

#[test]
fn the_refusal_says_every_limit_and_when_to_come_back() {
    let mut house = house(json!([rate(50, 1), quota(1, "day"), concurrency(10)]));
    assert_eq!(passed(&mut house, "/v1/a", 1), 1);
    house.now.unix_ms += HOUR_MS;
    let mut out = Vec::new();
    decide(&mut house, "/v1/a").expect_err("used up").write_response(&mut out, "req_1", false, true);
    let text = String::from_utf8(out).expect("text");
    assert!(text.starts_with("HTTP/1.1 429 Too Many Requests\r\n") && text.contains("\"reason\":\"quota_exceeded\""));
    for field in [
        "Retry-After: 82800\r\n",
        "RateLimit: \"quota\";r=0;t=82800\r\n",
        "RateLimit-Policy: \"rate\";q=50;w=1, \"quota\";q=1;w=86400, \"concurrency\";q=10;qu=\"concurrent-requests\"\r\n",
    ] {
        assert!(text.contains(field), "{field} in {text}");
    }
}

#[test]
fn an_answer_says_what_is_left_in_place_of_what_the_origin_says() {
    let header = |name: &str| json!({"name": name, "required": false, "shape": {"scalar": ["string"]}, "schema": 0});
    let media = json!([support::json_media(0)]);
    let responses = json!([{"status": "200", "headers": [header("ratelimit"), header("x-rest")], "media": media}]);
    let declared = operation(
        "a",
        "GET",
        json!({"responses": responses, "rates": [
        {"count": 5, "period_seconds": 60, "by": ["address"]}]}),
    );
    let mut house = Leasing::new(&bundle(vec![("/a", vec![declared])], json!([{}])));
    house.apply(vec![plan("basic", json!([quota(3, "hour")])), subscribed("sub_1", &["a"], json!({"plan": "basic"}))]);
    assert_eq!(passed(&mut house, "/v1/a", 1), 1);
    let origin = answer(200, "Content-Type: application/json\r\nRateLimit: \"x\";r=99\r\nX-Rest: 1\r\n", "{}");
    let (text, _) = house.answered(&get("/v1/a"), &origin);
    for field in [
        "RateLimit: \"quota\";r=1;t=3600, \"default\";r=3;t=12\r\n",
        "RateLimit-Policy: \"quota\";q=3;w=3600, \"default\";q=5;w=60\r\n",
        "X-Rest: 1\r\n",
    ] {
        assert!(text.to_ascii_lowercase().contains(&field.to_ascii_lowercase()), "{field} in {text}");
    }
    assert!(!text.contains("r=99"), "{text}");
}

#[test]
fn calls_that_run_at_once_are_counted_until_they_end_however_they_end() {
    let mut house = house(json!([concurrency(2)]));
    let first = decide(&mut house, "/v1/a").expect("one");
    let second = decide(&mut house, "/v1/b").expect("two");
    let refusal = decide(&mut house, "/v1/a").expect_err("a third at once");
    assert_eq!(refusal.reason, Reason::ConcurrencyExceeded);
    let retry = refusal.retry.expect("when");
    assert_eq!((retry.seconds, &*retry.state), (1, "\"concurrency\";r=0"));
    drop(second);
    assert_eq!(reason(&mut house, "/v1/a?undeclared=1"), Some(Reason::ParameterInvalid));
    let third = decide(&mut house, "/v1/a").expect("the place of the second is free");
    assert_eq!(reason(&mut house, "/v1/a"), Some(Reason::ConcurrencyExceeded), "the first still holds its place");
    drop((first, third));
    assert_eq!(passed(&mut house, "/v1/a", 5), 5);
}

#[test]
fn a_call_that_one_limit_refuses_costs_nothing_in_the_others() {
    let mut house = house(json!([quota(5, "day"), rate(2, 60)]));
    assert_eq!(passed(&mut house, "/v1/a", 9), 2);
    house.now.monotonic_ns += 60_000_000_000;
    assert_eq!(passed(&mut house, "/v1/a", 9), 2);
    house.now.monotonic_ns += 60_000_000_000;
    assert_eq!(passed(&mut house, "/v1/a", 9), 1, "five a day");
    assert_eq!(reason(&mut house, "/v1/a"), Some(Reason::QuotaExceeded));
}

#[test]
fn a_contracts_rate_that_refuses_takes_nothing_from_the_plan() {
    let rates = json!([{"count": 1, "period_seconds": 60, "by": ["application"]}]);
    let declared = operation("a", "GET", json!({"rates": rates}));
    let mut house = Leasing::new(&bundle(vec![("/a", vec![declared])], json!([{}])));
    let limits = json!([quota(2, "day"), rate(9, 1), concurrency(1)]);
    house.apply(vec![plan("basic", limits), subscribed("sub_1", &["a"], json!({"plan": "basic"}))]);
    assert_eq!(passed(&mut house, "/v1/a", 5), 1);
    house.now.monotonic_ns += 60_000_000_000;
    assert_eq!(passed(&mut house, "/v1/a", 5), 1);
    house.now.monotonic_ns += 60_000_000_000;
    assert_eq!(reason(&mut house, "/v1/a"), Some(Reason::QuotaExceeded));
}

#[test]
fn an_operation_may_have_limits_of_its_own_besides_those_of_all() {
    let mut house = house(json!([quota(5, "day"), of("a", quota(2, "day"))]));
    assert_eq!(passed(&mut house, "/v1/a", 4), 2);
    assert_eq!(passed(&mut house, "/v1/b", 9), 3, "five in all");
}

#[test]
fn a_changed_plan_holds_for_the_next_call() {
    let mut house = house(json!([quota(3, "day")]));
    assert_eq!(passed(&mut house, "/v1/a", 9), 3);
    house.apply(vec![plan("basic", json!([quota(5, "day")]))]);
    assert_eq!(passed(&mut house, "/v1/a", 9), 2, "what was spent stays spent");
    house.apply(vec![plan("basic", json!([]))]);
    assert_eq!(passed(&mut house, "/v1/a", 9), 9);
    house.apply(vec![json!({"type": "plan", "id": "basic", "value": null})]);
    assert_eq!(reason(&mut house, "/v1/a"), Some(Reason::NotSubscribed), "nobody knows what an unknown plan allows");
}

#[test]
fn subscriptions_add_up() {
    let mut house = house(json!([quota(2, "day")]));
    house.apply(vec![plan("more", json!([quota(3, "day")])), subscribed("sub_2", &["a"], json!({"plan": "more"}))]);
    assert_eq!((passed(&mut house, "/v1/a", 9), passed(&mut house, "/v1/b", 9)), (5, 0));
    house.apply(vec![subscribed("sub_3", &["a"], json!({}))]);
    assert_eq!(passed(&mut house, "/v1/a", 9), 9, "one without a plan is not limited");
}

#[test]
fn products_count_apart_and_a_subscription_made_anew_goes_on() {
    let mut house = house(json!([quota(2, "day")]));
    assert_eq!(passed(&mut house, "/v1/a", 9), 2);
    let product = json!({"plan": "basic", "product": "reading"});
    house.apply(vec![subscribed("sub_1", &["a"], product.clone())]);
    assert_eq!(passed(&mut house, "/v1/a", 9), 2);
    house.apply(vec![
        json!({"type": "subscription", "id": "sub_1", "value": null}),
        subscribed("sub_2", &["a"], product),
    ]);
    assert_eq!(passed(&mut house, "/v1/a", 9), 0);
}

#[test]
fn months_follow_the_calendar() {
    let mut house = house(json!([quota(1, "month")]));
    assert_eq!(house.now.unix_ms, NOW_MS);
    assert_eq!(passed(&mut house, "/v1/a", 2), 1);
    house.now.unix_ms += 31 * 24 * HOUR_MS - 1;
    assert_eq!(passed(&mut house, "/v1/a", 2), 0, "the last millisecond of January");
    house.now.unix_ms += 1;
    assert_eq!(passed(&mut house, "/v1/a", 2), 1);
}

#[test]
fn a_plan_that_makes_no_sense_leaves_the_directory_as_it_was() {
    let house = house(json!([]));
    let directory = &house.world.directory;
    let change = support::changes(directory.sequence(), vec![plan("basic", json!([rate(5, 0)]))]);
    assert!(directory.apply(&change).is_err());
}
