//! Calls that write, and what becomes of them.

use firstclass_decide::{Reason, Refusal};
use serde_json::{Value, json};

use super::{House, call, violations};

/// A house of a bundle whose pattern is a number of ten digits; category 0 is masked in full, category 1 keeps the last
/// two characters.
pub fn hiding(mut document: Value) -> House {
    document["patterns"] = json!([{"source": "^[0-9]{10}$", "regex": "^[0-9]{10}$"}]);
    document["actions"] =
        json!([{"strategy": "full"}, {"strategy": "partial", "keep": "last", "count": 2, "mask_char": "*"}]);
    House::new(&document)
}

/// A call with a body of this type.
pub fn send(method: &str, media_type: &str, body: &str) -> String {
    let fields = format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len());
    call(method, "/v1/x", &fields) + body
}

/// Fails where the origin got it.
pub fn refused(house: &mut House, raw: &str) -> Box<Refusal> {
    match house.written(raw) {
        Ok((body, _)) => panic!("the origin got {body}"),
        Err(refusal) => refusal,
    }
}

/// Fails where these places are not refused as written back.
pub fn is_written_back(house: &mut House, raw: &str, places: &[&str]) {
    let refusal = refused(house, raw);
    assert_eq!((refusal.reason, refusal.status), (Reason::MaskedValueWritten, 422), "{raw}");
    assert_eq!(violations(&refusal), places, "{raw}");
}

/// Lets the application see these categories.
pub fn unmasking(house: &mut House, categories: Value) {
    let operations = ["find", "patch", "put", "query", "set"];
    house.apply(vec![json!({"type": "subscription", "id": "sub_1",
        "value": {"tenant": "main", "application": "app_1", "api": "shop", "operations": operations, "unmask": categories, "until": null}})]);
}
