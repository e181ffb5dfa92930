//! A declared answer made ready: which of its headers pass, and whether its body does.

use firstclass_bundle as bundle;
use firstclass_bundle::{MediaKind, StatusPattern};
use firstclass_framing::KnownHeader;
use firstclass_framing::header::Class;

use crate::caching::is_to_shared_caches;
use crate::headers::HeaderName;

/// One declared answer.
#[derive(Debug)]
pub(crate) struct Response {
    /// Index among the operation's responses.
    pub index: usize,
    pub status: StatusPattern,
    /// Declared headers that may pass, and their index among the response's headers.
    pub headers: Vec<(HeaderName, usize)>,
    /// It declares `ETag`, and its body is passed on as it is.
    pub passes_etag: bool,
    /// The media type `*/*` alone, which passes unread: its body may be anything, nothing and what has no type among them.
    pub anything: Option<usize>,
}

impl Response {
    pub(crate) fn compile(index: usize, declared: &bundle::Response, is_private: bool) -> Self {
        let untouched = declared.media.iter().all(|media| matches!(media.kind, MediaKind::Opaque { .. }));
        let names = declared.headers.iter().enumerate().map(|(index, header)| (HeaderName::new(&header.name), index));
        let headers: Vec<_> = names
            .filter(|(name, _)| may_pass(name.known, untouched) && !(is_private && is_to_shared_caches(name.text())))
            .collect();
        let passes_etag = headers.iter().any(|(name, _)| name.known == KnownHeader::ETag);
        let anything = match &declared.media[..] {
            [only] if only.media_type == "*/*" && untouched => Some(0),
            _ => None,
        };
        Self { index, status: declared.status, headers, passes_etag, anything }
    }

    /// How well it matches a status; None if it does not.
    pub(crate) fn rank(&self, status: u16) -> Option<u8> {
        match self.status {
            StatusPattern::Exact(exact) => (exact == status).then_some(2),
            StatusPattern::Class(class) => (u16::from(class) == status / 100).then_some(1),
            StatusPattern::Default => Some(0),
        }
    }
}

/// Fields that speak about bytes that were rewritten, or about the connection, never pass, whatever is declared.
fn may_pass(known: KnownHeader, untouched: bool) -> bool {
    match known {
        KnownHeader::ETag => untouched,
        KnownHeader::Digest | KnownHeader::ContentDigest | KnownHeader::Signature | KnownHeader::SignatureInput => {
            false
        }
        KnownHeader::AcceptRanges | KnownHeader::ContentRange | KnownHeader::ContentEncoding => false,
        KnownHeader::ContentType => false,
        KnownHeader::Cookie | KnownHeader::Authorization | KnownHeader::ProxyAuthorization => false,
        KnownHeader::XApiKey | KnownHeader::Dpop => true,
        known => known.class() == Class::Content,
    }
}
