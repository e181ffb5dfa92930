//! The body of a request: held whole until it is judged, or streamed to the origin under a bound.

use std::future::poll_fn;
use std::ops::Range;
use std::sync::Arc;
use std::task::Poll;

use firstclass_decide::MethodWatch;
use firstclass_framing::canonical::write_chunk_size;
use firstclass_framing::exchange::Phase;
use firstclass_framing::{BodyLength, FramingError};

use crate::answer;
use crate::connection::{Connection, Gone};
use crate::memory::Share;
use crate::origin::{self, OriginFault, Sent};
use crate::wire::Wire;

/// Room for one read of a body.
const READ: usize = 16 * 1024;
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A request whose head lies at the beginning of the connection's buffer, and of its body as much as has been read.
#[derive(Debug)]
pub struct Incoming {
    pub head_len: usize,
    /// The body has been understood up to here.
    pub at: usize,
    /// Bytes of content so far.
    pub content: u64,
}

/// Where a held body is.
#[derive(Debug)]
pub enum Held {
    /// In the connection's buffer, as it came.
    InPlace(Range<usize>),
    /// Put together from chunks.
    Joined(Vec<u8>),
}

impl Held {
    /// The content.
    #[must_use]
    pub fn bytes<'a>(&'a self, filled: &'a [u8]) -> &'a [u8] {
        match self {
            Self::InPlace(range) => &filled[range.clone()],
            Self::Joined(bytes) => bytes,
        }
    }
}

/// Why a body was not taken.
#[derive(Debug)]
pub enum BodyFault {
    TooLarge,
    /// No memory for it now.
    Overloaded,
    Framing(FramingError),
    Gone,
    /// It names another method.
    Overriding,
    Origin(OriginFault),
}

impl From<Gone> for BodyFault {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl Incoming {
    /// The body's next piece that has already arrived.
    pub(crate) fn arrived(&mut self, connection: &mut Connection) -> Result<Option<Range<usize>>, BodyFault> {
        let Connection { buffer, state, .. } = connection;
        while state.phase() == Phase::ReadingBody && self.at < buffer.filled().len() {
            let step = state.body(&buffer.filled()[self.at..]).map_err(BodyFault::Framing)?;
            let piece = self.at + step.data.start..self.at + step.data.end;
            self.at += step.consumed;
            self.content += piece.len() as u64;
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
            if step.consumed == 0 {
                break;
            }
        }
        Ok(None)
    }

    /// Forget what was understood, so that there is room for more. The head stays.
    fn forget(&mut self, connection: &mut Connection) {
        connection.buffer.remove(self.head_len, self.at - self.head_len);
        self.at = self.head_len;
    }

    /// Whether the whole body has arrived in one piece already.
    #[must_use]
    pub fn is_here(&self, connection: &Connection, body: BodyLength) -> bool {
        let here = (connection.buffer.filled().len() - self.at) as u64;
        matches!(body, BodyLength::Length(length) if length <= here)
    }
}

/// Tell a client that waits for it that its body will be read.
async fn welcome(connection: &mut Connection) -> Result<(), Gone> {
    if connection.state.owes_continue() {
        let limits = &connection.worker.engine.config.limits;
        connection.wire.write([CONTINUE, &[], &[]], &connection.timer, limits).await?;
        connection.state.continue_sent();
    }
    Ok(())
}

/// Read the whole body, of at most `most` bytes; `share` grows with what arrives, not with what was announced.
///
/// # Errors
/// [`BodyFault`].
pub async fn hold(
    connection: &mut Connection,
    incoming: &mut Incoming,
    body: BodyLength,
    most: u64,
    share: &mut Share,
) -> Result<Held, BodyFault> {
    let engine = Arc::clone(&connection.worker.engine);
    let limits = &engine.config.limits;
    let joins = body == BodyLength::Chunked;
    let mut joined = Vec::new();
    welcome(connection).await?;
    let end = connection.worker.clock.now().saturating_add(limits.body_milliseconds);
    loop {
        while let Some(piece) = incoming.arrived(connection)? {
            if incoming.content > most {
                return Err(BodyFault::TooLarge);
            }
            if joins {
                joined.extend_from_slice(&connection.buffer.filled()[piece]);
            }
        }
        if connection.state.phase() != Phase::ReadingBody {
            break;
        }
        if joins {
            incoming.forget(connection);
        }
        // The more has come, the more room there is for the next read: the announced length buys nothing.
        let held = if joins { joined.len() } else { connection.buffer.filled().len() };
        let room = READ.max(held.min(256 * 1024));
        if !share.grow_to(held + room) {
            return Err(BodyFault::Overloaded);
        }
        connection.buffer.reserve(room);
        let left = end.saturating_sub(connection.worker.clock.now());
        connection.timer.arm(limits.body_stall_milliseconds.min(left));
        if connection.wire.read(&mut connection.buffer, &connection.timer).await.map_err(Gone::from)? == 0 {
            return Err(BodyFault::Gone);
        }
    }
    Ok(if joins { Held::Joined(joined) } else { Held::InPlace(incoming.head_len..incoming.at) })
}

/// Pass the body on to the origin as it comes, behind `head`. A client that sends too much, or something that is no body,
/// ends the origin's connection without a clean end: half a message must not be taken for a whole one.
///
/// # Errors
/// [`BodyFault`]; the origin's connection is to be aborted.
pub async fn stream(
    connection: &mut Connection,
    incoming: &mut Incoming,
    head: &mut Vec<u8>,
    body: BodyLength,
    (most, mut watch): (u64, Option<MethodWatch>),
    wire: &mut Wire,
) -> Result<Sent, BodyFault> {
    let engine = Arc::clone(&connection.worker.engine);
    let limits = &engine.config.limits;
    let is_chunked = body == BodyLength::Chunked;
    let start = connection.timer.now();
    welcome(connection).await?;
    loop {
        let piece = incoming.arrived(connection)?;
        if incoming.content > most {
            return Err(BodyFault::TooLarge);
        }
        let is_last = connection.state.phase() != Phase::ReadingBody;
        let content = piece.map_or(&[][..], |piece| &connection.buffer.filled()[piece]);
        if watch.as_mut().is_some_and(|watch| watch.finds(content)) {
            return Err(BodyFault::Overriding);
        }
        let end = answer::chunk_end(body, content, is_last);
        if is_chunked && !content.is_empty() {
            write_chunk_size(head, content.len());
        }
        if !(head.is_empty() && content.is_empty() && end.is_empty()) {
            let sent =
                origin::send(wire, [head, content, end], &connection.timer, limits.write_stall_milliseconds).await;
            if sent.map_err(BodyFault::Origin)? != Sent::Whole {
                return Ok(Sent::Partly);
            }
            head.clear();
        }
        if is_last {
            return Ok(Sent::Whole);
        }
        if incoming.at == connection.buffer.filled().len() {
            incoming.forget(connection);
            let end = start + limits.body_milliseconds + limits.slowest(incoming.content);
            connection.timer.arm(limits.body_stall_milliseconds.min(end.saturating_sub(connection.timer.now())));
            if !more(connection, wire).await? {
                return Ok(Sent::Partly);
            }
        }
    }
}

/// Read more of the body; false: the origin has begun to answer, and wants no more of it.
async fn more(connection: &mut Connection, wire: &Wire) -> Result<bool, BodyFault> {
    let Connection { buffer, wire: client, timer, .. } = connection;
    buffer.reserve(READ);
    poll_fn(|context| match client.poll_read(context, buffer) {
        Poll::Ready(Ok(1..)) => Poll::Ready(Ok(true)),
        Poll::Ready(_) => Poll::Ready(Err(BodyFault::Gone)),
        Poll::Pending if wire.poll_readable(context).is_ready() => Poll::Ready(Ok(false)),
        Poll::Pending => timer.check(context).map_or(Poll::Ready(Err(BodyFault::Gone)), |()| Poll::Pending),
    })
    .await
}
