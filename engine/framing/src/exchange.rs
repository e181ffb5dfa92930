//! One exchange after the other: the server side of a connection, as a state machine that the I/O layer drives.
//!
//! The next head is read only after the body of the request before it has ended and its answer is written. An answer
//! that comes before the body has ended leads to a bounded drain within that body, or to the end of the connection.

use crate::body::{BodyLength, Decoder, Step};
use crate::error::FramingError;
use crate::request::RequestHead;

/// Bytes of an unread body that are read away to keep a connection, by default.
pub const DRAIN_LIMIT: u64 = 64 * 1024;

/// Where a connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// A head may be read.
    #[default]
    ReadingHead,
    /// The head is read, the body has not ended. An answer may begin.
    ReadingBody,
    /// The request has ended; the answer has not.
    AwaitingAnswer,
    /// The answer is written; the rest of the request's body is read and dropped.
    Draining,
    /// Nothing more is read. The connection ends.
    Closing,
}

/// What the I/O layer has to do now that an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    ReadHead,
    Drain,
    Close,
}

/// The state of one client connection.
#[derive(Clone, Debug)]
pub struct ConnectionState {
    phase: Phase,
    decoder: Decoder,
    keep_alive: bool,
    continue_owed: bool,
    drain_left: u64,
    drain_limit: u64,
}

impl Default for ConnectionState {
    fn default() -> Self {
        Self::new(DRAIN_LIMIT)
    }
}

impl ConnectionState {
    /// A fresh connection; `drain_limit` counts bytes as received, chunk framing included.
    pub fn new(drain_limit: u64) -> Self {
        Self {
            phase: Phase::ReadingHead,
            decoder: Decoder::default(),
            keep_alive: true,
            continue_owed: false,
            drain_left: 0,
            drain_limit,
        }
    }

    /// Where the connection stands.
    #[inline]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// True while the client waits for `100 Continue`.
    #[inline]
    pub const fn owes_continue(&self) -> bool {
        self.continue_owed
    }

    /// A head was read: its exchange begins. Returns whether a body follows.
    #[inline]
    pub fn begin(&mut self, head: &RequestHead) -> Result<bool, FramingError> {
        self.expect(&[Phase::ReadingHead])?;
        self.decoder = Decoder::new(head.body);
        self.keep_alive = head.keep_alive;
        self.continue_owed = head.expect_continue;
        let has_body = head.body != BodyLength::None;
        self.phase = if has_body { Phase::ReadingBody } else { Phase::AwaitingAnswer };
        Ok(has_body)
    }

    /// `100 Continue` was written: the body will come.
    pub fn continue_sent(&mut self) {
        self.continue_owed = false;
    }

    /// Reads on in the body; see [`Decoder::decode`]. An error ends the connection.
    #[inline]
    pub fn body(&mut self, input: &[u8]) -> Result<Step, FramingError> {
        self.expect(&[Phase::ReadingBody])?;
        match self.decoder.decode(input) {
            Ok(step) => {
                // Who sends its body without waiting will not wait any more.
                self.continue_owed &= step.consumed == 0;
                if step.done {
                    self.phase = Phase::AwaitingAnswer;
                }
                Ok(step)
            }
            Err(error) => {
                self.phase = Phase::Closing;
                Err(error)
            }
        }
    }

    /// Whether the connection can live on if the answer were written now. An answer written while this is false says
    /// `Connection: close`.
    pub fn can_keep_alive(&self) -> bool {
        match self.phase {
            Phase::AwaitingAnswer => self.keep_alive,
            // While a client waits for `100 Continue`, its next bytes may be the body or another request: only closing
            // is safe.
            Phase::ReadingBody => {
                let bounded = self.decoder.remaining().is_none_or(|left| left <= self.drain_limit);
                self.keep_alive && !self.continue_owed && bounded
            }
            Phase::ReadingHead | Phase::Draining | Phase::Closing => false,
        }
    }

    /// The last byte of the answer was written; `keep` is what the answer told the client about the connection.
    #[inline]
    pub fn answered(&mut self, keep: bool) -> Next {
        let lives = keep && self.can_keep_alive();
        self.phase = match self.phase {
            Phase::AwaitingAnswer if lives => Phase::ReadingHead,
            Phase::ReadingBody if lives => {
                self.drain_left = self.drain_limit;
                Phase::Draining
            }
            _ => Phase::Closing,
        };
        self.next()
    }

    /// Reads the rest of a body away. Returns how many bytes of the input belonged to it, and what to do then.
    pub fn drain(&mut self, input: &[u8]) -> (usize, Next) {
        if self.phase != Phase::Draining {
            return (0, self.next());
        }
        let mut at = 0;
        while at < input.len() {
            match self.decoder.decode(&input[at..]) {
                Ok(step) if step.consumed as u64 <= self.drain_left => {
                    at += step.consumed;
                    self.drain_left -= step.consumed as u64;
                    if step.done {
                        self.phase = Phase::ReadingHead;
                        break;
                    }
                }
                Ok(_) | Err(_) => {
                    self.phase = Phase::Closing;
                    break;
                }
            }
        }
        (at, self.next())
    }

    /// Framing broke, or somebody decided to end the connection: nothing more is read from it.
    pub fn close(&mut self) {
        self.phase = Phase::Closing;
    }

    const fn next(&self) -> Next {
        match self.phase {
            Phase::ReadingHead => Next::ReadHead,
            Phase::Draining => Next::Drain,
            Phase::ReadingBody | Phase::AwaitingAnswer | Phase::Closing => Next::Close,
        }
    }

    fn expect(&mut self, phases: &[Phase]) -> Result<(), FramingError> {
        if phases.contains(&self.phase) {
            return Ok(());
        }
        self.phase = Phase::Closing;
        Err(FramingError::OutOfTurn)
    }
}

#[cfg(test)]
mod tests {
    use super::{ConnectionState, Next, Phase};
    use crate::body::BodyLength;
    use crate::error::FramingError;
    use crate::request::RequestHead;

    fn head(body: BodyLength) -> RequestHead {
        let mut head = RequestHead::new();
        (head.body, head.keep_alive) = (body, true);
        head
    }

    #[test]
    fn exchanges_follow_each_other() {
        let mut connection = ConnectionState::default();
        for _ in 0..3 {
            assert_eq!(connection.begin(&head(BodyLength::Length(3))), Ok(true));
            let step = connection.body(b"abcGET /").expect("the body is whole");
            assert_eq!((step.consumed, step.done, connection.phase()), (3, true, Phase::AwaitingAnswer));
            assert_eq!(connection.answered(true), Next::ReadHead);
            assert_eq!(connection.begin(&head(BodyLength::None)), Ok(false));
            assert_eq!(connection.answered(true), Next::ReadHead);
        }
    }

    #[test]
    fn no_head_is_read_before_its_turn() {
        let mut connection = ConnectionState::default();
        assert!(connection.begin(&head(BodyLength::None)).is_ok());
        assert_eq!(connection.begin(&head(BodyLength::None)), Err(FramingError::OutOfTurn));
        assert_eq!((connection.phase(), connection.answered(true)), (Phase::Closing, Next::Close));
        assert_eq!(connection.body(b"x"), Err(FramingError::OutOfTurn));
    }

    #[test]
    fn an_early_answer_drains_within_the_body_only() {
        let mut connection = ConnectionState::default();
        assert!(connection.begin(&head(BodyLength::Length(10))).is_ok());
        assert!(connection.body(b"abc").is_ok());
        assert_eq!(connection.answered(true), Next::Drain);
        assert_eq!(connection.drain(b"de"), (2, Next::Drain));
        assert_eq!(connection.drain(b"fghijGET /"), (5, Next::ReadHead));
    }

    #[test]
    fn a_long_rest_is_not_drained() {
        let mut connection = ConnectionState::new(100);
        assert!(connection.begin(&head(BodyLength::Length(101))).is_ok());
        assert!(!connection.can_keep_alive());
        assert_eq!(connection.answered(true), Next::Close);
        let mut connection = ConnectionState::new(20);
        assert!(connection.begin(&head(BodyLength::Chunked)).is_ok());
        assert_eq!(connection.answered(true), Next::Drain);
        assert_eq!(connection.drain(b"8\r\nabcdefgh\r\n").1, Next::Drain);
        assert_eq!(connection.drain(b"8\r\nabcdefgh\r\n").1, Next::Close);
    }

    #[test]
    fn malformed_chunks_end_the_connection_in_a_drain_too() {
        let mut connection = ConnectionState::default();
        assert!(connection.begin(&head(BodyLength::Chunked)).is_ok());
        assert_eq!(connection.answered(true), Next::Drain);
        assert_eq!(connection.drain(b"+1\r\n"), (0, Next::Close));
    }

    #[test]
    fn an_unanswered_expectation_closes() {
        let mut waiting = head(BodyLength::Length(5));
        waiting.expect_continue = true;
        let mut connection = ConnectionState::default();
        assert!(connection.begin(&waiting).is_ok());
        assert!(connection.owes_continue());
        assert_eq!(connection.answered(true), Next::Close);
        let mut connection = ConnectionState::default();
        assert!(connection.begin(&waiting).is_ok());
        connection.continue_sent();
        assert_eq!(connection.answered(true), Next::Drain);
    }

    #[test]
    fn either_side_can_end_it() {
        let mut connection = ConnectionState::default();
        let mut last = head(BodyLength::None);
        last.keep_alive = false;
        assert!(connection.begin(&last).is_ok());
        assert_eq!(connection.answered(true), Next::Close);
        let mut connection = ConnectionState::default();
        assert!(connection.begin(&head(BodyLength::None)).is_ok());
        assert_eq!(connection.answered(false), Next::Close);
    }
}
