//! What a decision costs: `cargo test --release -p firstclass-decide --test cost -- --ignored --nocapture`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "prints its figures")]

mod support;

use std::hint::black_box;
use std::time::Instant;

use firstclass_decide::{AnswerPlan, decide};
use firstclass_framing::{BodyLength, HeadLimits, ResponseHead, response};
use serde_json::json;
use support::{House, answer, bundle, call, operation, parameter};

const ROUNDS: u32 = 2_000;
const BATCHES: u32 = 200;

/// A GET with 12 headers under a key, a subscription, a rate and two parameters.
fn house() -> (House, String) {
    let parameters =
        json!(
            [parameter("path", "id", "integer", 1, json!({})), parameter("query", "limit", "integer", 1, json!({})),]
        );
    let rates = json!([{"count": 1_000_000_000, "period_seconds": 1, "by": ["application"]}]);
    let declared = operation("getMember", "GET", json!({"parameters": parameters, "rates": rates}));
    let house = House::new(&bundle(
        vec![("/members/{id}", vec![declared])],
        json!([{"additional": 0}, {"types": ["integer"], "minimum": 1}]),
    ));
    let fields = "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: application/json\r\nAccept-Language: en\r\n\
        Accept-Encoding: gzip, br\r\nReferer: https://app.example/\r\nOrigin: https://app.example\r\nCache-Control: no-cache\r\n\
        traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nX-Debug: 1\r\nX-Forwarded-For: 1.2.3.4\r\n";
    (house, call("GET", "/v1/members/7?limit=20", fields))
}

/// The best batch: a busy machine interrupts the others.
fn report(what: &str, mut act: impl FnMut()) {
    let mut best = u128::MAX;
    for _ in 0..BATCHES {
        let began = Instant::now();
        (0..ROUNDS).for_each(|_| act());
        best = best.min(began.elapsed().as_nanos() / u128::from(ROUNDS));
    }
    println!("{what}: {best} ns");
}

#[test]
#[ignore = "a measurement"]
fn a_decision_and_its_head() {
    let (mut house, raw) = house();
    house.with_view(&raw, |view, house| {
        let world = house.world.clone();
        report("decide", || {
            let decided = decide(&view, &world, &house.counters, &house.tokens, house.now, &mut house.workspace);
            black_box(decided.expect("it is admitted"));
        });
        let mut admission =
            decide(&view, &world, &house.counters, &house.tokens, house.now, &mut house.workspace).expect("admitted");
        let mut out = Vec::with_capacity(4096);
        report("forwarded head", || {
            out.clear();
            admission.write_forward_head(&mut out, &view, BodyLength::None, &mut house.workspace).expect("writable");
            black_box(&out);
        });
        let origin =
            answer(200, "Content-Type: application/json\r\nCache-Control: no-cache\r\nDate: x\r\nServer: y\r\n", "{}");
        let mut head = ResponseHead::new();
        assert!(response::parse(origin.as_bytes(), false, &HeadLimits::RESPONSE, &mut head).is_ok());
        report("answer's head", || {
            out.clear();
            let plan = admission.judge_answer_head(&head, origin.as_bytes(), &mut house.workspace);
            assert!(matches!(plan, AnswerPlan::Hold(_)));
            let body = BodyLength::Length(2);
            admission
                .write_answer_head(&mut out, &plan, &head, origin.as_bytes(), body, "req_1", true, &house.workspace)
                .expect("writable");
            black_box(&out);
        });
    });
}

#[test]
#[ignore = "a measurement"]
fn memory_of_a_hundred_thousand_keys() {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("a line");
        line.split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok()).expect("a number") / 1024
    };
    let before = resident();
    let mut directory = firstclass_decide::Directory::new();
    for batch in 0..100 {
        let mut list = Vec::new();
        for number in batch * 1000..(batch + 1) * 1000 {
            let id = |kind: &str| format!("{kind}_019b7c3e-8f2a-7c31-9d5e-{number:012}");
            list.push(support::application(&id("app"), &id("name")));
            list.push(support::credential(&id("key"), &id("app"), &id("k")));
            list.push(support::subscription(&id("sub"), &id("app"), &["a", "b", "c"]));
        }
        directory = directory.apply(&support::changes(batch, list)).expect("they follow");
    }
    println!("{:?}: {} MB", directory.counts(), resident() - before);
}
