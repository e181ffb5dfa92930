//! Conformance steps back: where more than one answer of a hundred is refused within a minute only because it is not as
//! the contract says, the contract is wrong rather than the answers. From then on the operation's answers are observed,
//! until a person enforces again. What confidentiality refuses is not counted, and goes on being refused.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

const NANOSECONDS: u64 = 1_000_000_000;
/// The minute slides by tenths of ten seconds.
const SLICE_SECONDS: u64 = 10;
const SLICES: u64 = 6;
/// Fewer answers than these in the minute say nothing yet.
pub const LEAST_ANSWERS: u64 = 100;
/// More refusals than this part of the answers are too many.
const MOST_OF: u64 = 100;

/// Bits of the word that holds the slice of now: its number, answers, refusals. Numbers begin anew after 485 days.
const NUMBER_BITS: u32 = 22;
const ANSWER_BITS: u32 = 22;
const REFUSAL_BITS: u32 = 20;

const fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// One slice of the minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Slice {
    number: u64,
    answers: u64,
    refusals: u64,
}

impl Slice {
    fn unpack(word: u64) -> Self {
        Self {
            number: word >> (ANSWER_BITS + REFUSAL_BITS),
            answers: word >> REFUSAL_BITS & mask(ANSWER_BITS),
            refusals: word & mask(REFUSAL_BITS),
        }
    }

    fn pack(self) -> u64 {
        let (answers, refusals) = (self.answers.min(mask(ANSWER_BITS)), self.refusals.min(mask(REFUSAL_BITS)));
        self.number << (ANSWER_BITS + REFUSAL_BITS) | answers << REFUSAL_BITS | refusals
    }

    fn and(self, is_refused: bool) -> Self {
        Self { answers: self.answers + 1, refusals: self.refusals + u64::from(is_refused), ..self }
    }
}

/// The last minute of one operation's answers. Counting costs one atomic word; no lock but when a slice is over.
#[derive(Debug, Default)]
pub struct StepBack {
    current: AtomicU64,
    before: Mutex<[Slice; SLICES as usize]>,
    is_back: AtomicBool,
    times: AtomicU64,
}

impl StepBack {
    /// Whether conformance is only observed now.
    #[must_use]
    pub fn is_back(&self) -> bool {
        self.is_back.load(Ordering::Relaxed)
    }

    /// How often it has stepped back.
    #[must_use]
    pub fn times(&self) -> u64 {
        self.times.load(Ordering::Relaxed)
    }

    /// Count an answer that was held to the contract.
    pub fn count(&self, is_refused: bool, monotonic_ns: u64) {
        let number = (monotonic_ns / (SLICE_SECONDS * NANOSECONDS)) & mask(NUMBER_BITS);
        let mut word = self.current.load(Ordering::Relaxed);
        loop {
            let held = Slice::unpack(word);
            // A call that began in an earlier slice counts in the one that runs.
            let is_over = held.number < number || held.number - number > SLICES;
            let next = if is_over { Slice { number, ..Slice::default() } } else { held }.and(is_refused);
            match self.current.compare_exchange_weak(word, next.pack(), Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    if is_over {
                        self.before.lock().unwrap_or_else(PoisonError::into_inner)[(held.number % SLICES) as usize] =
                            held;
                    }
                    break;
                }
                Err(changed) => word = changed,
            }
        }
        if is_refused && self.is_too_much() && !self.is_back.swap(true, Ordering::Relaxed) {
            self.times.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn is_too_much(&self) -> bool {
        let current = Slice::unpack(self.current.load(Ordering::Relaxed));
        let (mut answers, mut refusals) = (current.answers, current.refusals);
        for slice in self.before.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if slice.number < current.number && slice.number + SLICES > current.number {
                answers += slice.answers;
                refusals += slice.refusals;
            }
        }
        answers >= LEAST_ANSWERS && refusals * MOST_OF > answers
    }

    /// Goes on as the operation of an earlier bundle did.
    pub(crate) fn follow(&self, earlier: &Self) {
        self.is_back.store(earlier.is_back(), Ordering::Relaxed);
        self.times.store(earlier.times(), Ordering::Relaxed);
    }

    /// The directory says by itself that conformance is observed: what is enforced again begins with a clean minute.
    pub(crate) fn forget(&self) {
        self.current.store(0, Ordering::Relaxed);
        *self.before.lock().unwrap_or_else(PoisonError::into_inner) = Default::default();
        self.is_back.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = NANOSECONDS;

    fn fed(step: &StepBack, answers: u64, refusals: u64, at: u64) {
        for number in 0..answers {
            step.count(number < refusals, at);
        }
    }

    #[test]
    fn more_than_one_of_a_hundred_in_a_minute_steps_back() {
        let step = StepBack::default();
        fed(&step, 98, 0, 100 * SECOND);
        step.count(true, 100 * SECOND);
        assert!(!step.is_back(), "99 answers are too few to say");
        step.count(false, 100 * SECOND);
        assert!(!step.is_back(), "one of a hundred is not more than one of a hundred");
        step.count(true, 100 * SECOND);
        assert!(step.is_back() && step.times() == 1);
    }

    #[test]
    fn what_lies_more_than_a_minute_back_does_not_count() {
        let step = StepBack::default();
        fed(&step, 90, 0, 100 * SECOND);
        for second in 0..5 {
            step.count(true, (165 + second) * SECOND);
        }
        assert!(!step.is_back(), "five answers of this minute say nothing");
        fed(&step, 95, 0, 175 * SECOND);
        step.count(true, 219 * SECOND);
        assert!(step.is_back(), "six of 101 within a minute, over several slices");
    }

    #[test]
    fn few_refusals_among_many_answers_stay_enforced() {
        let step = StepBack::default();
        for second in 0..600 {
            fed(&step, 200, 1, second * SECOND);
        }
        assert!(!step.is_back());
    }

    #[test]
    fn enforced_again_it_begins_with_a_clean_minute() {
        let step = StepBack::default();
        fed(&step, 200, 100, SECOND);
        assert!(step.is_back());
        step.forget();
        step.count(true, 2 * SECOND);
        assert!(!step.is_back());
        assert_eq!(step.times(), 1, "that it happened is not forgotten");
    }

    #[test]
    fn it_works_after_years() {
        let step = StepBack::default();
        let round = (mask(NUMBER_BITS) + 1) * SLICE_SECONDS * SECOND;
        fed(&step, 90, 0, round - SECOND);
        fed(&step, 20, 1, round + SECOND);
        fed(&step, 80, 1, round + 2 * SECOND);
        assert!(!step.is_back(), "numbers began anew, and what was before them is forgotten");
        fed(&step, 100, 3, round + 3 * SECOND);
        assert!(step.is_back());
    }

    #[test]
    fn a_count_that_would_overflow_stays_at_its_bound() {
        let full = Slice { number: 5, answers: mask(ANSWER_BITS), refusals: mask(REFUSAL_BITS) };
        assert_eq!(Slice::unpack(full.and(true).pack()), full);
    }
}
