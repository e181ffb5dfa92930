//! The link to control: what becomes effective when, what survives a restart, and what happens without control.
#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

mod support;

use std::time::{Duration, Instant};

use ring::hmac;
use serde_json::{Value, json};
use support::control::{PEPPER, base64};
use support::origin::Origin;
use support::{Stage, bundle, eventually};

const CARD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"id\":1}";
const KEY: &str = "fc_live_test";

fn credential(state: &str) -> Value {
    let digest = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, PEPPER), KEY.as_bytes());
    json!({"type": "credential", "id": "key_1", "value": {
        "tenant": "main", "application": "app_1", "digest": base64(digest.as_ref()), "pepper": "pepper-1", "state": state,
        "expires_at": 9_999_999_999_999_u64,
    }})
}

fn caller() -> Value {
    json!([
        {"type": "application", "id": "app_1", "value": {"tenant": "main", "name": "one", "enabled": true, "clients": []}},
        credential("active"),
        {"type": "subscription", "id": "sub_1", "value": {
            "tenant": "main", "application": "app_1", "api": "shop", "operations": ["getMine"], "unmask": [], "until": null,
        }},
    ])
}

fn ask(stage: &Stage) -> u16 {
    stage.ask(&format!("GET /v1/mine HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\n\r\n")).status
}

#[test]
fn a_revocation_is_effective_at_once_and_survives_a_restart_without_control() {
    let mut stage = Stage::new(Origin::saying(CARD));
    assert_eq!(ask(&stage), 401);
    stage.control.put_directory(2, caller());
    eventually(|| ask(&stage) == 200);
    let start = Instant::now();
    stage.control.put_directory(3, json!([credential("revoked")]));
    eventually(|| ask(&stage) == 401);
    assert!(start.elapsed() < Duration::from_millis(500));
    eventually(|| stage.control.is_confirmed(3));
    stage.control.set_away(true);
    stage.stop();
    stage.start();
    assert_eq!((ask(&stage), stage.get("/v1/card").status), (401, 200));
    let (status, ready) = stage.status("/readyz");
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!((status, &ready["ready"], &ready["directory_sequence"]), (200, &true.into(), &3.into()));
}

#[test]
fn an_engine_that_never_heard_of_control_is_not_ready() {
    let mut stage = Stage::new(Origin::saying(CARD));
    stage.control.set_away(true);
    stage.stop();
    std::fs::remove_dir_all(stage.root.join("engine")).unwrap();
    stage.start();
    let (status, ready) = stage.status("/readyz");
    assert_eq!((status, ready.contains("never_synced")), (503, true), "{ready}");
    assert_eq!((stage.status("/livez").0, stage.get("/v1/card").status), (200, 404));
    stage.control.set_away(false);
    stage.wait_until_ready();
    assert_eq!(stage.get("/v1/card").status, 200);
}

#[test]
fn a_stale_directory_is_said_and_replayable_credentials_end() {
    let limits = json!({"directory_stale_seconds": 1, "directory_cut_off_seconds": 2});
    let stage = Stage::with_limits(Origin::saying(CARD), limits);
    stage.control.put_directory(2, caller());
    eventually(|| ask(&stage) == 200);
    stage.control.set_away(true);
    eventually(|| stage.status("/readyz").1.contains("directory_stale"));
    assert_eq!(stage.status("/readyz").0, 200);
    eventually(|| ask(&stage) == 403);
    assert_eq!(stage.get("/v1/card").status, 200);
}

#[test]
fn what_is_not_signed_not_newer_or_not_understood_is_refused_and_the_last_good_one_stays() {
    let stage = Stage::new(Origin::saying(CARD));
    let payload = bundle(stage.origin.address).to_string();
    let mut forged = stage.control.bundle_frame("shop", 5, &payload);
    forged["sequence"] = 6.into();
    let unknown = payload.replace("\"requires\":[]", "\"requires\":[\"telepathy\"]");
    for (number, frame) in [
        forged,
        stage.control.bundle_frame("shop", 0, &payload),
        stage.control.bundle_frame("shop", 7, &unknown),
        stage.control.bundle_frame("shop", 7, "{}"),
        stage.control.bundle_frame("other", 7, &payload),
        stage.control.bundle_frame("twin", 7, &payload.replace("\"name\":\"shop\"", "\"name\":\"twin\"")),
        stage.control.directory_frame(r#"{"format":1,"snapshot":true,"from":0,"to":0,"changes":[]}"#),
    ]
    .iter()
    .enumerate()
    {
        stage.control.send(frame);
        eventually(|| stage.control.heard("refused").len() == number + 1);
        assert_eq!(stage.get("/v1/card").status, 200);
    }
    // The twin would take the place that becomes free now.
    stage.control.remove_bundle("twin", 8);
    stage.control.put_bundle("shop", 8, &payload.replace("/v1", "/v2"));
    eventually(|| stage.get("/v2/card").status == 200 && stage.get("/v1/card").status == 404);
    stage.control.remove_bundle("shop", 9);
    eventually(|| stage.get("/v2/card").status == 404);
}

/// The bundle of the stage under another name and base path.
fn api(stage: &Stage, name: &str, base_path: &str) -> String {
    let payload = bundle(stage.origin.address).to_string();
    payload.replace("\"name\":\"shop\"", &format!("\"name\":\"{name}\"")).replace("/v1", base_path)
}

#[test]
fn an_api_that_is_in_the_way_is_waited_for() {
    let stage = Stage::new(Origin::saying(CARD));
    stage.control.put_bundle("book", 5, &api(&stage, "book", "/v1"));
    eventually(|| stage.control.heard("refused").len() == 1);
    stage.control.send(&json!({"kind": "synced", "directory_sequence": 0, "apis": ["book"]}));
    eventually(|| stage.status("/readyz").1.contains("bundle_missing"));
    stage.control.remove_bundle("shop", 6);
    eventually(|| stage.status("/readyz").1.contains("\"book\":"));
    assert_eq!((stage.get("/v1/card").status, stage.status("/readyz").0), (200, 200));
    assert_eq!(stage.control.heard("refused").len(), 1);
}

#[test]
fn bundles_that_come_together_become_effective_together() {
    let stage = Stage::new(Origin::saying(CARD));
    stage.control.put_bundle("book", 5, &api(&stage, "book", "/v2"));
    eventually(|| stage.get("/v2/card").status == 200);
    let together = |frame: Value| {
        let mut frame = frame;
        frame["more"] = true.into();
        frame
    };
    let hashes = |stage: &Stage| serde_json::from_str::<Value>(&stage.status("/readyz").1).unwrap()["bundles"].clone();
    let before = hashes(&stage);
    // They change places, and nothing is refused on the way.
    stage.control.send(&together(stage.control.bundle_frame("book", 6, &api(&stage, "book", "/v1"))));
    stage.control.send(&stage.control.bundle_frame("shop", 7, &api(&stage, "shop", "/v2")));
    eventually(|| hashes(&stage) != before);
    // One announces another that never comes, for it is refused: the first does not wait for ever.
    stage.control.send(&together(stage.control.bundle_frame("book", 8, &api(&stage, "book", "/v3"))));
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!((stage.get("/v1/card").status, stage.get("/v3/card").status), (200, 404));
    stage.control.send(&stage.control.bundle_frame("shop", 9, "{}"));
    eventually(|| stage.get("/v3/card").status == 200);
    // Control hears of it after callers do.
    eventually(|| !stage.control.heard("refused").is_empty());
    assert_eq!(stage.control.heard("refused").len(), 1);
}

#[test]
fn an_api_that_is_live_again_and_has_no_bundle_is_missing() {
    let stage = Stage::new(Origin::saying(CARD));
    stage.control.remove_bundle("shop", 5);
    eventually(|| stage.get("/v1/card").status == 404);
    eventually(|| stage.status("/readyz").0 == 200);
    stage.control.send(&json!({"kind": "synced", "directory_sequence": 0, "apis": ["shop"]}));
    eventually(|| stage.status("/readyz").0 == 503);
    assert!(stage.status("/readyz").1.contains("bundle_missing"));
}

#[test]
fn a_gap_asks_control_again_without_a_storm() {
    let stage = Stage::new(Origin::saying(CARD));
    let before = stage.control.heard("hello").len();
    for _ in 0..50 {
        stage
            .control
            .send(&stage.control.directory_frame(r#"{"format":1,"snapshot":false,"from":7,"to":8,"changes":[]}"#));
    }
    eventually(|| stage.control.heard("hello").len() > before);
    std::thread::sleep(Duration::from_millis(300));
    assert!(stage.control.heard("hello").len() <= before + 3);
}

#[test]
fn a_change_that_cannot_be_taken_in_is_said_and_only_a_snapshot_does_without_it() {
    let stage = Stage::new(Origin::saying(CARD));
    stage.control.put_directory(2, caller());
    eventually(|| ask(&stage) == 200);
    // What control signs is not always what an engine can read: numbers that are none, values nested too deeply.
    for changes in
        [r#"[{"type":"issuer","id":"i","value":NaN}]"#.to_owned(), format!("{}{}", "[".repeat(300), "]".repeat(300))]
    {
        let delta = format!(r#"{{"format":1,"snapshot":false,"from":2,"to":3,"changes":{changes}}}"#);
        stage.control.send(&stage.control.directory_frame(&delta));
        eventually(|| stage.status("/readyz").1.contains("directory_refused"));
        assert_eq!(stage.status("/readyz").0, 200);
    }
    let asks_for_everything = |hello: &Value| hello["directory_sequence"] == 0;
    let hellos = stage.control.heard("hello").len();
    eventually(|| stage.control.heard("hello").iter().skip(hellos.saturating_sub(2)).any(asks_for_everything));
    let mut now = caller();
    now[1] = credential("revoked");
    let snapshot = json!({"format": 1, "snapshot": true, "from": 0, "to": 4, "changes": now}).to_string();
    stage.control.send(&stage.control.directory_frame(&snapshot));
    eventually(|| ask(&stage) == 401);
    eventually(|| !stage.status("/readyz").1.contains("directory_refused"));
}

#[test]
fn an_unknown_frame_ends_the_connection_and_the_engine_dials_again() {
    let stage = Stage::new(Origin::saying(CARD));
    let before = stage.control.heard("hello").len();
    stage.control.send(&json!({"kind": "dance"}));
    eventually(|| stage.control.heard("hello").len() > before);
}

#[test]
fn a_drain_lets_exchanges_end_and_closes_idle_connections() {
    let mut stage = Stage::new(Origin::new(|_, stream| {
        use std::io::Write as _;
        std::thread::sleep(Duration::from_millis(300));
        stream.write_all(CARD.as_bytes()).is_ok()
    }));
    let (mut busy, mut idle) = (stage.client(), stage.client());
    idle.send("GET /v1/nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(idle.answer().status, 404);
    busy.send("GET /v1/card HTTP/1.1\r\nHost: a\r\n\r\n");
    eventually(|| !stage.origin.received().is_empty());
    let start = Instant::now();
    let traffic = stage.traffic;
    stage.stop();
    assert!(start.elapsed() < Duration::from_secs(2));
    let last = busy.answer();
    assert_eq!((last.status, last.header("Connection")), (200, Some("close")));
    assert_eq!(idle.rest().as_deref(), Some(&b""[..]));
    assert!(std::net::TcpStream::connect(traffic).is_err());
    assert!(stage.events().iter().any(|event| event["operation"] == "getCard"), "the last event arrives");
}

#[test]
fn events_that_find_no_room_are_dropped_and_counted() {
    let stage = Stage::with_limits(Origin::saying(CARD), json!({"event_buffer_bytes": 2_000}));
    stage.control.set_away(true);
    std::thread::sleep(Duration::from_millis(50));
    let mut client = stage.client();
    for _ in 0..100 {
        client.send("GET /v1/card HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.answer().status, 200);
    }
    let dropped = || {
        let (_, page) = stage.status("/metrics");
        let found = page.lines().find_map(|line| line.strip_prefix("firstclass_events_dropped_total "));
        found.unwrap().parse::<usize>().unwrap()
    };
    // A call's line is written when its answer has left.
    eventually(|| stage.events().len() + dropped() == 100);
    assert!(dropped() > 0, "no more than four lines have room, and then it is emptied");
    let (_, page) = stage.status("/metrics");
    assert!(page.contains("operation=\"getCard\",decision=\"allow\",reason=\"\"} 100"), "{page}");
}

#[test]
fn under_full_load_nobody_gets_in_after_a_revocation() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let stage = Stage::new(Origin::saying(CARD));
    stage.control.put_directory(2, caller());
    eventually(|| ask(&stage) == 200);
    let is_over = AtomicBool::new(false);
    let request = format!("GET /v1/mine HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\n\r\n");
    let (revoked_at, last) = std::thread::scope(|scope| {
        let hammer = || {
            let (mut client, mut last) = (stage.client(), None);
            while !is_over.load(Ordering::Relaxed) {
                let sent = Instant::now();
                client.send(&request);
                if client.answer().status == 200 {
                    last = Some(sent);
                }
            }
            last
        };
        let clients: Vec<_> = (0..16).map(|_| scope.spawn(hammer)).collect();
        std::thread::sleep(Duration::from_millis(300));
        let revoked_at = Instant::now();
        stage.control.put_directory(3, json!([credential("revoked")]));
        std::thread::sleep(Duration::from_millis(700));
        is_over.store(true, Ordering::Relaxed);
        (revoked_at, clients.into_iter().filter_map(|client| client.join().unwrap()).max().unwrap())
    });
    let late = last.saturating_duration_since(revoked_at);
    assert!(late < Duration::from_millis(500), "let in {late:?} after the revocation");
    assert!(stage.control.is_confirmed(3));
}
