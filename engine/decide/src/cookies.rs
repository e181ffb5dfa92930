//! The `Cookie` line: read in one way, and written so that no recipient finds a cookie within the value of another.

use crate::query::append_encoded;

/// Names and values of one line (RFC 6265 §4.2.1).
pub(crate) fn cookies(line: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    line.split(|&byte| byte == b';').filter_map(|part| {
        let part = part.trim_ascii();
        let equals = part.iter().position(|&byte| byte == b'=')?;
        Some((&part[..equals], &part[equals + 1..]))
    })
}

/// Append one cookie to the line that is forwarded; `write` appends its value.
pub(crate) fn append(name: &str, line: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    if !line.is_empty() {
        line.extend_from_slice(b"; ");
    }
    line.extend_from_slice(name.as_bytes());
    line.push(b'=');
    let start = line.len();
    write(line);
    if may_hold_another(&line[start..]) {
        for byte in line.split_off(start) {
            if is_separator(byte) || byte == b'"' { append_encoded(byte, line) } else { line.push(byte) }
        }
    }
}

/// RFC 6265 §4.1.1 has neither white space nor commas in a value, and browsers send both. Python's `http.cookies` goes on
/// after white space, servers of RFC 2109 after a comma, and both look beyond semicolons for the end of what begins with
/// a quote.
fn may_hold_another(value: &[u8]) -> bool {
    let separator = value.iter().position(|&byte| is_separator(byte));
    let closes = value.len() > 1 && value.ends_with(b"\"") && !value.ends_with(b"\\\"");
    separator.is_some_and(|at| value[at..].contains(&b'=')) || value.starts_with(b"\"") && !closes
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_may_hold_another_cookie_is_written_as_one() {
        for (value, written) in [
            ("abc", "abc"),
            ("a b", "a b"),
            ("a,b", "a,b"),
            ("a=b", "a=b"),
            ("{\"a\":1}", "{\"a\":1}"),
            ("\"quoted\"", "\"quoted\""),
            ("dark uid=bob", "dark%20uid=bob"),
            ("dark\tuid=bob", "dark%09uid=bob"),
            ("dark,uid=bob", "dark%2Cuid=bob"),
            ("=, \"uid\"=bob", "=%2C%20%22uid%22=bob"),
            ("\"dark", "%22dark"),
            ("\"", "%22"),
            ("\"dark\\\"", "%22dark\\%22"),
            ("\"a, b=c\"", "%22a%2C%20b=c%22"),
        ] {
            let mut line = b"x=1".to_vec();
            append("theme", &mut line, |line| line.extend_from_slice(value.as_bytes()));
            assert_eq!(String::from_utf8(line).unwrap(), format!("x=1; theme={written}"));
        }
    }
}
