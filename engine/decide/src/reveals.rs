//! Parameters that would tell a caller about fields which are hidden from it: by sorting or filtering, an answer says
//! what it does not show.

use firstclass_bundle::Parameter;
use serde_json::Value;

/// Whether the parameter can tell this caller anything that is hidden from it, whatever its value.
pub(crate) fn may_reveal(parameter: &Parameter, unmask: u64) -> bool {
    parameter.reveals.iter().any(|reveal| is_hidden(&reveal.categories, unmask))
}

/// Whether this value, read as JSON, does. What cannot be read is taken to.
pub(crate) fn reveals(parameter: &Parameter, json: &[u8], unmask: u64) -> bool {
    let mut hidden = parameter.reveals.iter().filter(|reveal| is_hidden(&reveal.categories, unmask)).peekable();
    if hidden.peek().is_none() {
        return false;
    }
    let Ok(read) = serde_json::from_slice::<Value>(json) else { return true };
    let items = match &read {
        Value::Array(items) => &items[..],
        one => std::slice::from_ref(one),
    };
    hidden.any(|reveal| match &reveal.value {
        None => true,
        Some(word) => items.iter().any(|item| says(item, word)),
    })
}

fn is_hidden(categories: &[usize], unmask: u64) -> bool {
    categories.iter().any(|&category| category >= 64 || unmask >> category & 1 == 0)
}

fn says(item: &Value, word: &str) -> bool {
    match item {
        Value::String(text) => text == word,
        // As text: a number is no string, and compared as a value it would never be this word.
        other => format!("{other}") == word,
    }
}
