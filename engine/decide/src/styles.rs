//! From text to JSON: the styles of OpenAPI 3.1 (and RFC 6570 behind them). Every number has one spelling; text that
//! spells none of the allowed types is a string, and then the schema judges it. Nothing here decides what is valid.

use firstclass_body::{read_ijson, text::append_json_string};
use firstclass_bundle::{Shape, Style, Type};

use crate::query::{Coding, Malformed, decode};

/// What stands between two items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delimiter {
    Byte(u8),
    /// A space, however a query writes it.
    Space,
    Pipe,
    /// `;name=`, RFC 6570 §3.2.7.
    Matrix,
}

/// One value as it stands at its place, not yet decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written<'a> {
    pub raw: &'a [u8],
    pub name: &'a str,
    pub style: Style,
    pub explode: bool,
    pub coding: Coding,
}

fn delimiter(shape: &Shape, style: Style, explode: bool) -> Delimiter {
    match (style, explode) {
        (Style::Label, true) => Delimiter::Byte(b'.'),
        (Style::Matrix, true) if matches!(shape, Shape::Array(_)) => Delimiter::Matrix,
        (Style::Matrix, true) => Delimiter::Byte(b';'),
        (Style::SpaceDelimited, _) => Delimiter::Space,
        (Style::PipeDelimited, _) => Delimiter::Pipe,
        _ => Delimiter::Byte(b','),
    }
}

/// The text of a list as servers read it that decode first and split then; None: they read what we do.
pub(crate) fn split_after_decoding(shape: &Shape, written: Written<'_>) -> Option<Vec<u8>> {
    let is_list = matches!(shape, Shape::Array(_) | Shape::Object { .. });
    if !is_list || written.coding == Coding::Plain {
        return None;
    }
    let Delimiter::Byte(byte) = delimiter(shape, written.style, written.explode) else { return None };
    let is_delimiter = |triple: &[u8]| {
        let hex = |byte: u8| (byte as char).to_digit(16);
        triple[0] == b'%' && hex(triple[1]).zip(hex(triple[2])).is_some_and(|(h, l)| h * 16 + l == u32::from(byte))
    };
    let mut text = Vec::with_capacity(written.raw.len());
    let mut rest = written.raw;
    while let Some((&first, others)) = rest.split_first() {
        if rest.len() >= 3 && is_delimiter(&rest[..3]) {
            text.push(byte);
            rest = &rest[3..];
        } else {
            text.push(first);
            rest = others;
        }
    }
    (text.len() < written.raw.len()).then_some(text)
}

/// Appends one value as JSON.
pub(crate) fn append_value(shape: &Shape, written: Written<'_>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    let Written { style, explode, name, .. } = written;
    let list = matches!(shape, Shape::Array(_) | Shape::Object { .. });
    let raw = match style {
        Style::Label => written.raw.strip_prefix(b".").ok_or(Malformed)?,
        // An exploded object has no name: ";role=admin;first=Alex".
        Style::Matrix if explode && matches!(shape, Shape::Object { .. }) => {
            written.raw.strip_prefix(b";").ok_or(Malformed)?
        }
        Style::Matrix => {
            let rest =
                written.raw.strip_prefix(b";").and_then(|raw| raw.strip_prefix(name.as_bytes())).ok_or(Malformed)?;
            rest.strip_prefix(b"=").or(rest.is_empty().then_some(rest)).ok_or(Malformed)?
        }
        _ => written.raw,
    };
    if !list {
        let Shape::Scalar(types) = shape else { return Err(Malformed) };
        return append_decoded_scalar(types, raw, written.coding, out);
    }
    let items = Split { rest: Some(raw), delimiter: delimiter(shape, style, explode), name };
    match shape {
        Shape::Array(types) => append_array(types, items, written.coding, out),
        Shape::Object { properties, additional } => {
            let members =
                if explode { equal_signs(items, written.coding)? } else { alternating(items, written.coding)? };
            append_members(properties, additional.as_deref(), &members, written.coding, out)
        }
        Shape::Scalar(_) => Err(Malformed),
    }
}

fn append_array<'a>(
    types: &[Type],
    items: impl Iterator<Item = &'a [u8]>,
    coding: Coding,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        append_decoded_scalar(types, trimmed(item, coding), coding, out)?;
    }
    out.push(b']');
    Ok(())
}

type Member<'a> = (&'a [u8], &'a [u8]);

/// White space may stand around a member, not around its equal sign: there servers read it in different ways.
fn equal_signs<'a>(items: impl Iterator<Item = &'a [u8]>, coding: Coding) -> Result<Vec<Member<'a>>, Malformed> {
    let halves = |item: &'a [u8]| {
        let item = trimmed(item, coding);
        let equals = item.iter().position(|&byte| byte == b'=')?;
        Some((&item[..equals], &item[equals + 1..]))
    };
    items.map(halves).collect::<Option<_>>().ok_or(Malformed)
}

fn alternating<'a>(items: impl Iterator<Item = &'a [u8]>, coding: Coding) -> Result<Vec<Member<'a>>, Malformed> {
    let mut items = items.map(|item| trimmed(item, coding));
    let mut members = Vec::new();
    while let Some(name) = items.next() {
        members.push((name, items.next().ok_or(Malformed)?));
    }
    Ok(members)
}

fn append_members(
    properties: &[(String, Box<Shape>)],
    additional: Option<&Shape>,
    members: &[Member<'_>],
    coding: Coding,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    out.push(b'{');
    let mut text = Vec::new();
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        text.clear();
        decode(name, coding, &mut text)?;
        let name = std::str::from_utf8(&text).map_err(|_| Malformed)?;
        append_json_string(out, name);
        out.push(b':');
        let types: &[Type] = match find_shape(properties, additional, name) {
            Some(Shape::Scalar(types)) => types,
            _ => &[Type::String],
        };
        append_decoded_scalar(types, value, coding, out)?;
    }
    out.push(b'}');
    Ok(())
}

fn trimmed(raw: &[u8], coding: Coding) -> &[u8] {
    // Only header lists have white space around items (RFC 9110 §5.6.1).
    if coding == Coding::Plain { raw.trim_ascii() } else { raw }
}

fn append_decoded_scalar(types: &[Type], raw: &[u8], coding: Coding, out: &mut Vec<u8>) -> Result<(), Malformed> {
    if coding == Coding::Plain || !raw.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        let text = std::str::from_utf8(raw).map_err(|_| Malformed)?;
        append_scalar(types, text, out);
        return Ok(());
    }
    let mut bytes = Vec::with_capacity(raw.len());
    decode(raw, coding, &mut bytes)?;
    append_scalar(types, std::str::from_utf8(&bytes).map_err(|_| Malformed)?, out);
    Ok(())
}

fn find_shape<'a>(
    properties: &'a [(String, Box<Shape>)],
    additional: Option<&'a Shape>,
    name: &str,
) -> Option<&'a Shape> {
    properties.iter().find(|(known, _)| known == name).map(|(_, shape)| &**shape).or(additional)
}

/// Appends text as the first allowed type that it spells.
pub(crate) fn append_scalar(types: &[Type], text: &str, out: &mut Vec<u8>) {
    let allows = |wanted: Type| types.contains(&wanted);
    let spelled = match text {
        "true" | "false" => allows(Type::Boolean),
        "null" => allows(Type::Null),
        _ => allows(Type::Integer) && is_integer(text.as_bytes()) || allows(Type::Number) && is_number(text.as_bytes()),
    };
    if spelled { out.extend_from_slice(text.as_bytes()) } else { append_json_string(out, text) }
}

/// `-?(0|[1-9][0-9]*)`, but not `-0`.
fn is_integer(text: &[u8]) -> bool {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] => !negative,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// JSON's grammar (RFC 8259 §6), but no negative zero.
fn is_number(text: &[u8]) -> bool {
    let whole = text.iter().position(|byte| matches!(byte, b'.' | b'e' | b'E')).unwrap_or(text.len());
    if !is_integer(&text[..whole]) && &text[..whole] != b"-0" {
        return false;
    }
    let mut rest = &text[whole..];
    if let [b'.', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return false;
        }
        rest = &fraction[digits..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+")).unwrap_or(exponent);
        if exponent.is_empty() || !exponent.iter().all(u8::is_ascii_digit) {
            return false;
        }
        rest = &[];
    }
    let mantissa = text.split(|byte| matches!(byte, b'e' | b'E')).next().unwrap_or_default();
    let zero = !mantissa.iter().any(|byte| matches!(byte, b'1'..=b'9'));
    rest.is_empty() && !(zero && text.first() == Some(&b'-'))
}

/// A member of an object whose members are pairs of a query or form: name, what follows it in brackets, value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub name: &'a str,
    pub rest: &'a str,
    pub value: &'a str,
}

/// Appends an object made of pairs. A scalar that occurs twice is written twice, which the strict reader then refuses.
pub(crate) fn append_entries(
    properties: &[(String, Box<Shape>)],
    additional: Option<&Shape>,
    entries: &[Entry<'_>],
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    out.push(b'{');
    let mut first = true;
    for (index, entry) in entries.iter().enumerate() {
        let same = |other: &&Entry<'_>| other.name == entry.name;
        let shape = find_shape(properties, additional, entry.name);
        // What stands in brackets are the members of a declared object: an upstream would read them as one anywhere.
        if !entry.rest.is_empty() && !matches!(shape, Some(Shape::Object { .. })) {
            return Err(Malformed);
        }
        let grouped = matches!(shape, Some(Shape::Array(_))) || !entry.rest.is_empty();
        if grouped && let Some(before) = entries[..index].iter().find(same) {
            // An object that was written whole already has no room for more members.
            if before.rest.is_empty() != entry.rest.is_empty() {
                return Err(Malformed);
            }
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        append_json_string(out, entry.name);
        out.push(b':');
        match shape {
            Some(Shape::Array(types)) => {
                out.push(b'[');
                for (number, item) in entries.iter().filter(same).enumerate() {
                    if number > 0 {
                        out.push(b',');
                    }
                    append_scalar(types, item.value, out);
                }
                out.push(b']');
            }
            Some(Shape::Object { properties, additional }) if !entry.rest.is_empty() => {
                let inner: Option<Vec<Entry<'_>>> = entries.iter().filter(same).map(|entry| bracket(*entry)).collect();
                append_entries(properties, additional.as_deref(), &inner.ok_or(Malformed)?, out)?;
            }
            // The default coding of an object in a form is JSON text (OpenAPI 3.1 §4.8.15).
            Some(Shape::Object { .. }) if read_ijson(entry.value.as_bytes(), 64).is_ok() => {
                out.extend_from_slice(entry.value.as_bytes());
            }
            Some(Shape::Scalar(types)) => append_scalar(types, entry.value, out),
            _ => append_json_string(out, entry.value),
        }
    }
    out.push(b'}');
    Ok(())
}

/// "[a][b]=1" as the member "a" with "[b]" behind it.
pub(crate) fn bracket(entry: Entry<'_>) -> Option<Entry<'_>> {
    let inner = entry.rest.strip_prefix('[')?;
    let end = inner.find(']')?;
    let rest = &inner[end + 1..];
    (rest.is_empty() || rest.starts_with('[')).then_some(Entry { name: &inner[..end], rest, value: entry.value })
}

struct Split<'a> {
    rest: Option<&'a [u8]>,
    delimiter: Delimiter,
    name: &'a str,
}

impl Split<'_> {
    /// Length of the delimiter with which `text` begins.
    fn delimiter_at(&self, text: &[u8]) -> Option<usize> {
        match self.delimiter {
            Delimiter::Byte(byte) => (text.first() == Some(&byte)).then_some(1),
            Delimiter::Space => match text {
                [b' ' | b'+', ..] => Some(1),
                [b'%', b'2', b'0', ..] => Some(3),
                _ => None,
            },
            Delimiter::Pipe => match text {
                [b'|', ..] => Some(1),
                [b'%', b'7', b'c' | b'C', ..] => Some(3),
                _ => None,
            },
            Delimiter::Matrix => {
                let rest = text.strip_prefix(b";")?.strip_prefix(self.name.as_bytes())?;
                rest.starts_with(b"=").then_some(self.name.len() + 2)
            }
        }
    }
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.rest?;
        for at in 0..text.len() {
            if let Some(length) = self.delimiter_at(&text[at..]) {
                self.rest = Some(&text[at + length..]);
                return Some(&text[..at]);
            }
        }
        self.rest = None;
        Some(text)
    }
}
