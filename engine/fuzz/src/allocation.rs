//! Counts what a thread allocates, so that memory without a bound is found as a panic is. The programs of this crate
//! install [`Counting`] as their allocator; without it every peak is 0.
#![allow(unsafe_code, reason = "an allocator is an unsafe trait; each call goes to the system's unchanged")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counted.
#[derive(Debug)]
pub struct Counting;

fn grown(by: usize) {
    // A thread that is ending counts no more.
    let _ = LIVE.try_with(|live| {
        live.set(live.get().wrapping_add(by));
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
}

fn shrunk(by: usize) {
    let _ = LIVE.try_with(|live| live.set(live.get().saturating_sub(by)));
}

// SAFETY: every method hands its arguments to the system's allocator as they are and returns what that returns.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        // SAFETY: the caller's promise is the callee's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        shrunk(layout.size());
        // SAFETY: the caller's promise is the callee's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The most bytes that this thread held at once during the call, beyond what it held before.
pub fn peak_of(call: impl FnOnce()) -> usize {
    let before = LIVE.with(Cell::get);
    PEAK.with(|peak| peak.set(before));
    call();
    PEAK.with(Cell::get).saturating_sub(before)
}
