//! Bodies drawn as trees, often fitting a shape and otherwise missing it narrowly, and written with random white space,
//! escapes and order.
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

const NAMES: [&str; 12] =
    ["id", "name", "e-mail", "a", "é", "created_at", "a\0b", "\"", "x/y~z", "identifier", "identification", ""];
pub const CANARY: &str = "CANARY";

pub fn shape(dice: &mut Dice, depth: u64) -> Shape {
    let hide =
        [Hide::Nothing, Hide::Nothing, Hide::Remove, Hide::Full, Hide::Last2, Hide::Dropped][dice.below(6) as usize];
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
        Shape::Text { min, max, hide } => {
            hidden(json!({"types": ["string"], "min_length": min, "max_length": max}), *hide)
        }
        Shape::Integer { min, max, hide } => {
            hidden(json!({"types": ["integer"], "minimum": min, "maximum": max}), *hide)
        }
        Shape::Word(words) => json!({"enum": words}),
        Shape::List { items, min, max } => {
            json!({"types": ["array"], "items": self::nodes(items, nodes), "min_items": min, "max_items": max})
        }
        Shape::Object { properties, required, additional } => {
            let list: Vec<_> =
                properties.iter().map(|(name, shape)| json!([name, self::nodes(shape, nodes)])).collect();
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
        Shape::Text { hide, .. } if *hide != Hide::Nothing && dice.one_in(4) => Tree::Text(like_a_mask(dice)),
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
        Shape::Integer { min, max, .. } => {
            Tree::Integer([min - 1, *min, min + 1, max - 1, *max, max + 1][dice.below(6) as usize])
        }
        Shape::Word(words) => match dice.below(words.len() as u64 + 1) as usize {
            at if at < words.len() => Tree::Text(words[at].clone()),
            _ => Tree::Text("word".to_owned()),
        },
        Shape::List { items, max, .. } => {
            Tree::List((0..dice.below(max + 2)).map(|_| value(dice, items, depth)).collect())
        }
        Shape::Object { properties, additional, .. } => {
            let mut members: Vec<(String, Tree)> = Vec::new();
            for (name, shape) in properties {
                if !dice.one_in(6) {
                    members.push((name.clone(), value(dice, shape, depth)));
                }
            }
            for name in ["undeclared", "Id", "namex", "nam", "a"] {
                if dice.one_in(5)
                    && !members.iter().any(|(known, _)| known == name)
                    && !properties.iter().any(|(known, _)| known == name)
                {
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

/// What a mask leaves, or narrowly not.
fn like_a_mask(dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => "***".to_owned(),
        1 => "*".repeat(dice.below(6) as usize),
        2 => format!(
            "{}{}",
            "*".repeat(dice.below(8) as usize),
            ["", "a", "é", "ab", "😀*", "abc"][dice.below(6) as usize]
        ),
        _ => format!("**{}**ab", ["", "x"][dice.below(2) as usize]),
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
        _ => Tree::Object(
            (0..dice.below(3)).map(|at| (NAMES[(at * 3) as usize].to_owned(), stray(dice, depth - 1))).collect(),
        ),
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
