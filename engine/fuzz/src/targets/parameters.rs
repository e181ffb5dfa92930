//! A request's parameters in every place and style: no panic in any stage, and what is forwarded is read the same
//! again. An input is lines: path, query, header, cookie, media type; what is left is the body.

use std::cell::RefCell;

use firstclass_decide::BodyPlan;
use firstclass_framing::limits::MAX_FIELDS;
use firstclass_framing::{HeadLimits, Progress, RequestHead, Target, request, target};
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::support::{self, House, KEY, json_media, operation, parameter};

thread_local! {
    /// One that relaxes, one that enforces: their stages take different ways.
    static HOUSES: RefCell<[House; 2]> = RefCell::new(["observe", "enforce"].map(house));
}

/// Names that only the engine may set.
const OWN: [&str; 4] = ["firstclass-", "x-forwarded-", "x-user-id", "evil"];

/// Judge one input.
pub fn run(input: &[u8]) {
    let raw = spelled(&String::from_utf8_lossy(input));
    let body = raw.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    if !is_framed(&raw) {
        return;
    }
    HOUSES.with_borrow_mut(|houses| {
        for (at, house) in houses.iter_mut().enumerate() {
            let Ok(admission) = house.sent(&raw) else { continue };
            assert!(admission.policy().operations.len() > admission.operation().index);
            let holds = matches!(admission.body_plan(), BodyPlan::Hold { .. });
            let sent = house.forwarded(&raw);
            is_forwarded_well(&sent);
            if at == 1 && holds {
                reads_the_same(house, &sent, body);
            }
        }
    });
}

/// The request that an input says.
fn spelled(text: &str) -> String {
    let mut choices = Choices(text.as_bytes());
    let [path, query, header, cookie, kind] = [(); 5].map(|()| field(choices.line()));
    let body = String::from_utf8_lossy(choices.0);
    let mark = if query.is_empty() { "" } else { "?" };
    format!(
        "POST /v1/x/{path}{mark}{query} HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\nh: {header}\r\nCookie: {cookie}\r\n\
         Firstclass-Subject: evil\r\nX-User-Id: evil\r\nX-Forwarded-For: evil\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len(),
    )
}

/// A header's value holds no line end, and white space around it is not part of it.
fn field(line: &[u8]) -> String {
    String::from_utf8_lossy(line).replace('\r', "").trim().to_owned()
}

fn is_framed(raw: &str) -> bool {
    let (mut head, mut normal) = (RequestHead::new(), Target::default());
    let framed = request::parse(raw.as_bytes(), &HeadLimits::REQUEST, &mut head);
    matches!(framed, Ok(Progress::Complete { .. }))
        && target::normalise(head.target.of(raw.as_bytes()), &mut normal).is_ok()
}

fn is_forwarded_well(sent: &str) {
    let (mut head, mut normal) = (RequestHead::new(), Target::default());
    let limits = HeadLimits { bytes: usize::MAX, target: usize::MAX, fields: MAX_FIELDS, ..HeadLimits::REQUEST };
    assert_eq!(
        request::parse(sent.as_bytes(), &limits, &mut head),
        Ok(Progress::Complete { head_len: sent.len() }),
        "one head: {sent:?}"
    );
    assert_eq!(target::normalise(head.target.of(sent.as_bytes()), &mut normal), Ok(()), "{sent:?}");
    assert!(normal.is_untouched(), "the one spelling: {sent:?}");
    for line in sent.split("\r\n").skip(1) {
        let line = line.to_ascii_lowercase();
        let foreign = OWN.iter().any(|own| line.starts_with(own)) && line.contains("evil");
        assert!(!foreign && !line.starts_with("x-api-key"), "a stranger's header: {line}");
    }
}

/// The origin's reading, were it as strict as ours, is the one that was judged.
fn reads_the_same(house: &mut House, sent: &str, body: &str) {
    let head = sent.strip_suffix("\r\n").expect("an empty line");
    let keep = |line: &&str| !OWN.iter().any(|own| line.to_ascii_lowercase().starts_with(own));
    let lines: Vec<&str> = head.split("\r\n").filter(keep).filter(|line| !line.is_empty()).collect();
    let again = format!("{}\r\nX-API-Key: {KEY}\r\n\r\n{body}", lines.join("\r\n"));
    if !is_framed(&again) {
        return;
    }
    let refusal = house.sent(&again).err();
    assert!(refusal.is_none(), "what was forwarded is admitted: {:?} {again:?}", refusal.map(|found| found.reason));
    let twice = house.forwarded(&again);
    let first = |text: &str| text.split("\r\n").next().map(str::to_owned);
    assert_eq!(first(sent), first(&twice), "one spelling");
}

fn shaped(place: &str, name: &str, style: &str, explode: bool, shape: &Value) -> Value {
    parameter(place, name, "string", 0, json!({"style": style, "explode": explode, "shape": shape}))
}

/// An operation with everything.
fn house(mode: &str) -> House {
    let object = json!({"object": {"properties": [["a", {"scalar": ["integer"]}], ["b", {"array": ["string"]}]], "additional": {"scalar": ["number"]}}});
    let list = json!({"array": ["integer", "null", "boolean"]});
    let parameters = json!([
        shaped("path", "id", "label", true, &object),
        shaped("query", "d", "deep_object", true, &object),
        shaped("query", "p", "pipe_delimited", false, &list),
        shaped("query", "s", "space_delimited", false, &list),
        shaped("query", "o", "form", false, &object),
        parameter("query", "j", "string", 0, json!({"json": true})),
        parameter("query", "n", "number", 0, json!({"allow_reserved": true})),
        shaped("header", "h", "simple", true, &object),
        shaped("cookie", "c", "form", false, &list),
        parameter("cookie", "t", "string", 0, json!({})),
    ]);
    let body = json!({"required": false, "max_bytes": 1000, "media": [json_media(0),
        {"media_type": "application/x-www-form-urlencoded", "kind": {"form": {"schema": 0, "shape": object}}}]});
    let more = json!({"parameters": parameters, "body": body, "mode": mode});
    let matrix = json!({"parameters": [shaped("path", "id", "matrix", true, &list)], "body": body, "mode": mode});
    let declared =
        vec![("/x/{id}", vec![operation("x", "POST", more)]), ("/x/{id}/y", vec![operation("y", "POST", matrix)])];
    House::new(&support::bundle(declared, json!([{"additional": 0}])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_begins_from_requests_that_are_admitted() {
        for seed in [
            &include_bytes!("../../corpus/parameters/everything")[..],
            include_bytes!("../../corpus/parameters/matrix"),
        ] {
            let raw = spelled(&String::from_utf8_lossy(seed));
            assert!(is_framed(&raw), "{raw}");
            for mode in ["observe", "enforce"] {
                let found = house(mode).sent(&raw).err().map(|refusal| support::violations(&refusal));
                assert_eq!(found, None, "{mode}: {raw}");
            }
        }
    }
}
