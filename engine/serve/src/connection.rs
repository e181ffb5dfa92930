//! One client connection: heads are read, exchanges run one after the other, and at the end the client gets the chance to
//! read what it was told.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;

use firstclass_framing::exchange::{ConnectionState, Next};
use firstclass_framing::{FramingError, Progress, request};
use tokio::net::TcpStream;

use crate::buffer::Buffer;
use crate::call::Call;
use crate::exchange;
use crate::kit::Kit;
use crate::listener::{Admitted, Role};
use crate::stock;
use crate::wire::{Timer, Wire, WireError};
use crate::worker::Worker;

/// Room for one read of a head.
const READ: usize = 4 * 1024;
/// Bytes that are read from a client that is being closed, so that it reads the answer before the reset.
const LINGER: usize = 256 * 1024;

/// One client connection.
#[derive(Debug)]
pub struct Connection {
    pub worker: Arc<Worker>,
    pub wire: Wire,
    pub timer: Timer,
    /// What the client sent and nobody has understood yet.
    pub buffer: Buffer,
    pub state: ConnectionState,
    pub peer: SocketAddr,
    pub role: Role,
}

/// The client is gone, or must not be talked to any more.
#[derive(Debug)]
pub struct Gone;

impl From<WireError> for Gone {
    fn from(_: WireError) -> Self {
        Self
    }
}

/// What stands at the beginning of the buffer.
enum Arrived {
    Head(usize),
    Fault(FramingError),
}

/// Serve a connection until it ends.
pub async fn serve(worker: Arc<Worker>, stream: TcpStream, peer: SocketAddr, role: Role, admitted: Admitted) {
    let watch = PanicWatch(Arc::clone(&worker));
    let limits = &worker.engine.config.limits;
    let mut connection = Connection {
        wire: Wire::new(stream),
        timer: Timer::new(&worker.clock),
        buffer: Buffer::default(),
        state: ConnectionState::new(limits.drained_bytes as u64),
        worker: Arc::clone(&worker),
        peer,
        role,
    };
    if connection.run().await.is_ok() {
        connection.linger().await;
    }
    stock::give_small(connection.buffer.into_storage());
    drop(admitted);
    drop(watch);
}

/// Counts a connection whose task panicked: the runtime ends only that task, and the process lives on.
struct PanicWatch(Arc<Worker>);

impl Drop for PanicWatch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.metrics.count_panic();
        }
    }
}

impl Connection {
    /// Run exchanges until the connection is to be closed; `Err`: there is nobody to say goodbye to.
    async fn run(&mut self) -> Result<(), Gone> {
        loop {
            if self.buffer.is_empty() {
                self.idle().await?;
            }
            let mut kit = stock::take_kit();
            let next = self.turn(&mut kit).await;
            stock::give_kit(kit);
            match next? {
                Next::ReadHead => {}
                Next::Drain => self.drain().await?,
                Next::Close => return Ok(()),
            }
        }
    }

    /// Whether the connection may live on after an answer that is written now.
    #[must_use]
    pub fn may_stay(&self) -> bool {
        self.state.can_keep_alive() && !self.worker.engine.stopping.is_set()
    }

    /// Write a whole message to the client.
    pub(crate) async fn write(&mut self, message: &[u8], call: &mut Call) -> Result<(), Gone> {
        self.write_parts([message, &[], &[]], call).await
    }

    /// Write parts of a message to the client.
    pub(crate) async fn write_parts(&mut self, parts: [&[u8]; 3], call: &mut Call) -> Result<(), Gone> {
        call.bytes_out += parts.iter().map(|part| part.len() as u64).sum::<u64>();
        Ok(self.wire.write(parts, &self.timer, &self.worker.engine.config.limits).await?)
    }

    /// One head and its exchange.
    async fn turn(&mut self, kit: &mut Kit) -> Result<Next, Gone> {
        match self.read_head(kit).await? {
            Arrived::Head(length) => exchange::run(self, kit, length).await,
            Arrived::Fault(error) => exchange::refuse_framing(self, kit, error).await,
        }
    }

    /// Wait for the first bytes of the next request, without holding any memory for it. A drain ends the wait.
    async fn idle(&mut self) -> Result<(), Gone> {
        self.timer.arm(self.worker.engine.config.limits.idle_milliseconds);
        let Self { buffer, wire, worker, timer, .. } = self;
        stock::give_small(std::mem::take(buffer).into_storage());
        poll_fn(|context| {
            while wire.poll_readable(context).is_ready() {
                *buffer = Buffer::new(stock::take_small());
                match wire.poll_read(context, buffer) {
                    Poll::Ready(Ok(1..)) => return Poll::Ready(Ok(())),
                    Poll::Ready(_) => return Poll::Ready(Err(Gone)),
                    // A new connection only looks readable at first.
                    Poll::Pending => stock::give_small(std::mem::take(buffer).into_storage()),
                }
            }
            if worker.engine.stopping.is_set() || timer.check(context).is_err() {
                return Poll::Ready(Err(Gone));
            }
            Poll::Pending
        })
        .await
    }

    async fn read_head(&mut self, kit: &mut Kit) -> Result<Arrived, Gone> {
        let (limits, patience) = {
            let limits = &self.worker.engine.config.limits;
            (limits.request_head(), limits.head_milliseconds)
        };
        let mut is_armed = false;
        loop {
            match request::parse(self.buffer.filled(), &limits, &mut kit.head) {
                Ok(Progress::Complete { head_len }) => return Ok(Arrived::Head(head_len)),
                Ok(Progress::Partial) => {}
                Err(error) => return Ok(Arrived::Fault(error)),
            }
            if !is_armed {
                // Once per head: one byte now and then does not keep it alive.
                self.timer.arm(patience);
                is_armed = true;
            }
            self.buffer.reserve(READ);
            if self.wire.read(&mut self.buffer, &self.timer).await? == 0 {
                return Err(Gone);
            }
        }
    }

    /// Read the rest of a request's body away.
    async fn drain(&mut self) -> Result<(), Gone> {
        self.timer.arm(self.worker.engine.config.limits.body_stall_milliseconds);
        loop {
            let (count, next) = self.state.drain(self.buffer.filled());
            self.buffer.consume(count);
            match next {
                Next::ReadHead => return Ok(()),
                Next::Drain => {}
                Next::Close => {
                    self.linger().await;
                    return Err(Gone);
                }
            }
            self.buffer.reserve(READ);
            if self.wire.read(&mut self.buffer, &self.timer).await? == 0 {
                return Err(Gone);
            }
        }
    }

    /// Close so that the client can read what was written: our end first, then a look at what it still sends. Closing with
    /// bytes unread would reset the connection, and the answer with it.
    async fn linger(&mut self) {
        if self.wire.shut_down().await.is_err() {
            return;
        }
        self.timer.arm(self.worker.engine.config.limits.linger_milliseconds);
        let mut left = LINGER;
        self.buffer.clear();
        self.buffer.reserve(READ);
        while let Ok(count @ 1..) = self.wire.read(&mut self.buffer, &self.timer).await {
            self.buffer.clear();
            left = left.saturating_sub(count);
            if left == 0 {
                return;
            }
        }
    }
}
