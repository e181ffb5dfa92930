use super::*;

const HOUR: (u64, u64) = (3_600, 7_200);
const NEXT: (u64, u64) = (7_200, 10_800);

/// A ledger in memory, as whoever keeps one on a disk would behave.
#[derive(Default)]
struct Ledger {
    leased: HashMap<(u128, u64), u64>,
    writes: usize,
}

impl Ledger {
    fn lease(&mut self, quotas: &Quotas, key: u128, count: u64, (start, end): (u64, u64)) {
        let wanted = Wanted { key, text: Vec::new(), start, end, count };
        let held = self.leased.entry((key, start)).or_default();
        let units = quotas.shortfall(&wanted, *held);
        if units > 0 {
            self.writes += 1;
        }
        *held += units;
        quotas.grant(&wanted, *held, units);
    }

    /// How many of `calls` pass, each waiting for its lease as long as it takes.
    fn pass(&mut self, quotas: &Quotas, count: u64, window: (u64, u64), calls: usize) -> usize {
        (0..calls).filter(|_| self.call(quotas, count, window)).count()
    }

    fn call(&mut self, quotas: &Quotas, count: u64, window: (u64, u64)) -> bool {
        loop {
            match quotas.spend(7, count, window, window.0) {
                Spent::Yes { ahead, .. } => {
                    if ahead {
                        self.lease(quotas, 7, count, window);
                    }
                    return true;
                }
                Spent::Wait => self.lease(quotas, 7, count, window),
                Spent::No | Spent::NoRoom => return false,
            }
        }
    }
}

#[test]
fn exactly_as_many_pass_as_the_quota_says_and_anew_in_the_next_window() {
    let (quotas, mut ledger) = (Quotas::new(100), Ledger::default());
    assert_eq!(ledger.pass(&quotas, 20, HOUR, 24), 20);
    assert_eq!(ledger.pass(&quotas, 20, NEXT, 24), 20);
}

#[test]
fn a_crash_costs_at_most_one_block_and_never_lets_more_through() {
    for (count, before) in [(20, 7), (1_000, 333), (1_000, 0), (150_000, 2_222)] {
        let mut ledger = Ledger::default();
        let passed = ledger.pass(&Quotas::new(100), count, HOUR, before);
        let after = ledger.pass(&Quotas::new(100), count, HOUR, 2 * count as usize);
        let lost = count as usize - passed - after;
        assert!(lost as u64 <= block(count), "{lost} of {count} were lost");
    }
}

#[test]
fn an_end_in_order_costs_nothing() {
    let (quotas, mut ledger) = (Quotas::new(100), Ledger::default());
    assert_eq!(ledger.pass(&quotas, 1_000, HOUR, 333), 333);
    for (key, start, spent) in quotas.settle() {
        ledger.leased.insert((key, start), spent);
    }
    assert_eq!(quotas.spend(7, 1_000, HOUR, 3_600), Spent::Wait, "what was settled is not spent again");
    assert_eq!(ledger.pass(&Quotas::new(100), 1_000, HOUR, 2_000), 667);
}

#[test]
fn blocks_keep_most_calls_from_waiting() {
    let (quotas, mut ledger) = (Quotas::new(100), Ledger::default());
    assert_eq!(ledger.pass(&quotas, 100_000, HOUR, 100_000), 100_000);
    assert!(ledger.writes <= 201, "{} writes", ledger.writes);
    assert_eq!((block(20), block(1_000), block(100_000), block(1_000_000_000)), (1, 10, 1_000, 10_000));
}

#[test]
fn a_changed_quota_holds_at_once() {
    let (quotas, mut ledger) = (Quotas::new(100), Ledger::default());
    assert_eq!(ledger.pass(&quotas, 1_000, HOUR, 50), 50);
    assert_eq!(ledger.pass(&quotas, 50, HOUR, 5), 0, "lowered: what was leased is not spent");
    assert_eq!(ledger.pass(&quotas, 53, HOUR, 10), 3);
    assert_eq!(ledger.pass(&quotas, 60, HOUR, 10), 7, "raised: the difference");
}

#[test]
fn a_call_that_another_limit_refused_does_not_count() {
    let (quotas, mut ledger) = (Quotas::new(100), Ledger::default());
    assert_eq!(ledger.pass(&quotas, 20, HOUR, 20), 20);
    quotas.give_back(7, HOUR.0);
    quotas.give_back(7, NEXT.0);
    assert_eq!(ledger.pass(&quotas, 20, HOUR, 5), 1);
}

#[test]
fn a_clock_set_back_revives_no_window() {
    let quotas = Quotas::new(100);
    assert_eq!(quotas.advance(7_200_000), 7_200);
    assert_eq!(quotas.advance(3_600_000), 7_200);
    assert_eq!(quotas.advance(7_201_500), 7_201);
}

#[test]
fn a_lease_that_cannot_be_had_is_asked_for_again() {
    let quotas = Quotas::new(100);
    let wanted = Wanted { key: 7, text: Vec::new(), start: 3_600, end: 7_200, count: 4 };
    assert_eq!(quotas.spend(7, 4, HOUR, 3_600), Spent::Wait);
    quotas.grant(&wanted, 1, 1);
    assert_eq!(quotas.spend(7, 4, HOUR, 3_600), Spent::Yes { left: 3, ahead: true });
    quotas.decline(&wanted);
    assert_eq!(quotas.spend(7, 4, HOUR, 3_600), Spent::Wait);
    quotas.grant(&wanted, u64::MAX, 0);
    assert_eq!(quotas.spend(7, 4, HOUR, 3_600), Spent::No, "a window that nobody knows about is closed");
}

#[test]
fn memory_is_bounded_and_passed_windows_make_room() {
    let quotas = Quotas::new(64);
    for key in 0..1_000u128 {
        let _ = quotas.spend(key, 1, HOUR, 3_600);
    }
    assert_eq!(quotas.spend(5_000, 1, HOUR, 3_600), Spent::NoRoom);
    assert_eq!(quotas.spend(5_000, 1, NEXT, 7_200), Spent::Wait);
    let held: usize = quotas.shards.iter().map(|shard| shard.lock().expect("sound").entries.len()).sum();
    assert!(held <= 64, "{held}");
}
