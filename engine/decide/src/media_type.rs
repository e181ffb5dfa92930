//! Media types of bodies (RFC 9110 §8.3): which declared one a message's `Content-Type` is. Parameters other than
//! `charset` mean nothing here; a charset other than UTF-8 is another text than the one that is judged.

use firstclass_bundle::{Media, MediaKind};

use crate::parameters::ECHOED;

/// The declared media type that a `Content-Type` is; None: none of them, or this is not one media type.
pub(crate) fn find(text: &[u8], declared: &[Media]) -> Option<usize> {
    // What nearly everybody sends: the first one that is declared, to the letter.
    match declared.first() {
        Some(first) if first.media_type.as_bytes() == text && !text.ends_with(b"*") => Some(0),
        _ => MediaType::parse(text)?.find(declared),
    }
}

/// A `Content-Type` taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaType<'a> {
    /// "application/json", in the sender's case.
    pub essence: &'a [u8],
    pub foreign_charset: bool,
}

impl<'a> MediaType<'a> {
    /// None if it is not one media type.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let end = text.iter().position(|&byte| byte == b';').unwrap_or(text.len());
        let essence = text[..end].trim_ascii();
        let slash = essence.iter().position(|&byte| byte == b'/')?;
        if !is_token(&essence[..slash]) || !is_token(&essence[slash + 1..]) {
            return None;
        }
        let foreign_charset = parameters(&text[end..])?;
        Some(Self { essence, foreign_charset })
    }

    /// The declared media type that this is; exact ones stand before ranges in a bundle.
    pub(crate) fn find(&self, declared: &[Media]) -> Option<usize> {
        let found = declared.iter().position(|media| self.is(&media.media_type))?;
        let text = matches!(declared[found].kind, MediaKind::Json { .. } | MediaKind::Form { .. });
        (!text || !self.foreign_charset).then_some(found)
    }

    pub(crate) fn is(&self, declared: &str) -> bool {
        match declared.strip_suffix("/*") {
            Some("*") => true,
            Some(kind) => {
                let slash = self.essence.iter().position(|&byte| byte == b'/').unwrap_or(0);
                self.essence[..slash].eq_ignore_ascii_case(kind.as_bytes())
            }
            None => self.essence.eq_ignore_ascii_case(declared.as_bytes()),
        }
    }
}

/// Why a `Content-Type` is none of the declared ones: it is another one, or text that is written otherwise.
pub(crate) fn fault(text: &[u8], declared: &[Media]) -> &'static str {
    let is_declared = |found: MediaType<'_>| declared.iter().any(|media| found.is(&media.media_type));
    if MediaType::parse(text).is_some_and(is_declared) { "charset" } else { "media_type" }
}

/// A `Content-Type` that nobody declared, as people are told of it: what is no media type has no name.
pub(crate) fn told(text: &[u8]) -> String {
    let essence = MediaType::parse(text).map(|found| found.essence).filter(|essence| essence.len() <= ECHOED);
    essence.map_or_else(String::new, |essence| String::from_utf8_lossy(essence).to_ascii_lowercase())
}

/// Whether a charset other than UTF-8 is named; None if this is no list of parameters.
fn parameters(mut rest: &[u8]) -> Option<bool> {
    let mut charset: Option<bool> = None;
    while !rest.is_empty() {
        rest = rest.strip_prefix(b";")?.trim_ascii_start();
        if rest.is_empty() || rest.starts_with(b";") {
            continue;
        }
        let equals = rest.iter().position(|&byte| byte == b'=')?;
        let name = &rest[..equals];
        let (value, after) = value(&rest[equals + 1..])?;
        if !is_token(name) {
            return None;
        }
        if name.eq_ignore_ascii_case(b"charset") {
            if charset.is_some() {
                return None;
            }
            charset = Some(!value.eq_ignore_ascii_case(b"utf-8") && !value.eq_ignore_ascii_case(b"utf8"));
        }
        rest = after.trim_ascii_start();
    }
    Some(charset.unwrap_or(false))
}

/// A token or a quoted string without escapes, and what follows it.
fn value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(quoted) = text.strip_prefix(b"\"") {
        let end = quoted.iter().position(|&byte| byte == b'"')?;
        return (!quoted[..end].contains(&b'\\')).then_some((&quoted[..end], &quoted[end + 1..]));
    }
    let end = text.iter().position(|byte| matches!(byte, b';' | b' ' | b'\t')).unwrap_or(text.len());
    is_token(&text[..end]).then_some((&text[..end], &text[end..]))
}

/// Whether it is a token (RFC 9110 §5.6.2).
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| firstclass_framing::is_token(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(types: &[&str]) -> Vec<Media> {
        types
            .iter()
            .map(|text| Media { media_type: (*text).into(), kind: MediaKind::Opaque { max_bytes: None } })
            .collect()
    }

    #[test]
    fn the_first_match_counts_however_it_is_spelled() {
        let media = declared(&["application/json", "text/*", "*/*"]);
        for (text, found) in [
            ("application/json", Some(0)),
            ("Application/JSON; charset=utf-8", Some(0)),
            ("text/plain", Some(1)),
            ("image/png", Some(2)),
            ("application/json/x", None),
            ("json", None),
        ] {
            assert_eq!(find(text.as_bytes(), &media), found, "{text}");
        }
        assert_eq!(find(b"a/b", &declared(&["a/*", "a/b"])), Some(0));
        assert_eq!(find(b"a/b", &[]), None);
    }
}
