//! A slow second opinion on what must come of a body. It knows objects, arrays, scalars and masks, and shares no code
//! with the engine.
#![allow(dead_code)] // each test binary uses its own part

use crate::drawing::{Hide, Shape, Tree};

/// What must come of a body.
#[derive(Debug, PartialEq)]
pub enum Expected {
    Unreadable,
    /// Whatever the mode.
    Structure,
    /// The value that leaves if faults are only recorded, and the faults.
    Value(Option<serde_json::Value>, Vec<String>),
    /// A request wrote masked values back, at these places.
    WrittenBack(Vec<String>),
}

/// How a body is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    Answer,
    /// A request of who sees these categories unmasked.
    Request(u64),
    /// A merge patch of who does.
    Patch(u64),
}

pub fn expected(shape: &Shape, tree: &Tree, reading: Reading) -> Expected {
    if repeats(tree) {
        return Expected::Unreadable;
    }
    let request = reading != Reading::Answer;
    let mut judge =
        Judge { request, reading, lists: 0, written_back: Vec::new(), structure: false, faults: Vec::new() };
    let value = judge.value(shape, tree, "");
    if judge.structure {
        Expected::Structure
    } else if judge.written_back.is_empty() {
        Expected::Value(value, judge.faults)
    } else {
        Expected::WrittenBack(judge.written_back)
    }
}

fn repeats(tree: &Tree) -> bool {
    match tree {
        Tree::List(items) => items.iter().any(repeats),
        Tree::Object(members) => members
            .iter()
            .enumerate()
            .any(|(at, (name, value))| members[..at].iter().any(|(other, _)| other == name) || repeats(value)),
        _ => false,
    }
}

struct Judge {
    request: bool,
    reading: Reading,
    /// So many lists are open.
    lists: usize,
    written_back: Vec<String>,
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

    /// Whether a text is what the caller was shown in place of a value.
    fn is_mask(&self, text: &str, hide: Hide) -> bool {
        let unmask = match self.reading {
            Reading::Answer => return false,
            Reading::Request(unmask) | Reading::Patch(unmask) => unmask,
        };
        let letters: Vec<char> = text.chars().collect();
        match hide {
            Hide::Full => unmask & 2 == 0 && text == "***",
            Hide::Last2 if unmask & 4 != 0 || letters.is_empty() => false,
            Hide::Last2 if letters.len() <= 2 => letters.iter().all(|letter| *letter == '*'),
            Hide::Last2 => letters.iter().rev().skip(2).all(|letter| *letter == '*'),
            Hide::Nothing | Hide::Remove | Hide::Dropped => false,
        }
    }

    fn value(&mut self, shape: &Shape, tree: &Tree, place: &str) -> Option<serde_json::Value> {
        let container = matches!(tree, Tree::List(_) | Tree::Object(_));
        let gone = |hide: Hide| matches!(hide, Hide::Remove | Hide::Dropped);
        match (shape, tree) {
            (Shape::Any, Tree::List(items)) => {
                let items = items
                    .iter()
                    .enumerate()
                    .filter_map(|(at, item)| self.value(&Shape::Any, item, &format!("{place}/{at}")))
                    .collect();
                Some(serde_json::Value::Array(items))
            }
            (Shape::Any, Tree::Object(members)) => Some(self.object(&[], None, members, place)),
            (Shape::Text { hide, .. }, Tree::Text(text)) if self.is_mask(text, *hide) => {
                if matches!(self.reading, Reading::Patch(_)) && self.lists == 0 && !place.is_empty() {
                    return None;
                }
                self.written_back.push(format!("{place} masked"));
                Some(text.as_str().into())
            }
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
                        Some(
                            letters
                                .iter()
                                .enumerate()
                                .map(|(at, letter)| if at < shown { '*' } else { *letter })
                                .collect::<String>()
                                .into(),
                        )
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
                if self.request || *hide == Hide::Nothing || (matches!(tree, Tree::Null) && !gone(*hide)) {
                    Some(plain(tree))
                } else {
                    None
                }
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
                self.lists += 1;
                let kept = items
                    .iter()
                    .enumerate()
                    .filter_map(|(at, item)| self.value(shape, item, &format!("{place}/{at}")))
                    .collect();
                self.lists -= 1;
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

    fn object(
        &mut self,
        properties: &[(String, Shape)],
        additional: Option<&Shape>,
        members: &[(String, Tree)],
        place: &str,
    ) -> serde_json::Value {
        let mut kept = serde_json::Map::new();
        for (name, value) in members {
            let declared = properties.iter().find(|(known, _)| known == name).map(|(_, shape)| shape);
            let told = match declared {
                Some(_) => name.clone(),
                // Of a name that nobody declared a part is told.
                None if self.request => name.chars().take(64).collect(),
                // One that only the origin chose is data.
                None => "*".to_owned(),
            };
            let below = format!("{place}/{}", told.replace('~', "~0").replace('/', "~1"));
            let shape = declared.or(additional);
            match shape {
                Some(shape) => {
                    if let Some(value) = self.value(shape, value, &below) {
                        kept.insert(name.clone(), value);
                    }
                }
                None if self.request => {
                    self.fault(&below, "undeclared");
                    kept.insert(name.clone(), plain(value));
                }
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
        Tree::Object(members) => {
            serde_json::Value::Object(members.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
    }
}

/// The output as the reference writes values.
pub fn read(output: &[u8]) -> serde_json::Value {
    fn doubles(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
            serde_json::Value::Array(items) => items.into_iter().map(doubles).collect(),
            serde_json::Value::Object(members) => {
                serde_json::Value::Object(members.into_iter().map(|(name, value)| (name, doubles(value))).collect())
            }
            value => value,
        }
    }
    doubles(serde_json::from_slice(output).expect("the output is JSON"))
}
