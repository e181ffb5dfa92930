//! Names of hosts, mailboxes, resources: RFC 1123, 5321, 3986 and 9562.

use crate::formats::Format;

pub(crate) fn uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// RFC 1123: labels of letters, digits and inner hyphens.
pub(crate) fn hostname(text: &[u8]) -> bool {
    text.len() <= 253 && text.split(|&byte| byte == b'.').all(label)
}

fn label(label: &[u8]) -> bool {
    (1..=63).contains(&label.len())
        && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && label[0] != b'-'
        && label[label.len() - 1] != b'-'
}

/// RFC 5321 mailbox.
pub(crate) fn email(text: &[u8]) -> bool {
    let Some(at) = text.iter().rposition(|&byte| byte == b'@') else {
        return false;
    };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    if local.is_empty() || local.len() > 64 {
        return false;
    }
    let quoted = local.len() >= 2 && local[0] == b'"' && local[local.len() - 1] == b'"';
    let named =
        if quoted { quoted_local(&local[1..local.len() - 1]) } else { local.split(|&byte| byte == b'.').all(atom) };
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
pub(crate) fn uri(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|&byte| byte == b':') else {
        return false;
    };
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
    let Some(after) = path.strip_prefix(b"//") else {
        return characters(path, b"/:@");
    };
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
            let Some(end) = rest.iter().position(|&byte| byte == b']') else {
                return false;
            };
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
