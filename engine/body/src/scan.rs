//! Tokens: white space, strings, numbers, literals. Everything is checked here and nowhere else; nothing is copied.

use crate::error::Syntax;
use crate::vector;

/// The content of a string, without its quotes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Text {
    pub start: usize,
    pub end: usize,
    pub escaped: bool,
    pub ascii: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    pub end: usize,
    /// Neither fraction nor exponent.
    pub whole: bool,
}

#[inline(always)]
pub(crate) fn whitespace(input: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = input.get(at) {
        if byte > b' ' || !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
            break;
        }
        at += 1;
    }
    at
}

#[inline(always)]
pub(crate) fn peek(input: &[u8], at: usize) -> Result<u8, Syntax> {
    input.get(at).copied().ok_or(Syntax::End)
}

#[inline(always)]
pub(crate) fn expect(input: &[u8], at: usize, byte: u8) -> Result<usize, Syntax> {
    if peek(input, at)? == byte { Ok(at + 1) } else { Err(Syntax::Unexpected) }
}

/// Position of the first byte that needs a look: quote, backslash, control character, or (if `ascii`) byte ≥ 0x80.
#[inline(always)]
fn ordinary(input: &[u8], mut at: usize, ascii: bool) -> usize {
    while let Some(chunk) = input.get(at..).and_then(|rest| rest.first_chunk()) {
        let hits = vector::special(chunk, ascii);
        if hits != 0 {
            return at + hits.trailing_zeros() as usize;
        }
        at += 16;
    }
    while let Some(&byte) = input.get(at) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 || (ascii && byte >= 0x80) {
            break;
        }
        at += 1;
    }
    at
}

/// Reads a string whose opening quote stands before `start`.
#[inline(always)]
pub(crate) fn string(input: &[u8], start: usize) -> Result<Text, Syntax> {
    let at = ordinary(input, start, true);
    if let Some(b'"') = input.get(at) {
        return Ok(Text { start, end: at, escaped: false, ascii: true });
    }
    rare_string(input, start, at)
}

/// The end of a string of ASCII without escapes; None: anything else.
#[inline(always)]
pub(crate) fn plain_string(input: &[u8], start: usize) -> Option<usize> {
    let at = ordinary(input, start, true);
    (*input.get(at)? == b'"').then_some(at)
}

/// The same for a string of which all before `at` is known to be ordinary.
#[inline(never)]
pub(crate) fn plain_end(input: &[u8], at: usize) -> Option<usize> {
    plain_string(input, at)
}

/// An integer of at most 18 digits and the position after it; None: any other number, or none.
#[inline(always)]
pub(crate) fn small_integer(input: &[u8], start: usize) -> Option<(i64, usize)> {
    let negative = input[start] == b'-';
    let first = start + usize::from(negative);
    let mut at = first;
    let mut value = 0i64;
    while let Some(digit) = input.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        if at - first == 18 {
            return None;
        }
        value = value * 10 + i64::from(digit);
        at += 1;
    }
    let digits = at - first;
    if digits == 0 || (digits > 1 && input[first] == b'0') || matches!(input.get(at), Some(b'.' | b'e' | b'E')) {
        return None;
    }
    Some((if negative { -value } else { value }, at))
}

#[cold]
#[inline(never)]
fn rare_string(input: &[u8], start: usize, mut at: usize) -> Result<Text, Syntax> {
    let (mut escaped, mut ascii) = (false, true);
    loop {
        match peek(input, at)? {
            b'"' => break,
            b'\\' => {
                escaped = true;
                at = escape(input, at + 1)?;
            }
            byte if byte < 0x20 => return Err(Syntax::Control),
            _ => ascii = false,
        }
        at = ordinary(input, at, ascii);
    }
    if !ascii && std::str::from_utf8(&input[start..at]).is_err() {
        return Err(Syntax::Utf8);
    }
    Ok(Text { start, end: at, escaped, ascii })
}

/// Checks what follows a backslash; returns the position after it.
fn escape(input: &[u8], at: usize) -> Result<usize, Syntax> {
    match peek(input, at)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 1),
        b'u' => {
            let unit = hex4(input, at + 1)?;
            match unit {
                0xD800..=0xDBFF => {
                    if input.get(at + 5) != Some(&b'\\') || input.get(at + 6) != Some(&b'u') {
                        return Err(Syntax::Surrogate);
                    }
                    if !(0xDC00..=0xDFFF).contains(&hex4(input, at + 7)?) {
                        return Err(Syntax::Surrogate);
                    }
                    Ok(at + 11)
                }
                0xDC00..=0xDFFF => Err(Syntax::Surrogate),
                _ => Ok(at + 5),
            }
        }
        _ => Err(Syntax::Escape),
    }
}

pub(crate) fn hex4(input: &[u8], at: usize) -> Result<u32, Syntax> {
    let digits = input.get(at..at + 4).ok_or(Syntax::End)?;
    let mut unit = 0;
    for &digit in digits {
        unit = unit * 16 + (digit as char).to_digit(16).ok_or(Syntax::Escape)?;
    }
    Ok(unit)
}

#[inline]
fn digits(input: &[u8], mut at: usize) -> usize {
    while input.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

/// Reads a number at `start`.
#[inline]
pub(crate) fn number(input: &[u8], start: usize) -> Result<Number, Syntax> {
    let first = start + usize::from(peek(input, start)? == b'-');
    let mut at = digits(input, first);
    match at - first {
        0 => {
            return Err(if at == input.len() { Syntax::End } else { Syntax::Number });
        }
        1 => {}
        _ if input[first] == b'0' => return Err(Syntax::Number),
        _ => {}
    }
    let mut whole = true;
    let mut exponent = false;
    let long = at - first > 308;
    if input.get(at) == Some(&b'.') {
        whole = false;
        let end = digits(input, at + 1);
        if end == at + 1 {
            return Err(Syntax::Number);
        }
        at = end;
    }
    if let Some(b'e' | b'E') = input.get(at) {
        whole = false;
        exponent = true;
        let sign = usize::from(matches!(input.get(at + 1), Some(b'+' | b'-')));
        let end = digits(input, at + 1 + sign);
        if end == at + 1 + sign {
            return Err(Syntax::Number);
        }
        at = end;
    }
    if (exponent || long) && !finite(&input[start..at]) {
        return Err(Syntax::Range);
    }
    Ok(Number { end: at, whole })
}

#[cold]
fn finite(text: &[u8]) -> bool {
    std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok()).is_some_and(f64::is_finite)
}

/// Reads `true`, `false` or `null`; returns the position after it.
#[inline]
pub(crate) fn literal(input: &[u8], at: usize) -> Result<usize, Syntax> {
    let word: &[u8] = match peek(input, at)? {
        b't' => b"true",
        b'f' => b"false",
        b'n' => b"null",
        _ => return Err(Syntax::Unexpected),
    };
    if input[at..].starts_with(word) { Ok(at + word.len()) } else { Err(Syntax::Unexpected) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Text, Syntax> {
        string(text, 1)
    }

    #[test]
    fn a_string_ends_at_its_quote_wherever_that_falls_in_a_word() {
        for length in 0..40 {
            let text = format!("\"{}\" tail that is long enough", "x".repeat(length));
            let found = read(text.as_bytes()).unwrap();
            assert_eq!((found.start, found.end, found.escaped, found.ascii), (1, 1 + length, false, true));
        }
    }

    #[test]
    fn every_control_byte_is_refused_at_every_position() {
        for control in 0..0x20u8 {
            for position in 0..20 {
                let mut text = vec![b'a'; 24];
                text[0] = b'"';
                text[23] = b'"';
                text[1 + position] = control;
                assert_eq!(read(&text).unwrap_err(), Syntax::Control);
            }
        }
    }

    #[test]
    fn a_surrogate_must_have_its_partner() {
        assert!(read(br#""\ud83d\ude00""#).is_ok());
        for lone in [r#""\ud83d""#, r#""\ude00""#, r#""\ud83dx\ude00""#, r#""\ud83d\u0041""#] {
            assert_eq!(read(lone.as_bytes()).unwrap_err(), Syntax::Surrogate);
        }
    }

    #[test]
    fn invalid_utf8_is_refused_and_noncharacters_pass() {
        assert_eq!(read(b"\"\xff\"").unwrap_err(), Syntax::Utf8);
        assert_eq!(read(b"\"\xed\xa0\x80\"").unwrap_err(), Syntax::Utf8);
        assert_eq!(read(b"\"\xc3\"").unwrap_err(), Syntax::Utf8);
        assert!(!read("\"\u{ffff}é\"".as_bytes()).unwrap().ascii);
    }

    #[test]
    fn a_number_has_one_grammar_and_the_range_of_a_double() {
        for good in ["0", "-0", "10", "1.5", "1e2", "1E+2", "1e-400", "123456789012345678901234567890"] {
            assert_eq!(number(good.as_bytes(), 0).unwrap().end, good.len(), "{good}");
        }
        for bad in ["", "-", "01", "1.", "1e", "1e+", ".5", "+1", "-a"] {
            assert!(number(bad.as_bytes(), 0).is_err(), "{bad}");
        }
        assert_eq!(number(b"1e400", 0).unwrap_err(), Syntax::Range);
        assert_eq!(number("9".repeat(310).as_bytes(), 0).unwrap_err(), Syntax::Range);
        assert!(number("1".repeat(309).as_bytes(), 0).is_ok());
    }
}
