//! A slow second opinion: bodies are drawn as trees together with what must come of them, and written with random white
//! space, escapes and order. It knows objects, arrays, scalars and masks, and shares no code with the engine.
#![allow(dead_code)] // each test binary uses its own part

use std::fmt::Write as _;

/// A small generator of random choices, so that one seed is one case.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % limit
    }

    pub fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

#[derive(Debug, Clone)]
pub enum Tree {
    Null,
    Bool(bool),
    Integer(i64),
    Fraction(i64),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hide {
    Nothing,
    Remove,
    Full,
    Last2,
    Dropped,
}

#[derive(Debug, Clone)]
pub enum Shape {
    Any,
    Text { min: u64, max: u64, hide: Hide },
    Integer { min: i64, max: i64, hide: Hide },
    Word(Vec<String>),
    List { items: Box<Shape>, min: u64, max: u64 },
    Object { properties: Vec<(String, Shape)>, required: Vec<String>, additional: Option<Box<Shape>> },
}

const NAMES: [&str; 12] = ["id", "name", "e-mail", "a", "é", "created_at", "a\0b", "\"", "x/y~z", "identifier", "identification", ""];
pub const CANARY: &str = "CANARY";

pub fn shape(dice: &mut Dice, depth: u64) -> Shape {
    let hide = [Hide::Nothing, Hide::Nothing, Hide::Remove, Hide::Full, Hide::Last2, Hide::Dropped][dice.below(6) as usize];
    match dice.below(if depth == 0 { 4 } else { 8 }) {
        0 => Shape::Any,
        1 => {
            let min = dice.below(10);
            Shape::Text { min, max: min + dice.below(12), hide }
        }
        2 => Shape::Integer { min: dice.below(100) as i64 - 50, max: dice.below(100) as i64, hide },
        3 => Shape::Word((0..1 + dice.below(4)).map(|at| format!("word{at}é")).collect()),
        4 => Shape::List { items: Box::new(shape(dice, depth - 1)), min: dice.below(2), max: 1 + dice.below(4) },
        _ => {
            let mut properties: Vec<(String, Shape)> = Vec::new();
            for name in NAMES {
                if dice.one_in(2) {
                    properties.push((name.to_owned(), shape(dice, depth - 1)));
                }
            }
            let mut required = Vec::new();
            for (name, _) in &properties {
                if dice.one_in(4) {
                    required.push(name.clone());
                }
            }
            let additional = dice.one_in(4).then(|| Box::new(shape(dice, depth - 1)));
            Shape::Object { properties, required, additional }
        }
    }
}

/// The shape's nodes; returns the index of its own.
pub fn nodes(shape: &Shape, nodes: &mut Vec<serde_json::Value>) -> usize {
    use serde_json::json;
    let index = nodes.len();
    nodes.push(serde_json::Value::Null);
    let hidden = |mut node: serde_json::Value, hide: Hide| {
        match hide {
            Hide::Nothing => {}
            Hide::Dropped => node["dropped"] = json!(true),
            Hide::Remove => node["mask"] = json!({"category": 0, "action": 0}),
            Hide::Full => node["mask"] = json!({"category": 1, "action": 1}),
            Hide::Last2 => node["mask"] = json!({"category": 2, "action": 2}),
        }
        node
    };
    nodes[index] = match shape {
        Shape::Any => json!({}),
        Shape::Text { min, max, hide } => hidden(json!({"types": ["string"], "min_length": min, "max_length": max}), *hide),
        Shape::Integer { min, max, hide } => hidden(json!({"types": ["integer"], "minimum": min, "maximum": max}), *hide),
        Shape::Word(words) => json!({"enum": words}),
        Shape::List { items, min, max } => json!({"types": ["array"], "items": self::nodes(items, nodes), "min_items": min, "max_items": max}),
        Shape::Object { properties, required, additional } => {
            let list: Vec<_> = properties.iter().map(|(name, shape)| json!([name, self::nodes(shape, nodes)])).collect();
            let mut node = json!({"types": ["object"], "properties": list, "required": required});
            if let Some(additional) = additional {
                node["additional"] = json!(self::nodes(additional, nodes));
            }
            node
        }
    };
    index
}

pub const ACTIONS: &str = r#"[{"strategy": "remove"}, {"strategy": "full"}, {"strategy": "partial", "keep": "last", "count": 2, "mask_char": "*"}]"#;

fn text(dice: &mut Dice, length: u64, hidden: bool) -> String {
    const LETTERS: [char; 10] = ['a', 'b', '0', 'é', '😀', '"', '\\', '\n', '\0', '/'];
    let mut text: String = (0..length).map(|_| LETTERS[dice.below(10) as usize]).collect();
    if hidden && length >= 9 {
        // The last two characters of a partial mask may be seen; the canary never.
        text = CANARY.chars().chain(text.chars().skip(CANARY.len())).collect();
    }
    text
}

/// A value that often fits its shape, and otherwise misses it narrowly.
pub fn value(dice: &mut Dice, shape: &Shape, depth: u64) -> Tree {
    if dice.one_in(25) {
        return stray(dice, depth);
    }
    match shape {
        Shape::Any => stray(dice, depth),
        Shape::Text { min, max, hide } => {
            let length = match dice.below(8) {
                0 => min.saturating_sub(1),
                1 => *min,
                2 => min + 1,
                3 => max.saturating_sub(1),
                4 => max + 1,
                5 => *max,
                _ => min + dice.below(max - min + 1),
            };
            Tree::Text(text(dice, length, *hide != Hide::Nothing))
        }
        Shape::Integer { min, max, .. } => Tree::Integer([min - 1, *min, min + 1, max - 1, *max, max + 1][dice.below(6) as usize]),
        Shape::Word(words) => match dice.below(words.len() as u64 + 1) as usize {
            at if at < words.len() => Tree::Text(words[at].clone()),
            _ => Tree::Text("word".to_owned()),
        },
        Shape::List { items, max, .. } => Tree::List((0..dice.below(max + 2)).map(|_| value(dice, items, depth)).collect()),
        Shape::Object { properties, additional, .. } => {
            let mut members: Vec<(String, Tree)> = Vec::new();
            for (name, shape) in properties {
                if !dice.one_in(6) {
                    members.push((name.clone(), value(dice, shape, depth)));
                }
            }
            for name in ["undeclared", "Id", "namex", "nam", "a"] {
                if dice.one_in(5) && !members.iter().any(|(known, _)| known == name) && !properties.iter().any(|(known, _)| known == name) {
                    let value = match additional {
                        Some(shape) => value(dice, shape, depth),
                        None => stray(dice, depth),
                    };
                    members.push((name.to_owned(), value));
                }
            }
            if dice.one_in(2) {
                for at in (1..members.len()).rev() {
                    members.swap(at, dice.below(at as u64 + 1) as usize);
                }
            }
            if dice.one_in(60) {
                if let Some(again) = members.first().cloned() {
                    members.push(again);
                }
            }
            Tree::Object(members)
        }
    }
}

fn stray(dice: &mut Dice, depth: u64) -> Tree {
    match dice.below(if depth == 0 { 5 } else { 7 }) {
        0 => Tree::Null,
        1 => Tree::Bool(dice.one_in(2)),
        2 => Tree::Integer(dice.below(1000) as i64 - 500),
        3 => Tree::Fraction(dice.below(1000) as i64),
        4 => {
            let length = dice.below(20);
            Tree::Text(text(dice, length, false))
        }
        5 => Tree::List((0..dice.below(3)).map(|_| stray(dice, depth - 1)).collect()),
        _ => Tree::Object((0..dice.below(3)).map(|at| (NAMES[(at * 3) as usize].to_owned(), stray(dice, depth - 1))).collect()),
    }
}

pub fn write(dice: &mut Dice, tree: &Tree, out: &mut String) {
    let style = dice.below(3);
    let space = |dice: &mut Dice, out: &mut String| {
        if style == 0 && dice.one_in(3) {
            out.push([' ', '\n', '\r', '\t'][dice.below(4) as usize]);
        }
    };
    match tree {
        Tree::Null => out.push_str("null"),
        Tree::Bool(true) => out.push_str("true"),
        Tree::Bool(false) => out.push_str("false"),
        Tree::Integer(number) => {
            let _ = match dice.below(6) {
                0 => write!(out, "{number}.0"),
                1 if *number != 0 => write!(out, "{number}0e-1"),
                2 if number % 10 == 0 && *number != 0 => write!(out, "{}E+1", number / 10),
                _ => write!(out, "{number}"),
            };
        }
        Tree::Fraction(number) => {
            let _ = write!(out, "{number}.25");
        }
        Tree::Text(text) => write_text(dice, text, out),
        Tree::List(items) => {
            out.push('[');
            space(dice, out);
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                    space(dice, out);
                }
                write(dice, item, out);
                space(dice, out);
            }
            out.push(']');
        }
        Tree::Object(members) => {
            out.push('{');
            space(dice, out);
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                    space(dice, out);
                }
                write_text(dice, name, out);
                space(dice, out);
                out.push(':');
                space(dice, out);
                write(dice, value, out);
                space(dice, out);
            }
            out.push('}');
        }
    }
}

fn write_text(dice: &mut Dice, text: &str, out: &mut String) {
    let escapes = dice.below(4);
    out.push('"');
    for letter in text.chars() {
        match letter {
            _ if escapes == 0 && dice.one_in(2) => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\0' => out.push_str("\\u0000"),
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// What must come of a body.
#[derive(Debug, PartialEq)]
pub enum Expected {
    Unreadable,
    /// Whatever the mode.
    Structure,
    /// The value that leaves if faults are only recorded, and the faults.
    Value(Option<serde_json::Value>, Vec<String>),
}

pub fn expected(shape: &Shape, tree: &Tree, request: bool) -> Expected {
    if repeats(tree) {
        return Expected::Unreadable;
    }
    let mut judge = Judge { request, structure: false, faults: Vec::new() };
    let value = judge.value(shape, tree, "");
    if judge.structure { Expected::Structure } else { Expected::Value(value, judge.faults) }
}

fn repeats(tree: &Tree) -> bool {
    match tree {
        Tree::List(items) => items.iter().any(repeats),
        Tree::Object(members) => members.iter().enumerate().any(|(at, (name, value))| members[..at].iter().any(|(other, _)| other == name) || repeats(value)),
        _ => false,
    }
}

struct Judge {
    request: bool,
    structure: bool,
    faults: Vec<String>,
}

impl Judge {
    fn fault(&mut self, place: &str, keyword: &str) {
        self.faults.push(format!("{place} {keyword}"));
    }

    fn mistyped(&mut self, place: &str, structure: bool) {
        self.fault(place, "type");
        self.structure |= structure && !self.request;
    }

    fn value(&mut self, shape: &Shape, tree: &Tree, place: &str) -> Option<serde_json::Value> {
        let container = matches!(tree, Tree::List(_) | Tree::Object(_));
        let gone = |hide: Hide| matches!(hide, Hide::Remove | Hide::Dropped);
        match (shape, tree) {
            (Shape::Any, Tree::List(items)) => {
                let items = items.iter().enumerate().filter_map(|(at, item)| self.value(&Shape::Any, item, &format!("{place}/{at}"))).collect();
                Some(serde_json::Value::Array(items))
            }
            (Shape::Any, Tree::Object(members)) => Some(self.object(&[], None, members, place)),
            (Shape::Text { min, max, hide }, Tree::Text(text)) => {
                let length = text.chars().count() as u64;
                if length < *min {
                    self.fault(place, "minLength");
                }
                if length > *max {
                    self.fault(place, "maxLength");
                }
                match hide {
                    _ if self.request => Some(text.as_str().into()),
                    Hide::Nothing => Some(text.as_str().into()),
                    Hide::Full => Some("***".into()),
                    Hide::Last2 => {
                        let letters: Vec<char> = text.chars().collect();
                        let shown = if letters.len() <= 2 { letters.len() } else { letters.len() - 2 };
                        Some(letters.iter().enumerate().map(|(at, letter)| if at < shown { '*' } else { *letter }).collect::<String>().into())
                    }
                    Hide::Remove | Hide::Dropped => None,
                }
            }
            (Shape::Integer { min, max, hide }, Tree::Integer(number)) => {
                if number < min {
                    self.fault(place, "minimum");
                }
                if number > max {
                    self.fault(place, "maximum");
                }
                (self.request || *hide == Hide::Nothing).then(|| (*number as f64).into())
            }
            (Shape::Text { hide, .. } | Shape::Integer { hide, .. }, _) => {
                self.mistyped(place, container);
                if self.request || *hide == Hide::Nothing || (matches!(tree, Tree::Null) && !gone(*hide)) { Some(plain(tree)) } else { None }
            }
            (Shape::Word(words), tree) => {
                if !matches!(tree, Tree::Text(text) if words.contains(text)) {
                    self.fault(place, "enum");
                }
                match tree {
                    Tree::List(_) | Tree::Object(_) => self.value(&Shape::Any, tree, place),
                    tree => Some(plain(tree)),
                }
            }
            (Shape::List { items: shape, min, max }, Tree::List(items)) => {
                let kept = items.iter().enumerate().filter_map(|(at, item)| self.value(shape, item, &format!("{place}/{at}"))).collect();
                if (items.len() as u64) < *min {
                    self.fault(place, "minItems");
                } else if items.len() as u64 > *max {
                    self.fault(place, "maxItems");
                }
                Some(serde_json::Value::Array(kept))
            }
            (Shape::Object { properties, required, additional }, Tree::Object(members)) => {
                let object = self.object(properties, additional.as_deref(), members, place);
                for name in required {
                    if !members.iter().any(|(known, _)| known == name) {
                        self.fault(&format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), "required");
                    }
                }
                Some(object)
            }
            (Shape::List { .. } | Shape::Object { .. }, tree) => {
                self.mistyped(place, !matches!(tree, Tree::Null));
                Some(plain(tree))
            }
            (Shape::Any, tree) => Some(plain(tree)),
        }
    }

    fn object(&mut self, properties: &[(String, Shape)], additional: Option<&Shape>, members: &[(String, Tree)], place: &str) -> serde_json::Value {
        let mut kept = serde_json::Map::new();
        for (name, value) in members {
            let below = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
            let shape = properties.iter().find(|(known, _)| known == name).map(|(_, shape)| shape).or(additional);
            match shape {
                Some(shape) => {
                    if let Some(value) = self.value(shape, value, &below) {
                        kept.insert(name.clone(), value);
                    }
                }
                None if self.request => self.fault(&below, "undeclared"),
                None => {}
            }
        }
        serde_json::Value::Object(kept)
    }
}

/// Numbers as doubles, so that every spelling compares equal.
pub fn plain(tree: &Tree) -> serde_json::Value {
    match tree {
        Tree::Null => serde_json::Value::Null,
        Tree::Bool(value) => (*value).into(),
        Tree::Integer(number) => (*number as f64).into(),
        Tree::Fraction(number) => format!("{number}.25").parse::<f64>().unwrap_or(0.0).into(),
        Tree::Text(text) => text.as_str().into(),
        Tree::List(items) => items.iter().map(plain).collect(),
        Tree::Object(members) => serde_json::Value::Object(members.iter().map(|(name, value)| (name.clone(), plain(value))).collect()),
    }
}

/// The output as the reference writes values.
pub fn read(output: &[u8]) -> serde_json::Value {
    fn doubles(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
            serde_json::Value::Array(items) => items.into_iter().map(doubles).collect(),
            serde_json::Value::Object(members) => serde_json::Value::Object(members.into_iter().map(|(name, value)| (name, doubles(value))).collect()),
            value => value,
        }
    }
    doubles(serde_json::from_slice(output).expect("the output is JSON"))
}
