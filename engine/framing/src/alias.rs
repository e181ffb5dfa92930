//! Other spellings of a field name: servers behind us read `_`, `.` and other delimiters as `-` (CGI, WSGI, Rack,
//! PHP), so `Content_Length` must not pass where `Content-Length` is judged.

use crate::header::{Class, KnownHeader};

/// Longer names cannot fold to a known one; what is cut off is irrelevant to the families, which are prefixes.
const FOLDED: usize = 48;

/// Names of these families are injected by the engine, whatever follows the prefix.
const FAMILIES: [&[u8]; 2] = [b"firstclass-", b"x-forwarded-"];

/// A folded name: lower case, every run of delimiters one `-`, none at the ends.
struct Folded {
    bytes: [u8; FOLDED],
    len: usize,
    cut: bool,
}

fn fold(name: &[u8]) -> Folded {
    let mut folded = Folded { bytes: [0; FOLDED], len: 0, cut: false };
    let mut delimited = false;
    for &byte in name {
        if !byte.is_ascii_alphanumeric() {
            delimited = folded.len > 0;
            continue;
        }
        let needed = 1 + usize::from(delimited);
        if folded.len + needed > FOLDED {
            folded.cut = true;
            break;
        }
        if delimited {
            folded.bytes[folded.len] = b'-';
        }
        folded.len += needed;
        folded.bytes[folded.len - 1] = byte.to_ascii_lowercase();
        delimited = false;
    }
    folded
}

/// True if a name has delimiters other than single hyphens inside it. Only such a name can be an alias.
#[inline]
pub fn is_odd(name: &[u8]) -> bool {
    let mut after_hyphen = true;
    for &byte in name {
        match byte {
            b'-' if after_hyphen => return true,
            b'-' => after_hyphen = true,
            _ if byte.is_ascii_alphanumeric() => after_hyphen = false,
            _ => return true,
        }
    }
    after_hyphen
}

/// True if `name` is not `canonical` in any case, but becomes it when delimiters are read as `-`: for names that an
/// API configures itself, such as that of its key header.
///
/// Cheap to call for headers that are not [`crate::Header::odd`]: those never are.
pub fn is_alias_of(name: &[u8], canonical: &[u8]) -> bool {
    if name.eq_ignore_ascii_case(canonical) || !is_odd(name) && !is_odd(canonical) {
        return false;
    }
    let (name, canonical) = (fold(name), fold(canonical));
    name.len > 0 && name.cut == canonical.cut && name.bytes[..name.len] == canonical.bytes[..canonical.len]
}

/// What a name that is no known header itself stands for when delimiters are read as `-`: the class of the framing,
/// credential or injected field, or None.
pub fn alias_of(name: &[u8]) -> Option<Class> {
    if !is_odd(name) {
        return None;
    }
    let folded = fold(name);
    let bytes = &folded.bytes[..folded.len];
    if FAMILIES.iter().any(|family| bytes.starts_with(family)) {
        return Some(Class::Injected);
    }
    if folded.cut {
        return None;
    }
    match KnownHeader::find(bytes).class() {
        Class::Content => None,
        class => Some(class),
    }
}

#[cfg(test)]
mod tests {
    use super::{alias_of, is_alias_of, is_odd};
    use crate::header::{ALL, Class};

    #[test]
    fn delimiters_read_as_hyphens_are_seen_through() {
        for name in ["Content_Length", "content.length", "Content--Length", "Transfer___Encoding", "_host", "Host-"] {
            assert_eq!(alias_of(name.as_bytes()), Some(Class::Framing), "{name}");
        }
        assert_eq!(alias_of(b"X_API_Key"), Some(Class::Credential));
        assert_eq!(alias_of(b"Authorization."), Some(Class::Credential));
    }

    #[test]
    fn a_whole_family_is_injected() {
        for name in ["Firstclass_Application", "firstclass.whatever", "X_Forwarded-Prefix", "X-Forwarded_For"] {
            assert_eq!(alias_of(name.as_bytes()), Some(Class::Injected), "{name}");
        }
        assert_eq!(alias_of(format!("Firstclass_{}", "a".repeat(100)).as_bytes()), Some(Class::Injected));
    }

    #[test]
    fn a_name_is_no_alias_of_itself_nor_of_anything_undelimited() {
        assert!(ALL.iter().all(|known| alias_of(known.name().as_bytes()).is_none()));
        for name in ["My_Custom_Header", "My.Custom.Header", "X-Debug", "ContentLength", "", "---", "!#$%&'*+^_`|~"] {
            assert_eq!(alias_of(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn an_api_can_ask_for_its_own_key_header() {
        assert!(is_alias_of(b"Partner_Key", b"Partner-Key"));
        assert!(is_alias_of(b"partner-key", b"Partner_Key"));
        assert!(!is_alias_of(b"PARTNER-KEY", b"Partner-Key"));
        assert!(!is_alias_of(b"Partner-Keys", b"Partner-Key"));
        let long = "a-".repeat(60);
        assert!(!is_alias_of(long.as_bytes(), b"Partner-Key"));
    }

    #[test]
    fn ordinary_names_are_not_odd() {
        assert!(!is_odd(b"X-Trace-Label") && !is_odd(b"Host"));
        for name in [&b"a_b"[..], b"a--b", b"-a", b"a-", b"a.b", b""] {
            assert!(is_odd(name));
        }
    }
}
