//! One spelling per target: what is decided is what is forwarded.
//!
//! In the path, encodings of unreserved characters are decoded and all others written in upper case. Refused are empty
//! and dot segments, `\`, controls, non-ASCII and what no URI holds, encoded `/`, `\`, NUL and `%`, and
//! encodings that are no UTF-8. A raw `;` is marked: only a parameter that is written with it may hold one, and who
//! knows the parameters decides that. Encoded control characters other than NUL stay encoded: they are data. The query is
//! checked, and kept as it came: its parameters are parsed by who knows their names.

use crate::error::FramingError;
use crate::host;

/// A normalised target, reused from request to request.
#[derive(Clone, Debug, Default)]
pub struct Target {
    bytes: Vec<u8>,
    path_len: usize,
    untouched: bool,
    semicolon: bool,
}

impl Target {
    /// Path and query as they are forwarded.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The normalised path, which begins with `/`.
    #[inline]
    pub fn path(&self) -> &[u8] {
        &self.bytes[..self.path_len]
    }

    /// What follows `?`, as received; None without one.
    #[inline]
    pub fn query(&self) -> Option<&[u8]> {
        self.bytes.get(self.path_len + 1..)
    }

    /// The segments of the path. A trailing slash shows as an empty last one; the path `/` is one empty segment.
    #[inline]
    pub fn segments(&self) -> impl Iterator<Item = &[u8]> {
        self.path().get(1..).unwrap_or_default().split(|&byte| byte == b'/')
    }

    /// True if the path has a raw `;`, which servers read in different ways: refuse it, unless a declared parameter is
    /// written with it.
    #[inline]
    pub const fn has_semicolon(&self) -> bool {
        self.semicolon
    }

    /// True if the target was received in this very spelling.
    #[inline]
    pub const fn is_untouched(&self) -> bool {
        self.untouched
    }
}

const UNRESERVED: u8 = 1;
const IN_PATH: u8 = 2;
const IN_QUERY: u8 = 4;
const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => UNRESERVED | IN_PATH | IN_QUERY,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' | b':' | b'@' | b'/' => {
                IN_PATH | IN_QUERY
            }
            b';' => IN_PATH | IN_QUERY,
            // Brackets are not in RFC 3986's query, but every client sends `filter[a]=1` like this.
            b'?' | b'[' | b']' => IN_QUERY,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// Normalises a target in origin form, or in absolute form, which is reduced to its path and query.
///
/// Any other form (`*`, an authority) is refused. On an error `out` holds nothing useful.
pub fn normalise(raw: &[u8], out: &mut Target) -> Result<(), FramingError> {
    out.bytes.clear();
    out.path_len = 0;
    out.untouched = false;
    let origin_form = raw.first() == Some(&b'/');
    let rest = if origin_form { raw } else { host::split_absolute(raw).ok_or(FramingError::TargetForm)?.1 };
    let (path, query) = match memchr::memchr(b'?', rest) {
        Some(mark) => (&rest[..mark], Some(&rest[mark + 1..])),
        None => (rest, None),
    };
    let path = if path.is_empty() { b"/" } else { path };
    let plain = path.iter().all(|&byte| CLASS[byte as usize] & IN_PATH != 0);
    if plain {
        out.bytes.extend_from_slice(path);
    } else {
        decode_path(path, &mut out.bytes)?;
    }
    check_segments(&out.bytes)?;
    out.path_len = out.bytes.len();
    out.semicolon = memchr::memchr(b';', path).is_some();
    out.untouched = origin_form && (plain || out.bytes == path);
    if let Some(query) = query {
        check_query(query)?;
        out.bytes.push(b'?');
        out.bytes.extend_from_slice(query);
    }
    Ok(())
}

fn decode_path(path: &[u8], out: &mut Vec<u8>) -> Result<(), FramingError> {
    let mut at = 0;
    while let Some(&byte) = path.get(at) {
        if byte != b'%' {
            if CLASS[byte as usize] & IN_PATH == 0 {
                return Err(FramingError::TargetCharacter);
            }
            out.push(byte);
            at += 1;
            continue;
        }
        let decoded = encoded_byte(&path[at..])?;
        match decoded {
            0 | b'/' | b'\\' | b'%' => return Err(FramingError::TargetEncoding),
            0x80.. => {
                let len = encoded_character(&path[at..])?;
                out.extend(path[at..at + 3 * len].iter().map(u8::to_ascii_uppercase));
                at += 3 * len;
                continue;
            }
            _ if CLASS[decoded as usize] & UNRESERVED != 0 => out.push(decoded),
            _ => out.extend(path[at..at + 3].iter().map(u8::to_ascii_uppercase)),
        }
        at += 3;
    }
    Ok(())
}

/// The byte that an encoding at the beginning of `text` stands for.
#[inline]
fn encoded_byte(text: &[u8]) -> Result<u8, FramingError> {
    match text {
        [b'%', high, low, ..] => {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = digit(*high).zip(digit(*low)).ok_or(FramingError::TargetEncoding)?;
            Ok((high << 4 | low) as u8)
        }
        _ => Err(FramingError::TargetEncoding),
    }
}

/// How many encodings make up the one character outside of ASCII with which `text` begins.
fn encoded_character(text: &[u8]) -> Result<usize, FramingError> {
    let mut bytes = [0u8; 4];
    for len in 1..=bytes.len() {
        bytes[len - 1] = encoded_byte(text.get(3 * (len - 1)..).unwrap_or_default())?;
        if std::str::from_utf8(&bytes[..len]).is_ok() {
            return Ok(len);
        }
    }
    Err(FramingError::TargetEncoding)
}

fn check_segments(path: &[u8]) -> Result<(), FramingError> {
    if path.first() != Some(&b'/') {
        return Err(FramingError::TargetForm);
    }
    for slash in memchr::memchr_iter(b'/', path) {
        match &path[slash + 1..] {
            [b'/', ..] | [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..] => {
                return Err(FramingError::TargetSegment);
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_query(query: &[u8]) -> Result<(), FramingError> {
    for (at, &byte) in query.iter().enumerate() {
        if byte == b'%' {
            encoded_byte(&query[at..])?;
        } else if CLASS[byte as usize] & IN_QUERY == 0 {
            return Err(FramingError::TargetCharacter);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Target, normalise};
    use crate::error::FramingError;

    fn target(raw: &str) -> Result<Target, FramingError> {
        let mut out = Target::default();
        normalise(raw.as_bytes(), &mut out).map(|()| out)
    }

    fn spelled(raw: &str) -> String {
        String::from_utf8(target(raw).expect(raw).as_bytes().to_vec()).expect("a target is ASCII")
    }

    #[test]
    fn ordinary_targets_are_untouched() {
        for plain in [
            "/",
            "/v1/members/7",
            "/v1/members/",
            "/a.b/..c/.d/e..",
            "/a:b@c!$&'()*+,=",
            "/x?a=b&c[d]=%dd;e?f/g",
            "/x?",
        ] {
            assert_eq!(spelled(plain), plain);
            assert!(target(plain).is_ok_and(|target| target.is_untouched()));
        }
    }

    #[test]
    fn path_and_query_are_told_apart() {
        let whole = target("/a/b?c=d?e").expect("plain");
        assert_eq!((whole.path(), whole.query()), (&b"/a/b"[..], Some(&b"c=d?e"[..])));
        assert_eq!(target("/a").expect("plain").query(), None);
        assert_eq!(target("/a?").expect("plain").query(), Some(&b""[..]));
    }

    #[test]
    fn a_trailing_slash_is_an_empty_last_segment() {
        let segments = |raw: &str| target(raw).expect(raw).segments().map(<[u8]>::to_vec).collect::<Vec<_>>();
        assert_eq!(segments("/"), [b""]);
        assert_eq!(segments("/a/b"), [b"a", b"b"]);
        assert_eq!(segments("/a/"), [&b"a"[..], b""]);
    }

    #[test]
    fn each_character_has_one_spelling() {
        assert_eq!(spelled("/v1/members/%37"), "/v1/members/7");
        assert_eq!(spelled("/%41%7e%5f%2D"), "/A~_-");
        assert_eq!(spelled("/a%3ab%20c%3b%09%0d%0A"), "/a%3Ab%20c%3B%09%0D%0A");
        assert_eq!(spelled("/%c3%a9/%E2%82%ac/%f0%9f%98%80"), "/%C3%A9/%E2%82%AC/%F0%9F%98%80");
        assert!(!target("/%37").expect("valid").is_untouched());
        assert!(target("/%C3%A9").expect("valid").is_untouched());
    }

    #[test]
    fn absolute_forms_are_reduced() {
        assert_eq!(spelled("http://a.example/x?y"), "/x?y");
        assert_eq!(spelled("HTTPS://a.example"), "/");
        assert_eq!(spelled("http://a.example?y"), "/?y");
        for bad in ["*", "", "a.example:80", "ftp://a/x", "http:/a", "x/y", "?x"] {
            assert_eq!(target(bad).map(|_| ()), Err(FramingError::TargetForm), "{bad}");
        }
    }

    #[test]
    fn empty_and_dot_segments_are_refused() {
        for bad in [
            "//",
            "//admin",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/a/../b",
            "/a/./b",
            "/a/..",
            "/%2e%2e/b",
            "/a/%2E",
            "/a/.%2e/b",
        ] {
            assert_eq!(target(bad).map(|_| ()), Err(FramingError::TargetSegment), "{bad}");
        }
    }

    #[test]
    fn a_raw_semicolon_in_the_path_is_marked_and_an_encoded_one_is_data() {
        assert!(target("/a;x").expect("a target").has_semicolon());
        assert!(target("/.;/a").expect("a target").has_semicolon());
        assert!(!target("/a%3Bx?b;c").expect("a target").has_semicolon());
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        for bad in [
            "/a\\b",
            "/a#x",
            "/a b",
            "/a\tb",
            "/ａ",
            "/a\"",
            "/<",
            "/>",
            "/{a}",
            "/a|b",
            "/a^b",
            "/`",
            "/[a]",
            "/a?b#c",
            "/a?b c",
            "/a?é",
            "/a?\u{7f}",
            "/a?{}",
            "/a?b\\c",
            "/a?\"<>",
        ] {
            assert_eq!(target(bad).map(|_| ()), Err(FramingError::TargetCharacter), "{bad}");
        }
        for bad in [
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a%00",
            "/a%252e",
            "/%",
            "/%2",
            "/%zz",
            "/%+1",
            "/a?%",
            "/a?%4",
            "/a?%g0",
            "/%ff",
            "/%c3",
            "/%c3x",
            "/%c3%28",
            "/%c0%af",
            "/%ed%a0%80",
            "/%80",
            "/%f4%90%80%80",
            "/%c3%",
        ] {
            assert_eq!(target(bad).map(|_| ()), Err(FramingError::TargetEncoding), "{bad}");
        }
    }

    #[test]
    fn normalising_twice_changes_nothing() {
        let once = spelled("/%61/%c3%a9?x=%61");
        assert_eq!(once, "/a/%C3%A9?x=%61");
        assert_eq!(spelled(&once), once);
    }
}
