//! Bodies that pass through: bounded, with back-pressure, and never taken for whole when they are not.
#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

mod support;

use std::io::Write as _;
use std::time::Duration;

use support::Stage;
use support::origin::Origin;

const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const HEAD: &str = "POST /v1/upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n";

#[test]
fn an_upload_passes_with_its_length() {
    let stage = Stage::new(Origin::saying(EMPTY));
    let body = vec![b'x'; 200_000];
    let mut client = stage.client();
    for _ in 0..2 {
        client.send(format!("{HEAD}Content-Length: {}\r\n\r\n", body.len()));
        client.send(&body);
        assert_eq!(client.answer().status, 200);
    }
    let received = stage.origin.received();
    assert_eq!((received[1].body.len(), received.len()), (200_000, 2));
}

#[test]
fn a_chunked_upload_passes_in_chunks() {
    let stage = Stage::new(Origin::saying(EMPTY));
    let mut client = stage.client();
    client.send(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhel"));
    std::thread::sleep(Duration::from_millis(50));
    client.send("lo\r\n3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n");
    assert_eq!(client.answer().status, 200);
    let received = stage.origin.received();
    assert_eq!(String::from_utf8_lossy(&received[0].body), "3\r\nhel\r\n2\r\nlo\r\n3\r\nabc\r\n0\r\n\r\n");
}

#[test]
fn an_upload_beyond_its_bound_is_cut_off_at_the_origin() {
    let stage = Stage::new(Origin::saying(EMPTY));
    let mut client = stage.client();
    client.send(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n"));
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..5 {
        client.send(&chunk);
    }
    let answer = client.answer();
    assert_eq!((answer.status, answer.reason().as_str()), (413, "body_too_large"));
    assert!(stage.origin.received().iter().all(|received| !received.body.ends_with(b"0\r\n\r\n")));
    let announced = stage.ask(&format!("{HEAD}Content-Length: 300001\r\n\r\n"));
    assert_eq!(announced.reason(), "body_too_large");
}

#[test]
fn an_early_answer_of_the_origin_ends_the_upload() {
    let stage = Stage::new(Origin::saying(EMPTY));
    let mut client = stage.client();
    client.send(format!("{HEAD}User-Agent: expect-early\r\nContent-Length: 250000\r\n\r\n1234"));
    let answer = client.answer();
    assert_eq!((answer.status, answer.header("Connection")), (200, Some("close")));
    assert_eq!(client.rest().as_deref(), Some(&b""[..]));
    // The origin's connection is not used again: it waits for the rest of that body.
    assert_eq!(stage.ask(&format!("{HEAD}Content-Length: 1\r\n\r\nx")).status, 200);
    let received = stage.origin.received();
    assert_ne!(received[0].connection, received[1].connection);
}

#[test]
fn a_client_that_stops_in_the_middle_is_not_taken_for_done() {
    let stage = Stage::new(Origin::saying(EMPTY));
    let mut client = stage.client();
    client.send(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
    std::thread::sleep(Duration::from_millis(50));
    drop(client);
    std::thread::sleep(Duration::from_millis(100));
    assert!(stage.origin.received().iter().all(|received| !received.body.ends_with(b"0\r\n\r\n")));
}

#[test]
fn a_streamed_answer_arrives_while_it_is_made() {
    let stage = Stage::new(Origin::new(|_, stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        for part in [head, "3\r\none\r\n", "3\r\ntwo\r\n", "0\r\n\r\n"] {
            stream.write_all(part.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(60));
        }
        true
    }));
    let mut client = stage.client();
    client.send("GET /v1/opaque HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.head().0, 200);
    assert_eq!(client.exactly(8), b"3\r\none\r\n");
    assert_eq!(client.exactly(13), b"3\r\ntwo\r\n0\r\n\r\n");
    client.send("GET /v1/opaque HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer().text(), "onetwo");
}

#[test]
fn an_old_client_gets_a_body_without_chunks() {
    let stage = Stage::new(Origin::saying(
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ));
    let mut client = stage.client();
    client.send("GET /v1/opaque HTTP/1.0\r\nHost: a\r\n\r\n");
    assert_eq!(client.head().0, 200);
    assert_eq!(client.rest().as_deref(), Some(&b"hello"[..]));
}
