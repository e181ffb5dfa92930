//! An origin's answers: the same reading however the bytes are cut.
//!
//! An input is one byte (to HEAD or not), eight places to cut at, then what the origin sent until it closed.

use firstclass_framing::{BodyLength, Decoder, HeadLimits, Progress, ResponseHead, response};

use super::requests::decodes;
use crate::choices::{Choices, cut};

/// What an I/O layer would have of an answer; None: refused.
type Read = Option<(u16, BodyLength, Vec<u8>, usize)>;

/// Judge one input.
pub fn run(input: &[u8]) {
    let mut choices = Choices(input);
    let to_head = choices.byte() & 1 == 1;
    let cuts = choices.take(8);
    let stream = choices.0;
    let whole = read(&[stream], to_head);
    let in_bytes: Vec<&[u8]> = if stream.len() <= 2048 { stream.chunks(1).collect() } else { vec![stream] };
    for pieces in [cut(stream, cuts), in_bytes] {
        assert_eq!(read(&pieces, to_head), whole, "the same answer");
    }
    for length in [BodyLength::Length(7), BodyLength::Chunked, BodyLength::UntilClose] {
        decodes(length, stream);
    }
}

fn read(pieces: &[&[u8]], to_head: bool) -> Read {
    let (mut buffer, mut head) = (Vec::new(), ResponseHead::new());
    let mut open: Option<Decoder> = None;
    let mut content = Vec::new();
    for piece in pieces {
        buffer.extend_from_slice(piece);
        if open.is_none() {
            match response::parse(&buffer, to_head, &HeadLimits::RESPONSE, &mut head).ok()? {
                Progress::Partial => continue,
                Progress::Complete { head_len } => {
                    assert!(head.status >= 200 && head_len <= buffer.len());
                    assert!(!to_head || head.body == BodyLength::None, "an answer to HEAD has no body");
                    buffer.drain(..head_len);
                    open = Some(Decoder::new(head.body));
                }
            }
        }
        let decoder = open.as_mut()?;
        while !decoder.is_done() {
            let step = decoder.decode(&buffer).ok()?;
            content.extend_from_slice(&buffer[step.data.clone()]);
            buffer.drain(..step.consumed);
            if step.consumed == 0 && !step.done {
                break;
            }
        }
    }
    open?.finish().ok()?;
    // What lies behind the answer spoils the connection, and nothing else.
    Some((head.status, head.body, content, buffer.len()))
}
