//! Descriptors from outside become owned objects here, and nowhere else: the one place of this crate that needs `unsafe`.
#![allow(unsafe_code, reason = "what the supervisor handed over has no owner in the type system until it is taken")]

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::os::fd::{FromRawFd as _, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::config::Listeners;
use crate::error::ServeError;

/// Listeners by what they serve.
#[derive(Debug, Default)]
pub struct Inherited {
    pub traffic: Vec<TcpListener>,
    pub status: Vec<TcpListener>,
    pub control: Vec<TcpListener>,
}

/// Take ownership of the descriptors named in the configuration.
///
/// # Errors
/// A descriptor is named twice, is not open, or is no listening socket.
pub fn take(listeners: &Listeners) -> Result<Inherited, ServeError> {
    let mut seen = BTreeSet::new();
    let mut take_all = |list: &[i32]| list.iter().map(|fd| take_one(*fd, &mut seen)).collect::<Result<Vec<_>, _>>();
    Ok(Inherited {
        traffic: take_all(&listeners.traffic)?,
        status: take_all(&listeners.status)?,
        control: take_all(&listeners.control)?,
    })
}

fn take_one(fd: i32, seen: &mut BTreeSet<i32>) -> Result<TcpListener, ServeError> {
    let open = std::fs::symlink_metadata(format!("/proc/self/fd/{fd}")).is_ok();
    if fd <= 2 || !seen.insert(fd) || !open {
        return Err(ServeError::Config(format!("descriptor {fd} is not an open socket of its own")));
    }
    // SAFETY: the supervisor passed `fd` for this process alone, it is open (checked above), and `seen` makes sure that
    // nobody here owns it a second time.
    let owned = unsafe { OwnedFd::from_raw_fd(fd) };
    let socket = socket2::Socket::from(owned);
    if !socket.is_listener().unwrap_or(false) {
        return Err(ServeError::Config(format!("descriptor {fd} does not listen")));
    }
    socket.set_nonblocking(true).map_err(ServeError::io("set a listener non-blocking"))?;
    Ok(socket.into())
}

/// Watch the writing end of a pipe for the end of its reader.
///
/// # Errors
/// It is neither a pipe nor a socket.
pub fn watch_for_end(fd: OwnedFd) -> std::io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the `AsyncFd` owns the descriptor, which stays open and the same until the `AsyncFd` is dropped.
    Ok(unsafe { AsyncFd::register_with_interest(fd, Interest::ERROR) }?)
}
