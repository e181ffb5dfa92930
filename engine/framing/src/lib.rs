//! HTTP/1.1 message framing in both directions: where each message begins and ends, canonical heads and
//! normalised targets. Pure state machines over bytes: no I/O, no clock, no policy, no `unsafe`.
//!
//! Heads are tokenised by `httparse`; every choice that a recipient could make differently is refused here.

#![forbid(unsafe_code)]

pub mod alias;
pub mod body;
pub mod canonical;
mod chunked;
pub mod error;
pub mod exchange;
mod fields;
mod head_scan;
pub mod header;
pub mod headers;
pub mod held;
mod host;
pub mod limits;
pub mod method;
pub mod request;
pub mod response;
pub mod span;
pub mod target;

pub use body::{BodyLength, Decoder, Step};
pub use chunked::is_token;
pub use error::{FramingError, Reason};
pub use header::{Header, KnownHeader};
pub use headers::Headers;
pub use limits::HeadLimits;
pub use method::Method;
pub use request::{Progress, RequestHead, Version};
pub use response::ResponseHead;
pub use span::Span;
pub use target::Target;
