//! One request to an origin and the way of its answer into our memory: a kept connection or a fresh one, one write, and an
//! answer whose end framing alone decides. Whatever is odd about the answer ends the connection.

use std::future::poll_fn;
use std::ops::Range;
use std::task::Poll;

use firstclass_decide::{Reason, Upstream};
use firstclass_framing::{Decoder, Method, Progress, ResponseHead, response};

use crate::buffer::Buffer;
use crate::memory::Share;
use crate::pool;
use crate::stock;
use crate::wire::{Timer, Wire, WireError, behind};
use crate::worker::Worker;

/// Room for one read of an answer.
const READ: usize = 16 * 1024;

/// What went wrong on the origin's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginFault {
    Unreachable,
    TimedOut,
    /// The answer is not HTTP, or ends before its end.
    Invalid,
}

impl OriginFault {
    /// What the caller is told.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Unreachable => Reason::UpstreamUnreachable,
            Self::TimedOut => Reason::UpstreamTimeout,
            Self::Invalid => Reason::ResponseInvalid,
        }
    }
}

/// A request that is in memory as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    pub upstream: &'a Upstream,
    /// Head and body.
    pub parts: [&'a [u8]; 2],
    /// It must not reach the origin twice.
    pub once: bool,
    pub to_head: bool,
    pub timeout_milliseconds: u64,
}

/// Whether a request must not reach the origin twice (RFC 9110 §9.2.2).
#[must_use]
pub fn is_once_only(method: Method) -> bool {
    use Method::{Delete, Get, Head, Options, Put, Query, Trace};
    !matches!(method, Get | Head | Options | Trace | Query | Put | Delete)
}

/// An origin that is answering: its head lies at the beginning of the buffer.
#[derive(Debug)]
pub struct Origin {
    wire: Wire,
    pub buffer: Buffer,
    head_len: usize,
    /// Where in the buffer the decoder goes on.
    at: usize,
    decoder: Decoder,
    /// The whole request was written.
    is_sent: bool,
}

/// How much of a request was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    Whole,
    /// The origin answers, or has closed, before it has read everything.
    Partly,
    Nothing,
}

/// Send a request and read the head of the answer.
///
/// A kept connection that ends without a byte of an answer was closed while it idled; the request is then sent once more,
/// on a fresh connection, if it may reach the origin twice or was not written at all.
///
/// # Errors
/// [`OriginFault`].
pub async fn call(
    worker: &Worker,
    timer: &Timer,
    outgoing: &Outgoing<'_>,
    head: &mut ResponseHead,
) -> Result<Origin, OriginFault> {
    if let Some(wire) = worker.pool.take(&outgoing.upstream.authority, worker.clock.now(), outgoing.once) {
        match attempt(worker, timer, wire, outgoing, head).await? {
            Attempt::Answered(origin) => return Ok(*origin),
            Attempt::Silent(sent) if outgoing.once && sent != Sent::Nothing => return Err(OriginFault::Unreachable),
            Attempt::Silent(_) => head.reset(),
        }
    }
    let wire = connect(worker, timer, outgoing.upstream).await?;
    match attempt(worker, timer, wire, outgoing, head).await? {
        Attempt::Answered(origin) => Ok(*origin),
        Attempt::Silent(_) => Err(OriginFault::Unreachable),
    }
}

/// A fresh connection.
///
/// # Errors
/// [`OriginFault::Unreachable`], also where nobody answers in time.
pub async fn connect(worker: &Worker, timer: &Timer, upstream: &Upstream) -> Result<Wire, OriginFault> {
    timer.arm(worker.engine.config.limits.connect_milliseconds);
    pool::connect(&upstream.host, upstream.port, timer).await.map_err(|_| OriginFault::Unreachable)
}

enum Attempt {
    Answered(Box<Origin>),
    /// The connection ended before any byte of an answer.
    Silent(Sent),
}

async fn attempt(
    worker: &Worker,
    timer: &Timer,
    mut wire: Wire,
    outgoing: &Outgoing<'_>,
    head: &mut ResponseHead,
) -> Result<Attempt, OriginFault> {
    let [request, body] = outgoing.parts;
    worker.after_others().await;
    let sent =
        send(&mut wire, [request, body, &[]], timer, worker.engine.config.limits.write_stall_milliseconds).await?;
    timer.arm(outgoing.timeout_milliseconds);
    let answer = read_head(worker, timer, wire, outgoing.to_head, sent == Sent::Whole, head).await?;
    Ok(answer.map_or(Attempt::Silent(sent), |origin| Attempt::Answered(Box::new(origin))))
}

/// Write the parts, as far as the origin reads them: one that answers early is listened to at once.
///
/// # Errors
/// [`OriginFault::TimedOut`]: it neither reads nor answers.
pub async fn send(wire: &mut Wire, parts: [&[u8]; 3], timer: &Timer, stall: u64) -> Result<Sent, OriginFault> {
    let mut parts = parts;
    let mut sent = Sent::Nothing;
    timer.arm(stall);
    poll_fn(|context| {
        loop {
            if parts.iter().all(|part| part.is_empty()) {
                return Poll::Ready(Ok(Sent::Whole));
            }
            match wire.poll_write(context, parts) {
                Poll::Ready(Ok(written)) => {
                    parts = behind(parts, written);
                    sent = Sent::Partly;
                    timer.arm(stall);
                }
                // What it had to say before it closed may still be there to read.
                Poll::Ready(Err(_)) => return Poll::Ready(Ok(sent)),
                Poll::Pending if wire.poll_readable(context).is_ready() => return Poll::Ready(Ok(sent)),
                Poll::Pending => {
                    return timer
                        .check(context)
                        .map_or_else(|_| Poll::Ready(Err(OriginFault::TimedOut)), |()| Poll::Pending);
                }
            }
        }
    })
    .await
}

/// Read the head of an answer, under a timer that is armed already. None: the connection ended before its first byte.
///
/// # Errors
/// [`OriginFault`].
pub async fn read_head(
    worker: &Worker,
    timer: &Timer,
    mut wire: Wire,
    to_head: bool,
    is_sent: bool,
    head: &mut ResponseHead,
) -> Result<Option<Origin>, OriginFault> {
    match wire.readable(timer).await {
        Ok(()) => {}
        Err(WireError::TimedOut) => return Err(OriginFault::TimedOut),
        Err(WireError::Broken(_)) => return Ok(None),
    }
    let limits = worker.engine.config.limits.answer_head();
    let mut buffer = Buffer::new(stock::take_large());
    loop {
        buffer.reserve(READ);
        match wire.read(&mut buffer, timer).await {
            Ok(1..) => {}
            Err(WireError::TimedOut) => return Err(OriginFault::TimedOut),
            Ok(_) | Err(WireError::Broken(_)) if buffer.is_empty() => return Ok(None),
            Ok(_) | Err(WireError::Broken(_)) => return Err(OriginFault::Invalid),
        }
        match response::parse(buffer.filled(), to_head, &limits, head) {
            Ok(Progress::Partial) => {}
            Ok(Progress::Complete { head_len }) => {
                let decoder = Decoder::new(head.body);
                return Ok(Some(Origin { wire, buffer, head_len, at: head_len, decoder, is_sent }));
            }
            Err(_) => return Err(OriginFault::Invalid),
        }
    }
}

impl Origin {
    /// Bytes of the head, interim ones included: what the head's offsets point into.
    #[must_use]
    pub fn head_bytes(&self) -> &[u8] {
        &self.buffer.filled()[..self.head_len]
    }

    /// The next piece of the body that has already arrived, as a range of the buffer's filled part.
    ///
    /// # Errors
    /// [`OriginFault::Invalid`].
    pub fn arrived(&mut self) -> Result<Option<Range<usize>>, OriginFault> {
        while self.at < self.buffer.filled().len() && !self.decoder.is_done() {
            let step = self.decoder.decode(&self.buffer.filled()[self.at..]).map_err(|_| OriginFault::Invalid)?;
            let piece = self.at + step.data.start..self.at + step.data.end;
            self.at += step.consumed;
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
            if step.consumed == 0 {
                break;
            }
        }
        Ok(None)
    }

    /// The next piece of the body, or None at its end. The piece before it is overwritten.
    ///
    /// # Errors
    /// [`OriginFault`].
    pub async fn piece(&mut self, timer: &Timer) -> Result<Option<Range<usize>>, OriginFault> {
        loop {
            if let Some(piece) = self.arrived()? {
                return Ok(Some(piece));
            }
            if self.decoder.is_done() {
                return Ok(None);
            }
            self.buffer.remove(self.head_len, self.at - self.head_len);
            self.at = self.head_len;
            self.buffer.reserve(READ);
            self.read(timer).await?;
        }
    }

    /// Take in the whole body, which ends up behind the head in one piece; the range of it. `share` grows with what
    /// arrives, not with what was announced.
    ///
    /// # Errors
    /// Why the answer cannot be held.
    pub async fn hold(&mut self, most: usize, share: &mut Share, timer: &Timer) -> Result<Range<usize>, Reason> {
        let mut end = self.head_len;
        loop {
            while let Some(piece) = self.arrived().map_err(OriginFault::reason)? {
                if piece.len() > most - (end - self.head_len) {
                    return Err(Reason::ResponseInvalid);
                }
                let length = piece.len();
                self.buffer.move_down(piece, end);
                end += length;
            }
            let held = end - self.head_len;
            if !share.grow_to(held) {
                return Err(Reason::Overloaded);
            }
            if self.decoder.is_done() {
                return Ok(self.head_len..end);
            }
            self.buffer.remove(end, self.at - end);
            self.at = end;
            self.make_room(held.min(most - held), share)?;
            self.read(timer).await.map_err(OriginFault::reason)?;
        }
    }

    /// Room for one read. The more has come, the more room there is for what follows.
    fn make_room(&mut self, held: usize, share: &mut Share) -> Result<(), Reason> {
        let filled = self.buffer.filled().len();
        if self.buffer.capacity() - filled >= READ {
            return Ok(());
        }
        let more = READ.max(held);
        if !share.grow_to(filled + more) {
            return Err(Reason::Overloaded);
        }
        match stock::take_huge(filled + more) {
            Some(storage) if storage.len() > self.buffer.capacity() => {
                stock::give_large(self.buffer.change_storage(storage));
            }
            _ => self.buffer.reserve(more),
        }
        Ok(())
    }

    /// Read once, or learn that the origin has closed.
    async fn read(&mut self, timer: &Timer) -> Result<(), OriginFault> {
        match self.wire.read(&mut self.buffer, timer).await {
            Ok(1..) => Ok(()),
            Ok(_) => self.decoder.finish().map_err(|_| OriginFault::Invalid),
            Err(WireError::TimedOut) => Err(OriginFault::TimedOut),
            Err(WireError::Broken(_)) => Err(OriginFault::Invalid),
        }
    }

    /// Whether the body has ended.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.decoder.is_done()
    }

    /// Keep the connection if it may serve again, after a look at what has arrived; else end it. The buffer comes back,
    /// with the head in it.
    #[must_use]
    pub fn finish(mut self, worker: &Worker, upstream: &Upstream, head: &ResponseHead) -> Buffer {
        while let Ok(Some(_)) = self.arrived() {}
        let left_over = self.buffer.filled().len() - self.at;
        if head.may_serve_again(self.is_sent, self.decoder.is_done(), left_over) {
            let most = worker.engine.config.limits.upstream_idle;
            worker.pool.give(&upstream.authority, self.wire, worker.clock.now(), most);
        }
        self.buffer
    }
}
