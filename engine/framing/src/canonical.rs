//! Heads as we write them: one spelling, one delimiter of the body, nothing that belongs to another connection.

use crate::body::BodyLength;
use crate::chunked::is_token;
use crate::error::FramingError;
use crate::header::{Header, KnownHeader};
use crate::method::Method;
use crate::request::RequestHead;

/// Writes one head. The fields that frame the message are written by [`HeadWriter::end`] alone, exactly once;
/// everywhere else they are left out.
pub struct HeadWriter<'out> {
    out: &'out mut Vec<u8>,
}

impl<'out> HeadWriter<'out> {
    /// Begins a request. `target` is a normalised one, `host` what the receiver is called.
    ///
    /// Method and target must come from a parsed head: they are not checked again.
    #[inline]
    pub fn request(out: &'out mut Vec<u8>, method: &[u8], target: &[u8], host: &[u8]) -> Self {
        for part in [method, b" ", target, b" HTTP/1.1\r\nHost: ", host, b"\r\n"] {
            out.extend_from_slice(part);
        }
        Self { out }
    }

    /// Begins a response.
    #[inline]
    pub fn response(out: &'out mut Vec<u8>, status: u16) -> Self {
        out.extend_from_slice(b"HTTP/1.1 ");
        write_number(out, u64::from(status));
        out.push(b' ');
        out.extend_from_slice(phrase(status).as_bytes());
        out.extend_from_slice(b"\r\n");
        Self { out }
    }

    /// Copies a field of a parsed head, unless it frames a message or belongs to a connection.
    #[inline]
    pub fn copy(&mut self, header: &Header, buf: &[u8]) -> &mut Self {
        if header.known.is_ours_alone() {
            return self;
        }
        let name = match header.known {
            KnownHeader::Other => header.name.of(buf),
            known => known.name().as_bytes(),
        };
        self.line(name, header.value.of(buf));
        self
    }

    /// Writes a known field with a value that was made elsewhere, which is checked.
    #[inline]
    pub fn known(&mut self, known: KnownHeader, value: &[u8]) -> Result<&mut Self, FramingError> {
        if known == KnownHeader::Other || known.is_ours_alone() || !is_value(value) {
            return Err(FramingError::Unwritable);
        }
        self.line(known.name().as_bytes(), value);
        Ok(self)
    }

    /// Writes any field that frames nothing, after checking name and value.
    pub fn field(&mut self, name: &[u8], value: &[u8]) -> Result<&mut Self, FramingError> {
        let known = KnownHeader::find(name);
        if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) || known.is_ours_alone() || !is_value(value) {
            return Err(FramingError::Unwritable);
        }
        self.line(name, value);
        Ok(self)
    }

    /// Says that the connection ends after this message.
    #[inline]
    pub fn close(&mut self) -> &mut Self {
        self.out.extend_from_slice(b"Connection: close\r\n");
        self
    }

    /// Ends the head and says how the body is delimited.
    ///
    /// `BodyLength::None` writes no field: right for requests without a body, for 204, 304 and answers to HEAD. Where a
    /// recipient would wait for a body otherwise, say `Length(0)`.
    #[inline]
    pub fn end(self, body: BodyLength) {
        match body {
            BodyLength::None => self.out.extend_from_slice(b"\r\n"),
            BodyLength::UntilClose => self.out.extend_from_slice(b"Connection: close\r\n\r\n"),
            BodyLength::Chunked => self.out.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n"),
            BodyLength::Length(length) => {
                self.out.extend_from_slice(b"Content-Length: ");
                write_number(self.out, length);
                self.out.extend_from_slice(b"\r\n\r\n");
            }
        }
    }

    #[inline]
    fn line(&mut self, name: &[u8], value: &[u8]) {
        self.out.reserve(name.len() + value.len() + 4);
        for part in [name, b": ", value, b"\r\n"] {
            self.out.extend_from_slice(part);
        }
    }
}

/// The delimiter to write for a request: methods that usually carry a body say so when theirs is empty.
#[inline]
pub const fn request_body(method: Method, body: BodyLength) -> BodyLength {
    match body {
        BodyLength::None if method.expects_body() => BodyLength::Length(0),
        body => body,
    }
}

/// Writes a parsed request anew, with all of its fields that belong to no connection. Whether the client's connection
/// lives on is nothing to the receiver.
pub fn write_request_head(out: &mut Vec<u8>, head: &RequestHead, buf: &[u8], target: &[u8]) {
    let mut writer = HeadWriter::request(out, head.method_span.of(buf), target, head.host.of(buf));
    for header in &head.headers {
        writer.copy(header, buf);
    }
    writer.end(request_body(head.method, head.body));
}

/// Writes the size line of one chunk; its content and CR LF follow.
pub fn write_chunk_size(out: &mut Vec<u8>, size: usize) {
    let mut digits = [0u8; 16];
    let mut at = digits.len();
    let mut rest = size;
    loop {
        at -= 1;
        digits[at] = b"0123456789abcdef"[rest & 15];
        rest >>= 4;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
    out.extend_from_slice(b"\r\n");
}

/// What a client that waits for it is told before its body is read.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What ends a chunked body.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// No early end: without one the compiler compares many bytes at once.
#[inline]
fn is_value(value: &[u8]) -> bool {
    value.iter().fold(true, |good, &byte| good & ((byte >= b' ') & (byte != 0x7f) | (byte == b'\t')))
}

#[inline]
fn write_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// The phrase of a status (RFC 9110 §15); empty where there is none. An origin's own phrase is not passed on.
const fn phrase(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{HeadWriter, write_chunk_size, write_request_head};
    use crate::body::BodyLength;
    use crate::error::FramingError;
    use crate::header::KnownHeader;
    use crate::limits::HeadLimits;
    use crate::request::{RequestHead, parse};

    #[test]
    fn a_request_is_written_in_one_spelling() {
        let raw = b"POST /x HTTP/1.1\r\nACCEPT:a/b\r\nhost: a\r\nx-Debug:1\r\nTE: trailers\r\nconnection: x-debug\r\n\
            Proxy-Authorization: x\r\nUpgrade: h2c\r\ncontent-length: 5\r\n\r\nhello";
        let mut head = RequestHead::new();
        assert!(parse(raw, &HeadLimits::REQUEST, &mut head).is_ok());
        let mut out = Vec::new();
        write_request_head(&mut out, &head, raw, b"/x");
        let expected = b"POST /x HTTP/1.1\r\nHost: a\r\nAccept: a/b\r\nx-Debug: 1\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(out, expected);
    }

    #[test]
    fn a_response_is_written() {
        let mut out = Vec::new();
        let mut writer = HeadWriter::response(&mut out, 404);
        assert!(writer.known(KnownHeader::ContentType, b"a/b").is_ok());
        assert!(writer.field(b"X-Total", b"0").is_ok());
        writer.close();
        writer.end(BodyLength::Length(1234567890));
        let expected = "HTTP/1.1 404 Not Found\r\nContent-Type: a/b\r\nX-Total: 0\r\nConnection: close\r\n\
            Content-Length: 1234567890\r\n\r\n";
        assert_eq!(String::from_utf8(out).as_deref(), Ok(expected));
    }

    #[test]
    fn nothing_written_can_break_the_head() {
        let mut out = Vec::new();
        let mut writer = HeadWriter::response(&mut out, 200);
        for (name, value) in [
            ("X", "a\r\nY: b"),
            ("X", "a\nb"),
            ("X", "\0"),
            ("", "a"),
            ("X Y", "a"),
            ("X:", "a"),
            ("Content-Length", "5"),
            ("transfer-encoding", "chunked"),
            ("Connection", "x"),
            ("host", "b"),
        ] {
            assert_eq!(writer.field(name.as_bytes(), value.as_bytes()).err(), Some(FramingError::Unwritable), "{name}");
        }
        assert!(writer.known(KnownHeader::ContentLength, b"5").is_err());
        assert!(writer.known(KnownHeader::Other, b"5").is_err());
        assert!(writer.known(KnownHeader::Location, b"/\r\n").is_err());
        writer.end(BodyLength::None);
        assert_eq!(out, b"HTTP/1.1 200 OK\r\n\r\n");
    }

    #[test]
    fn chunk_sizes_are_plain_hexadecimal() {
        let mut out = Vec::new();
        for size in [0, 9, 16, 48879] {
            write_chunk_size(&mut out, size);
        }
        assert_eq!(out, b"0\r\n9\r\n10\r\nbeef\r\n");
    }
}
