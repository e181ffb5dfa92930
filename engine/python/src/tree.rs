//! The tree that a contract's text becomes: values with the line and column of each value and each key. No Python here.

use std::rc::Rc;

/// Levels of nesting that a contract may have; a deeper one is a mistake or an attack.
pub const MAX_DEPTH: usize = 200;

/// A value at its place; lines and columns count from 1.
#[derive(Debug)]
pub struct Node {
    pub line: usize,
    pub column: usize,
    pub value: Value,
    /// Nodes in this subtree with aliases expanded, itself included.
    pub size: usize,
    /// Levels below and including this one.
    pub height: usize,
}

#[derive(Debug)]
pub enum Value {
    Null,
    Boolean(bool),
    /// Decimal digits with an optional sign, as written.
    Integer(String),
    /// A finite number with fraction or exponent, as written.
    Decimal(String),
    Text(String),
    List(Vec<Rc<Node>>),
    Map(Vec<Entry>),
}

#[derive(Debug)]
pub struct Entry {
    pub key: String,
    pub line: usize,
    pub column: usize,
    pub node: Rc<Node>,
}

/// Why a text is no contract, and where.
#[derive(Debug)]
pub struct Fault {
    /// Stable word: `syntax`, `duplicate_key`, `not_json`, `too_deep`, `too_large`.
    pub code: &'static str,
    pub message: String,
    pub line: usize,
    pub column: usize,
}

impl Fault {
    pub fn new(code: &'static str, message: impl Into<String>, line: usize, column: usize) -> Self {
        Self { code, message: message.into(), line, column }
    }
}

impl Node {
    pub fn new(line: usize, column: usize, value: Value) -> Self {
        let (size, height) = match &value {
            Value::List(items) => measure(items.iter()),
            Value::Map(entries) => measure(entries.iter().map(|e| &e.node)),
            _ => (0, 0),
        };
        Self { line, column, value, size: size.saturating_add(1), height: height + 1 }
    }
}

fn measure<'a>(children: impl Iterator<Item = &'a Rc<Node>>) -> (usize, usize) {
    children.fold((0, 0), |(size, height): (usize, usize), child| {
        (size.saturating_add(child.size), height.max(child.height))
    })
}

/// Refuse the second of two equal keys: what stands there could mean either.
pub fn check_keys(entries: &[Entry]) -> Result<(), Fault> {
    let mut seen = std::collections::HashMap::with_capacity(entries.len());
    for entry in entries {
        if let Some(first) = seen.insert(entry.key.as_str(), entry.line) {
            let message = format!("the key {:?} stands here a second time (first in line {first})", entry.key);
            return Err(Fault::new("duplicate_key", message, entry.line, entry.column));
        }
    }
    Ok(())
}
