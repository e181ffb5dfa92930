//! The chunked coding, strictly (RFC 9112 §7.1): plain hexadecimal sizes, exact CR LF, no extensions, trailers checked
//! and dropped. Extensions are refused, not skipped: nobody needs them and parsers differ on where they end.

use std::ops::Range;

use crate::body::Step;
use crate::error::FramingError;

/// Bytes of all trailers together.
const TRAILERS: usize = 8 * 1024;
/// Hexadecimal digits of a size; 16 are 64 bits.
const DIGITS: u8 = 16;

#[derive(Clone, Copy, Debug)]
enum State {
    Size,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
}

/// The state machine of one chunked body.
#[derive(Clone, Debug)]
pub(crate) struct Chunks {
    state: State,
    /// Of the current chunk: what its size line said, then what is left of it.
    left: u64,
    digits: u8,
    trailer_bytes: usize,
}

impl Default for Chunks {
    fn default() -> Self {
        Self { state: State::Size, left: 0, digits: 0, trailer_bytes: 0 }
    }
}

impl Chunks {
    /// Reads sizes and line ends, and up to one piece of content among them.
    pub(crate) fn decode(&mut self, input: &[u8]) -> Result<Step, FramingError> {
        let mut at = 0;
        let mut data: Option<Range<usize>> = None;
        while at < input.len() {
            if let State::Data = self.state {
                if data.is_some() {
                    break;
                }
                let take = (input.len() - at).min(usize::try_from(self.left).unwrap_or(usize::MAX));
                data = Some(at..at + take);
                at += take;
                self.left -= take as u64;
                if self.left == 0 {
                    self.state = State::DataCr;
                }
                continue;
            }
            let done = self.frame(input[at])?;
            at += 1;
            if done {
                return Ok(Step { consumed: at, data: data.unwrap_or(0..0), done: true });
            }
        }
        Ok(Step { consumed: at, data: data.unwrap_or(0..0), done: false })
    }

    /// One byte outside of the content; true if it was the last of the message.
    #[inline]
    fn frame(&mut self, byte: u8) -> Result<bool, FramingError> {
        self.state = match (self.state, byte) {
            (State::Size, b'\r') if self.digits > 0 => State::SizeLf,
            (State::Size, _) if self.digits < DIGITS => {
                let digit = char::from(byte).to_digit(16).ok_or(FramingError::Chunk)?;
                self.left = self.left << 4 | u64::from(digit);
                self.digits += 1;
                State::Size
            }
            (State::SizeLf, b'\n') => {
                self.digits = 0;
                if self.left == 0 { State::TrailerStart } else { State::Data }
            }
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Size,
            (State::Size | State::SizeLf | State::Data | State::DataCr | State::DataLf, _) => {
                return Err(FramingError::Chunk);
            }
            (State::EndLf, b'\n') => return Ok(true),
            (state, byte) => self.trailer(state, byte)?,
        };
        Ok(false)
    }

    fn trailer(&mut self, state: State, byte: u8) -> Result<State, FramingError> {
        self.trailer_bytes += 1;
        if self.trailer_bytes > TRAILERS {
            return Err(FramingError::TrailersTooLarge);
        }
        match (state, byte) {
            (State::TrailerStart, b'\r') => Ok(State::EndLf),
            (State::TrailerName, b':') => Ok(State::TrailerValue),
            (State::TrailerStart | State::TrailerName, byte) if is_token(byte) => Ok(State::TrailerName),
            (State::TrailerValue, b'\r') => Ok(State::TrailerLf),
            (State::TrailerValue, b'\t' | b' '..=b'~' | 0x80..) => Ok(State::TrailerValue),
            (State::TrailerLf, b'\n') => Ok(State::TrailerStart),
            _ => Err(FramingError::Trailer),
        }
    }
}

/// A character of a field name, and of other tokens (RFC 9110 §5.6.2).
#[must_use]
pub const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

#[cfg(test)]
mod tests {
    use crate::body::{BodyLength, Decoder};
    use crate::error::FramingError;

    /// Content and what was left behind the message.
    type Message = (Vec<u8>, Vec<u8>);

    /// None if the message has not ended.
    fn decode(input: &[u8]) -> Result<Option<Message>, FramingError> {
        let mut decoder = Decoder::new(BodyLength::Chunked);
        let (mut at, mut content) = (0, Vec::new());
        loop {
            let step = decoder.decode(&input[at..])?;
            content.extend_from_slice(&input[at..][step.data.clone()]);
            at += step.consumed;
            if step.done {
                return Ok(Some((content, input[at..].to_vec())));
            }
            if step.consumed == 0 {
                return Ok(None);
            }
        }
    }

    #[test]
    fn chunks_are_joined_and_the_next_message_left_alone() {
        let whole = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET /";
        assert_eq!(decode(whole), Ok(Some((b"hello world".to_vec(), b"GET /".to_vec()))));
        assert_eq!(decode(b"00A\r\n0123456789\r\n0\r\n\r\n"), Ok(Some((b"0123456789".to_vec(), vec![]))));
        assert_eq!(decode(b"000\r\n\r\n"), Ok(Some((vec![], vec![]))));
    }

    #[test]
    fn one_step_takes_the_end_along() {
        let mut decoder = Decoder::new(BodyLength::Chunked);
        let step = decoder.decode(b"2\r\nab\r\n0\r\n\r\nGET").expect("it is well formed");
        assert_eq!((step.consumed, step.data, step.done), (12, 3..5, true));
    }

    #[test]
    fn sizes_have_one_spelling() {
        for bad in [
            "+5\r\nhello\r\n0\r\n\r\n",
            "0x5\r\nhello",
            "5_0\r\n",
            "5;a\nX",
            "5;a=b\r\nhello",
            "5 \r\nhello",
            " 5\r\nhello",
            "\r\n",
            "5\nhello",
            "5\rhello",
            "g\r\n",
            "-1\r\n",
            "0\n\r\n",
            "00000000000000005\r\nhello",
            "0;x\r\n\r\n",
        ] {
            assert_eq!(decode(bad.as_bytes()), Err(FramingError::Chunk), "{bad:?}");
        }
        assert_eq!(decode(b"ffffffffffffffff\r\nx"), Ok(None));
    }

    #[test]
    fn content_ends_in_exactly_cr_lf() {
        for bad in ["5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello\r0\r\n\r\n"]
        {
            assert_eq!(decode(bad.as_bytes()), Err(FramingError::Chunk), "{bad:?}");
        }
        assert_eq!(decode(b"5\r\nhello\r\n0\r\n"), Ok(None), "the final CR LF is missing");
    }

    #[test]
    fn trailers_are_checked_and_dropped() {
        let smuggled = b"1\r\na\r\n0\r\nHost: evil\r\nContent-Length: 5\r\n\r\nrest";
        assert_eq!(decode(smuggled), Ok(Some((b"a".to_vec(), b"rest".to_vec()))));
        for bad in [
            "0\r\n: x\r\n\r\n",
            "0\r\nA : x\r\n\r\n",
            "0\r\nA: x\n\r\n",
            "0\r\nA: x\r\n y\r\n\r\n",
            "0\r\nA\r\n\r\n",
            "0\r\nA: \0\r\n\r\n",
            "0\r\nA: x\ry\r\n\r\n",
            "0\r\n\n",
            "0\r\n\rx",
        ] {
            assert_eq!(decode(bad.as_bytes()), Err(FramingError::Trailer), "{bad:?}");
        }
        let endless = format!("0\r\n{}", "A: x\r\n".repeat(2000));
        assert_eq!(decode(endless.as_bytes()), Err(FramingError::TrailersTooLarge));
    }
}
