//! A second look at a body that was read already: the one value at a pointer (RFC 6901). Walks along the pointer and steps
//! over everything else; no tree, and nothing is copied but the value itself.

use std::borrow::Cow;

use crate::scan;
use crate::text;

/// What stands at a pointer.
#[derive(Debug, PartialEq, Eq)]
pub enum Sought<'a> {
    Text(Cow<'a, str>),
    /// As it is written.
    Number(&'a str),
    /// A literal, an array or an object.
    Other,
}

/// The value at the end of these member names and item indices; None where there is none. `input` is strict I-JSON: of
/// anything else the answer says nothing.
#[must_use]
pub fn seek<'a>(input: &'a [u8], pointer: &[String]) -> Option<Sought<'a>> {
    let mut at = scan::whitespace(input, 0);
    for token in pointer {
        at = match *input.get(at)? {
            b'{' => member(input, at, token)?,
            b'[' => item(input, at, token)?,
            _ => return None,
        };
    }
    value(input, at)
}

fn value(input: &[u8], at: usize) -> Option<Sought<'_>> {
    match *input.get(at)? {
        b'"' => {
            let found = scan::string(input, at + 1).ok()?;
            let content = match text::bytes(&input[found.start..found.end], found.escaped) {
                Cow::Borrowed(bytes) => Cow::Borrowed(std::str::from_utf8(bytes).ok()?),
                Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).ok()?),
            };
            Some(Sought::Text(content))
        }
        b'-' | b'0'..=b'9' => {
            let end = scan::number(input, at).ok()?.end;
            Some(Sought::Number(std::str::from_utf8(input.get(at..end)?).ok()?))
        }
        _ => Some(Sought::Other),
    }
}

/// Where the value of this member of the object at `open` begins.
fn member(input: &[u8], open: usize, name: &str) -> Option<usize> {
    let mut at = scan::whitespace(input, open + 1);
    while *input.get(at)? == b'"' {
        let found = scan::string(input, at + 1).ok()?;
        let colon = scan::whitespace(input, found.end + 1);
        at = scan::whitespace(input, scan::expect(input, colon, b':').ok()?);
        if *text::bytes(&input[found.start..found.end], found.escaped) == *name.as_bytes() {
            return Some(at);
        }
        at = next(input, at)?;
    }
    None
}

/// Where this item of the array at `open` begins; indices have one spelling.
fn item(input: &[u8], open: usize, index: &str) -> Option<usize> {
    let wanted: usize = index.parse().ok()?;
    if wanted.to_string() != *index {
        return None;
    }
    let mut at = scan::whitespace(input, open + 1);
    for _ in 0..wanted {
        at = next(input, at)?;
    }
    (*input.get(at)? != b']').then_some(at)
}

/// Where the element behind the value at `at` begins; None: there is no more.
fn next(input: &[u8], at: usize) -> Option<usize> {
    let comma = scan::whitespace(input, skip(input, at)?);
    Some(scan::whitespace(input, scan::expect(input, comma, b',').ok()?))
}

/// The position behind the value at `at`.
fn skip(input: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0usize;
    loop {
        match *input.get(at)? {
            b'"' => at = scan::string(input, at + 1).ok()?.end + 1,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => at += 1,
            b'-' | b'0'..=b'9' => at = scan::number(input, at).ok()?.end,
            _ => at = scan::literal(input, at).ok()?,
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(input: &'a str, pointer: &[&str]) -> Option<Sought<'a>> {
        let pointer: Vec<String> = pointer.iter().map(|&token| token.to_owned()).collect();
        seek(input.as_bytes(), &pointer)
    }

    const ANSWER: &str =
        r#" { "list" : [ 1 , {"a":"]}\"","b":[[],{}]} , -2.5e3 ] , "user":{"i\u0064":7,"n":null}, "t":"A\u0062" } "#;

    #[test]
    fn a_value_is_found_along_its_pointer_past_everything_else() {
        assert_eq!(found(ANSWER, &["user", "id"]), Some(Sought::Number("7")));
        assert_eq!(found(ANSWER, &["t"]), Some(Sought::Text("Ab".into())));
        assert_eq!(found(ANSWER, &["list", "1", "a"]), Some(Sought::Text("]}\"".into())));
        assert_eq!(found(ANSWER, &["list", "2"]), Some(Sought::Number("-2.5e3")));
        for other in [&["user"][..], &["user", "n"], &["list", "1", "b", "1"]] {
            assert_eq!(found(ANSWER, other), Some(Sought::Other), "{other:?}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for absent in [&["x"][..], &["user", "x"], &["list", "3"], &["list", "01"], &["list", "-"], &["t", "0"]] {
            assert_eq!(found(ANSWER, absent), None, "{absent:?}");
        }
        for broken in ["", "{", r#"{"a""#, r#"{"a":"#, r#"{"b":1"#, "[", "[1", r#"{"b":}"#] {
            assert_eq!(found(broken, &["a"]), None, "{broken}");
            assert_eq!(found(broken, &["1"]), None, "{broken}");
        }
    }
}
