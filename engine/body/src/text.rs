//! The content of strings: unescape, count, write.

use std::borrow::Cow;

use crate::scan;

/// Unescapes the content of a string that was scanned as valid.
pub(crate) fn decode(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let plain = memchr::memchr(b'\\', &raw[at..]).unwrap_or(raw.len() - at);
        out.extend_from_slice(&raw[at..at + plain]);
        at += plain;
        let Some(&letter) = raw.get(at + 1) else {
            break;
        };
        at += 2;
        match letter {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let (scalar, length) = unicode(raw, at);
                at += length;
                out.extend_from_slice(scalar.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => out.push(other),
        }
    }
    out
}

/// The character whose hexadecimal digits begin at `at`, and how many bytes it takes.
fn unicode(raw: &[u8], at: usize) -> (char, usize) {
    let unit = |at| scan::hex4(raw, at).unwrap_or(0xFFFD);
    let high = unit(at);
    if (0xD800..=0xDBFF).contains(&high) {
        let low = unit(at + 6) & 0x3FF;
        let scalar = 0x10000 + ((high & 0x3FF) << 10) + low;
        (char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), 10)
    } else {
        (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 4)
    }
}

/// The content as bytes of UTF-8, copied only where it is escaped.
pub(crate) fn bytes(raw: &[u8], escaped: bool) -> Cow<'_, [u8]> {
    if escaped { Cow::Owned(decode(raw)) } else { Cow::Borrowed(raw) }
}

/// Unicode code points in UTF-8.
pub(crate) fn code_points(utf8: &[u8]) -> u64 {
    utf8.iter().filter(|&&byte| !(0x80..0xC0).contains(&byte)).count() as u64
}

/// Writes a JSON string, quotes included.
pub fn append_json_string(out: &mut Vec<u8>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for &byte in text.as_bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 15)]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

pub use crate::mask::mask_text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_is_decoded() {
        let raw = br#"a\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\u0000z"#;
        assert_eq!(decode(raw), "a\"\\/\u{8}\u{c}\n\r\tAé😀\0z".as_bytes());
    }

    #[test]
    fn code_points_are_counted_not_bytes() {
        assert_eq!(code_points("aé😀\u{ffff}".as_bytes()), 4);
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let text = "q\" b\\ \u{0}\u{1f}\n\r\t é😀";
        let mut out = Vec::new();
        append_json_string(&mut out, text);
        assert_eq!(crate::read_ijson(&out, 1), Ok(()));
        assert_eq!(decode(&out[1..out.len() - 1]), text.as_bytes());
    }
}
