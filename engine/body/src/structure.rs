//! Strict I-JSON without a schema, without recursion: what is skipped, what is only read, what goes onto the tape.

use crate::duplicates::{Names, Signer};
use crate::error::Syntax;
use crate::scan::{self, Text};

/// Told what is read, in the order of the text.
pub(crate) trait Sink {
    fn open(&mut self, at: usize, object: bool);
    fn close(&mut self, end: usize);
    fn name(&mut self, text: Text);
    fn string(&mut self, text: Text);
    /// A number, or a literal.
    fn scalar(&mut self, start: usize, end: usize, first: u8);
}

/// Wants to know nothing.
pub(crate) struct Ignore;

impl Sink for Ignore {
    fn open(&mut self, _: usize, _: bool) {}
    fn close(&mut self, _: usize) {}
    fn name(&mut self, _: Text) {}
    fn string(&mut self, _: Text) {}
    fn scalar(&mut self, _: usize, _: usize, _: u8) {}
}

/// What a strict reading needs besides the text.
pub(crate) struct Reader<'a> {
    pub input: &'a [u8],
    pub max_depth: usize,
    pub signer: &'a Signer,
    pub names: &'a mut Names,
    /// For each open container: where its signatures begin, or that it is an array.
    pub open: &'a mut Vec<Container>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Container {
    Object(usize),
    Array,
}

impl Reader<'_> {
    /// Reads the value at `at`, which lies `depth` containers deep; returns the position after it.
    pub fn value(&mut self, mut at: usize, depth: usize, sink: &mut impl Sink) -> Result<usize, Syntax> {
        let input = self.input;
        let ground = self.open.len();
        'value: loop {
            match scan::peek(input, at)? {
                b'"' => {
                    let text = scan::string(input, at + 1)?;
                    sink.string(text);
                    at = text.end + 1;
                }
                byte @ (b'{' | b'[') => {
                    if depth + self.open.len() - ground >= self.max_depth {
                        return Err(Syntax::Depth);
                    }
                    let object = byte == b'{';
                    sink.open(at, object);
                    self.open.push(if object { Container::Object(self.names.mark()) } else { Container::Array });
                    at = scan::whitespace(input, at + 1);
                    if scan::peek(input, at)? != byte + 2 {
                        if object {
                            at = self.name(at, sink)?;
                        }
                        continue 'value;
                    }
                    at = self.close(at, sink);
                }
                byte @ (b'-' | b'0'..=b'9') => {
                    let end = scan::number(input, at)?.end;
                    sink.scalar(at, end, byte);
                    at = end;
                }
                byte => {
                    let end = scan::literal(input, at)?;
                    sink.scalar(at, end, byte);
                    at = end;
                }
            }
            loop {
                if self.open.len() == ground {
                    return Ok(at);
                }
                at = scan::whitespace(input, at);
                let object = matches!(self.open.last(), Some(Container::Object(_)));
                match (scan::peek(input, at)?, object) {
                    (b',', true) => {
                        at = self.name(scan::whitespace(input, at + 1), sink)?;
                        continue 'value;
                    }
                    (b',', false) => {
                        at = scan::whitespace(input, at + 1);
                        continue 'value;
                    }
                    (b'}', true) | (b']', false) => at = self.close(at, sink),
                    _ => return Err(Syntax::Unexpected),
                }
            }
        }
    }

    fn close(&mut self, at: usize, sink: &mut impl Sink) -> usize {
        if let Some(Container::Object(mark)) = self.open.pop() {
            self.names.release(mark);
        }
        sink.close(at + 1);
        at + 1
    }

    /// Reads a name and its colon; returns the position of the value.
    fn name(&mut self, at: usize, sink: &mut impl Sink) -> Result<usize, Syntax> {
        let text = scan::string(self.input, scan::expect(self.input, at, b'"')?)?;
        let mark = match self.open.last() {
            Some(Container::Object(mark)) => *mark,
            _ => 0,
        };
        if !self.names.insert(mark, self.signer.of(self.input, text)) {
            return Err(Syntax::Duplicate);
        }
        sink.name(text);
        let colon = scan::whitespace(self.input, text.end + 1);
        Ok(scan::whitespace(self.input, scan::expect(self.input, colon, b':')?))
    }
}

/// Reads one document: strict I-JSON, duplicate names refused, nothing kept.
pub fn read_ijson(input: &[u8], max_depth: usize) -> Result<(), Syntax> {
    let mut reader =
        Reader { input, max_depth, signer: &Signer::default(), names: &mut Names::default(), open: &mut Vec::new() };
    let start = begin(input)?;
    let end = reader.value(start, 0, &mut Ignore)?;
    finish(input, end)
}

/// Where the document's value begins.
pub(crate) fn begin(input: &[u8]) -> Result<usize, Syntax> {
    if input.starts_with(b"\xef\xbb\xbf") {
        return Err(Syntax::ByteOrderMark);
    }
    if u32::try_from(input.len()).is_err() {
        return Err(Syntax::Size);
    }
    Ok(scan::whitespace(input, 0))
}

/// Only white space may follow a document.
pub(crate) fn finish(input: &[u8], end: usize) -> Result<(), Syntax> {
    if scan::whitespace(input, end) == input.len() { Ok(()) } else { Err(Syntax::Trailing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_two_spellings_is_a_duplicate() {
        for text in
            [r#"{"a":1,"a":2}"#, r#"{"a":1,"\u0061":2}"#, r#"[{"x":{"\u0000":1,"\u0000":2}}]"#, r#"{"é":1,"\u00e9":2}"#]
        {
            assert_eq!(read_ijson(text.as_bytes(), 64), Err(Syntax::Duplicate), "{text}");
        }
        assert_eq!(read_ijson(br#"{"a":{"a":1},"b":{"a":1},"\u0000":1,"":2}"#, 64), Ok(()));
    }

    #[test]
    fn depth_is_counted_and_never_recursed() {
        assert_eq!(read_ijson(b"[[[]]]", 3), Ok(()));
        assert_eq!(read_ijson(b"[[[]]]", 2), Err(Syntax::Depth));
        assert_eq!(read_ijson(b"1", 0), Ok(()));
        let deep = "[".repeat(100_000);
        assert_eq!(read_ijson(deep.as_bytes(), 64), Err(Syntax::Depth));
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(read_ijson(deep.as_bytes(), 1_000_000), Ok(()));
    }

    #[test]
    fn one_document_without_a_byte_order_mark() {
        assert_eq!(read_ijson(b" {} \r\n\t", 64), Ok(()));
        assert_eq!(read_ijson(b"{} {}", 64), Err(Syntax::Trailing));
        assert_eq!(read_ijson(b"\xef\xbb\xbf{}", 64), Err(Syntax::ByteOrderMark));
        assert_eq!(read_ijson(b"", 64), Err(Syntax::End));
        assert_eq!(read_ijson(b"[1,]", 64), Err(Syntax::Unexpected));
        assert_eq!(read_ijson(b"[1}", 64), Err(Syntax::Unexpected));
    }
}
