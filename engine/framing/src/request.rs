//! Request heads: one strict reading, or a refusal.
//!
//! Choices: one CR LF before the request line is skipped (RFC 9112 §2.2), a second one refused. HTTP/1.0 is served,
//! with a Host like everybody, without transfer codings and expectations, and its connection ends after the answer.
//! A body on GET, HEAD or TRACE is refused, `Content-Length: 0` is no body. `Upgrade` is never honoured.

use std::mem::MaybeUninit;

use crate::body::BodyLength;
use crate::error::FramingError;
use crate::fields::FramingFields;
use crate::head_scan::{Unfinished, check_line_ends};
use crate::header::KnownHeader;
use crate::headers::Headers;
use crate::host;
use crate::limits::{HeadLimits, MAX_FIELDS};
use crate::method::Method;
use crate::span::Span;

/// The protocol version of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    Http10,
    #[default]
    Http11,
}

/// How far a head has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Call again with the same bytes and more behind them.
    Partial,
    /// The head is filled; it took this many bytes of the buffer, and the body begins there.
    Complete { head_len: usize },
}

/// A parsed request head: offsets into the buffer that was parsed, reused from request to request.
#[derive(Clone, Debug, Default)]
pub struct RequestHead {
    pub method: Method,
    pub method_span: Span,
    /// As received; see [`crate::target::normalise`].
    pub target: Span,
    pub version: Version,
    pub headers: Headers,
    pub host: Span,
    pub body: BodyLength,
    /// The client's side of whether the connection lives on.
    pub keep_alive: bool,
    /// The client waits for `100 Continue` before it sends its body.
    pub expect_continue: bool,
    unfinished: Unfinished,
}

impl RequestHead {
    /// Room for an ordinary head; it grows once and is kept.
    pub fn new() -> Self {
        Self { headers: Headers::new(), ..Self::default() }
    }

    /// Forgets an unfinished head. Needed before a head whose connection ended inside it serves another connection.
    pub fn reset(&mut self) {
        self.unfinished = Unfinished::default();
        self.clear();
    }

    fn clear(&mut self) {
        let mut headers = std::mem::take(&mut self.headers);
        headers.clear();
        let unfinished = self.unfinished;
        *self = Self { headers, unfinished, ..Self::default() };
    }
}

/// Reads one request head from the beginning of `buf`.
///
/// After an error the connection must be closed behind the refusal: nobody knows where the next message begins.
#[inline]
pub fn parse(buf: &[u8], limits: &HeadLimits, head: &mut RequestHead) -> Result<Progress, FramingError> {
    let progress = advance(buf, limits, head);
    if !matches!(progress, Ok(Progress::Partial)) {
        head.unfinished = Unfinished::default();
    }
    progress
}

#[inline]
fn advance(buf: &[u8], limits: &HeadLimits, head: &mut RequestHead) -> Result<Progress, FramingError> {
    if head.unfinished.is_worth_parsing(buf) {
        head.clear();
        if let Some(head_len) = read(buf, limits, head)? {
            return Ok(Progress::Complete { head_len });
        }
    }
    head.unfinished.note(buf, limits)?;
    Ok(Progress::Partial)
}

fn read(buf: &[u8], limits: &HeadLimits, head: &mut RequestHead) -> Result<Option<usize>, FramingError> {
    let skipped = match buf {
        [b'\r', b'\n', b'\r' | b'\n', ..] | [b'\n', ..] => return Err(FramingError::StartLine),
        [b'\r'] => return Ok(None),
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    };
    let mut tokens = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut []);
    let room = &mut tokens[..limits.fields.min(MAX_FIELDS)];
    let httparse::Status::Complete(len) = request.parse_with_uninit_headers(&buf[skipped..], room)? else {
        return Ok(None);
    };
    let head_len = skipped + len;
    let (Some(method), Some(target), Some(version)) = (request.method, request.path, request.version) else {
        return Err(FramingError::StartLine);
    };
    if head_len > limits.bytes || target.len() > limits.target {
        return Err(FramingError::HeadTooLarge);
    }
    // Exactly one space between the three parts, then CR LF.
    let start_line_end = method.len() + target.len() + " ".len() * 2 + "HTTP/1.1\r\n".len();
    check_line_ends(&buf[skipped..head_len], request.headers, start_line_end)?;

    head.method = Method::find(method.as_bytes());
    head.method_span = Span::locate(buf, method.as_bytes());
    head.target = Span::locate(buf, target.as_bytes());
    head.version = if version == 1 { Version::Http11 } else { Version::Http10 };
    let framing = head.headers.read(buf, request.headers, |_| true)?;
    judge(buf, framing, head)?;
    Ok(Some(head_len))
}

#[inline]
fn judge(buf: &[u8], framing: FramingFields, head: &mut RequestHead) -> Result<(), FramingError> {
    framing.check(head.version)?;
    if head.method == Method::Connect {
        return Err(FramingError::Tunnel);
    }
    head.host = head.headers.find(KnownHeader::Host).ok_or(FramingError::Host)?;
    if head.headers.repeats(KnownHeader::Host) {
        return Err(FramingError::Host);
    }
    let authority = head.host.of(buf);
    host::check(authority)?;
    let target = head.target.of(buf);
    if target.first() != Some(&b'/') {
        host::check_same(target, authority)?;
    }
    head.body = match (framing.chunked, framing.content_length) {
        (true, _) => BodyLength::Chunked,
        (false, Some(length)) if length > 0 => BodyLength::Length(length),
        _ => BodyLength::None,
    };
    if head.body != BodyLength::None && head.method.forbids_body() {
        return Err(FramingError::UnexpectedBody);
    }
    head.keep_alive = head.version == Version::Http11 && !framing.close;
    if let Some(value) = head.headers.find(KnownHeader::Expect) {
        let once = !head.headers.repeats(KnownHeader::Expect);
        let understood = once && value.of(buf).eq_ignore_ascii_case(b"100-continue");
        if !understood || head.version == Version::Http10 {
            return Err(FramingError::Expectation);
        }
        head.expect_continue = head.body != BodyLength::None;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Progress, RequestHead, Version, parse};
    use crate::body::BodyLength;
    use crate::error::FramingError;
    use crate::header::KnownHeader;
    use crate::limits::HeadLimits;
    use crate::method::Method;

    fn read(raw: &[u8]) -> Result<RequestHead, FramingError> {
        let mut head = RequestHead::new();
        match parse(raw, &HeadLimits::REQUEST, &mut head)? {
            Progress::Complete { head_len } => {
                assert!(raw[..head_len].ends_with(b"\r\n\r\n"));
                Ok(head)
            }
            Progress::Partial => panic!("the head is whole"),
        }
    }

    fn refused(raw: &str) -> FramingError {
        read(raw.as_bytes()).expect_err(raw)
    }

    fn with(line: &str, fields: &str) -> String {
        format!("{line} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
    }

    #[test]
    fn a_plain_request_is_read() {
        let raw = b"POST /v1/x?y=1 HTTP/1.1\r\nhost: api.example\r\nX-Debug:  1 \r\nCONTENT-length: 5\r\n\r\nhello";
        let head = read(raw).expect("it is plain");
        assert_eq!((head.method, head.version, head.body), (Method::Post, Version::Http11, BodyLength::Length(5)));
        assert_eq!(head.target.of(raw), b"/v1/x?y=1");
        assert_eq!(head.host.of(raw), b"api.example");
        assert_eq!(head.headers.as_slice()[1].value.of(raw), b"1");
        assert_eq!(head.headers.as_slice()[1].known, KnownHeader::Other);
        assert_eq!(head.headers.find(KnownHeader::ContentLength).map(|span| span.of(raw)), Some(&b"5"[..]));
        assert!(head.keep_alive && !head.expect_continue);
    }

    #[test]
    fn hosts_are_exactly_one() {
        assert_eq!(refused("GET / HTTP/1.1\r\nX: 1\r\n\r\n"), FramingError::Host);
        assert_eq!(refused("GET / HTTP/1.1\r\n\r\n"), FramingError::Host);
        assert_eq!(refused("GET / HTTP/1.0\r\n\r\n"), FramingError::Host);
        assert_eq!(refused(&with("GET /", "Host: a\r\n")), FramingError::Host);
        assert_eq!(refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), FramingError::Host);
        assert_eq!(refused("GET / HTTP/1.1\r\nHost:\r\n\r\n"), FramingError::Host);
        assert_eq!(refused(&with("GET http://b/", "")), FramingError::Authority);
        assert!(read(with("GET http://A/", "").as_bytes()).is_ok());
    }

    #[test]
    fn lengths_and_codings_are_unambiguous() {
        assert_eq!(refused(&with("POST /", "Content-Length: 5\r\nContent-Length: 5\r\n")), FramingError::ContentLength);
        let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
        assert_eq!(refused(&with("POST /", both)), FramingError::TwoLengths);
        let twice = "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n";
        assert_eq!(refused(&with("POST /", twice)), FramingError::TransferEncoding);
        assert_eq!(refused(&with("POST /", "Transfer-Encoding: \x0bchunked\r\n")), FramingError::FieldValue);
        assert_eq!(refused(&with("POST /", "Transfer-Encoding : chunked\r\n")), FramingError::FieldName);
        let old = "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(refused(old), FramingError::TransferEncoding);
        for method in ["GET", "HEAD", "TRACE"] {
            assert_eq!(refused(&with(&format!("{method} /"), "Content-Length: 1\r\n")), FramingError::UnexpectedBody);
            assert_eq!(
                refused(&with(&format!("{method} /"), "Transfer-Encoding: chunked\r\n")),
                FramingError::UnexpectedBody
            );
        }
        assert_eq!(read(with("GET /", "Content-Length: 0\r\n").as_bytes()).map(|head| head.body), Ok(BodyLength::None));
    }

    #[test]
    fn lines_have_one_form() {
        assert_eq!(refused("GET / HTTP/1.1\nHost: a\n\n"), FramingError::LineEnd);
        assert_eq!(refused("GET / HTTP/1.1\r\nHost: a\n\r\n"), FramingError::LineEnd);
        assert_eq!(refused("GET / HTTP/1.1\r\nHost: a\r\n\n"), FramingError::LineEnd);
        assert_eq!(refused("GET / HTTP/1.1\r\nA:\nHost: a\r\n\r\n"), FramingError::LineEnd);
        assert_eq!(refused("GET / HTTP/1.1\nHost: a\r\n\r\n"), FramingError::LineEnd);
        assert_eq!(refused("GET / HTTP/1.1\r\n\nHost: a\r\n\r\n"), FramingError::LineEnd);
        assert_eq!(refused(&with("GET /", "X: 1\r\n 2\r\n")), FramingError::FieldName);
        assert_eq!(refused(&with("GET /", "X: 1\r2\r\n")), FramingError::FieldValue);
        assert_eq!(refused(&with("GET /", "X: 1\x002\r\n")), FramingError::FieldValue);
        assert_eq!(refused(&with("GET /", ": 1\r\n")), FramingError::FieldName);
        assert_eq!(refused(&with("GET  /", "")), FramingError::StartLine);
        assert_eq!(refused(" GET / HTTP/1.1\r\nHost: a\r\n\r\n"), FramingError::StartLine);
        assert_eq!(refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), FramingError::Version);
        assert_eq!(refused("GET /\r\n\r\n"), FramingError::StartLine);
    }

    #[test]
    fn no_control_character_stands_in_a_name_a_value_or_a_target() {
        for byte in (0u8..=255).filter(|byte| !matches!(byte, b'\t' | b' '..=b'~' | 0x80..)) {
            for width in 0..40 {
                let place = |prefix: &str, suffix: &str| {
                    [
                        prefix.as_bytes(),
                        &b"x".repeat(width),
                        &[byte],
                        b"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
                        suffix.as_bytes(),
                    ]
                    .concat()
                };
                assert!(read(&place("GET / HTTP/1.1\r\nHost: a\r\nX: a", "\r\n\r\n")).is_err(), "value {byte}");
                assert!(read(&place("GET / HTTP/1.1\r\nHost: a\r\nX", ": 1\r\n\r\n")).is_err(), "name {byte}");
                assert!(read(&place("GET /", " HTTP/1.1\r\nHost: a\r\n\r\n")).is_err(), "target {byte}");
            }
        }
    }

    #[test]
    fn one_empty_line_may_come_first() {
        let raw = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(read(raw).map(|head| head.target.of(raw).to_vec()), Ok(b"/".to_vec()));
        assert!(read(b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").is_err());
        assert!(read(b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").is_err());
        assert!(read(b"\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").is_err());
        assert!(read(b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n").is_err());
    }

    #[test]
    fn expectations_aliases_and_tunnels_are_refused() {
        for bad in ["Expect: y 100-continue\r\n", "Expect: 100-continue\r\nExpect: 100-continue\r\n", "Expect:\r\n"] {
            assert_eq!(refused(&with("POST /", bad)), FramingError::Expectation);
        }
        let waits = with("POST /", "Expect: 100-Continue\r\nContent-Length: 2\r\n");
        assert!(read(waits.as_bytes()).is_ok_and(|head| head.expect_continue));
        for bad in ["Content_Length: 1\r\n", "Firstclass_Application: x\r\n", "X.API.Key: 1\r\n"] {
            assert_eq!(refused(&with("POST /", bad)), FramingError::Alias);
        }
        assert!(read(with("POST /", "Firstclass-Application: x\r\nMy_Header: 1\r\n").as_bytes()).is_ok());
        assert_eq!(refused(&with("CONNECT a:80", "")), FramingError::Tunnel);
    }

    #[test]
    fn connections_live_on_only_in_1_1_without_close() {
        assert!(!read(with("GET /", "Connection: x, close\r\n").as_bytes()).expect("valid").keep_alive);
        let old = b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
        assert!(!read(old).expect("valid").keep_alive);
        assert!(read(with("GET /", "Connection: Upgrade\r\nUpgrade: h2c\r\n").as_bytes()).expect("valid").keep_alive);
    }

    #[test]
    fn limits_hold_for_bytes_fields_and_target() {
        let long = with(&format!("GET /{}", "a".repeat(9000)), "");
        assert_eq!(refused(&long), FramingError::HeadTooLarge);
        let many = with("GET /", &"A: 1\r\n".repeat(100));
        assert_eq!(refused(&many), FramingError::HeadTooLarge);
        assert!(read(with("GET /", &"A: 1\r\n".repeat(99)).as_bytes()).is_ok());
        let wide = with("GET /", &format!("A: {}\r\n", "a".repeat(16 * 1024)));
        assert_eq!(refused(&wide), FramingError::HeadTooLarge);
        let mut head = RequestHead::new();
        let endless = parse(&wide.as_bytes()[..16 * 1024], &HeadLimits::REQUEST, &mut head);
        assert_eq!(endless, Err(FramingError::HeadTooLarge));
    }

    #[test]
    fn a_head_serves_the_next_connection_after_an_error_or_a_reset() {
        let mut head = RequestHead::new();
        let whole = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(
            parse(b"GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaa", &HeadLimits::REQUEST, &mut head),
            Ok(Progress::Partial)
        );
        head.reset();
        let complete = Ok(Progress::Complete { head_len: whole.len() });
        assert_eq!(parse(whole, &HeadLimits::REQUEST, &mut head), complete);
        assert_eq!(parse(b"GET", &HeadLimits::REQUEST, &mut head), Ok(Progress::Partial));
        assert!(parse(b"GET\n", &HeadLimits::REQUEST, &mut head).is_err());
        assert_eq!(parse(whole, &HeadLimits::REQUEST, &mut head), complete);
    }
}
