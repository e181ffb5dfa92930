use firstclass_decide::{Reason, Where};

use super::*;

fn written(event: &Event<'_>) -> Value {
    let mut out = b"before\n".to_vec();
    EventWriter::new(&[7; 32]).write(event, &mut out);
    let text = String::from_utf8(out).unwrap();
    assert_eq!((text.matches('\n').count(), text.ends_with('\n')), (2, true), "one line: {text:?}");
    serde_json::from_str(&text["before\n".len()..]).unwrap()
}

#[test]
fn a_line_has_every_member_of_the_schema() {
    let facts = Facts::default();
    let expected = json!({
        "schema": 1, "time": "2024-02-29T12:34:56.789Z", "request_id": "req_0192f0c1-a2b3-7000-8000-000000000000",
        "tenant": null, "api": null, "operation": null, "method": "GET", "path_shape": null, "application": null,
        "credential": null, "tier": null, "install": null, "subject_digest": null, "decision": "allow", "reason": null,
        "stage": null, "rule": null, "violations": [], "would_refuse": [], "left_out": [],
        "stage_times": {"request": 12, "upstream": null, "total": 345}, "bytes_in": 0, "bytes_out": u64::MAX,
        "status": 200, "records": null, "fields_by_category": null, "objects": null, "ja4": null,
        "network": "192.0.2.0/24", "user_agent": null, "contract_hash": null,
    });
    assert_eq!(written(&Event::some(&facts)), expected);
}

#[test]
fn a_refusal_says_what_and_where() {
    let facts = Facts::default();
    let found = Violation { place: Where::Body("/age".into()), keyword: "type", schema: None };
    let refused = Event {
        reason: Some(Reason::BodyInvalid),
        violations: &[found],
        times: StageTimes { request: 1, upstream: Some(2), total: 3 },
        ..Event::some(&facts)
    };
    let line = written(&refused);
    assert_eq!((&line["decision"], &line["reason"]), (&json!("deny"), &json!("body_invalid")));
    assert_eq!(line["violations"], json!([{"in": "body", "pointer": "/*", "keyword": "type", "rule": null}]));
    assert_eq!(line["stage_times"]["upstream"], 2);
}

#[test]
fn whatever_a_stranger_sends_stays_one_string() {
    let facts = Facts::default();
    for text in [
        "\"",
        "\\",
        "\\\"",
        "a\nb",
        "\r\n{}",
        "\u{0}\u{1f}\u{7f}",
        "\u{2028}",
        "\",\"decision\":\"allow",
        "\u{1f600}",
        "",
    ] {
        let line =
            written(&Event { user_agent: Some(text.as_bytes()), path_shape: Some(text.into()), ..Event::some(&facts) });
        assert_eq!((line["user_agent"].as_str(), line["path_shape"].as_str()), (Some(text), Some(text)));
    }
    let line = written(&Event { user_agent: Some(b"a\xff\xc3"), ..Event::some(&facts) });
    assert_eq!(line["user_agent"], "a\u{fffd}\u{fffd}");
    for byte in 0..=255u8 {
        let sent = [byte, b'x'];
        let line = written(&Event { user_agent: Some(&sent), ..Event::some(&facts) });
        assert_eq!(line["user_agent"], *String::from_utf8_lossy(&sent));
    }
}

#[test]
fn the_second_is_written_anew_when_it_changes() {
    let (facts, mut writer) = (Facts::default(), EventWriter::new(&[7; 32]));
    for time in [0, 999, 1_000, 1_709_210_096_789, 1_709_210_096_007, 999] {
        let mut out = Vec::new();
        writer.write(&Event { time, ..Event::some(&facts) }, &mut out);
        let line: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(line["time"], clock::rfc3339(time));
    }
}

#[test]
fn networks_are_cut_off_addresses() {
    let facts = Facts::default();
    for (address, network) in
        [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("::ffff:192.0.2.77", "192.0.2.0/24")]
    {
        assert_eq!(written(&Event { address: address.parse().unwrap(), ..Event::some(&facts) })["network"], network);
    }
}
