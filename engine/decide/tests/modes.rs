//! Modes: each class of rules is relaxed alone, for the share of callers that it says; what has no mode never is.

mod support;

use std::net::{IpAddr, Ipv4Addr};

use firstclass_decide::{LEAST_ANSWERS, Reason, UNDECLARED_STATUS};
use serde_json::{Value, json};
use support::{House, answer, bundle, call, get, json_media, operation, parameter, post};

const CLASSES: [&str; 4] = ["parameters", "media_types", "bodies", "conformance"];
const JSON: &str = "Content-Type: application/json\r\n";

/// `write` takes a number in the query and an object; its answer is an object with an id and a masked card.
fn house(mode: Value) -> House {
    let body = json!({"required": true, "max_bytes": 100, "media": [json_media(1)]});
    let responses = json!([{"status": "200", "headers": [], "media": [json_media(2)]}]);
    let query = parameter("query", "n", "integer", 3, json!({"required": false}));
    let write =
        json!({"body": body, "parameters": [query.clone()], "responses": responses.clone(), "mode": mode.clone()});
    let read = json!({"parameters": [query], "responses": responses, "mode": mode});
    House::new(&bundle(
        vec![("/x", vec![operation("write", "POST", write), operation("read", "GET", read)])],
        json!([{}, {"types": ["object"], "required": ["name"], "properties": [["name", 4]]},
               {"types": ["object"], "required": ["id"], "properties": [["id", 3], ["card", 5]]}, {"types": ["integer"]},
               {"types": ["string"]}, {"types": ["string"], "mask": {"category": 0, "action": 0}}]),
    ))
}

/// The mode of these classes, and of the others.
fn modes(observed: &[&str], share: Value) -> Value {
    let mode = |class: &str| if observed.contains(&class) { share.clone() } else { json!("enforce") };
    json!({"parameters": mode("parameters"), "media_types": mode("media_types"), "bodies": mode("bodies"),
           "conformance": mode("conformance")})
}

fn set(operations: Value) -> Value {
    json!({"type": "mode", "id": "shop", "value": {"tenant": "main", "operations": operations}})
}

fn sent(house: &mut House, target: &str, media_type: &str, body: &str) -> Option<Reason> {
    house.sent(&post(target, media_type, body)).err().map(|refusal| refusal.reason)
}

fn status(house: &mut House, body: &str) -> u16 {
    let (text, _) = house.answered(&get("/v1/x"), &answer(200, JSON, body));
    text[9..12].parse().expect("a status")
}

#[test]
fn every_combination_relaxes_exactly_its_classes() {
    for bits in 0..16u8 {
        let observed: Vec<&str> =
            CLASSES.into_iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, c)| c).collect();
        let is = |class: &str| observed.contains(&class);
        for share in [json!("observe"), json!(0)] {
            let mut house = house(modes(&observed, share));
            let refused = |relaxed: bool, reason| if relaxed { None } else { Some(reason) };
            let good = r#"{"name":"a"}"#;
            assert_eq!(sent(&mut house, "/v1/x?n=1", "application/json", good), None);
            let found = sent(&mut house, "/v1/x?n=one", "application/json", good);
            assert_eq!(found, refused(is("parameters"), Reason::ParameterInvalid), "{observed:?}");
            let found = sent(&mut house, "/v1/x?more=1", "application/json", good);
            assert_eq!(found, refused(is("parameters"), Reason::ParameterInvalid), "{observed:?}");
            // What nobody can read is not let past rules for bodies that are enforced.
            let found = sent(&mut house, "/v1/x", "text/plain", good);
            let relaxed = is("media_types") && is("bodies");
            assert_eq!(found, refused(relaxed, Reason::MediaTypeUnsupported), "{observed:?}");
            let found = sent(&mut house, "/v1/x", "application/json", r#"{"shoe":1}"#);
            assert_eq!(found, refused(is("bodies"), Reason::BodyInvalid), "{observed:?}");
            let found = house.decide(&call("POST", "/v1/x", "")).err().map(|refusal| refusal.reason);
            assert_eq!(found, refused(is("bodies"), Reason::BodyInvalid), "{observed:?}");
            assert_eq!(
                status(&mut house, r#"{"id":"one"}"#),
                if is("conformance") { 200 } else { 502 },
                "{observed:?}"
            );
        }
    }
}

#[test]
fn what_has_no_mode_is_never_relaxed() {
    for bits in 0..16u8 {
        let observed: Vec<&str> =
            CLASSES.into_iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, c)| c).collect();
        let mut house = house(modes(&observed, json!("observe")));
        assert_eq!(house.reason(&get("/v1/none")), Some(Reason::UnknownOperation), "{observed:?}");
        assert_eq!(house.reason(&call("DELETE", "/v1/x", "")), Some(Reason::MethodNotAllowed), "{observed:?}");
        assert_eq!(house.reason("GET /v1/x HTTP/1.1\r\nHost: a\r\n\r\n"), Some(Reason::CredentialMissing));
        assert_eq!(house.reason(&get("/v1/x?a=%FF")), Some(Reason::ParameterInvalid), "two readings of a query");
        let (text, _) = house.answered(&get("/v1/x"), &answer(200, JSON, r#"{"id":1,"card":"4111","pin":"C"}"#));
        assert!(text.ends_with(r#"{"id":1,"card":"***"}"#), "{observed:?}: {text}");
        assert_eq!(status(&mut house, r#"{"id":{"a":1}}"#), 502, "undeclared structure: {observed:?}");
        assert_eq!(status(&mut house, r#"{"id":1"#), 502, "unreadable: {observed:?}");
        house.apply(vec![json!({"type": "subscription", "id": "sub_1", "value": null})]);
        assert_eq!(house.reason(&get("/v1/x")), Some(Reason::NotSubscribed), "{observed:?}");
    }
}

#[test]
fn where_an_undeclared_redirect_leads_passes_of_a_contract_that_classifies_nothing() {
    let responses = json!([{"status": "200", "headers": [], "media": []}]);
    let led = |mode: &str, categories: Value, status| {
        let read = operation("read", "GET", json!({"responses": responses, "mode": mode}));
        let mut document = bundle(vec![("/x", vec![read])], json!([{}]));
        document["categories"] = categories;
        let fields = "Location: /b\r\nSet-Cookie: a=CANARY\r\n";
        let (text, _) = House::new(&document).answered(&get("/v1/x"), &answer(status, fields, ""));
        assert!(!text.contains("CANARY"), "{text}");
        text.contains("\r\nLocation: /b\r\n")
    };
    for status in [201, 202, 302, 307] {
        assert!(led("observe", json!([]), status) && !led("enforce", json!([]), status), "{status}");
        assert!(!led("observe", json!(["contact"]), status), "{status}");
    }
    assert!(!led("observe", json!([]), 203));
}

#[test]
fn a_304_that_was_asked_for_keeps_its_tag_whatever_is_declared_of_redirects() {
    let tag = json!({"name": "etag", "required": false, "shape": {"scalar": ["string"]}, "schema": 0});
    let responses =
        json!([{"status": "200", "headers": [tag], "media": []}, {"status": "3XX", "headers": [], "media": []}]);
    let read = operation("read", "GET", json!({"responses": responses}));
    let mut house = House::new(&bundle(vec![("/x", vec![read])], json!([{}])));
    let (text, _) = house.answered(&get("/v1/x"), &answer(304, "ETag: \"7\"\r\n", ""));
    assert!(text.starts_with("HTTP/1.1 304") && text.contains("ETag: \"7\""), "{text}");
}

#[test]
fn an_undeclared_success_passes_where_conformance_is_observed_and_nothing_confidential_in_it() {
    let body = r#"{"id":1,"card":"4111","pin":"CANARY"}"#;
    let more = "Content-Type: application/json\r\nLocation: /CANARY\r\nSet-Cookie: a=CANARY\r\nX-More: CANARY\r\n";
    for observed in [true, false] {
        let mut house = house(modes(if observed { &["conformance"] } else { &CLASSES[..3] }, json!("observe")));
        for (code, sent, left) in [
            (201, body, r#"{"id":1,"card":"***"}"#),
            (201, r#"{"id":"one"}"#, r#"{"id":"one"}"#),
            (203, "", ""),
            (302, body, ""),
            (307, "", ""),
        ] {
            let (text, admission) = house.answered(&get("/v1/x"), &answer(code, more, sent));
            assert!(!text.contains("CANARY") && !text.contains("4111"), "{text}");
            let expected = if observed { code } else { 502 };
            assert_eq!(text[9..12].parse(), Ok(expected), "{observed} {code}");
            if observed {
                assert!(text.ends_with(&format!("\r\n\r\n{left}")), "{code}: {text}");
                assert_eq!(admission.recorded[0].violations[0].keyword, UNDECLARED_STATUS);
            }
        }
        // A part of something, and a word that nothing has changed since nobody knows when.
        for code in [206, 304] {
            let (text, _) = house.answered(&get("/v1/x"), &answer(code, JSON, if code == 206 { body } else { "" }));
            assert_eq!(&text[9..12], "502", "{code}");
        }
        // What nobody can read stays out: of an undeclared status no body has to leave.
        for (head, sent, expected) in [
            ("Content-Type: text/plain\r\n", "CANARY", 201),
            ("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", body, 201),
            ("", "CANARY", 201),
            (JSON, r#"{"id":1"#, 502),
            (JSON, r#"{"id":{"a":"CANARY"}}"#, 502),
        ] {
            let (text, _) = house.answered(&get("/v1/x"), &answer(201, head, sent));
            assert!(!text.contains("CANARY"), "{text}");
            assert_eq!(text[9..12].parse(), Ok(if observed { expected } else { 502 }), "{observed} {head} {sent}");
        }
    }
}

#[test]
fn an_undeclared_success_has_no_body_where_several_are_declared() {
    let media = |schema: usize| json!([json_media(schema)]);
    let responses = json!([{"status": "200", "headers": [], "media": media(1)}, {"status": "202", "headers": [], "media": media(1)}]);
    let read = operation("read", "GET", json!({"responses": responses, "mode": "observe"}));
    let schemas = json!([{}, {"types": ["object"], "properties": [["id", 0]]}]);
    let mut house = House::new(&bundle(vec![("/x", vec![read])], schemas));
    let (text, _) = house.answered(&get("/v1/x"), &answer(201, JSON, r#"{"id":"CANARY"}"#));
    assert!(text.starts_with("HTTP/1.1 201") && !text.contains("CANARY"), "{text}");
}

#[test]
fn what_one_response_says_of_a_header_is_not_undone_by_an_undeclared_success() {
    let header = |name: &str| json!({"name": name, "required": false, "shape": {"scalar": ["string"]}, "schema": 1});
    let responses = json!([{"status": "201", "headers": [header("Retry-After")], "media": []}]);
    let read = operation("read", "GET", json!({"responses": responses, "mode": "observe"}));
    let mut house = House::new(&bundle(vec![("/x", vec![read])], json!([{}, {"types": ["string"]}])));
    let sent = answer(200, "Retry-After: CANARY\r\nContent-Language: en\r\n", "");
    let (text, _) = house.answered(&get("/v1/x"), &sent);
    assert!(
        text.starts_with("HTTP/1.1 200") && !text.contains("CANARY") && text.contains("Content-Language"),
        "{text}"
    );
}

#[test]
fn what_the_directory_sets_wins_over_the_bundle_class_by_class() {
    let mut house = house(json!("observe"));
    let bad = |house: &mut House| {
        (
            sent(house, "/v1/x?n=one", "application/json", r#"{"name":"a"}"#),
            sent(house, "/v1/x", "application/json", "{}"),
        )
    };
    assert_eq!(bad(&mut house), (None, None));
    house.apply(vec![set(json!({"write": {"bodies": "enforce"}, "gone": {"bodies": "observe"}}))]);
    assert_eq!(bad(&mut house), (None, Some(Reason::BodyInvalid)));
    assert_eq!(house.reason(&get("/v1/x?n=one")), None, "the other operation is as it was");
    let others = json!({"type": "mode", "id": "shop", "value": {"tenant": "other", "operations": {"write": {"parameters": "enforce"}}}});
    house.apply(vec![others]);
    assert_eq!(bad(&mut house), (None, None), "another tenant's word says nothing here");
    house.apply(vec![set(json!({"write": {"bodies": "enforce"}}))]);
    house.apply(vec![json!({"type": "mode", "id": "shop", "value": null})]);
    assert_eq!(bad(&mut house), (None, None));
}

#[test]
fn a_share_of_the_callers_is_enforced_and_each_sees_one_behaviour() {
    let mut house = house(modes(&["parameters"], json!(2500)));
    let mut other = self::house(modes(&["parameters"], json!(2500)));
    let mut enforced = 0;
    for caller in 0..2000u32 {
        let peer = IpAddr::V4(Ipv4Addr::from_bits(0x0A00_0000 + caller));
        (house.peer, other.peer) = (peer, peer);
        let found = house.reason(&get("/v1/x?n=one"));
        for _ in 0..3 {
            house.now.monotonic_ns += 1_000_000_000;
            assert_eq!(house.reason(&get("/v1/x?n=one")), found, "one caller, one behaviour");
        }
        assert_eq!(other.reason(&get("/v1/x?n=one")), found, "on every engine with the same secret");
        assert_eq!(house.reason(&get("/v1/x?n=1")), None, "nobody is refused for nothing");
        enforced += u32::from(found.is_some());
    }
    assert!((400..600).contains(&enforced), "{enforced} of 2000 at a quarter");
    house.world.mask_key = std::sync::Arc::from(&b"another secret"[..]);
    let before = enforced;
    let mut same = 0;
    for caller in 0..200u32 {
        let peer = IpAddr::V4(Ipv4Addr::from_bits(0x0A00_0000 + caller));
        (house.peer, other.peer) = (peer, peer);
        same += u32::from(house.reason(&get("/v1/x?n=one")) == other.reason(&get("/v1/x?n=one")));
    }
    assert!(before > 0 && same < 200, "who is in it is the secret's");
}

#[test]
fn a_growing_share_keeps_who_was_in_it() {
    let mut small = house(modes(&["parameters"], json!(500)));
    let mut large = house(modes(&["parameters"], json!(3000)));
    for caller in 0..500u32 {
        let peer = IpAddr::V4(Ipv4Addr::from_bits(0x0A00_0000 + caller));
        (small.peer, large.peer) = (peer, peer);
        assert!(small.reason(&get("/v1/x?n=one")).is_none() || large.reason(&get("/v1/x?n=one")).is_some());
    }
}

#[test]
fn conformance_steps_back_by_itself_and_confidentiality_does_not() {
    let mut house = house(json!("enforce"));
    for _ in 0..LEAST_ANSWERS {
        assert_eq!(status(&mut house, r#"{"id":1}"#), 200);
    }
    assert_eq!(status(&mut house, r#"{"id":"one"}"#), 502);
    assert_eq!(status(&mut house, r#"{"id":"one"}"#), 502, "the second of 102 is the one too many");
    assert_eq!(status(&mut house, r#"{"id":"one"}"#), 200, "from now on it is observed");
    for leaking in [r#"{"id":{"a":1}}"#, r#"{"id":1,"card":{"pan":"4111"}}"#, r#"{"id":1"#] {
        assert_eq!(status(&mut house, leaking), 502, "{leaking}");
    }
    let bad = r#"{"name":1}"#;
    assert_eq!(
        sent(&mut house, "/v1/x", "application/json", bad),
        Some(Reason::BodyInvalid),
        "requests are not touched"
    );
    // Control has heard of it, and a person enforces again.
    house.apply(vec![set(json!({"read": {"conformance": "observe"}}))]);
    assert_eq!(status(&mut house, r#"{"id":"one"}"#), 200);
    house.apply(vec![json!({"type": "mode", "id": "shop", "value": null})]);
    assert_eq!(status(&mut house, r#"{"id":"one"}"#), 502);
}

#[test]
fn what_confidentiality_refuses_does_not_count_towards_a_step_back() {
    let mut house = house(json!("enforce"));
    for _ in 0..LEAST_ANSWERS {
        assert_eq!(status(&mut house, r#"{"id":1}"#), 200);
    }
    for leaking in [r#"{"id":{"a":1}}"#, r#"{"id":1,"card":{"pan":"4111"}}"#, r#"{"id":1"#] {
        for _ in 0..50 {
            assert_eq!(status(&mut house, leaking), 502, "{leaking}");
        }
    }
    assert_eq!(status(&mut house, r#"{"id":"one"}"#), 502, "no attacker gets an API to step back by leaking answers");
}

#[test]
fn refusals_of_long_ago_do_not_add_up() {
    let mut house = house(json!("enforce"));
    for _ in 0..5 {
        for _ in 0..LEAST_ANSWERS - 1 {
            assert_eq!(status(&mut house, r#"{"id":1}"#), 200);
        }
        assert_eq!(status(&mut house, r#"{"id":"one"}"#), 502);
        house.now.monotonic_ns += 61_000_000_000;
    }
}
