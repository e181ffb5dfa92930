//! Credentials of the upstream's own: it alone checks them, here they are only found. What an operation's access names
//! passes on as it came, once; whoever sends it is nobody in particular. One of our own keys is never among them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use firstclass_bundle::{Access, CredentialPlace};
use firstclass_framing::KnownHeader;
use firstclass_framing::alias::alias_of;
use firstclass_framing::header::Class;

use crate::api_key::holds_key;
use crate::cookies::{self, cookies};
use crate::headers::{Found, HeaderName};
use crate::media_type::is_token;
use crate::policy::{Operation, ReadyScheme};
use crate::query::Pairs;
use crate::refusal::Where;
use crate::request::{RequestView, Workspace};

/// As lenient as whoever reads it may be.
const BASIC: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
/// What the engine writes, whatever follows.
const WRITTEN_HERE: [&str; 2] = ["firstclass-", "x-forwarded-"];

/// A credential that the upstream alone checks.
#[derive(Debug)]
pub(crate) struct Own {
    pub place: OwnPlace,
    /// It is a session, whose subject may have been learnt.
    pub login: bool,
}

#[derive(Debug)]
pub(crate) enum OwnPlace {
    /// `word`: the authentication scheme that its value begins with.
    Header {
        name: HeaderName,
        word: Option<Box<str>>,
    },
    Query(Box<str>),
    Cookie(Box<str>),
}

impl Own {
    /// Makes it ready.
    ///
    /// # Errors
    /// What cannot pass: a field that frames, identifies or negotiates.
    pub(crate) fn compile(
        place: CredentialPlace,
        field: &str,
        word: Option<&str>,
        login: bool,
    ) -> Result<Self, &'static str> {
        let place = match place {
            CredentialPlace::Header => {
                let name = HeaderName::new(field);
                if is_reserved(&name, field) {
                    return Err("no credential of the upstream's passes in this header");
                }
                if !is_token(field.as_bytes()) || word.is_some_and(|word| !is_token(word.as_bytes())) {
                    return Err("a header and an authentication scheme are tokens");
                }
                OwnPlace::Header { name, word: word.map(Box::from) }
            }
            _ if word.is_some() => return Err("only a header has an authentication scheme"),
            CredentialPlace::Query => OwnPlace::Query(field.into()),
            CredentialPlace::Cookie if !is_token(field.as_bytes()) => return Err("no name of a cookie"),
            CredentialPlace::Cookie => OwnPlace::Cookie(field.into()),
        };
        match &place {
            OwnPlace::Header { name, word: Some(_) } if name.known == KnownHeader::Authorization => {}
            _ if login => return Err("sessions are tokens in Authorization"),
            _ => {}
        }
        Ok(Self { place, login })
    }

    /// What the request holds of it. Another authentication scheme in the same header is not this credential.
    pub(crate) fn find<'a>(&self, view: &RequestView<'a>, pairs: &'a Pairs) -> Found<'a> {
        match &self.place {
            OwnPlace::Header { name, word } => match (name.find(view), word) {
                (Found::One(value), Some(word)) if !begins_with(value, word) => Found::Nothing,
                (found, _) => found,
            },
            OwnPlace::Query(name) => {
                only(pairs.iter().filter(|(n, _)| **n == **name).map(|(_, value)| value.as_bytes()))
            }
            OwnPlace::Cookie(name) => {
                let headers = &view.head.headers;
                let line = headers.find(KnownHeader::Cookie).map_or(&[][..], |span| span.of(view.bytes));
                // Which of two lines counts, recipients differ on.
                if headers.repeats(KnownHeader::Cookie) {
                    return Found::Several;
                }
                only(cookies(line).filter(|(n, _)| *n == name.as_bytes()).map(|(_, value)| value))
            }
        }
    }

    /// Its place, as violations name places.
    pub(crate) fn place(&self) -> Where {
        match &self.place {
            OwnPlace::Header { name, .. } => Where::Header(name.text().to_ascii_lowercase()),
            OwnPlace::Query(name) => Where::Query(name.to_string()),
            OwnPlace::Cookie(name) => Where::Cookie(name.to_string()),
        }
    }
}

fn only<'a>(mut found: impl Iterator<Item = &'a [u8]>) -> Found<'a> {
    match (found.next(), found.next()) {
        (None, _) => Found::Nothing,
        (Some(value), None) => Found::One(value),
        (Some(_), Some(_)) => Found::Several,
    }
}

/// `Basic dXNlcjo=`, the word in any case (RFC 9110 §11.4).
fn begins_with(value: &[u8], word: &str) -> bool {
    let Some((head, rest)) = value.split_at_checked(word.len()) else { return false };
    head.eq_ignore_ascii_case(word.as_bytes()) && rest.first() == Some(&b' ')
}

fn is_reserved(name: &HeaderName, field: &str) -> bool {
    let lower = field.to_ascii_lowercase();
    let is_ours = WRITTEN_HERE.iter().any(|begin| lower.starts_with(begin)) || alias_of(field.as_bytes()).is_some();
    let is_taken = match name.known.class() {
        Class::Framing | Class::Injected => true,
        Class::Credential => !matches!(name.known, KnownHeader::Authorization | KnownHeader::XApiKey),
        Class::Content => matches!(
            name.known,
            KnownHeader::ContentType
                | KnownHeader::UserAgent
                | KnownHeader::AcceptEncoding
                | KnownHeader::ContentEncoding
                | KnownHeader::Range
                | KnownHeader::IfRange
                | KnownHeader::IfMatch
                | KnownHeader::IfNoneMatch
                | KnownHeader::IfModifiedSince
                | KnownHeader::IfUnmodifiedSince
        ),
    };
    is_ours || is_taken
}

/// Whether one of our own keys stands in it, as text or as one half of a `Basic` credential.
pub(crate) fn has_our_key(value: &[u8]) -> bool {
    let packed = if begins_with(value, "basic") { value[6..].trim_ascii() } else { &[] };
    holds_key(value) || BASIC.decode(packed).is_ok_and(|text| holds_key(&text))
}

/// Indices of the schemes of the upstream's own that an operation's access names, each once.
pub(crate) fn named(access: &Access, schemes: &[ReadyScheme]) -> Vec<usize> {
    let Access::AnyOf(alternatives) = access else { return Vec::new() };
    let named = alternatives.iter().flatten().map(|requirement| requirement.scheme);
    let mut own: Vec<usize> = named.filter(|&index| matches!(schemes[index], ReadyScheme::Own(_))).collect();
    own.sort_unstable();
    own.dedup();
    own
}

/// Headers other than `Authorization` that pass for this operation whoever calls: what else could stand in them is
/// refused before.
pub(crate) fn headers(own: &[usize], schemes: &[ReadyScheme]) -> Vec<HeaderName> {
    let header = |&index: &usize| match &schemes[index] {
        ReadyScheme::Own(Own { place: OwnPlace::Header { name, .. }, .. })
            if name.known != KnownHeader::Authorization =>
        {
            Some(name.clone())
        }
        _ => None,
    };
    own.iter().filter_map(header).collect()
}

/// Whether one of them stands in `Authorization`.
pub(crate) fn has_authorization(own: &[usize], schemes: &[ReadyScheme]) -> bool {
    let stands_there = |&index: &usize| {
        matches!(&schemes[index], ReadyScheme::Own(Own { place: OwnPlace::Header { name, .. }, .. })
            if name.known == KnownHeader::Authorization)
    };
    own.iter().any(stands_there)
}

/// Marks the pairs of the query that hold such a credential: undeclared as they are, they pass.
pub(crate) fn mark_query(operation: &Operation, schemes: &[ReadyScheme], workspace: &mut Workspace) {
    for &index in &operation.own {
        let ReadyScheme::Own(Own { place: OwnPlace::Query(name), .. }) = &schemes[index] else { continue };
        if operation.query.find_named(name).is_none() {
            workspace.pairs.mark_own(name);
        }
    }
}

/// Puts a cookie among those that are forwarded; a declared one gets there when it is judged.
pub(crate) fn forward_cookie(operation: &Operation, name: &str, value: &[u8], forwarded: &mut Vec<u8>) {
    if operation.has_cookie(name.as_bytes()) {
        return;
    }
    cookies::append(name, forwarded, |line| line.extend_from_slice(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_keys_are_found_as_text_and_in_basic_credentials() {
        for ours in ["fc_live_1", "Bearer fc_test_1", "Basic ZmNfbGl2ZV8xOg==", "basic  dTpmY19saXZlXzE", "x=fc_live_1"]
        {
            assert!(has_our_key(ours.as_bytes()), "{ours}");
        }
        for other in ["", "Basic", "Basic ", "Basic dTpw", "Basic ***", "Bearer fc_1", "fc_liv"] {
            assert!(!has_our_key(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn what_frames_identifies_or_negotiates_is_no_place_for_a_credential() {
        let compile = |field: &str| Own::compile(CredentialPlace::Header, field, None, false);
        let identity = ["firstclass-subject", "firstclass-x", "x-forwarded-user", "x_forwarded_for", "forwarded"];
        let others = [
            "host",
            "cookie",
            "content-length",
            "content-type",
            "range",
            "x-request-id",
            "if-match",
            "x_api_key",
            "user-agent",
        ];
        for field in identity.into_iter().chain(others) {
            assert!(compile(field).is_err(), "{field}");
        }
        for field in ["authorization", "x-api-key", "api_key", "x-session"] {
            assert!(compile(field).is_ok(), "{field}");
        }
        assert!(Own::compile(CredentialPlace::Cookie, "sid", None, true).is_err());
        assert!(Own::compile(CredentialPlace::Cookie, "sid", Some("basic"), false).is_err());
    }
}
