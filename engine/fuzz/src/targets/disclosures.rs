//! What a caller gets of whatever an origin answers: one message, declared members and headers alone, and nothing of
//! what is masked.
//!
//! An input is one byte (GET or HEAD), then what the origin sent.

use std::cell::RefCell;

use firstclass_framing::request::Progress;
use firstclass_framing::{BodyLength, HeadLimits, ResponseHead, response};
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::support::{House, bundle, call, json_media, operation};

const NAMES: [&str; 5] = ["id", "name", "ssn", "friend", "friends"];
const HEADERS: [&str; 14] = [
    "content-type",
    "cache-control",
    "content-language",
    "expires",
    "last-modified",
    "retry-after",
    "vary",
    "deprecation",
    "sunset",
    "content-length",
    "connection",
    "x-request-id",
    "x-total",
    "x-secret",
];

thread_local! {
    static HOUSE: RefCell<House> = RefCell::new(house());
}

/// Judge one input.
pub fn run(input: &[u8]) {
    let mut choices = Choices(input);
    let to_head = choices.byte() & 1 == 1;
    let Ok(origin) = std::str::from_utf8(choices.0) else { return };
    let mut head = ResponseHead::new();
    let parsed = response::parse(origin.as_bytes(), to_head, &HeadLimits::RESPONSE, &mut head);
    let Ok(Progress::Complete { .. }) = parsed else { return };
    // Chunks are taken off before a body is judged.
    if head.body == BodyLength::Chunked {
        return;
    }
    let asked = call(if to_head { "HEAD" } else { "GET" }, "/v1/x", "");
    let (told, _) = HOUSE.with_borrow_mut(|house| house.answered(&asked, origin));
    is_sound(&told, to_head);
}

fn is_sound(told: &str, to_head: bool) {
    let mut head = ResponseHead::new();
    let parsed = response::parse(told.as_bytes(), to_head, &HeadLimits::RESPONSE, &mut head);
    let Ok(Progress::Complete { head_len }) = parsed else { panic!("{parsed:?}: {told:?}") };
    for line in told[..head_len].split("\r\n").skip(1).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        let name = name.to_ascii_lowercase();
        assert!(HEADERS.contains(&&*name), "a header that nobody declared: {told:?}");
        assert!(name != "x-secret" || value == "***", "a masked header: {told:?}");
    }
    let body = &told[head_len..];
    if to_head || body.is_empty() {
        return;
    }
    match serde_json::from_str::<Value>(body) {
        Ok(value) if head.status == 200 => is_masked(&value, told),
        Ok(_) => {}
        // Another reader's bounds are its own: a number too large, a value too deep.
        Err(error) => assert!(
            ["number out of range", "recursion limit"].iter().any(|own| error.to_string().starts_with(own)),
            "JSON leaves: {told:?}"
        ),
    }
}

/// The schema is one object that holds itself.
fn is_masked(value: &Value, told: &str) {
    if value.get("reason").is_some() {
        return;
    }
    if let Value::Object(members) = value {
        for (name, member) in members {
            assert!(NAMES.contains(&&**name), "a member that nobody declared: {told:?}");
            match &**name {
                "ssn" => assert!(member.is_null() || member == "***", "a masked member: {told:?}"),
                "friend" => is_masked(member, told),
                "friends" => member.as_array().into_iter().flatten().for_each(|one| is_masked(one, told)),
                _ => assert!(!member.is_object() && !member.is_array(), "structure that nobody declared: {told:?}"),
            }
        }
    }
}

fn house() -> House {
    let declared = |name: &str, kind: &str, schema: usize| json!({"name": name, "required": false, "shape": {"scalar": [kind]}, "schema": schema});
    let headers = json!([declared("x-total", "integer", 1), declared("x-secret", "string", 3)]);
    let answers = json!([
        {"status": "200", "headers": headers, "media": [json_media(0)]},
        {"status": "204", "headers": headers, "media": []},
        {"status": "4XX", "headers": [], "media": [json_media(5)]},
    ]);
    let schemas = json!([
        {"types": ["object"], "required": ["id"],
         "properties": [["id", 1], ["name", 2], ["ssn", 3], ["friend", 0], ["friends", 4]]},
        {"types": ["integer"], "minimum": 1},
        {"types": ["string", "null"], "max_length": 20},
        {"types": ["string", "null"], "mask": {"category": 0, "action": 0}},
        {"types": ["array"], "items": 0, "max_items": 3},
        {"types": ["object"], "properties": [["hint", 2]]},
    ]);
    let more = json!({"responses": answers, "strict": false});
    House::new(&bundle(vec![("/x", vec![operation("x", "GET", more)])], schemas))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_begins_from_an_answer_that_is_masked() {
        let seed = include_bytes!("../../corpus/disclosures/person");
        let origin = std::str::from_utf8(&seed[1..]).expect("text");
        let (told, _) = house().answered(&call("GET", "/v1/x", ""), origin);
        assert!(told.starts_with("HTTP/1.1 200") && told.contains(r#""ssn":"***""#), "{told}");
        assert!(!told.contains("secret") && !told.contains("canary"), "{told}");
    }
}
