//! The authority of a request: what `Host` may hold, and that an absolute-form target names the same one.

use crate::error::FramingError;

/// A name (RFC 1123 letters, digits, `-`, `_`, `.`) or an IPv6 literal, and perhaps a port. No userinfo, no encodings.
pub(crate) fn check(value: &[u8]) -> Result<(), FramingError> {
    let (name, port) = split_port(value).ok_or(FramingError::Host)?;
    let named = match name {
        [b'[', inner @ .., b']'] => {
            inner.len() >= 2 && inner.iter().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
        }
        // No early end, so that many bytes are compared at once.
        _ => {
            !name.is_empty()
                && name.len() <= 255
                && name.iter().fold(true, |good, b| {
                    good & (b.is_ascii_digit()
                        | (b | 0x20).is_ascii_lowercase()
                        | (*b == b'-')
                        | (*b == b'.')
                        | (*b == b'_'))
                })
        }
    };
    if named && port.is_none_or(is_port) { Ok(()) } else { Err(FramingError::Host) }
}

fn split_port(value: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let name_end = if value.first() == Some(&b'[') {
        value.iter().position(|&b| b == b']')? + 1
    } else {
        memchr::memchr(b':', value).unwrap_or(value.len())
    };
    match &value[name_end..] {
        [] => Some((value, None)),
        [b':', port @ ..] => Some((&value[..name_end], Some(port))),
        _ => None,
    }
}

fn is_port(port: &[u8]) -> bool {
    (1..=5).contains(&port.len())
        && port.iter().all(u8::is_ascii_digit)
        && port.iter().fold(0u32, |number, digit| number * 10 + u32::from(digit - b'0')) <= 65535
}

/// The authority and what follows it, of a target in absolute form.
pub(crate) fn split_absolute(target: &[u8]) -> Option<(&[u8], &[u8])> {
    let scheme_end = target.iter().position(|&b| b == b':')?;
    let (scheme, rest) = (&target[..scheme_end], &target[scheme_end + 1..]);
    if !scheme.eq_ignore_ascii_case(b"http") && !scheme.eq_ignore_ascii_case(b"https") {
        return None;
    }
    let rest = rest.strip_prefix(b"//")?;
    let end = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    Some(rest.split_at(end))
}

/// An absolute-form target must name the very authority of `Host`, so that routing cannot be told two things.
pub(crate) fn check_same(target: &[u8], host: &[u8]) -> Result<(), FramingError> {
    match split_absolute(target) {
        Some((authority, _)) if !authority.eq_ignore_ascii_case(host) => Err(FramingError::Authority),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{check, check_same};
    use crate::error::FramingError;

    #[test]
    fn names_addresses_and_ports_are_accepted() {
        for good in
            ["a", "api.example.com", "api_1.example.com:8080", "127.0.0.1:80", "[::1]", "[::1]:8443", "a.:65535"]
        {
            assert_eq!(check(good.as_bytes()), Ok(()), "{good}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = "a".repeat(256);
        for bad in [
            "",
            " ",
            "a b",
            "u@a",
            "a,b",
            "a/b",
            "a:",
            "a:x",
            "a:65536",
            "a:123456",
            ":80",
            "[::1",
            "[]",
            "[::1]x",
            "[::1]x:80",
            "a:80:80",
            "a%2eb",
            "a?b",
            "a#b",
            "a\\b",
            "é",
            "[v1.a]",
            &long,
        ] {
            assert_eq!(check(bad.as_bytes()), Err(FramingError::Host), "{bad}");
        }
    }

    #[test]
    fn an_absolute_target_names_the_host_of_the_head() {
        assert_eq!(check_same(b"http://A.example/x", b"a.example"), Ok(()));
        assert_eq!(check_same(b"/x", b"a.example"), Ok(()));
        for other in ["http://b.example/x", "http://a.example:80/x", "http://u@a.example/x", "https:///x", "http://"] {
            assert_eq!(check_same(other.as_bytes(), b"a.example"), Err(FramingError::Authority), "{other}");
        }
    }
}
