//! YAML 1.2 (core schema) read into a tree with positions: `no` is a string, duplicate keys are errors, aliases are
//! bounded. What JSON cannot say (NaN, several documents, other tags) is refused.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use crate::tree::{Entry, Fault, MAX_DEPTH, Node, Value, check_keys};

/// Nodes that a text may have once its aliases are expanded, beyond those it spells out.
const MAX_ALIASED: usize = 100_000;

struct Open {
    line: usize,
    column: usize,
    anchor: usize,
    container: Container,
}

enum Container {
    List(Vec<Rc<Node>>),
    /// Entries, and a key that waits for its value.
    Map(Vec<Entry>, Option<(String, usize, usize)>),
}

#[derive(Default)]
struct Loader {
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
    documents: usize,
    aliased: usize,
}

/// Read one YAML document.
///
/// # Errors
/// A [`Fault`] names the first thing that is wrong.
pub fn read(text: &str) -> Result<Rc<Node>, Fault> {
    let mut loader = Loader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event
            .map_err(|e| Fault::new("syntax", e.info().to_owned(), e.marker().line().max(1), e.marker().col() + 1))?;
        loader.take(event, span)?;
    }
    loader.root.ok_or_else(|| Fault::new("syntax", "the file is empty", 1, 1))
}

impl Loader {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        let (line, column) = (span.start.line().max(1), span.start.col() + 1);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Fault::new("syntax", "a second document begins here", line, column));
                }
            }
            Event::Alias(anchor) => return self.alias(anchor, line, column),
            Event::Scalar(text, style, anchor, tag) => {
                if self.is_key_next() {
                    return self.key(text.into_owned(), line, column);
                }
                let value = scalar(&text, style, tag.as_deref(), line, column)?;
                return self.place(Node::new(line, column, value), anchor);
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq", line, column)?;
                self.start(Open { line, column, anchor, container: Container::List(Vec::new()) })?;
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map", line, column)?;
                self.start(Open { line, column, anchor, container: Container::Map(Vec::new(), None) })?;
            }
            Event::SequenceEnd | Event::MappingEnd => return self.end(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn is_key_next(&self) -> bool {
        matches!(self.open.last(), Some(Open { container: Container::Map(_, None), .. }))
    }

    fn key(&mut self, key: String, line: usize, column: usize) -> Result<(), Fault> {
        match self.open.last_mut() {
            Some(Open { container: Container::Map(_, waiting), .. }) => {
                *waiting = Some((key, line, column));
                Ok(())
            }
            _ => Err(Fault::new("syntax", "a key outside of a mapping", line, column)),
        }
    }

    fn start(&mut self, open: Open) -> Result<(), Fault> {
        if self.is_key_next() {
            return Err(Fault::new("not_json", "a key must be a scalar", open.line, open.column));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Fault::new(
                "too_deep",
                format!("nested deeper than {MAX_DEPTH} levels"),
                open.line,
                open.column,
            ));
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.container {
            Container::List(items) => Value::List(items),
            Container::Map(entries, _) => {
                check_keys(&entries)?;
                Value::Map(entries)
            }
        };
        self.place(Node::new(open.line, open.column, value), open.anchor)
    }

    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        let node = Rc::new(node);
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.put(node)
    }

    fn put(&mut self, node: Rc<Node>) -> Result<(), Fault> {
        match self.open.last_mut().map(|open| &mut open.container) {
            Some(Container::List(items)) => items.push(node),
            Some(Container::Map(entries, waiting)) => match waiting.take() {
                Some((key, line, column)) => entries.push(Entry { key, line, column, node }),
                None => return Err(Fault::new("not_json", "a key must be a scalar", node.line, node.column)),
            },
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, line: usize, column: usize) -> Result<(), Fault> {
        let Some(node) = self.anchors.get(&anchor).map(Rc::clone) else {
            return Err(Fault::new("syntax", "this alias stands inside of what it names", line, column));
        };
        if self.is_key_next() {
            return match &node.value {
                Value::Text(key) => self.key(key.clone(), line, column),
                _ => Err(Fault::new("not_json", "a key must be a string", line, column)),
            };
        }
        self.aliased = self.aliased.saturating_add(node.size);
        if self.aliased > MAX_ALIASED {
            let message = format!("aliases expand to more than {MAX_ALIASED} values");
            return Err(Fault::new("too_large", message, line, column));
        }
        if self.open.len() + node.height > MAX_DEPTH {
            return Err(Fault::new("too_deep", format!("nested deeper than {MAX_DEPTH} levels"), line, column));
        }
        self.put(node)
    }
}

fn check_tag(tag: Option<&Tag>, expected: &str, line: usize, column: usize) -> Result<(), Fault> {
    match tag {
        None => Ok(()),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == expected => Ok(()),
        Some(tag) => Err(Fault::new("not_json", format!("the tag {tag} has no meaning here"), line, column)),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, line: usize, column: usize) -> Result<Value, Fault> {
    let fault = |message: String| Fault::new("not_json", message, line, column);
    let tag = match tag {
        None => None,
        Some(tag) if tag.is_yaml_core_schema() => Some(tag.suffix.as_str()),
        Some(tag) => return Err(fault(format!("the tag {tag} has no meaning here"))),
    };
    match (tag, style) {
        (Some("str"), _) => return Ok(Value::Text(text.to_owned())),
        (None, ScalarStyle::Plain) | (Some("int" | "float" | "bool" | "null"), _) => {}
        (None, _) => return Ok(Value::Text(text.to_owned())),
        (Some(other), _) => return Err(fault(format!("the tag !!{other} has no meaning here"))),
    }
    let value = resolve(text).map_err(fault)?;
    let fits = match tag {
        Some("int") => matches!(value, Value::Integer(_)),
        Some("float") => matches!(value, Value::Integer(_) | Value::Decimal(_)),
        Some("bool") => matches!(value, Value::Boolean(_)),
        Some("null") => matches!(value, Value::Null),
        _ => true,
    };
    if fits { Ok(value) } else { Err(fault(format!("{text:?} is not what its tag says"))) }
}

/// YAML 1.2 §10.3.2, tag resolution of the core schema.
fn resolve(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Boolean(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Boolean(false)),
        ".nan" | ".NaN" | ".NAN" => return Err("NaN is no JSON value".to_owned()),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Err("infinity is no JSON value".to_owned());
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            let number = u128::from_str_radix(digits, radix).map_err(|_| format!("{text} is too large"))?;
            return Ok(Value::Integer(number.to_string()));
        }
    }
    Ok(match number(unsigned) {
        Some(false) => Value::Integer(text.to_owned()),
        Some(true) => Value::Decimal(text.to_owned()),
        None => Value::Text(text.to_owned()),
    })
}

/// Some(has a fraction or exponent) for `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`.
fn number(text: &str) -> Option<bool> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let mut rest = &text[whole..];
    let mut decimal = false;
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix('.') {
        fraction = digits(after);
        rest = &after[fraction..];
        decimal = true;
    }
    if whole == 0 && fraction == 0 {
        return None;
    }
    if let Some(after) = rest.strip_prefix(['e', 'E']) {
        let after = after.strip_prefix(['+', '-']).unwrap_or(after);
        let exponent = digits(after);
        if exponent == 0 {
            return None;
        }
        rest = &after[exponent..];
        decimal = true;
    }
    rest.is_empty().then_some(decimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str, key: &str) -> Rc<Node> {
        match &read(text).expect("a document").value {
            Value::Map(entries) => Rc::clone(&entries.iter().find(|e| e.key == key).expect("the key").node),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_is_a_string_and_true_is_not() {
        assert!(matches!(&entry("a: no", "a").value, Value::Text(t) if t == "no"));
        assert!(matches!(entry("a: true", "a").value, Value::Boolean(true)));
    }

    #[test]
    fn positions_count_from_one() {
        let node = entry("a: 1\nbb:  {c: 2}\n", "bb");
        assert_eq!((node.line, node.column), (2, 6));
    }

    #[test]
    fn a_duplicate_key_is_refused_where_it_stands() {
        let fault = read("a: 1\nb: 2\na: 3").expect_err("duplicate");
        assert_eq!((fault.code, fault.line), ("duplicate_key", 3));
    }

    #[test]
    fn aliases_are_bounded() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..9 {
            let below = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(",")));
        }
        assert_eq!(read(&text).expect_err("bomb").code, "too_large");
    }

    #[test]
    fn an_alias_inside_of_its_own_anchor_is_refused() {
        assert!(read("a: &a [*a]").is_err());
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(read(&("- ".repeat(5_000) + "x")).expect_err("deep").code, "too_deep");
    }

    #[test]
    fn numbers_follow_the_core_schema() {
        for (text, integer) in
            [("0x1F", true), ("0o17", true), ("-12", true), ("1.5", false), ("1e3", false), (".5", false)]
        {
            let value = resolve(text).expect("finite");
            assert_eq!(matches!(value, Value::Integer(_)), integer, "{text}");
            assert!(!matches!(value, Value::Text(_)), "{text}");
        }
        for text in ["1.2.3", "1_000", "e5", ".", "12:30:45", "0b1"] {
            assert!(matches!(resolve(text), Ok(Value::Text(_))), "{text}");
        }
        assert!(resolve(".inf").is_err());
    }
}
