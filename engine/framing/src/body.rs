//! Where a body ends. The decoder marks which bytes of the input are data, copies nothing, and leaves every byte
//! behind the message where it is.

use std::ops::Range;

use crate::chunked::Chunks;
use crate::error::FramingError;

/// How a body is delimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyLength {
    /// There is none.
    #[default]
    None,
    /// Exactly this many bytes; never 0 in a request.
    Length(u64),
    /// Chunks, then trailers that are checked and dropped.
    Chunked,
    /// Everything until the connection ends; answers only, and the connection is not used again.
    UntilClose,
}

/// What one call of [`Decoder::decode`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes of the input that belong to this message; the caller drops them after it used `data`.
    pub consumed: usize,
    /// The part of them that is content. May be empty although bytes were consumed.
    pub data: Range<usize>,
    /// The message has ended; what lies behind `consumed` is the next one.
    pub done: bool,
}

#[derive(Clone, Debug)]
enum State {
    Length(u64),
    Chunks(Chunks),
    UntilClose,
    Done,
}

/// The state machine of one body.
#[derive(Clone, Debug)]
pub struct Decoder {
    state: State,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(BodyLength::None)
    }
}

impl Decoder {
    /// A decoder for a body that is delimited like this.
    pub fn new(length: BodyLength) -> Self {
        let state = match length {
            BodyLength::None | BodyLength::Length(0) => State::Done,
            BodyLength::Length(length) => State::Length(length),
            BodyLength::Chunked => State::Chunks(Chunks::default()),
            BodyLength::UntilClose => State::UntilClose,
        };
        Self { state }
    }

    /// True once the message has ended.
    #[inline]
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Bytes of content still to come, where the message has said so.
    #[inline]
    pub const fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Length(left) => Some(left),
            State::Done => Some(0),
            State::Chunks(_) | State::UntilClose => None,
        }
    }

    /// Reads on. Yields at most one piece of content; call again with the rest until it is done, or until nothing was
    /// consumed, which means that more input is needed.
    ///
    /// After an error the decoder must not be used, nor the connection.
    #[inline]
    pub fn decode(&mut self, input: &[u8]) -> Result<Step, FramingError> {
        match &mut self.state {
            State::Length(left) => {
                let take = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= take as u64;
                let done = *left == 0;
                if done {
                    self.state = State::Done;
                }
                Ok(Step { consumed: take, data: 0..take, done })
            }
            State::Chunks(chunks) => {
                let step = chunks.decode(input)?;
                if step.done {
                    self.state = State::Done;
                }
                Ok(step)
            }
            State::UntilClose => Ok(Step { consumed: input.len(), data: 0..input.len(), done: false }),
            State::Done => Ok(Step { consumed: 0, data: 0..0, done: true }),
        }
    }

    /// The connection ended: whether that was where the message ends.
    pub fn finish(&mut self) -> Result<(), FramingError> {
        match self.state {
            State::UntilClose | State::Done => {
                self.state = State::Done;
                Ok(())
            }
            State::Length(_) | State::Chunks(_) => Err(FramingError::Truncated),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BodyLength, Decoder, Step};
    use crate::error::FramingError;

    #[test]
    fn a_length_leaves_what_lies_behind_it() {
        let mut decoder = Decoder::new(BodyLength::Length(5));
        assert_eq!(decoder.decode(b"hel"), Ok(Step { consumed: 3, data: 0..3, done: false }));
        assert_eq!(decoder.remaining(), Some(2));
        assert_eq!(decoder.finish(), Err(FramingError::Truncated));
        assert_eq!(decoder.decode(b"loGET /"), Ok(Step { consumed: 2, data: 0..2, done: true }));
        assert_eq!(decoder.decode(b"GET /"), Ok(Step { consumed: 0, data: 0..0, done: true }));
        assert_eq!(decoder.finish(), Ok(()));
    }

    #[test]
    fn no_body_is_done_at_once() {
        assert!(Decoder::new(BodyLength::None).is_done());
        assert!(Decoder::new(BodyLength::Length(0)).is_done());
    }

    #[test]
    fn until_close_ends_with_the_connection() {
        let mut decoder = Decoder::new(BodyLength::UntilClose);
        assert_eq!(decoder.decode(b"abc"), Ok(Step { consumed: 3, data: 0..3, done: false }));
        assert!(!decoder.is_done());
        assert_eq!(decoder.finish(), Ok(()));
        assert!(decoder.is_done());
    }
}
