//! What holds for every input: no panic, the same messages however the bytes are cut, and one canonical spelling.

use firstclass_framing::canonical::write_request_head;
use firstclass_framing::exchange::{ConnectionState, Next};
use firstclass_framing::{BodyLength, Decoder, FramingError, HeadLimits, KnownHeader};
use firstclass_framing::{Progress, RequestHead, ResponseHead, Target, request, response, target};
use proptest::prelude::*;

/// A request as it was delimited: target and content.
type Message = (Vec<u8>, Vec<u8>);

/// Reads pipelined requests from pieces of a stream as an I/O layer does.
fn serve(pieces: &[&[u8]]) -> (Vec<Message>, Result<(), FramingError>) {
    let mut messages = Vec::new();
    let (mut buf, mut head, mut connection) = (Vec::new(), RequestHead::new(), ConnectionState::default());
    let mut open: Option<Message> = None;
    for piece in pieces {
        buf.extend_from_slice(piece);
        if let Err(error) = read_on(&mut buf, &mut head, &mut connection, &mut open, &mut messages) {
            return (messages, Err(error));
        }
    }
    (messages, Ok(()))
}

fn read_on(
    buf: &mut Vec<u8>,
    head: &mut RequestHead,
    connection: &mut ConnectionState,
    open: &mut Option<Message>,
    messages: &mut Vec<Message>,
) -> Result<(), FramingError> {
    loop {
        let Some((_, content)) = open else {
            match request::parse(buf, &HeadLimits::REQUEST, head)? {
                Progress::Partial => return Ok(()),
                Progress::Complete { head_len } => {
                    *open = Some((head.target.of(buf).to_vec(), Vec::new()));
                    let has_body = connection.begin(head)?;
                    buf.drain(..head_len);
                    if !has_body {
                        messages.extend(open.take());
                        answer(connection)?;
                    }
                    continue;
                }
            }
        };
        let step = connection.body(buf)?;
        content.extend_from_slice(&buf[step.data]);
        buf.drain(..step.consumed);
        if step.done {
            messages.extend(open.take());
            answer(connection)?;
        } else if step.consumed == 0 {
            return Ok(());
        }
    }
}

/// A request of HTTP/1.0 is the last one of its connection.
fn answer(connection: &mut ConnectionState) -> Result<(), FramingError> {
    match connection.answered(true) {
        Next::ReadHead => Ok(()),
        Next::Drain | Next::Close => Err(FramingError::OutOfTurn),
    }
}

fn cut<'a>(stream: &'a [u8], at: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = at.iter().map(|index| index.index(stream.len() + 1)).collect();
    places.extend([0, stream.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect()
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z][A-Za-z0-9-]{0,10}:[ \t]{0,2}[!-~]{0,12}[ \t]{0,2}",
        Just("Accept: */*".to_owned()),
        Just("connection: keep-alive, x-a".to_owned()),
        Just("upgrade: h2c".to_owned()),
        Just("My_Header: \u{e9}".to_owned()),
    ]
}

fn body() -> impl Strategy<Value = (String, Vec<u8>)> {
    prop_oneof![
        Just((String::new(), Vec::new())),
        prop::collection::vec(any::<u8>(), 0..40)
            .prop_map(|body| (format!("Content-Length: {}\r\n", body.len()), body)),
        prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..4).prop_map(|chunks| {
            let mut raw = Vec::new();
            for chunk in chunks {
                raw.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                raw.extend_from_slice(&chunk);
                raw.extend_from_slice(b"\r\n");
            }
            raw.extend_from_slice(b"0\r\nX-Trailer: y\r\n\r\n");
            ("Transfer-Encoding: chunked\r\n".to_owned(), raw)
        }),
    ]
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    ("/[a-z%0-9./]{0,12}", prop::collection::vec(field(), 0..4), body()).prop_map(
        |(target, fields, (framing, body))| {
            let mut raw = format!("POST {target} HTTP/1.1\r\nHost: a\r\n").into_bytes();
            for field in fields {
                raw.extend_from_slice(field.as_bytes());
                raw.extend_from_slice(b"\r\n");
            }
            raw.extend_from_slice(framing.as_bytes());
            raw.extend_from_slice(b"\r\n");
            raw.extend_from_slice(&body);
            raw
        },
    )
}

/// Well-formed messages, some of them with one byte replaced.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let damage = prop::option::weighted(
        0.5,
        (any::<prop::sample::Index>(), prop_oneof![any::<u8>(), prop::sample::select(&b"\r\n \t:;,0\0-_+%"[..]),]),
    );
    (prop::collection::vec(message(), 1..4), damage).prop_map(|(messages, damage)| {
        let mut stream = messages.concat();
        if let Some((index, byte)) = damage {
            let at = index.index(stream.len());
            stream[at] = byte;
        }
        stream
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_a_stream_is_cut_the_messages_are_the_same(
        stream in stream(),
        at in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let whole = serve(&[&stream]);
        let cut_anywhere = serve(&cut(&stream, &at));
        let bytes: Vec<_> = stream.chunks(1).collect();
        let byte_by_byte = serve(&bytes);
        for other in [cut_anywhere, byte_by_byte] {
            prop_assert_eq!(&other.0, &whole.0);
            // In pieces an error may show at the end of its line, and an unfinished line not yet.
            if let Err(error) = other.1 {
                prop_assert_eq!(Err(error), whole.1);
            }
        }
    }

    #[test]
    fn a_canonical_head_is_read_as_what_it_was_written_from(raw in message()) {
        let mut head = RequestHead::new();
        let Ok(Progress::Complete { .. }) = request::parse(&raw, &HeadLimits::REQUEST, &mut head) else {
            return Ok(());
        };
        let mut normal = Target::default();
        if target::normalise(head.target.of(&raw), &mut normal).is_err() {
            return Ok(());
        }
        let mut once = Vec::new();
        write_request_head(&mut once, &head, &raw, normal.as_bytes());
        let mut again = RequestHead::new();
        let read = request::parse(&once, &HeadLimits::REQUEST, &mut again);
        prop_assert_eq!(read, Ok(Progress::Complete { head_len: once.len() }));
        prop_assert_eq!((again.method, again.body), (head.method, head.body));
        prop_assert!(!again.headers.has(KnownHeader::Upgrade) && !again.headers.has(KnownHeader::Connection));
        let mut renormal = Target::default();
        prop_assert_eq!(target::normalise(again.target.of(&once), &mut renormal), Ok(()));
        prop_assert_eq!(renormal.as_bytes(), normal.as_bytes());
        prop_assert!(renormal.is_untouched());
        let mut twice = Vec::new();
        write_request_head(&mut twice, &again, &once, renormal.as_bytes());
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn no_bytes_make_it_panic(raw in prop::collection::vec(any::<u8>(), 0..200), to_head in any::<bool>()) {
        let _ = request::parse(&raw, &HeadLimits::REQUEST, &mut RequestHead::new());
        let _ = response::parse(&raw, to_head, &HeadLimits::RESPONSE, &mut ResponseHead::new());
        let _ = target::normalise(&raw, &mut Target::default());
        for length in [BodyLength::None, BodyLength::Length(7), BodyLength::Chunked, BodyLength::UntilClose] {
            let mut decoder = Decoder::new(length);
            if let Ok(step) = decoder.decode(&raw) {
                prop_assert!(step.consumed <= raw.len() && step.data.end <= step.consumed);
            }
            let _ = decoder.finish();
        }
    }

    #[test]
    fn what_is_normalised_has_no_dot_segment_and_one_spelling(raw in "/[a-e%0-9./?=;-]{0,24}") {
        let mut once = Target::default();
        if target::normalise(raw.as_bytes(), &mut once).is_ok() {
            prop_assert!(!once.segments().any(|segment| segment == b"." || segment == b".."));
            let mut twice = Target::default();
            prop_assert_eq!(target::normalise(once.as_bytes(), &mut twice), Ok(()));
            prop_assert_eq!(once.as_bytes(), twice.as_bytes());
        }
    }
}
