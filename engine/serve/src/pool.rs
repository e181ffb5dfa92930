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
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    upstreams: Vec<(String, Vec<Idle>)>,
    /// Where each upstream is.
    places: HashMap<String, usize, ahash::RandomState>,
    /// The upstream of the call before: it is mostly the next one's too.
    last: usize,
}

#[derive(Debug)]
struct Idle {
    wire: Wire,
    /// On the worker's clock.
    since: u64,
}

impl Kept {
    fn find(&mut self, upstream: &str) -> Option<&mut Vec<Idle>> {
        if self.upstreams.get(self.last).is_none_or(|(authority, _)| authority != upstream) {
            self.last = *self.places.get(upstream)?;
        }
        Some(&mut self.upstreams[self.last].1)
    }

    fn insert(&mut self, upstream: &str, idle: Idle) {
        self.places.insert(upstream.to_owned(), self.upstreams.len());
        self.upstreams.push((upstream.to_owned(), vec![idle]));
    }
}

impl Pool {
    /// A kept connection that shows no sign of having ended. `once` asks for one that was used a moment ago, since what
    /// it will carry must not be repeated.
    pub fn take(&self, upstream: &str, now: u64, once: bool) -> Option<Wire> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.find(upstream)?;
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
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = Idle { wire, since: now };
        match kept.find(upstream) {
            Some(kept) if kept.len() < most => kept.push(idle),
            Some(_) => {}
            None => kept.insert(upstream, idle),
        }
    }

    /// End connections that were idle for longer than `most_milliseconds`, and forget upstreams that nobody calls.
    pub fn sweep(&self, now: u64, most_milliseconds: u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let before = kept.upstreams.len();
        kept.upstreams.retain_mut(|(_, idle)| {
            idle.retain(|one| now.saturating_sub(one.since) < most_milliseconds);
            !idle.is_empty()
        });
        if kept.upstreams.len() == before {
            return;
        }
        kept.places = kept.upstreams.iter().enumerate().map(|(at, (upstream, _))| (upstream.clone(), at)).collect();
        kept.last = 0;
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
