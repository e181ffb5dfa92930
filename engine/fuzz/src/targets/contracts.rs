//! The readers of contracts, JSON and YAML: positions within the text, no key twice, no depth without bound; what the
//! JSON reader takes, another JSON reader takes too. An input is a text.

use std::collections::HashSet;

use serde_json::Value as Json;

use crate::tree::{Fault, MAX_DEPTH, Node, Value};
use crate::{json, yaml};

/// Another JSON reader's own bound lies at 128.
const COMPARED_DEPTH: usize = 100;

/// Judge one input.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let lines: Vec<&str> = text.split(['\n', '\r']).collect();
    match yaml::read(text) {
        Ok(node) => is_sound(&node, &lines, 1),
        Err(fault) => is_placed(&fault, &lines),
    }
    let other = serde_json::from_str::<Json>(text);
    match json::read(text) {
        Ok(node) => {
            is_sound(&node, &lines, 1);
            if node.height < COMPARED_DEPTH {
                agrees(&node, &other);
            }
        }
        Err(fault) => {
            is_placed(&fault, &lines);
            assert!(other.is_err() || fault.code != "syntax", "{}: {text:?}", fault.message);
        }
    }
}

fn is_placed(fault: &Fault, lines: &[&str]) {
    assert!(fault.line >= 1 && fault.line <= lines.len() + 1, "{fault:?}");
    assert!(fault.column >= 1, "{fault:?}");
    assert!(["syntax", "duplicate_key", "not_json", "too_deep", "too_large"].contains(&fault.code), "{fault:?}");
}

fn is_sound(node: &Node, lines: &[&str], depth: usize) {
    assert!(depth <= MAX_DEPTH + 1 && node.height <= MAX_DEPTH + 1, "too deep");
    assert!(node.line >= 1 && node.line <= lines.len() + 1 && node.column >= 1, "a place in the text");
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| is_sound(item, lines, depth + 1)),
        Value::Map(entries) => {
            let keys: HashSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
            assert_eq!(keys.len(), entries.len(), "no key twice");
            entries.iter().for_each(|entry| is_sound(&entry.node, lines, depth + 1));
        }
        Value::Integer(text) => {
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            assert!(!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()), "{text:?}");
        }
        Value::Decimal(text) => assert!(text.parse::<f64>().is_ok(), "{text:?}"),
        Value::Null | Value::Boolean(_) | Value::Text(_) => {}
    }
}

fn agrees(node: &Node, other: &Result<Json, serde_json::Error>) {
    match other {
        Ok(value) => same(node, value),
        // Their number type ends where ours, which is text, does not.
        Err(problem) => assert!(problem.to_string().starts_with("number out of range"), "{problem}"),
    }
}

fn same(node: &Node, value: &Json) {
    match (&node.value, value) {
        (Value::Null, Json::Null) | (Value::Integer(_) | Value::Decimal(_), Json::Number(_)) => {}
        (Value::Boolean(one), Json::Bool(other)) => assert_eq!(one, other),
        (Value::Text(one), Json::String(other)) => assert_eq!(one, other),
        (Value::List(items), Json::Array(others)) => {
            assert_eq!(items.len(), others.len());
            items.iter().zip(others).for_each(|(item, other)| same(item, other));
        }
        (Value::Map(entries), Json::Object(others)) => {
            assert_eq!(entries.len(), others.len());
            for entry in entries {
                same(&entry.node, &others[&entry.key]);
            }
        }
        (one, other) => panic!("{one:?} is not {other}"),
    }
}
