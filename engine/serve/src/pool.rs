//! Kept connections to upstreams, one pool per worker: nothing is shared, the most recently used one is taken first.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Waker};

use tokio::net::TcpStream;

use crate::wire::{Timer, Wire, WireError};

/// How long ago, at most, a connection may have been used to carry a request that must not be sent twice.
const FRESH_MILLISECONDS: u64 = 1_000;

/// The kept connections of one worker, by the authority of their upstream.
#[derive(Debug, Default)]
pub struct Pool {
    idle: Mutex<HashMap<String, Vec<Idle>, ahash::RandomState>>,
}

#[derive(Debug)]
struct Idle {
    wire: Wire,
    /// On the worker's clock.
    since: u64,
}

impl Pool {
    /// A kept connection that shows no sign of having ended. `once` asks for one that was used a moment ago, since what
    /// it will carry must not be repeated.
    pub fn take(&self, upstream: &str, now: u64, once: bool) -> Option<Wire> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(upstream)?;
        while let Some(Idle { wire, since }) = kept.pop() {
            if once && now.saturating_sub(since) > FRESH_MILLISECONDS {
                // Those below it are older still, but good enough for others.
                kept.push(Idle { wire, since });
                return None;
            }
            // Something to read on an idle connection is its end, or bytes that nobody asked for.
            if wire.poll_readable(&mut Context::from_waker(Waker::noop())).is_pending() {
                return Some(wire);
            }
        }
        None
    }

    /// Keep a connection whose exchange has ended cleanly.
    pub fn give(&self, upstream: &str, wire: Wire, now: u64, most: usize) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match idle.get_mut(upstream) {
            Some(kept) if kept.len() < most => kept.push(Idle { wire, since: now }),
            Some(_) => {}
            None => {
                idle.insert(upstream.to_owned(), vec![Idle { wire, since: now }]);
            }
        }
    }

    /// End connections that were idle for longer than `most_milliseconds`.
    pub fn sweep(&self, now: u64, most_milliseconds: u64) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|_, kept| {
            kept.retain(|one| now.saturating_sub(one.since) < most_milliseconds);
            !kept.is_empty()
        });
    }
}

/// Open a fresh connection. The timer is the caller's, armed for it.
///
/// # Errors
/// The deadline passed, or no address of the host answers.
pub async fn connect(host: &str, port: u16, timer: &Timer) -> Result<Wire, WireError> {
    let stream = match host.parse::<IpAddr>() {
        Ok(ip) => timer.limit(TcpStream::connect((ip, port))).await??,
        Err(_) => timer.limit(TcpStream::connect((host, port))).await??,
    };
    // A new connection only looks readable until somebody tries. What speaks unasked is no HTTP server.
    match stream.try_read(&mut [0]) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(Wire::new(stream)),
        Err(error) => Err(error.into()),
        Ok(_) => Err(WireError::Broken(std::io::ErrorKind::InvalidData.into())),
    }
}
