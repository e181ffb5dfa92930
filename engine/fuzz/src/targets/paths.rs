//! Target normalisation: one spelling, and none of what two servers read differently. An input is the target.

use firstclass_framing::{Target, target};

/// Judge one input.
pub fn run(input: &[u8]) {
    let mut once = Target::default();
    if target::normalise(input, &mut once).is_err() {
        return;
    }
    let path = once.path();
    assert!(path.starts_with(b"/"));
    assert!(once.as_bytes().iter().all(|byte| byte.is_ascii_graphic()), "printable ASCII");
    assert!(!path.iter().any(|byte| b"\\?#\"<>^`{|}".contains(byte)), "nothing that no path holds");
    assert_eq!(path.contains(&b';'), once.has_semicolon(), "a raw ; is said");
    let segments: Vec<&[u8]> = once.segments().collect();
    for (at, segment) in segments.iter().enumerate() {
        assert!(*segment != b"." && *segment != b"..", "no dot segment");
        assert!(!segment.is_empty() || at + 1 == segments.len(), "no empty segment but the last");
    }
    let decoded = decoded(path);
    assert!(std::str::from_utf8(&decoded).is_ok(), "UTF-8");
    let raw_slashes = path.iter().filter(|byte| **byte == b'/').count();
    assert_eq!(decoded.iter().filter(|byte| **byte == b'/').count(), raw_slashes, "no encoded slash");
    assert!(!decoded.iter().any(|byte| matches!(byte, b'\\' | 0 | b'%')), "no encoded \\, NUL, %");

    let mut twice = Target::default();
    assert_eq!(target::normalise(once.as_bytes(), &mut twice), Ok(()));
    assert_eq!(once.as_bytes(), twice.as_bytes(), "one spelling");
    assert!(twice.is_untouched());
    assert_eq!(once.is_untouched(), input == once.as_bytes(), "untouched is untouched");
}

/// Checks on the way that every encoding is needed and in upper case.
fn decoded(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = path;
    while let Some((&byte, more)) = rest.split_first() {
        rest = more;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (digits, more) = rest.split_at(2);
        let text = std::str::from_utf8(digits).expect("digits");
        assert_eq!(text, text.to_ascii_uppercase(), "encodings in upper case");
        let byte = u8::from_str_radix(text, 16).expect("hexadecimal");
        assert!(!byte.is_ascii_alphanumeric() && !b"-._~".contains(&byte), "unreserved is decoded");
        out.push(byte);
        rest = more;
    }
    out
}
