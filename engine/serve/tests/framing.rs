//! Hostile and broken requests: what the origin saw decides, and the client can read the refusal.
#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

mod support;

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::json;
use support::Stage;
use support::origin::Origin;

const OPAQUE: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\nhello";

#[test]
fn what_cannot_be_framed_is_refused_and_the_connection_ends() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    for (request, reason) in [
        (
            "POST /v1/upload HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
            "bad_framing",
        ),
        ("GET /v1/opaque HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "bad_framing"),
        ("GET /v1/opaque HTTP/1.1\nHost: a\n\n", "bad_framing"),
        ("GET /v1/../admin HTTP/1.1\r\nHost: a\r\n\r\n", "bad_target"),
        ("GET /v1/opaque%2f HTTP/1.1\r\nHost: a\r\n\r\n", "bad_target"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "bad_framing"),
    ] {
        let mut client = stage.client();
        client.send(format!("{request}GET /v1/opaque HTTP/1.1\r\nHost: a\r\n\r\n"));
        let answer = client.answer();
        assert_eq!((answer.status, answer.reason().as_str()), (400, reason), "{request}");
        assert_eq!(answer.header("Connection"), Some("close"), "{request}");
        assert_eq!(client.rest().as_deref(), Some(&b""[..]), "{request}");
    }
    assert!(stage.origin.received().is_empty());
}

#[test]
fn a_large_head_is_refused_while_it_still_comes() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    let mut client = stage.client();
    client.send("GET /v1/opaque HTTP/1.1\r\nHost: a\r\n");
    // The refusal arrives although the client goes on sending.
    let field = format!("X-Filler: {}\r\n", "a".repeat(1000));
    for _ in 0..200 {
        if client.stream.write_all(field.as_bytes()).is_err() {
            break;
        }
    }
    let answer = client.answer();
    assert_eq!((answer.status, answer.reason().as_str()), (431, "head_too_large"));
}

#[test]
fn a_slow_head_ends_the_connection() {
    let stage = Stage::with_limits(Origin::saying(OPAQUE), json!({"head_milliseconds": 300}));
    let mut client = stage.client();
    let start = Instant::now();
    let trickle = b"GET /v1/opaque HTTP/1.1\r\nHost: a\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for byte in trickle {
        if client.stream.write_all(&[*byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = client.rest();
    assert!(start.elapsed() < Duration::from_secs(2) && stage.origin.received().is_empty());
}

#[test]
fn idle_connections_end() {
    let stage = Stage::with_limits(Origin::saying(OPAQUE), json!({"idle_milliseconds": 200}));
    let mut client = stage.client();
    assert_eq!(client.rest().as_deref(), Some(&b""[..]));
}

#[test]
fn broken_chunks_end_the_exchange_and_the_origins_connection() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    for (path, media) in [("card", "application/json"), ("upload", "application/octet-stream")] {
        let mut client = stage.client();
        client.send(format!(
            "POST /v1/{path} HTTP/1.1\r\nHost: a\r\nContent-Type: {media}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n+1\r\nx"
        ));
        let answer = client.answer();
        assert_eq!((answer.status, answer.reason().as_str()), (400, "bad_framing"), "{path}");
        assert_eq!(answer.header("Connection"), Some("close"));
    }
    assert!(stage.origin.received().iter().all(|received| !received.body.ends_with(b"0\r\n\r\n")));
}

#[test]
fn a_client_that_waits_is_told_to_go_on_only_once_it_is_let_in() {
    let stage = Stage::new(Origin::saying(OPAQUE.replace("application/octet-stream", "application/json")));
    stage.origin.say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"id\":1}");
    let mut client = stage.client();
    client.send(
        "POST /v1/card HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n",
    );
    assert_eq!(client.head().1, "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("{\"id\":2}");
    assert_eq!(client.answer().status, 200);
    client.send("POST /v1/nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n");
    let refused = client.answer();
    assert_eq!((refused.status, refused.header("Connection")), (404, Some("close")));
    assert_eq!(client.rest().as_deref(), Some(&b""[..]));
}

#[test]
fn an_early_answer_drains_a_short_body_and_closes_before_a_long_one() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    let mut client = stage.client();
    let post = |length: usize| format!("POST /v1/nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
    client.send(post(50));
    assert_eq!(client.answer().status, 404);
    let body = format!("{:50}", "GET /v1/opaque HTTP/1.1\r\nHost: smuggled\r\n\r\n");
    client.send(&body[..20]);
    std::thread::sleep(Duration::from_millis(20));
    client.send(&body[20..]);
    client.send("GET /v1/opaque HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer().status, 200);
    client.send(post(100_000));
    let refused = client.answer();
    assert_eq!((refused.status, refused.header("Connection")), (404, Some("close")));
    let received = stage.origin.received();
    assert_eq!(received.len(), 1, "{received:?}");
}

#[test]
fn connections_from_one_address_are_bounded() {
    let stage = Stage::with_limits(Origin::saying(OPAQUE), json!({"connections_per_address": 2}));
    let (mut one, mut two) = (stage.client(), stage.client());
    for client in [&mut one, &mut two] {
        client.send("GET /v1/opaque HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.answer().status, 200);
    }
    let mut three = stage.client();
    assert!(three.rest().unwrap_or_default().is_empty());
    drop(one);
    support::eventually(|| {
        let mut client = stage.client();
        let sent = client.stream.write_all(b"GET /v1/opaque HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").is_ok();
        sent && client.rest().is_some_and(|rest| rest.starts_with(b"HTTP/1.1 200"))
    });
}

#[test]
fn bodies_in_memory_are_bounded() {
    let stage = Stage::with_limits(Origin::saying(OPAQUE), json!({"held_bytes": 10_000}));
    let answer = stage.ask(
        "POST /v1/card HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"id\"",
    );
    assert_eq!((answer.status, answer.reason().as_str()), (503, "overloaded"));
}

#[test]
fn exchanges_beyond_the_bound_are_refused_at_once() {
    let stage = Stage::with_limits(
        Origin::new(|_, stream| {
            std::thread::sleep(Duration::from_millis(400));
            stream.write_all(OPAQUE.as_bytes()).is_ok()
        }),
        json!({"exchanges": 1}),
    );
    // Two workers serve one each; of three at once, one is too many.
    let mut clients: Vec<_> = (0..3).map(|_| stage.client()).collect();
    let start = Instant::now();
    for client in &mut clients {
        client.send("GET /v1/opaque HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }
    let statuses: Vec<_> = clients.iter_mut().map(|client| client.answer().status).collect();
    assert!(statuses.contains(&503) && statuses.contains(&200), "{statuses:?}");
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(stage.get("/v1/opaque").status, 200);
}

#[test]
fn a_client_that_hardly_reads_is_given_up() {
    let big = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 33554432\r\n\r\n";
    let stage = Stage::with_limits(
        Origin::new(move |_, stream| {
            stream.write_all(big.as_bytes()).unwrap();
            while stream.write_all(&[b'x'; 65536]).is_ok() {}
            false
        }),
        json!({"write_stall_milliseconds": 300, "slowest_bytes_per_second": 1_000_000_000}),
    );
    let mut client = stage.client();
    client.send("GET /v1/opaque HTTP/1.1\r\nHost: a\r\n\r\n");
    let start = Instant::now();
    // A little every now and then is progress, but not enough of it.
    let mut ended = false;
    while start.elapsed() < Duration::from_secs(4) && !ended {
        std::thread::sleep(Duration::from_millis(50));
        let (_, page) = stage.status("/metrics");
        ended = page.contains("firstclass_connections 0");
    }
    assert!(ended);
}
