//! Reading and writing of one TCP connection under a deadline: no system call before the socket is known to be ready,
//! none after a short read, one for a whole message.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;

use crate::buffer::Buffer;
use crate::clock::{Clock, Deadline};
use crate::limits::Limits;

/// Why a read or a write did not happen.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("the deadline has passed")]
    TimedOut,
    #[error("{0}")]
    Broken(#[from] io::Error),
}

/// The deadline of one task.
#[derive(Debug)]
pub struct Timer {
    clock: Arc<Clock>,
    deadline: Arc<Deadline>,
}

impl Timer {
    /// A timer that is not armed.
    #[must_use]
    pub fn new(clock: &Arc<Clock>) -> Self {
        Self { clock: Arc::clone(clock), deadline: clock.deadline() }
    }

    /// Pass in this many milliseconds.
    pub fn arm(&self, milliseconds: u64) {
        self.clock.arm(&self.deadline, milliseconds);
    }

    /// The clock's time.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.clock.now()
    }

    /// Whether it has passed; the task that asks is woken when it does.
    pub fn check(&self, context: &Context<'_>) -> Result<(), WireError> {
        if self.clock.passed(&self.deadline, context) { Err(WireError::TimedOut) } else { Ok(()) }
    }

    /// Run a future until it ends or the deadline passes.
    ///
    /// # Errors
    /// [`WireError::TimedOut`].
    pub async fn limit<F: Future>(&self, future: F) -> Result<F::Output, WireError> {
        let mut future = pin!(future);
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.check(context).map_or_else(|error| Poll::Ready(Err(error)), |()| Poll::Pending),
        })
        .await
    }
}

/// One TCP connection.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
}

impl Wire {
    /// Take over a connected stream.
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        // Messages are written whole: waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        if stream.peer_addr().is_ok_and(|peer| peer.ip().to_canonical().is_loopback()) {
            // Nothing is congested between two processes of one machine: measuring and pacing, as BBR does where it is the
            // system's choice, takes 3 % of a small call's time.
            let _ = socket2::SockRef::from(&stream).set_tcp_congestion(b"reno");
        }
        Self { stream }
    }

    /// Whether there is something to read, or the end; without a system call.
    pub fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_read_ready(context)
    }

    /// Wait until there is something to read.
    ///
    /// # Errors
    /// The deadline passed, or the connection broke.
    pub async fn readable(&self, timer: &Timer) -> Result<(), WireError> {
        poll_fn(|context| match self.stream.poll_read_ready(context) {
            Poll::Ready(result) => Poll::Ready(result.map_err(WireError::from)),
            Poll::Pending => timer.check(context).map_or_else(|error| Poll::Ready(Err(error)), |()| Poll::Pending),
        })
        .await
    }

    /// Read once, behind what the buffer holds; 0 is the end. The buffer must have room.
    pub fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut Buffer) -> Poll<io::Result<usize>> {
        let mut room = ReadBuf::new(buffer.room());
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut room))?;
        let count = room.filled().len();
        buffer.fill(count);
        Poll::Ready(Ok(count))
    }

    /// Read once; 0 is the end.
    ///
    /// # Errors
    /// The deadline passed, or the connection broke.
    pub async fn read(&mut self, buffer: &mut Buffer, timer: &Timer) -> Result<usize, WireError> {
        poll_fn(|context| match self.poll_read(context, buffer) {
            Poll::Ready(result) => Poll::Ready(result.map_err(WireError::from)),
            Poll::Pending => timer.check(context).map_or_else(|error| Poll::Ready(Err(error)), |()| Poll::Pending),
        })
        .await
    }

    /// Write some of the parts, which lie behind each other.
    pub fn poll_write(&mut self, context: &mut Context<'_>, parts: [&[u8]; 3]) -> Poll<io::Result<usize>> {
        let slices = parts.map(IoSlice::new);
        let written = match parts {
            [one, [], []] | [[], one, []] => ready!(Pin::new(&mut self.stream).poll_write(context, one))?,
            _ => ready!(Pin::new(&mut self.stream).poll_write_vectored(context, &slices))?,
        };
        Poll::Ready(if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(written) })
    }

    /// Write all of the parts, under deadlines for every piece of progress and for the whole.
    ///
    /// # Errors
    /// A deadline passed, or the connection broke.
    pub async fn write(&mut self, parts: [&[u8]; 3], timer: &Timer, limits: &Limits) -> Result<(), WireError> {
        let mut parts = parts;
        let stall = limits.write_stall_milliseconds;
        timer.arm(stall);
        let mut pace = None;
        loop {
            let written = poll_fn(|context| match self.poll_write(context, parts) {
                Poll::Ready(result) => Poll::Ready(result.map_err(WireError::from)),
                Poll::Pending => timer.check(context).map_or_else(|error| Poll::Ready(Err(error)), |()| Poll::Pending),
            })
            .await?;
            parts = behind(parts, written);
            let left = parts.iter().map(|part| part.len() as u64).sum::<u64>();
            if left == 0 {
                return Ok(());
            }
            let pace = *pace.get_or_insert_with(|| timer.now() + stall + limits.slowest(left));
            timer.arm(stall.min(pace.saturating_sub(timer.now())));
        }
    }

    /// Say that nothing more will be written.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn shut_down(&mut self) -> io::Result<()> {
        poll_fn(|context| Pin::new(&mut self.stream).poll_shutdown(context)).await
    }

    /// When this is dropped, end without a clean end (RST): the peer must not take what it got for a whole message.
    pub fn abort_at_end(&self) {
        let _ = socket2::SockRef::from(&self.stream).set_linger(Some(std::time::Duration::ZERO));
    }
}

/// What is left of the parts after `written` bytes of them.
#[must_use]
pub fn behind(parts: [&[u8]; 3], mut written: usize) -> [&[u8]; 3] {
    parts.map(|part| {
        let taken = written.min(part.len());
        written -= taken;
        &part[taken..]
    })
}
