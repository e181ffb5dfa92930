//! Origins that are slow, broken, hostile or gone.
#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

mod support;

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use support::Stage;
use support::origin::Origin;

const OPAQUE: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\nhello";

#[test]
fn what_cannot_be_framed_is_a_502_and_its_connection_is_dropped() {
    let stage = Stage::new(Origin::saying(""));
    let interim = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100);
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
        &interim,
        &format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(1 << 20)),
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n+8\r\n{\"id\":1}\r\n0\r\n\r\n",
    ] {
        let before = stage.origin.received().len();
        stage.origin.say(answer);
        let refused = stage.get("/v1/card");
        assert_eq!((refused.status, refused.reason().as_str()), (502, "response_invalid"), "{:.60}", answer);
        stage.origin.say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"id\":1}");
        assert_eq!(stage.get("/v1/card").status, 200);
        let received = stage.origin.received();
        assert_ne!(received[before].connection, received[before + 1].connection, "{:.60}", answer);
    }
}

#[test]
fn bytes_behind_an_answer_are_nobodys_answer() {
    let stage = Stage::new(Origin::saying(format!("{OPAQUE}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")));
    for _ in 0..3 {
        assert_eq!(stage.get("/v1/opaque").text(), "hello");
    }
    let connections: Vec<_> = stage.origin.received().iter().map(|received| received.connection).collect();
    assert_eq!(connections, [0, 1, 2]);
}

#[test]
fn an_origin_that_closes_in_the_middle_of_a_held_answer_is_a_502() {
    let stage = Stage::new(Origin::new(|_, stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"id\":1")
            .unwrap();
        false
    }));
    assert_eq!(stage.get("/v1/card").reason(), "response_invalid");
}

#[test]
fn an_origin_that_closes_in_the_middle_of_a_streamed_answer_resets_the_client() {
    let stage = Stage::new(Origin::new(|_, stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(format!("{head}5\r\nhello\r\n").as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        false
    }));
    let mut client = stage.client();
    client.send("GET /v1/opaque HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.head().0, 200);
    let rest = client.rest();
    assert!(rest.is_none_or(|rest| !rest.ends_with(b"0\r\n\r\n")));
}

#[test]
fn an_endless_held_answer_is_bounded_and_an_endless_stream_waits_for_its_reader() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let stage = Stage::new(Origin::new(move |received, stream| {
        let media = if received.head.contains("opaque") { "application/octet-stream" } else { "application/json" };
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {media}\r\n\r\n");
        stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        while let Ok(more @ 1..) = stream.write(&[b' '; 65536]) {
            count.fetch_add(more, Ordering::Relaxed);
        }
        false
    }));
    assert_eq!(stage.get("/v1/card").reason(), "response_invalid");
    written.store(0, Ordering::Relaxed);
    let mut client = stage.client();
    client.send("GET /v1/opaque HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.head().0, 200);
    // Until the buffers between are full: how long that takes is the machine's business.
    support::eventually(|| {
        let before = written.load(Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(100));
        before > 0 && before == written.load(Ordering::Relaxed)
    });
    let taken = written.load(Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(taken, written.load(Ordering::Relaxed), "it reads on although nobody takes it");
    assert!(taken < 32 << 20, "{taken}");
}

#[test]
fn a_silent_origin_is_a_504_within_the_operations_timeout() {
    let stage = Stage::new(Origin::new(|_, stream| {
        let _ = stream.read(&mut [0; 10]);
        false
    }));
    let start = Instant::now();
    let refused = stage.get("/v1/opaque");
    assert_eq!((refused.status, refused.reason().as_str()), (504, "upstream_timeout"));
    assert!(start.elapsed() > Duration::from_millis(500) && start.elapsed() < Duration::from_millis(1500));
}

#[test]
fn an_origin_that_is_gone_is_a_502() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    let nowhere = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    stage.control.put_bundle("shop", 2, &support::bundle(nowhere).to_string());
    support::eventually(|| stage.get("/v1/opaque").status == 502);
    assert_eq!(stage.get("/v1/opaque").reason(), "upstream_unreachable");
}

#[test]
fn a_kept_connection_that_has_ended_costs_no_request() {
    // The origin closes after each answer, without saying so.
    let stage = Stage::new(Origin::new(|_, stream| {
        stream.write_all(OPAQUE.as_bytes()).unwrap();
        false
    }));
    for _ in 0..20 {
        assert_eq!(stage.get("/v1/opaque").status, 200);
    }
}

#[test]
fn an_interim_answer_is_not_passed_on() {
    let stage = Stage::new(Origin::saying(format!("HTTP/1.1 103 Early Hints\r\nLink: </secret>\r\n\r\n{OPAQUE}")));
    let answer = stage.get("/v1/opaque");
    assert_eq!((answer.status, answer.header("Link")), (200, None));
}

#[test]
fn an_undeclared_error_keeps_its_status_and_loses_its_body() {
    let stage =
        Stage::new(Origin::saying("HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nsecret"));
    let answer = stage.get("/v1/opaque");
    assert_eq!((answer.status, answer.reason().as_str()), (500, "upstream_error"));
    assert!(!answer.text().contains("secret"));
}
