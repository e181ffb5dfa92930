//! Accepting connections, within the bounds on how many there may be.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;

use crate::connection;
use crate::log;
use crate::worker::Worker;

/// What a listener is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Calls of the APIs.
    Traffic,
    /// Hosts of the control plane.
    Control,
}

/// Counts open client connections of all workers.
#[derive(Debug)]
pub struct Admissions {
    open: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize, ahash::RandomState>>,
    most: usize,
    most_per_address: usize,
}

impl Admissions {
    /// Bounds from the configuration, and from what the process may open: a call can need two descriptors.
    #[must_use]
    pub fn new(most: usize, most_per_address: usize) -> Self {
        let most = most.min(open_files().map_or(usize::MAX, |files| files.saturating_sub(64) / 2)).max(1);
        Self { open: AtomicUsize::new(0), by_address: Mutex::default(), most, most_per_address }
    }

    /// Admit a connection from this address; None: one too many.
    #[must_use]
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admitted> {
        let address = group(address);
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = by_address.entry(address).or_default();
        if *count >= self.most_per_address {
            drop(by_address);
            self.open.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        *count += 1;
        Some(Admitted { admissions: Arc::clone(self), address })
    }

    /// Open connections.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

/// A place among the open connections, given back when it is dropped.
#[derive(Debug)]
pub struct Admitted {
    admissions: Arc<Admissions>,
    address: IpAddr,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.admissions.open.fetch_sub(1, Ordering::Relaxed);
        let mut by_address = self.admissions.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

/// Whoever has one IPv6 address usually has its whole /64.
fn group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

/// The soft limit on open files, from the kernel's own table.
fn open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

/// Accept connections until the task is aborted.
pub async fn accept(worker: Arc<Worker>, listener: TcpListener, role: Role) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return log::line("error", "listener", json!({"problem": error.to_string()})),
    };
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => serve(&worker, stream, peer, role),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Out of descriptors or memory: others will end, and then there is room again.
                log::line("warning", "accept", json!({"problem": error.to_string()}));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn serve(worker: &Arc<Worker>, stream: TcpStream, peer: SocketAddr, role: Role) {
    // One too many is closed without a word: an answer would cost what there is none of.
    if let Some(admitted) = worker.engine.admissions.admit(peer.ip()) {
        tokio::spawn(connection::serve(Arc::clone(worker), stream, peer, role, admitted));
    }
}

fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_bounded_in_all_and_per_address() {
        let admissions = Arc::new(Admissions::new(3, 2));
        let (one, two): (IpAddr, IpAddr) = ("2001:db8::1".parse().unwrap(), "2001:db8:0:1::1".parse().unwrap());
        let first = admissions.admit(one);
        let second = admissions.admit("2001:db8::2".parse().unwrap());
        assert!(first.is_some() && second.is_some() && admissions.admit(one).is_none());
        let third = admissions.admit(two);
        assert!(third.is_some() && admissions.admit(two).is_none());
        drop(first);
        assert_eq!(admissions.open(), 2);
        assert!(admissions.admit(one).is_some());
    }
}
