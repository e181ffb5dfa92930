//! JSON (RFC 8259, duplicate names refused) read into the same tree as YAML. YAML readers differ from JSON in tabs and
//! in escaped surrogate pairs, so that JSON contracts have a reader of their own.

use std::rc::Rc;

use crate::tree::{Entry, Fault, MAX_DEPTH, Node, Value, check_keys};

struct Reader<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
    /// An offset whose column is known: columns are counted from here, so that a long line costs no more than a short one.
    mark: (usize, usize),
}

/// Read one JSON text.
///
/// # Errors
/// A [`Fault`] names the first thing that is wrong.
pub fn read(text: &str) -> Result<Rc<Node>, Fault> {
    let mut reader = Reader { text, offset: 0, line: 1, mark: (0, 1) };
    reader.skip_space();
    let node = reader.value(0)?;
    reader.skip_space();
    if reader.offset < text.len() {
        return Err(reader.fault("syntax", "something follows the end of the document"));
    }
    Ok(node)
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    fn column(&mut self) -> usize {
        let (offset, column) = self.mark;
        self.mark = (self.offset, column + self.text[offset..self.offset].chars().count());
        self.mark.1
    }

    fn fault(&mut self, code: &'static str, message: impl Into<String>) -> Fault {
        let (line, column) = (self.line, self.column());
        Fault::new(code, message, line, column)
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.offset += 1;
                    self.line += 1;
                    self.mark = (self.offset, 1);
                }
                b' ' | b'\t' | b'\r' => self.offset += 1,
                _ => return,
            }
        }
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<(), Fault> {
        self.skip_space();
        if self.peek() != Some(byte) {
            return Err(self.fault("syntax", format!("expected {what}")));
        }
        self.offset += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Rc<Node>, Fault> {
        if depth >= MAX_DEPTH {
            return Err(self.fault("too_deep", format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let (line, column) = (self.line, self.column());
        let value = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Rc::new(Node::new(line, column, value)))
    }

    fn word(&mut self) -> Result<Value, Fault> {
        for (word, value) in [("true", Value::Boolean(true)), ("false", Value::Boolean(false)), ("null", Value::Null)] {
            if self.text[self.offset..].starts_with(word) {
                self.offset += word.len();
                return Ok(value);
            }
        }
        Err(self.fault("syntax", "expected a value"))
    }

    fn map(&mut self, depth: usize) -> Result<Value, Fault> {
        self.offset += 1;
        let mut entries = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.offset += 1;
            return Ok(Value::Map(entries));
        }
        loop {
            self.skip_space();
            let (line, column) = (self.line, self.column());
            if self.peek() != Some(b'"') {
                return Err(self.fault("syntax", "expected a name in double quotes"));
            }
            let key = self.string()?;
            self.expect(b':', "a colon")?;
            self.skip_space();
            let node = self.value(depth + 1)?;
            entries.push(Entry { key, line, column, node });
            self.skip_space();
            match self.peek() {
                Some(b',') => self.offset += 1,
                _ => break,
            }
        }
        self.expect(b'}', "a comma or a closing brace")?;
        check_keys(&entries)?;
        Ok(Value::Map(entries))
    }

    fn list(&mut self, depth: usize) -> Result<Value, Fault> {
        self.offset += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.offset += 1;
            return Ok(Value::List(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.offset += 1,
                _ => break,
            }
        }
        self.expect(b']', "a comma or a closing bracket")?;
        Ok(Value::List(items))
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.offset;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.offset += 1;
        }
        if self.offset == start { Err(self.fault("syntax", "expected a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.offset;
        if self.peek() == Some(b'-') {
            self.offset += 1;
        }
        if self.peek() == Some(b'0') {
            self.offset += 1;
        } else {
            self.digits()?;
        }
        let mut decimal = false;
        if self.peek() == Some(b'.') {
            decimal = true;
            self.offset += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            decimal = true;
            self.offset += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.offset += 1;
            }
            self.digits()?;
        }
        let text = self.text[start..self.offset].to_owned();
        Ok(if decimal { Value::Decimal(text) } else { Value::Integer(text) })
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.offset += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.offset..];
            let plain = rest.bytes().take_while(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f)).count();
            out.push_str(&rest[..plain]);
            self.offset += plain;
            match self.peek() {
                Some(b'"') => {
                    self.offset += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.fault("syntax", "a control character in a string")),
                None => return Err(self.fault("syntax", "a string has no end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let letter = self.text.as_bytes().get(self.offset + 1).copied();
        let plain = match letter {
            Some(b'u') => return self.code_point(),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            _ => return Err(self.fault("syntax", "an escape that JSON does not have")),
        };
        self.offset += 2;
        Ok(plain)
    }

    fn code_point(&mut self) -> Result<char, Fault> {
        let first = self.unit()?;
        let code = match first {
            0xD800..=0xDBFF if self.text[self.offset..].starts_with("\\u") => {
                let second = self.unit()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err(self.fault("not_json", "half of a surrogate pair"));
                }
                0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            other => other,
        };
        char::from_u32(code).ok_or_else(|| self.fault("not_json", "half of a surrogate pair"))
    }

    fn unit(&mut self) -> Result<u32, Fault> {
        let digits = self.text.as_bytes().get(self.offset + 2..self.offset + 6);
        let unit = digits
            .filter(|d| d.iter().all(u8::is_ascii_hexdigit))
            .and_then(|d| std::str::from_utf8(d).ok())
            .and_then(|d| u32::from_str_radix(d, 16).ok());
        match unit {
            Some(unit) => {
                self.offset += 6;
                Ok(unit)
            }
            None => Err(self.fault("syntax", "four hexadecimal digits must follow \\u")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_and_surrogate_pairs_are_json() {
        let node = read("{\n\t\"a\": \"\\ud83d\\ude00\"\n}").expect("JSON");
        match &node.value {
            Value::Map(entries) => {
                assert!(matches!(&entries[0].node.value, Value::Text(t) if t == "\u{1F600}"));
                assert_eq!((entries[0].line, entries[0].column, entries[0].node.column), (2, 2, 7));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        for text in
            ["", "{", "[1,]", "{\"a\":1,}", "01", "1.", "\"\\x\"", "\"\\ud800\"", "nul", "{} {}", "{'a':1}", "\"\n\""]
        {
            let fault = read(text).expect_err(text);
            assert!(fault.line >= 1 && fault.column >= 1, "{text}");
        }
        assert_eq!(read("{\"a\":1,\n\"a\":2}").expect_err("duplicate").line, 2);
        assert_eq!(read(&"[".repeat(100_000)).expect_err("deep").code, "too_deep");
    }
}
