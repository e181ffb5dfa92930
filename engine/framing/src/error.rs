//! Why a message was refused, and which reason of the wire that becomes. Never carries a byte of the message.

use thiserror::Error;

/// The stable reason that a refused request is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// 400: no two recipients would have to agree on where this message ends or whom it is for.
    BadFraming,
    /// 400: the target has more than one reading.
    BadTarget,
    /// 431: the head is larger than the limits allow.
    HeadTooLarge,
}

impl Reason {
    /// The code as it stands in a problem document, an event and a metric.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadFraming => "bad_framing",
            Self::BadTarget => "bad_target",
            Self::HeadTooLarge => "head_too_large",
        }
    }

    /// The status of the refusal.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadFraming | Self::BadTarget => 400,
            Self::HeadTooLarge => 431,
        }
    }
}

/// Everything that framing refuses. After any of these the connection is closed: its position is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FramingError {
    #[error("the start line is not one HTTP/1 start line")]
    StartLine,
    #[error("the protocol version is neither HTTP/1.1 nor HTTP/1.0")]
    Version,
    #[error("a line does not end in CR LF")]
    LineEnd,
    #[error("a field name is empty, holds a character that is no token, or is followed by white space")]
    FieldName,
    #[error("a field value holds a control character, or goes on in a second line")]
    FieldValue,
    #[error("a field name is another spelling of a framing, credential or injected field")]
    Alias,
    #[error("there is not exactly one valid Host")]
    Host,
    #[error("the authority of the target is not that of Host")]
    Authority,
    #[error("Content-Length is not exactly one plain decimal number")]
    ContentLength,
    #[error("Transfer-Encoding is not exactly one `chunked`, or stands in HTTP/1.0")]
    TransferEncoding,
    #[error("Content-Length and Transfer-Encoding are both present")]
    TwoLengths,
    #[error("the message announces a body that its method or status cannot have")]
    UnexpectedBody,
    #[error("the expectation is not exactly one `100-continue`")]
    Expectation,
    #[error("CONNECT asks for a tunnel")]
    Tunnel,
    #[error("the status is outside 100 to 599, or switches protocols")]
    Status,
    #[error("more interim answers than allowed came before the final one")]
    InterimFlood,
    #[error("the head exceeds its limit of bytes, fields or target bytes")]
    HeadTooLarge,
    #[error("a chunk is not a plain hexadecimal size, its bytes and CR LF")]
    Chunk,
    #[error("a trailer field is malformed")]
    Trailer,
    #[error("the trailers exceed their limit")]
    TrailersTooLarge,
    #[error("the connection ended inside the message")]
    Truncated,
    #[error("the target is neither a path nor an absolute http or https URI")]
    TargetForm,
    #[error("the target holds a character that must not stand there, raw or encoded")]
    TargetCharacter,
    #[error("the target holds a percent sign that is no encoding, or one of a byte that must not be encoded")]
    TargetEncoding,
    #[error("the path holds an empty segment or a dot segment")]
    TargetSegment,
    #[error("a field that is to be written holds a character that would break the head")]
    Unwritable,
    #[error("the held answer exceeds its limit")]
    HeldTooLarge,
    #[error("a step was asked for that the state of the exchange does not allow")]
    OutOfTurn,
}

impl FramingError {
    /// What a request refused with this error is answered with.
    pub const fn reason(self) -> Reason {
        match self {
            Self::HeadTooLarge => Reason::HeadTooLarge,
            Self::TargetForm | Self::TargetCharacter | Self::TargetEncoding | Self::TargetSegment => Reason::BadTarget,
            _ => Reason::BadFraming,
        }
    }
}

impl From<httparse::Error> for FramingError {
    fn from(error: httparse::Error) -> Self {
        match error {
            httparse::Error::HeaderName => Self::FieldName,
            httparse::Error::HeaderValue => Self::FieldValue,
            httparse::Error::NewLine => Self::LineEnd,
            httparse::Error::Status | httparse::Error::Token => Self::StartLine,
            httparse::Error::TooManyHeaders => Self::HeadTooLarge,
            httparse::Error::Version => Self::Version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FramingError, Reason};

    #[test]
    fn each_kind_of_error_has_its_reason() {
        assert_eq!(FramingError::HeadTooLarge.reason(), Reason::HeadTooLarge);
        assert_eq!(FramingError::TargetSegment.reason().code(), "bad_target");
        assert_eq!(FramingError::Chunk.reason().code(), "bad_framing");
        assert_eq!(FramingError::HeadTooLarge.reason().status(), 431);
    }
}
