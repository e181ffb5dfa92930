//! Rates: exact counts, one bucket per caller, all rates or none, bounded memory.

mod support;

use std::net::IpAddr;

use firstclass_decide::{Counters, Reason};
use serde_json::{Value, json};
use support::{House, bundle, call, get, operation, public};

const SECOND: u64 = 1_000_000_000;

fn rate(count: u64, seconds: u64, by: &[&str]) -> Value {
    json!({"count": count, "period_seconds": seconds, "by": by})
}

fn house(rates: Value, access: Option<Value>) -> House {
    let mut declared = operation("a", "GET", json!({"rates": rates}));
    if let Some(access) = access {
        declared["access"] = access;
    }
    House::new(&bundle(vec![("/a", vec![declared])], json!([{}])))
}

fn passed(house: &mut House, calls: usize) -> usize {
    (0..calls).filter(|_| house.decide(&get("/v1/a")).is_ok()).count()
}

#[test]
fn three_per_minute_lets_exactly_three_through() {
    let mut house = house(json!([rate(3, 60, &["application"])]), None);
    assert_eq!(passed(&mut house, 5), 3);
    house.now.monotonic_ns += 20 * SECOND - 1;
    assert_eq!(passed(&mut house, 5), 0);
    house.now.monotonic_ns += 1;
    assert_eq!(passed(&mut house, 5), 1);
    house.now.monotonic_ns += 3600 * SECOND;
    assert_eq!(passed(&mut house, 5), 3, "a bucket holds no more than its count");
    house.now.monotonic_ns -= 3600 * SECOND;
    assert_eq!(passed(&mut house, 1), 0, "a clock set back brings nothing");
}

#[test]
fn the_refusal_says_when_to_come_back() {
    let mut house = house(json!([rate(3, 60, &["application"])]), None);
    passed(&mut house, 3);
    let refusal = house.decide(&get("/v1/a")).expect_err("it is used up");
    assert_eq!((refusal.reason, refusal.rule.to_string()), (Reason::RateExceeded, "operations/0/rates/0".to_owned()));
    let mut out = Vec::new();
    refusal.write_response(&mut out, "req_1", false, true);
    let text = String::from_utf8(out).expect("text");
    assert!(text.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
    for field in
        ["Retry-After: 20\r\n", "RateLimit: \"default\";r=0;t=20\r\n", "RateLimit-Policy: \"default\";q=3;w=60\r\n"]
    {
        assert!(text.contains(field), "{field} in {text}");
    }
    house.now.monotonic_ns += 19 * SECOND + SECOND / 2;
    assert_eq!(house.decide(&get("/v1/a")).expect_err("nearly").retry.map(|retry| retry.seconds), Some(1));
}

#[test]
fn a_call_refused_by_one_rate_costs_nothing_in_the_others() {
    let mut house = house(json!([rate(5, 60, &["application"]), rate(2, 1, &["application"])]), None);
    assert_eq!(passed(&mut house, 10), 2);
    house.now.monotonic_ns += SECOND;
    assert_eq!(passed(&mut house, 10), 2);
    house.now.monotonic_ns += SECOND;
    let refusal = {
        assert_eq!(passed(&mut house, 10), 1);
        house.decide(&get("/v1/a")).expect_err("five a minute")
    };
    let retry = refusal.retry.expect("when");
    assert_eq!(retry.policy, "\"default\";q=5;w=60, \"default-2\";q=2;w=1");
}

#[test]
fn addresses_are_counted_where_no_application_is_known() {
    let mut house = house(json!([rate(1, 60, &["application"])]), Some(public()));
    assert_eq!(passed(&mut house, 2), 1);
    house.peer = "192.0.2.1".parse().expect("an address");
    assert_eq!(passed(&mut house, 2), 1);
    house.peer = "::ffff:192.0.2.1".parse().expect("an address");
    assert_eq!(passed(&mut house, 2), 0, "the same address, written as IPv6");
    house.peer = "2001:db8::1".parse().expect("an address");
    assert_eq!(passed(&mut house, 2), 1);
    house.peer = "2001:db8::2".parse().expect("an address");
    assert_eq!(passed(&mut house, 2), 0, "one subscriber's network is one caller");
}

#[test]
fn callers_do_not_share_and_operations_do_not_either() {
    let limited = |id: &str, method: &str| operation(id, method, json!({"rates": [rate(1, 60, &["application"])]}));
    let mut house = House::new(&bundle(vec![("/a", vec![limited("a", "GET"), limited("b", "OPTIONS")])], json!([{}])));
    assert_eq!(house.reason(&get("/v1/a")), None);
    assert_eq!(house.reason(&call("OPTIONS", "/v1/a", "")), None);
    assert_eq!(house.reason(&get("/v1/a")), Some(Reason::RateExceeded));
}

#[test]
fn memory_is_bounded_and_a_flood_resets_nobody() {
    let mut house = house(json!([rate(1, 60, &["address"])]), Some(public()));
    house.counters = Counters::new(640);
    house.peer = IpAddr::from([192, 0, 2, 1]);
    assert_eq!(passed(&mut house, 2), 1);
    for number in 0..5000u32 {
        house.peer = IpAddr::from((number + 0x0a00_0000).to_be_bytes());
        let _ = house.decide(&get("/v1/a"));
    }
    assert!(house.counters.len() <= 640);
    assert_eq!(house.reason(&get("/v1/a")), Some(Reason::Overloaded));
    house.peer = IpAddr::from([192, 0, 2, 1]);
    assert_eq!(house.reason(&get("/v1/a")), Some(Reason::RateExceeded));
    house.now.monotonic_ns += 61 * SECOND;
    house.peer = IpAddr::from([198, 51, 100, 1]);
    assert_eq!(house.reason(&get("/v1/a")), None, "full buckets are forgotten");
}

#[test]
fn a_flood_of_strangers_takes_no_room_from_who_is_known() {
    let public_rate = json!({"access": public(), "rates": [rate(1, 86_400, &["address"])]});
    let known_rate = json!({"rates": [rate(3, 60, &["application"])]});
    let paths =
        vec![("/a", vec![operation("a", "GET", known_rate)]), ("/open", vec![operation("open", "GET", public_rate)])];
    let mut house = House::new(&bundle(paths, json!([{}])));
    house.counters = Counters::new(640);
    for number in 0..5000u32 {
        house.peer = IpAddr::from((number + 0x0a00_0000).to_be_bytes());
        let _ = house.decide(&get("/v1/open"));
    }
    assert_eq!(house.reason(&get("/v1/open")), Some(Reason::Overloaded), "the strangers' room is used up");
    assert_eq!(passed(&mut house, 5), 3);
}
