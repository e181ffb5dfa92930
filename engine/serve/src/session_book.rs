//! How many sessions there may be, and which goes when there are too many: one user's oldest first, then the oldest of
//! all. Nothing here looks at a clock or a disk.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use firstclass_decide::SessionDigest;

use crate::session_log::{Begun, Line};

/// Every session that is held, in the order in which they began.
#[derive(Debug)]
pub struct Book {
    most: usize,
    most_per_owner: usize,
    held: HashMap<SessionDigest, Held, ahash::RandomState>,
    order: BTreeMap<u64, SessionDigest>,
    owners: HashMap<Arc<str>, Vec<u64>, ahash::RandomState>,
    next: u64,
}

#[derive(Debug)]
struct Held {
    number: u64,
    owner: Arc<str>,
    at: u64,
    expires_at: u64,
}

/// What became of a session that was to begin.
#[derive(Debug, PartialEq, Eq)]
pub enum Beginning {
    /// It is held; these are not any more.
    Held(Vec<SessionDigest>),
    /// The same token speaks for somebody else already. It speaks for nobody now.
    Claimed,
}

impl Book {
    /// An empty book of so many sessions, and so many of one user at one API.
    #[must_use]
    pub fn new(most: usize, most_per_owner: usize) -> Self {
        Self {
            most: most.max(1),
            most_per_owner: most_per_owner.max(1),
            held: HashMap::default(),
            order: BTreeMap::new(),
            owners: HashMap::default(),
            next: 0,
        }
    }

    /// Whether this one is held.
    #[must_use]
    pub fn holds(&self, digest: &SessionDigest) -> bool {
        self.held.contains_key(digest)
    }

    /// A session begins at `at`. The same one again, of the same owner, lasts as the newer says.
    pub fn begin(&mut self, digest: SessionDigest, begun: &Begun, at: u64) -> Beginning {
        if let Some(before) = self.held.get(&digest) {
            let is_claimed = *before.owner != *begun.owner && at < before.expires_at;
            self.end(&digest);
            if is_claimed {
                return Beginning::Claimed;
            }
        }
        let owner = match self.owners.get_key_value(&*begun.owner) {
            Some((owner, _)) => owner.clone(),
            None => Arc::from(&*begun.owner),
        };
        let number = self.next;
        self.next += 1;
        self.order.insert(number, digest);
        self.owners.entry(owner.clone()).or_default().push(number);
        self.held.insert(digest, Held { number, owner: owner.clone(), at, expires_at: begun.expires_at });
        Beginning::Held(self.make_room(&owner))
    }

    fn make_room(&mut self, owner: &Arc<str>) -> Vec<SessionDigest> {
        let mut gone = Vec::new();
        let own = self.owners.get(owner).map_or(&[][..], Vec::as_slice);
        if own.len() > self.most_per_owner {
            gone.extend(own.first().and_then(|number| self.order.get(number)).copied());
        } else if self.held.len() > self.most {
            gone.extend(self.order.first_key_value().map(|(_, digest)| *digest));
        }
        for digest in &gone {
            self.end(digest);
        }
        gone
    }

    /// A session ends; false: it was not held.
    pub fn end(&mut self, digest: &SessionDigest) -> bool {
        let Some(held) = self.held.remove(digest) else { return false };
        self.order.remove(&held.number);
        if let Some(numbers) = self.owners.get_mut(&held.owner) {
            numbers.retain(|number| *number != held.number);
            if numbers.is_empty() {
                self.owners.remove(&held.owner);
            }
        }
        true
    }

    /// End those whose time is over; which they were.
    pub fn sweep(&mut self, now: u64) -> Vec<SessionDigest> {
        let over = |(digest, held): (&SessionDigest, &Held)| (held.expires_at <= now).then_some(*digest);
        let over: Vec<SessionDigest> = self.held.iter().filter_map(over).collect();
        for digest in &over {
            self.end(digest);
        }
        over
    }

    /// All that is held, oldest first, as the file has it.
    pub fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        self.order.values().filter_map(|digest| {
            let held = self.held.get(digest)?;
            let begun = Begun { owner: Box::from(&*held.owner), expires_at: held.expires_at };
            Some(Line { digest: *digest, at: held.at, begun: Some(begun) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(owner: &str) -> Begun {
        Begun { owner: owner.into(), expires_at: 100 }
    }

    fn digest(number: u8) -> SessionDigest {
        [number; 32]
    }

    #[test]
    fn a_user_with_too_many_sessions_loses_its_own_oldest() {
        let mut book = Book::new(10, 2);
        book.begin(digest(9), &of("ben"), 0);
        book.begin(digest(1), &of("ana"), 1);
        book.begin(digest(2), &of("ana"), 2);
        assert_eq!(book.begin(digest(3), &of("ana"), 3), Beginning::Held(vec![digest(1)]));
        assert_eq!(book.held.len(), 3);
    }

    #[test]
    fn a_full_book_loses_the_oldest_of_all() {
        let mut book = Book::new(2, 2);
        book.begin(digest(1), &of("ana"), 0);
        book.begin(digest(2), &of("ben"), 1);
        assert_eq!(book.begin(digest(3), &of("cem"), 2), Beginning::Held(vec![digest(1)]));
        assert_eq!(book.lines().map(|line| line.digest[0]).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn one_token_for_two_users_is_nobodys() {
        let mut book = Book::new(10, 10);
        book.begin(digest(1), &of("ana"), 0);
        assert_eq!(book.begin(digest(1), &of("ben"), 1), Beginning::Claimed);
        assert_eq!(book.held.len(), 0);
        // After the end of the first it is another session.
        book.begin(digest(2), &of("ana"), 0);
        assert_eq!(book.begin(digest(2), &of("ben"), 100), Beginning::Held(vec![]));
    }

    #[test]
    fn the_same_session_again_lasts_as_the_newer_says() {
        let mut book = Book::new(10, 1);
        book.begin(digest(1), &of("ana"), 0);
        let longer = Begun { expires_at: 500, ..of("ana") };
        assert_eq!(book.begin(digest(1), &longer, 1), Beginning::Held(vec![]));
        assert!(book.sweep(499).is_empty());
        assert_eq!(book.sweep(500), [digest(1)]);
        assert!(book.owners.is_empty() && book.order.is_empty());
    }
}
