//! Log lines: one JSON object a line on standard error. Never a value that came from a client.

use std::io::Write as _;

use serde_json::{Map, Value, json};

/// Write one line; a broken standard error is nobody's concern.
pub fn line(level: &str, event: &str, members: Value) {
    let mut object = Map::new();
    object.insert("time".to_owned(), json!(crate::clock::rfc3339(crate::clock::unix_milliseconds())));
    object.insert("level".to_owned(), json!(level));
    object.insert("event".to_owned(), json!(event));
    if let Value::Object(members) = members {
        object.extend(members);
    }
    let mut text = Value::Object(object).to_string();
    text.push('\n');
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
