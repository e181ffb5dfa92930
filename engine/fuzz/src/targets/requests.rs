//! Pipelined requests: however the bytes are cut, the same messages, and one canonical spelling of each head.
//!
//! An input is eight places to cut at, then the stream.

use firstclass_framing::canonical::write_request_head;
use firstclass_framing::exchange::{ConnectionState, Next};
use firstclass_framing::limits::MAX_FIELDS;
use firstclass_framing::{
    BodyLength, Decoder, FramingError, HeadLimits, KnownHeader, Progress, RequestHead, Target, request, target,
};

use crate::choices::{Choices, cut};

type Message = (Vec<u8>, Vec<u8>);

/// Judge one input.
pub fn run(input: &[u8]) {
    let mut choices = Choices(input);
    let cuts = choices.take(8);
    let stream = choices.0;
    let whole = serve(&[stream]);
    let in_bytes: Vec<&[u8]> = if stream.len() <= 2048 { stream.chunks(1).collect() } else { vec![stream] };
    for pieces in [cut(stream, cuts), in_bytes] {
        let other = serve(&pieces);
        assert_eq!(other.0, whole.0, "the same messages");
        // In pieces an error may show at the end of its line, and an unfinished line not yet.
        if let Err(error) = other.1 {
            assert_eq!(Err(error), whole.1, "the same end");
        }
    }
    is_canonical(stream);
    for length in [BodyLength::Length(7), BodyLength::Chunked] {
        decodes(length, stream);
    }
}

/// Reads from pieces of a stream as an I/O layer does.
fn serve(pieces: &[&[u8]]) -> (Vec<Message>, Result<(), FramingError>) {
    let (mut messages, mut buffer) = (Vec::new(), Vec::new());
    let (mut head, mut connection) = (RequestHead::new(), ConnectionState::default());
    let mut open = None;
    for piece in pieces {
        buffer.extend_from_slice(piece);
        if let Err(error) = read_on(&mut buffer, &mut head, &mut connection, &mut open, &mut messages) {
            return (messages, Err(error));
        }
    }
    (messages, Ok(()))
}

fn read_on(
    buffer: &mut Vec<u8>,
    head: &mut RequestHead,
    connection: &mut ConnectionState,
    open: &mut Option<Message>,
    messages: &mut Vec<Message>,
) -> Result<(), FramingError> {
    loop {
        let Some((_, content)) = open else {
            match request::parse(buffer, &HeadLimits::REQUEST, head)? {
                Progress::Partial => return Ok(()),
                Progress::Complete { head_len } => {
                    assert!(head_len <= buffer.len() && head_len <= HeadLimits::REQUEST.bytes);
                    *open = Some((head.target.of(buffer).to_vec(), Vec::new()));
                    let has_body = connection.begin(head)?;
                    buffer.drain(..head_len);
                    if !has_body {
                        messages.extend(open.take());
                        answer(connection)?;
                    }
                    continue;
                }
            }
        };
        let step = connection.body(buffer)?;
        content.extend_from_slice(&buffer[step.data]);
        buffer.drain(..step.consumed);
        if step.done {
            messages.extend(open.take());
            answer(connection)?;
        } else if step.consumed == 0 {
            return Ok(());
        }
    }
}

fn answer(connection: &mut ConnectionState) -> Result<(), FramingError> {
    match connection.answered(true) {
        Next::ReadHead => Ok(()),
        Next::Drain | Next::Close => Err(FramingError::OutOfTurn),
    }
}

/// What is forwarded is read as what it was written from, and written the same again.
fn is_canonical(raw: &[u8]) {
    let mut head = RequestHead::new();
    let Ok(Progress::Complete { .. }) = request::parse(raw, &HeadLimits::REQUEST, &mut head) else { return };
    let mut normal = Target::default();
    if target::normalise(head.target.of(raw), &mut normal).is_err() {
        return;
    }
    let mut once = Vec::new();
    write_request_head(&mut once, &head, raw, normal.as_bytes());
    let mut again = RequestHead::new();
    // The canonical spelling may be longer than what came: a space after each colon, a length where none was said.
    let limits = HeadLimits { bytes: usize::MAX, target: usize::MAX, fields: MAX_FIELDS, ..HeadLimits::REQUEST };
    assert_eq!(request::parse(&once, &limits, &mut again), Ok(Progress::Complete { head_len: once.len() }));
    assert_eq!((again.method, again.body), (head.method, head.body));
    for hop in [KnownHeader::Upgrade, KnownHeader::Connection] {
        assert!(!again.headers.has(hop), "{hop:?} belongs to one connection");
    }
    let mut renormal = Target::default();
    assert_eq!(target::normalise(again.target.of(&once), &mut renormal), Ok(()));
    assert_eq!(renormal.as_bytes(), normal.as_bytes());
    let mut twice = Vec::new();
    write_request_head(&mut twice, &again, &once, renormal.as_bytes());
    assert_eq!(once, twice);
}

/// The decoder stays within its input.
pub fn decodes(length: BodyLength, input: &[u8]) {
    let mut decoder = Decoder::new(length);
    if let Ok(step) = decoder.decode(input) {
        assert!(step.consumed <= input.len() && step.data.start <= step.data.end && step.data.end <= step.consumed);
        assert!(!step.done || decoder.is_done());
    }
    let _ = decoder.finish();
}
