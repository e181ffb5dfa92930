//! The lines of one worker that no disk has taken yet: a buffer for each lane. The worker appends, the keeper takes them
//! whole. A full buffer drops the line and counts it: events never hold up a call.

use std::mem;
use std::sync::{Mutex, PoisonError};

use crate::event_line::EventWriter;
use crate::events::{Event, Lane};

/// The keeper is told as soon as so many bytes wait in a lane: enough to be worth a way to the disk, and few enough to be
/// in the processor's caches still.
const TOLD_AT: usize = 512 * 1024;

/// The buffers of one worker.
#[derive(Debug)]
pub struct EventBuffer {
    inner: Mutex<Inner>,
    /// Of each lane; the line that reaches it is the last one.
    most_bytes: usize,
}

#[derive(Debug)]
struct Inner {
    writer: EventWriter,
    lanes: [Lines; Lane::ALL.len()],
    /// Calls that ended, whether or not there was room for their line.
    seen: u64,
    dropped: u64,
}

/// Whole lines.
#[derive(Debug, Default)]
pub struct Lines {
    pub bytes: Vec<u8>,
    pub count: u64,
}

impl EventBuffer {
    /// Buffers of up to `most_bytes` in each lane, and one line beyond.
    #[must_use]
    pub fn new(most_bytes: usize, writer: EventWriter) -> Self {
        let inner = Inner { writer, lanes: Default::default(), seen: 0, dropped: 0 };
        Self { inner: Mutex::new(inner), most_bytes }
    }

    /// Write the event's line, or count it as dropped; true: now the keeper should come.
    #[must_use]
    pub fn push(&self, event: &Event<'_>) -> bool {
        let mut inner = self.lock();
        let Inner { writer, lanes, seen, dropped } = &mut *inner;
        *seen += 1;
        let lines = &mut lanes[event.lane() as usize];
        if lines.bytes.len() >= self.most_bytes {
            *dropped += 1;
            return false;
        }
        let before = lines.bytes.len();
        writer.write(event, &mut lines.bytes);
        lines.count += 1;
        before < TOLD_AT && lines.bytes.len() >= TOLD_AT
    }

    /// Take all lines of a lane, and leave `spare` to be written to.
    pub fn take(&self, lane: Lane, spare: &mut Lines) {
        spare.bytes.clear();
        spare.count = 0;
        mem::swap(&mut self.lock().lanes[lane as usize], spare);
    }

    /// How many calls have ended.
    pub fn seen(&self) -> u64 {
        self.lock().seen
    }

    /// Count lines that were lost elsewhere.
    pub fn count_dropped(&self, count: u64) {
        self.lock().dropped += count;
    }

    /// How many were dropped.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use firstclass_decide::Facts;

    use super::*;

    fn push(buffer: &EventBuffer) -> bool {
        buffer.push(&Event::some(&Facts::default()))
    }

    #[test]
    fn the_keeper_is_told_once_and_gets_every_line() {
        let (buffer, mut lines) = (EventBuffer::new(1 << 20, EventWriter::new(&[7; 32])), Lines::default());
        let told = (0..1_000).filter(|_| push(&buffer)).count();
        buffer.take(Lane::Strangers, &mut lines);
        let counted = lines.bytes.split_inclusive(|byte| *byte == b'\n').count();
        assert_eq!((told, lines.count, counted, buffer.seen(), buffer.dropped()), (1, 1_000, 1_000, 1_000, 0));
        buffer.take(Lane::Strangers, &mut lines);
        assert_eq!((lines.count, lines.bytes.len()), (0, 0));
    }

    #[test]
    fn a_full_buffer_drops_and_counts() {
        let (buffer, mut lines) = (EventBuffer::new(2_000, EventWriter::new(&[7; 32])), Lines::default());
        for _ in 0..100 {
            assert!(!push(&buffer));
        }
        buffer.take(Lane::Strangers, &mut lines);
        assert_eq!((lines.count + buffer.dropped(), buffer.seen()), (100, 100));
        assert!(lines.bytes.len() < 3_000 && lines.count > 1, "{}", lines.bytes.len());
        assert!(!push(&buffer));
        buffer.take(Lane::Strangers, &mut lines);
        assert_eq!(lines.count, 1, "there is room again");
    }
}
