//! The header fields that the engine knows by name, found without regard to case by one hash and one comparison.

use crate::span::Span;

/// One field line of a head, as offsets into its buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub name: Span,
    /// Without the white space around it.
    pub value: Span,
    pub known: KnownHeader,
    /// The name has delimiters other than single hyphens between letters and digits: only then can it be another
    /// spelling of some name (see [`crate::alias`]).
    pub odd: bool,
}

/// What a field is for, as far as the engine has to treat it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Decides where a message ends, or belongs to one connection: never copied.
    Framing,
    /// Says who calls.
    Credential,
    /// Set by the engine alone.
    Injected,
    /// Anything else.
    Content,
}

macro_rules! known_headers {
    ($($variant:ident $name:literal $class:ident,)*) => {
        /// Fields with a meaning to the engine; every other name is `Other`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum KnownHeader {
            $($variant,)*
            #[default]
            Other,
        }

        /// All known headers, in the order of their numbers.
        pub const ALL: &[KnownHeader] = &[$(KnownHeader::$variant,)*];
        const NAMES: &[&str] = &[$($name,)*];
        const CLASSES: &[Class] = &[$(Class::$class,)*];
    };
}

known_headers! {
    Host "Host" Framing,
    ContentLength "Content-Length" Framing,
    TransferEncoding "Transfer-Encoding" Framing,
    Connection "Connection" Framing,
    Expect "Expect" Framing,
    Upgrade "Upgrade" Framing,
    Te "TE" Framing,
    Trailer "Trailer" Framing,
    KeepAlive "Keep-Alive" Framing,
    ProxyConnection "Proxy-Connection" Framing,
    ProxyAuthenticate "Proxy-Authenticate" Framing,
    Http2Settings "HTTP2-Settings" Framing,
    ProxyAuthorization "Proxy-Authorization" Credential,
    Authorization "Authorization" Credential,
    Cookie "Cookie" Credential,
    XApiKey "X-API-Key" Credential,
    Dpop "DPoP" Credential,
    Signature "Signature" Credential,
    SignatureInput "Signature-Input" Credential,
    ContentDigest "Content-Digest" Credential,
    Forwarded "Forwarded" Injected,
    XForwardedFor "X-Forwarded-For" Injected,
    XForwardedProto "X-Forwarded-Proto" Injected,
    XForwardedHost "X-Forwarded-Host" Injected,
    XRequestId "X-Request-Id" Injected,
    FirstclassApplication "Firstclass-Application" Injected,
    FirstclassSubject "Firstclass-Subject" Injected,
    FirstclassOperation "Firstclass-Operation" Injected,
    FirstclassRequestId "Firstclass-Request-Id" Injected,
    Accept "Accept" Content,
    AcceptLanguage "Accept-Language" Content,
    AcceptEncoding "Accept-Encoding" Content,
    ContentType "Content-Type" Content,
    ContentEncoding "Content-Encoding" Content,
    ContentLanguage "Content-Language" Content,
    Traceparent "traceparent" Content,
    Tracestate "tracestate" Content,
    UserAgent "User-Agent" Content,
    IdempotencyKey "Idempotency-Key" Content,
    Prefer "Prefer" Content,
    IfMatch "If-Match" Content,
    IfNoneMatch "If-None-Match" Content,
    IfModifiedSince "If-Modified-Since" Content,
    IfUnmodifiedSince "If-Unmodified-Since" Content,
    IfRange "If-Range" Content,
    Range "Range" Content,
    CacheControl "Cache-Control" Content,
    Expires "Expires" Content,
    LastModified "Last-Modified" Content,
    RetryAfter "Retry-After" Content,
    Vary "Vary" Content,
    Deprecation "Deprecation" Content,
    Sunset "Sunset" Content,
    ETag "ETag" Content,
    Location "Location" Content,
    SetCookie "Set-Cookie" Content,
    WwwAuthenticate "WWW-Authenticate" Content,
    Allow "Allow" Content,
    ContentRange "Content-Range" Content,
    AcceptRanges "Accept-Ranges" Content,
    Digest "Digest" Content,
    Date "Date" Content,
    Server "Server" Content,
    Age "Age" Content,
    Via "Via" Content,
    Origin "Origin" Content,
    Referer "Referer" Content,
    RateLimit "RateLimit" Content,
    RateLimitPolicy "RateLimit-Policy" Content,
    Link "Link" Content,
}

/// Fields that speak about one connection only; they are never copied to the other side (RFC 9110 §7.6.1).
pub const HOP_BY_HOP: &[KnownHeader] = &[
    KnownHeader::Connection,
    KnownHeader::KeepAlive,
    KnownHeader::ProxyConnection,
    KnownHeader::ProxyAuthenticate,
    KnownHeader::ProxyAuthorization,
    KnownHeader::Te,
    KnownHeader::Trailer,
    KnownHeader::TransferEncoding,
    KnownHeader::Upgrade,
    KnownHeader::Http2Settings,
];

/// Request fields that pass undeclared.
pub const PASS_REQUEST: &[KnownHeader] = &[
    KnownHeader::Accept,
    KnownHeader::AcceptLanguage,
    KnownHeader::ContentType,
    KnownHeader::Traceparent,
    KnownHeader::Tracestate,
    KnownHeader::UserAgent,
    KnownHeader::IdempotencyKey,
    KnownHeader::Prefer,
];

/// Response fields that pass undeclared.
pub const PASS_RESPONSE: &[KnownHeader] = &[
    KnownHeader::ContentType,
    KnownHeader::CacheControl,
    KnownHeader::ContentLanguage,
    KnownHeader::Expires,
    KnownHeader::LastModified,
    KnownHeader::RetryAfter,
    KnownHeader::Vary,
    KnownHeader::Deprecation,
    KnownHeader::Sunset,
];

/// A set of known headers; `Other` is in none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownSet(u128);

impl KnownSet {
    /// The set of these.
    #[must_use]
    pub const fn new(members: &[KnownHeader]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < members.len() {
            set |= members[at].bit();
            at += 1;
        }
        Self(set)
    }

    /// Take this one out.
    pub const fn remove(&mut self, member: KnownHeader) {
        self.0 &= !member.bit();
    }

    /// Whether this one is in it.
    #[inline]
    #[must_use]
    pub const fn has(self, member: KnownHeader) -> bool {
        self.0 & member.bit() != 0
    }
}

/// See [`PASS_RESPONSE`].
pub const PASSES_RESPONSE: KnownSet = KnownSet::new(PASS_RESPONSE);

/// What a writer of heads sets itself, or what ends at this connection.
const OURS_ALONE: KnownSet = {
    let mut set = KnownSet::new(HOP_BY_HOP);
    let mut number = 0;
    while number < ALL.len() {
        if matches!(CLASSES[number], Class::Framing) {
            set.0 |= ALL[number].bit();
        }
        number += 1;
    }
    set
};

const SLOTS: usize = 256;
const EMPTY: u8 = u8::MAX;
const TABLE: [u8; SLOTS] = table();

/// Multipliers were searched for so that no two known names share a slot; `table` proves it at compile time.
const fn slot(name: &[u8]) -> usize {
    let first = (name[0] | 0x20) as usize;
    let middle = (name[name.len() / 2] | 0x20) as usize;
    let last = (name[name.len() - 1] | 0x20) as usize;
    (name.len() * 205 + first * 90 + last * 105 + middle * 81) % SLOTS
}

const fn table() -> [u8; SLOTS] {
    let mut slots = [EMPTY; SLOTS];
    let mut number = 0;
    while number < NAMES.len() {
        let at = slot(NAMES[number].as_bytes());
        assert!(slots[at] == EMPTY, "two known names share a slot: search for other multipliers");
        slots[at] = number as u8;
        number += 1;
    }
    slots
}

impl KnownHeader {
    /// The known header of this name, in any case; `Other` if there is none.
    #[inline]
    pub fn find(name: &[u8]) -> Self {
        if name.is_empty() {
            return Self::Other;
        }
        let number = TABLE[slot(name)] as usize;
        match NAMES.get(number) {
            Some(known) if known.as_bytes() == name || name.eq_ignore_ascii_case(known.as_bytes()) => ALL[number],
            _ => Self::Other,
        }
    }

    /// The canonical spelling; empty for `Other`.
    #[inline]
    pub fn name(self) -> &'static str {
        NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// What the field is for.
    #[inline]
    pub fn class(self) -> Class {
        CLASSES.get(self as usize).copied().unwrap_or(Class::Content)
    }

    /// Whether the field is written by a [`crate::canonical::HeadWriter`] alone, or ends at this connection.
    #[inline]
    pub(crate) const fn is_ours_alone(self) -> bool {
        OURS_ALONE.has(self)
    }

    /// The bit of this header in a set of known headers.
    #[inline]
    pub(crate) const fn bit(self) -> u128 {
        match self {
            Self::Other => 0,
            known => 1 << known as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Class, HOP_BY_HOP, KnownHeader, KnownSet};

    #[test]
    fn every_name_is_found_in_any_case() {
        assert!(ALL.len() < 128, "a set of known headers is one u128");
        for &known in ALL {
            assert_eq!(KnownHeader::find(known.name().as_bytes()), known);
            assert_eq!(KnownHeader::find(known.name().to_lowercase().as_bytes()), known);
            assert_eq!(KnownHeader::find(known.name().to_uppercase().as_bytes()), known);
        }
    }

    #[test]
    fn sets_hold_what_they_were_made_of() {
        let mut set = KnownSet::new(&[KnownHeader::Host, KnownHeader::Link, KnownHeader::Other]);
        assert!(set.has(KnownHeader::Host) && set.has(KnownHeader::Link) && !set.has(KnownHeader::Other));
        set.remove(KnownHeader::Link);
        assert!(set.has(KnownHeader::Host) && !set.has(KnownHeader::Link));
        for &known in ALL {
            let ours = known.class() == Class::Framing || HOP_BY_HOP.contains(&known);
            assert_eq!(known.is_ours_alone(), ours, "{known:?}");
        }
    }

    #[test]
    fn other_names_are_other() {
        for name in ["", "x", "Hosts", "Hos", "Content-Lengthy", "Content_Length", "hoſt"] {
            assert_eq!(KnownHeader::find(name.as_bytes()), KnownHeader::Other, "{name}");
        }
        assert_eq!(KnownHeader::Other.name(), "");
    }

    #[test]
    fn no_hop_by_hop_field_counts_as_content() {
        assert!(HOP_BY_HOP.iter().all(|known| known.class() != Class::Content));
    }
}
