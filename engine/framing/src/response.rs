//! Response heads of an origin, as strict as requests: an origin that cannot be framed is answered for with 502, and
//! its connection is dropped.
//!
//! Interim (1xx) answers are skipped here, up to a bound, and counted into the length of the head; 101 is refused,
//! since nothing that we forward asks for another protocol.

use std::mem::MaybeUninit;

use crate::body::BodyLength;
use crate::error::FramingError;
use crate::fields::FramingFields;
use crate::head_scan::{Unfinished, check_line_ends};
use crate::header::Class;
use crate::headers::Headers;
use crate::limits::{HeadLimits, MAX_FIELDS};
use crate::request::{Progress, Version};

/// A parsed response head: offsets into the buffer that was parsed, reused from answer to answer.
#[derive(Clone, Debug, Default)]
pub struct ResponseHead {
    pub status: u16,
    pub version: Version,
    pub headers: Headers,
    pub body: BodyLength,
    /// What `Content-Length` said, also where there is no body (HEAD, 304).
    pub content_length: Option<u64>,
    /// The origin's side of whether the connection may serve another request once the body has ended.
    pub reusable: bool,
    unfinished: Unfinished,
}

impl ResponseHead {
    /// Room for an ordinary head; it grows once and is kept.
    pub fn new() -> Self {
        Self { headers: Headers::new(), ..Self::default() }
    }

    /// Forgets an unfinished head. Needed before a head whose connection ended inside it serves another connection.
    pub fn reset(&mut self) {
        self.unfinished = Unfinished::default();
        self.clear();
    }

    /// True if the origin's connection may serve another request: the request was written whole, the answer has ended,
    /// and not a byte lies behind it, which would be taken for the next answer.
    ///
    /// A pool has to hold the same when it hands the connection out: what arrived meanwhile is nobody's answer.
    pub const fn may_serve_again(&self, request_written: bool, answer_ended: bool, left_over: usize) -> bool {
        self.reusable && request_written && answer_ended && left_over == 0
    }

    fn clear(&mut self) {
        let mut headers = std::mem::take(&mut self.headers);
        headers.clear();
        let unfinished = self.unfinished;
        *self = Self { headers, unfinished, ..Self::default() };
    }
}

/// Reads one final response head, and the interim ones before it, from the beginning of `buf`.
///
/// `to_head` says that the request's method was HEAD: such an answer has no body, whatever it announces.
/// After an error the connection must be dropped.
#[inline]
pub fn parse(
    buf: &[u8],
    to_head: bool,
    limits: &HeadLimits,
    head: &mut ResponseHead,
) -> Result<Progress, FramingError> {
    let progress = advance(buf, to_head, limits, head);
    if !matches!(progress, Ok(Progress::Partial)) {
        head.unfinished = Unfinished::default();
    }
    progress
}

fn advance(buf: &[u8], to_head: bool, limits: &HeadLimits, head: &mut ResponseHead) -> Result<Progress, FramingError> {
    if head.unfinished.is_worth_parsing(buf) {
        let mut from = 0;
        for _ in 0..=limits.interim {
            head.clear();
            let Some(end) = read(buf, from, to_head, limits, head)? else {
                head.unfinished.note(buf, limits)?;
                return Ok(Progress::Partial);
            };
            if head.status >= 200 {
                return Ok(Progress::Complete { head_len: end });
            }
            from = end;
        }
        return Err(FramingError::InterimFlood);
    }
    head.unfinished.note(buf, limits)?;
    Ok(Progress::Partial)
}

/// Reads the head that begins at `from`; returns where it ends, or None if it is unfinished.
fn read(
    buf: &[u8],
    from: usize,
    to_head: bool,
    limits: &HeadLimits,
    head: &mut ResponseHead,
) -> Result<Option<usize>, FramingError> {
    // `httparse` skips empty lines before a status line; we do not.
    if matches!(buf.get(from), Some(b'\r' | b'\n')) {
        return Err(FramingError::StartLine);
    }
    let mut tokens = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut []);
    let room = &mut tokens[..limits.fields.min(MAX_FIELDS)];
    let config = httparse::ParserConfig::default();
    let parsed = config.parse_response_with_uninit_headers(&mut response, &buf[from..], room)?;
    let httparse::Status::Complete(len) = parsed else {
        return Ok(None);
    };
    let end = from + len;
    if end > limits.bytes {
        return Err(FramingError::HeadTooLarge);
    }
    let (Some(status), Some(version)) = (response.code, response.version) else {
        return Err(FramingError::StartLine);
    };
    let whole = &buf[from..end];
    check_line_ends(whole, response.headers, start_line_end(whole)?)?;
    head.status = status;
    head.version = if version == 1 { Version::Http11 } else { Version::Http10 };
    let framing = head.headers.read(buf, response.headers, |class| class == Class::Framing)?;
    framing.check(head.version)?;
    judge(framing, to_head, head)?;
    Ok(Some(end))
}

/// The status line has a reason of any length, or none, so its end is looked for.
fn start_line_end(head: &[u8]) -> Result<usize, FramingError> {
    match memchr::memchr(b'\n', head) {
        Some(lf) if lf >= 1 && head[lf - 1] == b'\r' => Ok(lf + 1),
        _ => Err(FramingError::LineEnd),
    }
}

/// Decides where the body ends (RFC 9112 §6.3) and whether the connection may be used again.
fn judge(framing: FramingFields, to_head: bool, head: &mut ResponseHead) -> Result<(), FramingError> {
    if !(100..600).contains(&head.status) || head.status == 101 {
        return Err(FramingError::Status);
    }
    let announced = framing.chunked || framing.content_length.is_some_and(|length| length > 0);
    if announced && matches!(head.status, 100..200 | 204) {
        return Err(FramingError::UnexpectedBody);
    }
    head.content_length = framing.content_length;
    head.body = match (framing.chunked, framing.content_length) {
        _ if to_head || matches!(head.status, 100..200 | 204 | 304) => BodyLength::None,
        (true, _) => BodyLength::Chunked,
        (false, Some(0)) => BodyLength::None,
        (false, Some(length)) => BodyLength::Length(length),
        (false, None) => BodyLength::UntilClose,
    };
    head.reusable = head.version == Version::Http11 && !framing.close && head.body != BodyLength::UntilClose;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ResponseHead, parse};
    use crate::body::BodyLength;
    use crate::error::FramingError;
    use crate::header::KnownHeader;
    use crate::limits::HeadLimits;
    use crate::request::Progress;

    fn read(raw: &str, to_head: bool) -> Result<(ResponseHead, usize), FramingError> {
        let mut head = ResponseHead::new();
        match parse(raw.as_bytes(), to_head, &HeadLimits::RESPONSE, &mut head)? {
            Progress::Complete { head_len } => Ok((head, head_len)),
            Progress::Partial => panic!("the head is whole: {raw:?}"),
        }
    }

    fn body(raw: &str) -> Result<BodyLength, FramingError> {
        read(raw, false).map(|(head, _)| head.body)
    }

    #[test]
    fn a_plain_answer_is_read() {
        let raw = "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\nabc";
        let (head, len) = read(raw, false).expect("it is plain");
        assert_eq!((head.status, head.body, len, head.reusable), (200, BodyLength::Length(3), raw.len() - 3, true));
        assert_eq!(head.headers.find(KnownHeader::ContentType).map(|span| span.of(raw.as_bytes())), Some(&b"a/b"[..]));
        assert!(body("HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n").is_ok(), "the reason may be absent");
        assert!(body("HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\n").is_ok());
    }

    #[test]
    fn what_cannot_be_framed_is_refused() {
        let with = |fields: &str| body(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n"));
        assert_eq!(with("Content-Length: 20\r\nContent-Length: 2\r\n"), Err(FramingError::ContentLength));
        assert_eq!(with("Content-Length: 2\r\nContent-Length: 2\r\n"), Err(FramingError::ContentLength));
        assert_eq!(with("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), Err(FramingError::TwoLengths));
        assert_eq!(with("Transfer-Encoding: gzip, chunked\r\n"), Err(FramingError::TransferEncoding));
        assert_eq!(with("Content_Length: 2\r\n"), Err(FramingError::Alias));
        assert_eq!(with("A: 1\r\n 2\r\n"), Err(FramingError::FieldName));
        assert_eq!(with("A : 1\r\n"), Err(FramingError::FieldName));
        assert_eq!(with("A: 1\n"), Err(FramingError::LineEnd));
        assert_eq!(body("HTTP/1.1 200 OK\nA: 1\r\n\r\n"), Err(FramingError::LineEnd));
        assert_eq!(body("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), Err(FramingError::TransferEncoding));
        assert_eq!(body("SSH-2.0-hello\r\n\r\n"), Err(FramingError::Version));
        assert_eq!(body("\r\nHTTP/1.1 200 OK\r\n\r\n"), Err(FramingError::StartLine));
        for status in ["101", "099", "600", "999", "000"] {
            assert_eq!(body(&format!("HTTP/1.1 {status} X\r\n\r\n")), Err(FramingError::Status), "{status}");
        }
    }

    #[test]
    fn some_answers_have_no_body() {
        assert_eq!(body("HTTP/1.1 204 No Content\r\n\r\n"), Ok(BodyLength::None));
        assert_eq!(body("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"), Ok(BodyLength::None));
        assert_eq!(body("HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n"), Err(FramingError::UnexpectedBody));
        let chunked = "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(body(chunked), Err(FramingError::UnexpectedBody));
        assert_eq!(body("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"), Ok(BodyLength::None));
        let (head, _) = read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", true).expect("an answer to HEAD");
        assert_eq!((head.body, head.content_length, head.reusable), (BodyLength::None, Some(9), true));
    }

    #[test]
    fn without_a_length_the_connection_is_used_up() {
        let (head, _) = read("HTTP/1.1 200 OK\r\n\r\n", false).expect("it is plain");
        assert_eq!((head.body, head.reusable), (BodyLength::UntilClose, false));
        let (head, _) =
            read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false).expect("plain");
        assert!(!head.reusable);
        let (head, _) = read("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n", false).expect("plain");
        assert!(!head.reusable);
    }

    #[test]
    fn a_connection_serves_again_only_when_nothing_is_open() {
        let (head, _) = read("HTTP/1.1 204 No Content\r\n\r\n", false).expect("plain");
        assert!(head.may_serve_again(true, true, 0));
        assert!(!head.may_serve_again(true, true, 1), "a body behind a 204 is no answer");
        assert!(!head.may_serve_again(false, true, 0) && !head.may_serve_again(true, false, 0));
    }

    #[test]
    fn interim_answers_are_skipped_up_to_a_bound() {
        let interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
        let last = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        let (head, len) = read(&format!("{interim}{interim}{last}"), false).expect("two are fine");
        assert_eq!((head.status, head.headers.iter().len(), len), (200, 1, interim.len() * 2 + last.len()));
        let flood = interim.repeat(9) + last;
        assert_eq!(read(&flood, false).map(|_| ()), Err(FramingError::InterimFlood));
        let mut head = ResponseHead::new();
        assert_eq!(parse(interim.as_bytes(), false, &HeadLimits::RESPONSE, &mut head), Ok(Progress::Partial));
        let bodied = "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(body(bodied), Err(FramingError::UnexpectedBody));
    }

    #[test]
    fn a_head_without_end_is_refused() {
        let mut head = ResponseHead::new();
        let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "a".repeat(1 << 20));
        let refused = parse(endless.as_bytes(), false, &HeadLimits::RESPONSE, &mut head);
        assert_eq!(refused, Err(FramingError::HeadTooLarge));
    }
}
