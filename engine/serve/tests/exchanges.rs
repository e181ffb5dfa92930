//! Requests and answers that are as they should be, over real sockets.
#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

mod support;

use support::origin::Origin;
use support::{Stage, eventually};

const OPAQUE: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello";
const CARD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 34\r\n\r\n{\"id\":1,\"text\":\"hi\",\"secret\":true}";

#[test]
fn an_opaque_answer_passes_with_a_canonical_head() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    let answer = stage.get("/v1/opaque");
    assert_eq!((answer.status, answer.text().as_str()), (200, "hello"));
    assert_eq!((answer.header("Server"), answer.header("Content-Type")), (None, Some("application/octet-stream")));
    let id = answer.header("X-Request-Id").unwrap();
    assert!(id.starts_with("req_") && id.len() == 40);
    let received = stage.origin.received();
    assert!(received[0].head.starts_with("GET /opaque HTTP/1.1\r\n"), "{}", received[0].head);
    assert!(received[0].head.contains(&format!("Firstclass-Request-Id: {id}\r\n")), "{}", received[0].head);
}

#[test]
fn a_held_answer_is_projected() {
    let stage = Stage::new(Origin::saying(CARD));
    let answer = stage.get("/v1/card");
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"id":1,"text":"hi"}"#));
}

#[test]
fn a_connection_serves_many_requests_and_so_does_the_origins() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    let mut client = stage.client();
    for _ in 0..5 {
        client.send("GET /v1/opaque HTTP/1.1\r\nHost: api.test\r\n\r\n");
        assert_eq!(client.answer().status, 200);
    }
    let received = stage.origin.received();
    assert_eq!((received.len(), received.iter().map(|r| r.connection).max()), (5, Some(0)));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    let mut client = stage.client();
    let body = r#"{"id":1}"#;
    let post = format!(
        "POST /v1/card HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stage.origin.set(|received, stream| {
        use std::io::Write as _;
        stream.write_all(if received.head.starts_with("POST") { CARD } else { OPAQUE }.as_bytes()).is_ok()
    });
    let get = "GET /v1/opaque HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send(format!("{get}{post}GET /v1/nowhere HTTP/1.1\r\nHost: a\r\n\r\n{get}"));
    let statuses: Vec<_> = (0..4).map(|_| client.answer().status).collect();
    assert_eq!(statuses, [200, 200, 404, 200]);
    assert_eq!(stage.origin.received()[1].body, body.as_bytes());
}

#[test]
fn a_chunked_body_is_joined_judged_and_forwarded_with_its_length() {
    let stage = Stage::new(Origin::saying(CARD));
    let answer = stage.ask(
        "POST /v1/card HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"id\r\n5\r\n\": 7}\r\n0\r\n\r\n",
    );
    assert_eq!(answer.status, 200);
    let received = &stage.origin.received()[0];
    assert_eq!(received.body, br#"{"id": 7}"#);
    assert!(received.head.contains("Content-Length: 9\r\n") && !received.head.contains("chunked"));
}

#[test]
fn a_refused_body_reaches_nobody_and_the_connection_lives_on() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    let mut client = stage.client();
    let post = "POST /v1/card HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"id\":\"no\"}";
    client.send(format!("{post}GET /v1/opaque HTTP/1.1\r\nHost: a\r\n\r\n"));
    let refused = client.answer();
    assert_eq!((refused.status, refused.reason().as_str()), (400, "body_invalid"));
    assert_eq!(refused.json()["violations"][0]["pointer"], "/id");
    assert_eq!(client.answer().status, 200);
    assert_eq!(stage.origin.received().len(), 1);
}

#[test]
fn an_answer_to_head_has_no_body() {
    let stage =
        Stage::new(Origin::saying("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 34\r\n\r\n"));
    let mut client = stage.client();
    client.send("HEAD /v1/card HTTP/1.1\r\nHost: a\r\n\r\nHEAD /v1/card HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((client.head().0, client.head().0), (200, 200));
}

#[test]
fn an_answer_without_body_passes() {
    let stage = Stage::new(Origin::saying("HTTP/1.1 204 No Content\r\n\r\n"));
    let answer = stage.ask("DELETE /v1/empty HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((answer.status, answer.header("Content-Length")), (204, None));
}

#[test]
fn calls_leave_events_and_counters() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    let ok = stage.get("/v1/opaque");
    stage.get("/v1/members/4711/secretsecretsecretsecret");
    stage.ask("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    eventually(|| stage.events().len() == 3);
    let events = stage.events();
    let of_ok = events.iter().find(|event| event["request_id"].as_str() == ok.header("X-Request-Id")).unwrap();
    assert_eq!((&of_ok["operation"], &of_ok["decision"]), (&"getOpaque".into(), &"allow".into()));
    assert_eq!((&of_ok["path_shape"], &of_ok["status"]), (&"/v1/opaque".into(), &200.into()));
    assert!(events.iter().any(|event| event["path_shape"] == "/v1/members/{n}/{s}"));
    assert!(events.iter().any(|event| event["reason"] == "bad_framing" && event["stage"] == "framing"));
    eventually(|| {
        stage.control.heard("counters").iter().flat_map(|f| f["counters"].as_array().unwrap().clone()).count() >= 3
    });
    let (_, page) = stage.status("/metrics");
    assert!(
        page.contains(
            "firstclass_requests_total{api=\"shop\",operation=\"getOpaque\",decision=\"allow\",reason=\"\"} 1"
        ),
        "{page}"
    );
}

#[test]
fn the_control_port_answers_through_the_same_framing() {
    let stage = Stage::new(Origin::saying(OPAQUE));
    let mut client = support::Client::to(stage.control_port);
    client.send("GET /v1/opaque HTTP/1.1\r\nHost: portal.localhost\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    assert_eq!(client.answer().reason(), "unknown_operation");
    assert_eq!(client.answer().reason(), "bad_framing");
    assert!(stage.origin.received().is_empty());
}
