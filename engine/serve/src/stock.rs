//! What a worker's thread keeps for itself: buffers and kits that wait for their next use, request ids, its view of the
//! world. Nobody else can reach it, so nothing here takes a lock or counts references that other cores count too.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::Arc;

use arc_swap::{ArcSwap, Cache};
use firstclass_decide::World;

use crate::engine::Engine;
use crate::kit::Kit;
use crate::request_id::{RequestId, RequestIds};

/// Buffers of a kind that wait for their next use; more are given back to the allocator.
const SPARE: usize = 64;
/// Length of a buffer for requests: most heads fit.
const SMALL: usize = 8 * 1024;
/// Length of a buffer for answers: most fit whole.
const LARGE: usize = 64 * 1024;
/// Length of a buffer for long answers that are held, and how many of these wait.
const HUGE: usize = 256 * 1024;
const SPARE_HUGE: usize = 8;

#[derive(Default)]
struct Stock {
    ids: RequestIds,
    small: Vec<Vec<u8>>,
    large: Vec<Vec<u8>>,
    huge: Vec<Vec<u8>>,
    #[allow(clippy::vec_box, reason = "a kit is handed out as the box that it lives in")]
    kits: Vec<Box<Kit>>,
    world: Option<Seen>,
}

thread_local! {
    static STOCK: RefCell<Stock> = RefCell::default();
}

/// The world of an engine as this thread saw it last: looking whether it is still the same costs one load.
struct Seen {
    engine: Arc<Engine>,
    world: Cache<WorldOf, Arc<World>>,
}

struct WorldOf(Arc<Engine>);

impl Deref for WorldOf {
    type Target = ArcSwap<World>;

    fn deref(&self) -> &ArcSwap<World> {
        &self.0.world
    }
}

/// Look at the world as it is now. What is decided by it may hold on to parts of it.
pub fn with_world<T>(engine: &Arc<Engine>, look: impl FnOnce(&World) -> T) -> T {
    STOCK.with_borrow_mut(|stock| {
        let seen = match &mut stock.world {
            Some(seen) if Arc::ptr_eq(&seen.engine, engine) => seen,
            other => other.insert(Seen { engine: Arc::clone(engine), world: Cache::new(WorldOf(Arc::clone(engine))) }),
        };
        look(seen.world.load())
    })
}

/// A new request id.
pub fn request_id(unix_milliseconds: u64) -> RequestId {
    STOCK.with_borrow_mut(|stock| stock.ids.next(unix_milliseconds))
}

/// A buffer for a request.
pub fn take_small() -> Vec<u8> {
    STOCK.with_borrow_mut(|stock| stock.small.pop()).unwrap_or_else(|| vec![0; SMALL])
}

/// Give back what [`take_small`] gave.
pub fn give_small(buffer: Vec<u8>) {
    STOCK.with_borrow_mut(|stock| give(&mut stock.small, buffer, SMALL));
}

/// A buffer for an answer.
pub fn take_large() -> Vec<u8> {
    STOCK.with_borrow_mut(|stock| stock.large.pop()).unwrap_or_else(|| vec![0; LARGE])
}

/// A buffer for an answer of at least this many bytes, its head included; None: longer than what is kept.
pub fn take_huge(length: usize) -> Option<Vec<u8>> {
    let take = || STOCK.with_borrow_mut(|stock| stock.huge.pop()).unwrap_or_else(|| vec![0; HUGE]);
    (length <= HUGE).then(take)
}

/// Give back what [`take_large`] or [`take_huge`] gave.
pub fn give_large(buffer: Vec<u8>) {
    STOCK.with_borrow_mut(|stock| match buffer.len() {
        HUGE if stock.huge.len() < SPARE_HUGE => stock.huge.push(buffer),
        HUGE => {}
        _ => give(&mut stock.large, buffer, LARGE),
    });
}

/// A kit for an exchange.
pub fn take_kit() -> Box<Kit> {
    STOCK.with_borrow_mut(|stock| stock.kits.pop()).unwrap_or_default()
}

/// Give back what [`take_kit`] gave.
pub fn give_kit(kit: Box<Kit>) {
    STOCK.with_borrow_mut(|stock| {
        if stock.kits.len() < SPARE
            && let Some(kit) = kit.cleaned()
        {
            stock.kits.push(kit);
        }
    });
}

fn give(to: &mut Vec<Vec<u8>>, buffer: Vec<u8>, length: usize) {
    // One that has grown is worth less than the memory that it holds.
    if buffer.len() == length && to.len() < SPARE {
        to.push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_unless_it_has_grown() {
        let mut buffer = take_small();
        buffer[0] = 7;
        give_small(buffer);
        assert_eq!(take_small()[0], 7);
        give_small(vec![7; SMALL + 1]);
        assert_eq!(take_small(), vec![0; SMALL]);
    }
}
