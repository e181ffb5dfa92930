//! The query as pairs of names and values, read once as `application/x-www-form-urlencoded` has it (a plus sign is a
//! space), and written out in one spelling. What the names mean is decided in `parameters.rs`.

use std::ops::Range;

/// Longer queries and forms are refused.
pub(crate) const MAX_PAIRS: usize = 1024;

/// Not an encoding, or not UTF-8, or too many pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// One `name=value`, as received and decoded.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    /// Offsets into the raw text.
    pub raw_name: Range<usize>,
    pub raw_value: Range<usize>,
    /// Offsets into the decoded text.
    name: Range<usize>,
    value: Range<usize>,
    /// Index of the parameter that it belongs to.
    pub parameter: Option<usize>,
    /// Nobody declared it, and it is left behind.
    pub ignored: bool,
    /// Nobody declared it but a security scheme of the upstream's own: it passes.
    pub own: bool,
}

/// The pairs of one query or form.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pub list: Vec<Pair>,
    decoded: String,
    bytes: Vec<u8>,
    pub fault: Option<Malformed>,
}

impl Pairs {
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.decoded.clear();
        self.fault = None;
    }

    /// Reads on until the first fault, which is kept.
    pub(crate) fn read(&mut self, raw: &[u8]) {
        self.clear();
        let mut at = 0;
        for part in raw.split(|&byte| byte == b'&') {
            let start = at;
            at += part.len() + 1;
            // "a=1&&b=2" and a lone "?" have no pair there.
            if part.is_empty() {
                continue;
            }
            if self.list.len() == MAX_PAIRS {
                self.fault = Some(Malformed);
                return;
            }
            let equals = part.iter().position(|&byte| byte == b'=').unwrap_or(part.len());
            let raw_name = start..start + equals;
            let raw_value = (start + equals + 1).min(start + part.len())..start + part.len();
            let decoded = self.append(&raw[raw_name.clone()]).zip(self.append(&raw[raw_value.clone()]));
            let Some((name, value)) = decoded else {
                self.fault = Some(Malformed);
                return;
            };
            self.list.push(Pair { raw_name, raw_value, name, value, parameter: None, ignored: false, own: false });
        }
    }

    /// Notes that pairs of this name hold a credential of the upstream's own.
    pub(crate) fn mark_own(&mut self, name: &str) {
        let Self { list, decoded, .. } = self;
        for pair in list.iter_mut().filter(|pair| decoded.get(pair.name.clone()) == Some(name)) {
            pair.own = true;
        }
    }

    fn append(&mut self, raw: &[u8]) -> Option<Range<usize>> {
        self.bytes.clear();
        decode(raw, Coding::Query, &mut self.bytes).ok()?;
        let start = self.decoded.len();
        self.decoded.push_str(std::str::from_utf8(&self.bytes).ok()?);
        Some(start..self.decoded.len())
    }

    pub(crate) fn name(&self, pair: &Pair) -> &str {
        self.decoded.get(pair.name.clone()).unwrap_or_default()
    }

    pub(crate) fn value(&self, pair: &Pair) -> &str {
        self.decoded.get(pair.value.clone()).unwrap_or_default()
    }

    /// All pairs, decoded.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().map(|pair| (self.name(pair), self.value(pair)))
    }

    /// The names of all pairs but those that hold a credential of the upstream's own.
    pub(crate) fn names_of_no_scheme(&self) -> impl Iterator<Item = &str> {
        self.list.iter().filter(|pair| !pair.own).map(|pair| self.name(pair))
    }
}

/// How text is written at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Percent-encoding, and `+` for a space.
    Query,
    /// Percent-encoding.
    Percent,
    /// As it is.
    Plain,
}

/// Appends the decoded bytes.
pub(crate) fn decode(raw: &[u8], coding: Coding, out: &mut Vec<u8>) -> Result<(), Malformed> {
    if coding == Coding::Plain {
        out.extend_from_slice(raw);
        return Ok(());
    }
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        at += 1;
        match byte {
            b'%' => {
                out.push(encoded(raw.get(at..at + 2).ok_or(Malformed)?)?);
                at += 2;
            }
            b'+' if coding == Coding::Query => out.push(b' '),
            _ => out.push(byte),
        }
    }
    Ok(())
}

fn encoded(digits: &[u8]) -> Result<u8, Malformed> {
    let digit = |byte: u8| char::from(byte).to_digit(16).ok_or(Malformed);
    match digits {
        [high, low] => Ok((digit(*high)? << 4 | digit(*low)?) as u8),
        _ => Err(Malformed),
    }
}

/// Appends text that was decoded without a fault, in one spelling: unreserved characters plain, delimiters as they
/// came, everything else encoded in upper case. `;` is always encoded, for some servers read it as `&`, and a space always
/// `%20`.
pub(crate) fn append_canonical(raw: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        at += 1;
        match byte {
            b'%' => {
                let digits = raw.get(at..at + 2).unwrap_or_default();
                at += 2;
                match encoded(digits) {
                    Ok(plain) if is_unreserved(plain) => out.push(plain),
                    Ok(other) => append_encoded(other, out),
                    Err(Malformed) => {}
                }
            }
            // It was judged as a space, and not every server reads it as one.
            b'+' => append_encoded(b' ', out),
            _ if is_unreserved(byte) || b"!$'()*,:@/?[]".contains(&byte) => out.push(byte),
            // A second "=" is part of the value for everybody.
            b'=' => out.push(byte),
            other => append_encoded(other, out),
        }
    }
}

/// Appends text in which only percent-encoding means anything, in one spelling: what needs none is plain, the rest in
/// upper case.
pub(crate) fn append_plain(raw: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        at += 1;
        let code = raw.get(at..at + 2).map(encoded);
        match (byte, code) {
            (b'%', Some(Ok(code))) => {
                at += 2;
                if is_unreserved(code) { out.push(code) } else { append_encoded(code, out) }
            }
            _ => out.push(byte),
        }
    }
}

pub(crate) fn append_encoded(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}
