//! The formats that the engine asserts, on the unescaped bytes of a string. Written from the RFCs; never by pattern.

use std::net::{Ipv4Addr, Ipv6Addr};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Date,
    DateTime,
    Time,
    Duration,
    Email,
    Uuid,
    Ipv4,
    Ipv6,
    Uri,
    Hostname,
    Byte,
}

impl Format {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Format::Date,
            "date-time" => Format::DateTime,
            "time" => Format::Time,
            "duration" => Format::Duration,
            "email" => Format::Email,
            "uuid" => Format::Uuid,
            "ipv4" => Format::Ipv4,
            "ipv6" => Format::Ipv6,
            "uri" => Format::Uri,
            "hostname" => Format::Hostname,
            "byte" => Format::Byte,
            _ => return None,
        })
    }

    pub fn admits(self, text: &[u8]) -> bool {
        match self {
            Format::Date => date(text),
            Format::DateTime => date_time(text),
            Format::Time => time(text),
            Format::Duration => duration(text),
            Format::Email => email(text),
            Format::Uuid => uuid(text),
            Format::Ipv4 => ascii(text).is_some_and(|text| text.parse::<Ipv4Addr>().is_ok()),
            Format::Ipv6 => ascii(text).is_some_and(|text| text.parse::<Ipv6Addr>().is_ok()),
            Format::Uri => uri(text),
            Format::Hostname => hostname(text),
            Format::Byte => base64(text),
        }
    }
}

fn ascii(text: &[u8]) -> Option<&str> {
    text.is_ascii().then(|| std::str::from_utf8(text).ok()).flatten()
}

fn two(text: &[u8]) -> Option<u32> {
    match text {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some(u32::from(a - b'0') * 10 + u32::from(b - b'0')),
        _ => None,
    }
}

/// RFC 3339 full-date.
fn date(text: &[u8]) -> bool {
    let [a, b, c, d, b'-', e, f, b'-', g, h] = *text else { return false };
    let (Some(century), Some(rest), Some(month), Some(day)) = (two(&[a, b]), two(&[c, d]), two(&[e, f]), two(&[g, h]))
    else {
        return false;
    };
    let year = century * 100 + rest;
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// RFC 3339 full-time; a leap second only where it is 23:59:60 in UTC.
fn time(text: &[u8]) -> bool {
    let Some((clock, mut rest)) = text.split_at_checked(8) else { return false };
    let [a, b, b':', c, d, b':', e, f] = *clock else { return false };
    let (Some(hour), Some(minute), Some(second)) = (two(&[a, b]), two(&[c, d]), two(&[e, f])) else { return false };
    if let [b'.', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return false;
        }
        rest = &fraction[digits..];
    }
    let offset = match *rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), a, b, b':', c, d] => match (two(&[a, b]), two(&[c, d])) {
            (Some(hours @ 0..24), Some(minutes @ 0..60)) => {
                let size = (hours * 60 + minutes) as i32;
                if sign == b'+' { size } else { -size }
            }
            _ => return false,
        },
        _ => return false,
    };
    let utc = ((hour * 60 + minute) as i32 - offset).rem_euclid(1440);
    hour < 24 && minute < 60 && (second < 60 || (second == 60 && utc == 1439))
}

fn date_time(text: &[u8]) -> bool {
    match text.split_at_checked(10) {
        Some((day, [b'T' | b't', clock @ ..])) => date(day) && time(clock),
        _ => false,
    }
}

/// RFC 3339 appendix A.
fn duration(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"P") else { return false };
    let (days, clock) = match rest.iter().position(|&byte| byte == b'T') {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    if let Some(clock) = clock {
        return !clock.is_empty() && units(clock, b"HMS") && (days.is_empty() || units(days, b"YMD"));
    }
    !days.is_empty() && (units(days, b"YMD") || units(days, b"W"))
}

/// Numbers, each with its unit, the units a gapless part of `order`.
fn units(mut text: &[u8], order: &[u8]) -> bool {
    let mut next = None;
    while !text.is_empty() {
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let Some(place) = text.get(digits).and_then(|unit| order.iter().position(|known| known == unit)) else {
            return false;
        };
        if digits == 0 || next.is_some_and(|next| place != next) {
            return false;
        }
        next = Some(place + 1);
        text = &text[digits + 1..];
    }
    next.is_some()
}

fn uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// RFC 1123: labels of letters, digits and inner hyphens.
fn hostname(text: &[u8]) -> bool {
    text.len() <= 253 && text.split(|&byte| byte == b'.').all(label)
}

fn label(label: &[u8]) -> bool {
    (1..=63).contains(&label.len())
        && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && label[0] != b'-'
        && label[label.len() - 1] != b'-'
}

/// RFC 5321 mailbox.
fn email(text: &[u8]) -> bool {
    let Some(at) = text.iter().rposition(|&byte| byte == b'@') else { return false };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    if local.is_empty() || local.len() > 64 {
        return false;
    }
    let quoted = local.len() >= 2 && local[0] == b'"' && local[local.len() - 1] == b'"';
    let named = if quoted { quoted_local(&local[1..local.len() - 1]) } else { local.split(|&byte| byte == b'.').all(atom) };
    named && mail_domain(domain)
}

fn atom(part: &[u8]) -> bool {
    !part.is_empty() && part.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(byte))
}

fn quoted_local(content: &[u8]) -> bool {
    let mut bytes = content.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' if bytes.next().is_none_or(|byte| !(32..127).contains(byte)) => return false,
            b'\\' => {}
            b'"' => return false,
            32..127 => {}
            _ => return false,
        }
    }
    true
}

fn mail_domain(domain: &[u8]) -> bool {
    match domain.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) {
        Some(literal) => match literal.strip_prefix(b"IPv6:") {
            Some(address) => Format::Ipv6.admits(address),
            None => Format::Ipv4.admits(literal),
        },
        None => hostname(domain),
    }
}

/// RFC 3986: a URI with its scheme, not a relative reference.
fn uri(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|&byte| byte == b':') else { return false };
    let scheme = &text[..colon];
    if !scheme.first().is_some_and(u8::is_ascii_alphabetic)
        || !scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
    {
        return false;
    }
    let rest = &text[colon + 1..];
    let (rest, fragment) = split(rest, b'#');
    let (path, query) = split(rest, b'?');
    if !fragment.is_none_or(|part| characters(part, b"/?:@")) || !query.is_none_or(|part| characters(part, b"/?:@")) {
        return false;
    }
    let Some(after) = path.strip_prefix(b"//") else { return characters(path, b"/:@") };
    let slash = after.iter().position(|&byte| byte == b'/').unwrap_or(after.len());
    authority(&after[..slash]) && characters(&after[slash..], b"/:@")
}

fn split(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == at) {
        Some(place) => (&text[..place], Some(&text[place + 1..])),
        None => (text, None),
    }
}

/// Unreserved, sub-delims, percent-encoded, and what else is allowed here.
fn characters(text: &[u8], also: &[u8]) -> bool {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte == b'%' {
            if !text.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) {
                return false;
            }
            at += 2;
        } else if !byte.is_ascii_alphanumeric() && !b"-._~!$&'()*+,;=".contains(&byte) && !also.contains(&byte) {
            return false;
        }
        at += 1;
    }
    true
}

fn authority(text: &[u8]) -> bool {
    let (user, host) = match text.iter().rposition(|&byte| byte == b'@') {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (&text[..0], text),
    };
    let (name, port) = match host.strip_prefix(b"[") {
        Some(rest) => {
            let Some(end) = rest.iter().position(|&byte| byte == b']') else { return false };
            if !Format::Ipv6.admits(&rest[..end]) {
                return false;
            }
            (&rest[..0], &rest[end + 1..])
        }
        None => host.split_at(host.iter().position(|&byte| byte == b':').unwrap_or(host.len())),
    };
    let port = port.is_empty() || port.strip_prefix(b":").is_some_and(|port| port.iter().all(u8::is_ascii_digit));
    characters(user, b":") && characters(name, b"") && port
}

/// RFC 4648 §4, padded, zero bits at the end.
fn base64(text: &[u8]) -> bool {
    use base64::Engine as _;
    if !text.len().is_multiple_of(4) {
        return false;
    }
    // Decoded in pieces, so that a long value costs no memory.
    let mut buffer = [0; 768];
    let pieces = text.chunks(1024);
    let last = pieces.len();
    pieces.enumerate().all(|(place, piece)| {
        let padded = piece.last() == Some(&b'=');
        (!padded || place + 1 == last)
            && base64::engine::general_purpose::STANDARD.decode_slice(piece, &mut buffer).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, good: &[&str], bad: &[&str]) {
        let format = Format::named(format).unwrap();
        for text in good {
            assert!(format.admits(text.as_bytes()), "{format:?} {text}");
        }
        for text in bad {
            assert!(!format.admits(text.as_bytes()), "{format:?} {text}");
        }
    }

    #[test]
    fn dates_exist_in_the_calendar() {
        check("date", &["2024-02-29", "2000-02-29", "1999-12-31"], &["2023-02-29", "1900-02-29", "2024-13-01", "2024-1-01", "2024-04-31", "", "2024-00-10", "2024-01-00", "২024-01-01"]);
    }

    #[test]
    fn times_have_an_offset_and_leap_seconds_where_they_can_be() {
        check(
            "time",
            &["08:30:06Z", "23:59:60Z", "01:29:60+01:30", "15:59:60-08:00", "08:30:06.283185z", "23:00:00+23:59"],
            &["08:30:06", "24:00:00Z", "22:59:60Z", "08:60:00Z", "08:30:06.Z", "08:30:61Z", "08:30:06+24:00", "08:30:06+0100", "8:30:06Z"],
        );
        check("date-time", &["1963-06-19T08:30:06.283185Z", "1998-12-31T15:59:60.123-08:00", "1963-06-19t08:30:06z"], &["1963-06-19 08:30:06Z", "1990-02-31T15:59:59Z", "2013-350T01:01:01", "1963-06-19T08:30:06"]);
    }

    #[test]
    fn durations_follow_the_appendix() {
        check("duration", &["P4DT12H30M5S", "P1Y2M3D", "P1W", "PT1H", "PT36H", "P1Y2M", "P0D"], &["PT1D", "P", "PT", "P1YT", "P2D1Y", "P1D2H", "P2S", "P1Y2W", "4DT", "P1", "PT1H2S", "P1Y2D"]);
    }

    #[test]
    fn addresses_and_names() {
        check("email", &["joe.bloggs@example.com", "\"joe bloggs\"@example.com", "te~st@example.com", "joe@[127.0.0.1]", "joe@[IPv6:::1]"], &["2962", ".test@example.com", "te..st@example.com", "a@b@c.de", "joe@", "@x", "joe@-x", "jo\u{e9}@x.de", "joe@[1.2.3]"]);
        check("uuid", &["2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"], &["2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", "ghb8aa08-aa98-11ea-b4aa-73b441d16380"]);
        check("ipv4", &["192.168.0.1", "255.255.255.255"], &["256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4 ", "0x7f.1"]);
        check("ipv6", &["::1", "::ffff:192.168.0.1", "1:2:3:4:5:6:7:8"], &["12345::", "::1%eth0", "1::2::3", "fe80::a%25", ""]);
        check("hostname", &["www.example.com", "a", "xn--4gbwdl.xn--wgbh1c", "1host"], &["-bad", "bad-", "a..b", "", "a_b", "a.", &"x".repeat(64)]);
    }

    #[test]
    fn uris_are_absolute_and_well_encoded() {
        check("uri", &["http://foo.bar/?baz=qux#quux", "urn:oasis:names", "mailto:a@b.de", "http://[::1]:80/x", "tel:+1-816", "http://u:p@h/%20"], &["//foo.bar", "/abc", "a b:c", "http:// x", "http://[::1", "http://x/%2", "http://x/\\", ":x", "bar,baz", "http://h:8a/"]);
    }

    #[test]
    fn bytes_are_padded_base64() {
        check("byte", &["", "YQ==", "YWI=", "YWJj", &"YWJj".repeat(600)], &["YQ", "YQ=", "Y-J_", "YR==", "Y Q=", "====", &("YQ==".to_owned() + &"YWJj".repeat(600))]);
    }
}
