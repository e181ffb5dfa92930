//! Keeps the sessions that sign-ins begin: on disk before the answer to the sign-in leaves, so that what a client was told
//! survives a power cut. One thread writes for all workers, and one fsync serves all that wait for it.
//!
//! What ended stays ended, after a restart too: an end is never turned away for want of room, and where the disk does not
//! take it, the file is emptied, for which it needs no room. Until it can be written anew, a restart forgets every session.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use firstclass_decide::{SessionDigest, Sessions, SignIn};
use serde_json::json;
use tokio::sync::oneshot;

use crate::clock;
use crate::limits::Limits;
use crate::log;
use crate::session_book::{Beginning, Book};
use crate::session_log::{Begun, Line, SessionLog};

/// More sign-ins at once than this are `overloaded`.
const MOST_WAITING: usize = 1024;
/// So many share an fsync.
const BATCH: usize = 256;
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// How soon a disk is tried again that did not take something.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// A file larger than this, and than twice what it was when it was last written anew, is written anew.
const COMPACT_BYTES: u64 = 1 << 20;

/// Why a session is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unkept {
    /// The disk does not take it, or too many wait.
    Overloaded,
    /// The API gave out a token that speaks for somebody else.
    Claimed,
}

type Reply = oneshot::Sender<Result<(), Unkept>>;

#[derive(Debug)]
enum Request {
    Begin {
        digest: SessionDigest,
        begun: Begun,
        subject: String,
        reply: Reply,
    },
    /// There are ends to write.
    Ends,
}

/// Sessions that are to end, each with an exchange that waits for it: bounded by the exchanges at once, never turned away.
type Ends = Arc<Mutex<Vec<(SessionDigest, Reply)>>>;

/// The workers' end.
#[derive(Debug)]
pub struct Keeper {
    held: Arc<Sessions>,
    requests: SyncSender<Request>,
    ends: Ends,
}

impl Keeper {
    /// Read what is on disk into `held`, and start the thread that writes. It ends with the keeper.
    ///
    /// # Errors
    /// The file cannot be used, or there is no thread.
    pub fn start(root: &Path, secret: &[u8], limits: &Limits, held: Arc<Sessions>) -> io::Result<Self> {
        let (keeper, writer, waiting) = Self::open(root, secret, limits, held)?;
        thread::Builder::new().name("sessions".to_owned()).spawn(move || writer.run(&waiting))?;
        Ok(keeper)
    }

    fn open(
        root: &Path,
        secret: &[u8],
        limits: &Limits,
        held: Arc<Sessions>,
    ) -> io::Result<(Self, Writer, Receiver<Request>)> {
        let (log, lines) = SessionLog::open(root, secret)?;
        let book = Book::new(limits.sessions, limits.sessions_per_subject);
        let ends = Ends::default();
        let mut writer = Writer {
            held: held.clone(),
            log,
            book,
            ends: ends.clone(),
            unwritten: Vec::new(),
            stale: false,
            compacted_bytes: 0,
        };
        writer.load(&lines);
        let (requests, waiting) = sync_channel(MOST_WAITING);
        Ok((Self { held, requests, ends }, writer, waiting))
    }

    /// The sessions that are known.
    #[must_use]
    pub fn held(&self) -> &Arc<Sessions> {
        &self.held
    }

    /// A session begins; it is on disk, and known, when this returns.
    ///
    /// # Errors
    /// It is neither.
    pub async fn begin(&self, sign_in: &SignIn) -> Result<(), Unkept> {
        let SignIn { tenant, api, token, subject, lifetime_ms } = sign_in;
        let digest = self.held.digest(tenant, api, token.as_bytes());
        let expires_at = clock::unix_milliseconds().saturating_add(*lifetime_ms);
        let begun = Begun { owner: format!("{tenant}\0{api}\0{subject}").into(), expires_at };
        let subject = subject.clone();
        self.ask(|reply| Request::Begin { digest, begun, subject, reply }).await
    }

    /// A session ends; it is known no more whatever this returns. Without an error no restart brings it back.
    ///
    /// # Errors
    /// That is not so yet; it is tried again.
    pub async fn end(&self, digest: SessionDigest) -> Result<(), Unkept> {
        self.held.remove(&digest);
        let (reply, answer) = oneshot::channel();
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).push((digest, reply));
        // Where the queue is full, who reads it comes to look at the ends anyway.
        if let Err(TrySendError::Disconnected(_)) = self.requests.try_send(Request::Ends) {
            return Err(Unkept::Overloaded);
        }
        answer.await.unwrap_or(Err(Unkept::Overloaded))
    }

    async fn ask(&self, request: impl FnOnce(Reply) -> Request) -> Result<(), Unkept> {
        let (reply, answer) = oneshot::channel();
        self.requests.try_send(request(reply)).map_err(|_| Unkept::Overloaded)?;
        answer.await.unwrap_or(Err(Unkept::Overloaded))
    }
}

/// The writing thread.
#[derive(Debug)]
struct Writer {
    held: Arc<Sessions>,
    log: SessionLog,
    book: Book,
    ends: Ends,
    /// Ends that the disk has not taken yet, of sessions that it has: no more than there may be sessions.
    unwritten: Vec<Line>,
    /// The file was emptied, or nobody knows what it holds: it has to be written anew.
    stale: bool,
    /// What the file took when it was last written anew.
    compacted_bytes: u64,
}

/// A session that was entered in the book, and waits for the disk.
struct Entered {
    digest: SessionDigest,
    begun: Begun,
    subject: String,
    reply: Reply,
    outcome: Result<(), Unkept>,
    /// It was held before, so that the disk knows an older line of it.
    is_known: bool,
}

impl Writer {
    /// A clock that was set back meanwhile does not bring back what had ended.
    fn load(&mut self, lines: &[Line]) {
        let newest = lines.iter().map(|line| line.at).max().unwrap_or_default();
        let now = clock::unix_milliseconds().max(newest);
        for line in lines {
            match &line.begun {
                Some(begun) if begun.expires_at > now => {
                    // There may be fewer of them than there were.
                    if let Beginning::Held(gone) = self.book.begin(line.digest, begun, line.at) {
                        self.unwritten.extend(gone.into_iter().map(|digest| Line { digest, at: now, begun: None }));
                    }
                }
                _ => {
                    self.book.end(&line.digest);
                }
            }
        }
        for line in self.book.lines() {
            if let Some(begun) = line.begun {
                let subject = begun.owner.rsplit('\0').next().unwrap_or_default();
                self.held.insert(line.digest, subject, begun.expires_at);
            }
        }
    }

    fn run(mut self, requests: &Receiver<Request>) {
        let mut swept = Instant::now();
        loop {
            let is_behind = self.stale || !self.unwritten.is_empty();
            match requests.recv_timeout(if is_behind { RETRY_AFTER } else { SWEEP_EVERY }) {
                Ok(first) => {
                    let batch = std::iter::once(first).chain(requests.try_iter()).take(BATCH).collect();
                    self.serve(batch);
                }
                Err(RecvTimeoutError::Timeout) => self.serve(Vec::new()),
                Err(RecvTimeoutError::Disconnected) => return self.serve(Vec::new()),
            }
            if swept.elapsed() >= SWEEP_EVERY {
                swept = Instant::now();
                for digest in self.book.sweep(clock::unix_milliseconds()) {
                    self.held.remove(&digest);
                }
            }
        }
    }

    fn serve(&mut self, batch: Vec<Request>) {
        let at = clock::unix_milliseconds();
        let mut lines = std::mem::take(&mut self.unwritten);
        let mut entered = Vec::with_capacity(batch.len());
        for request in batch {
            if let Request::Begin { digest, begun, subject, reply } = request {
                let is_known = self.book.holds(&digest);
                let outcome = self.begin(digest, &begun, at, &mut lines);
                entered.push(Entered { digest, begun, subject, reply, outcome, is_known });
            }
        }
        let ends = std::mem::take(&mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner));
        for (digest, _) in &ends {
            self.held.remove(digest);
            self.book.end(digest);
            lines.push(Line { digest: *digest, at, begun: None });
        }
        if lines.is_empty() && !self.stale {
            return;
        }
        let written = self.write(&lines);
        if let Err(error) = &written {
            log::line("error", "sessions", json!({"problem": format!("they cannot be kept: {error}")}));
            self.give_up(lines, &entered, at);
        }
        for one in entered {
            self.settle(one, written.is_ok());
        }
        for (_, reply) in ends {
            // Who asked may be gone.
            let _ = reply.send(if self.unwritten.is_empty() { Ok(()) } else { Err(Unkept::Overloaded) });
        }
        self.compact();
    }

    /// Enter a session in the book, and the lines that it needs. Those that it pushes out have an end on disk, too: what is
    /// read again may leave room for them.
    fn begin(&mut self, digest: SessionDigest, begun: &Begun, at: u64, lines: &mut Vec<Line>) -> Result<(), Unkept> {
        let mut end = |digest: SessionDigest| {
            self.held.remove(&digest);
            lines.push(Line { digest, at, begun: None });
        };
        match self.book.begin(digest, begun, at) {
            Beginning::Claimed => {
                end(digest);
                Err(Unkept::Claimed)
            }
            Beginning::Held(gone) => {
                gone.into_iter().for_each(end);
                lines.push(Line { digest, at, begun: Some(begun.clone()) });
                Ok(())
            }
        }
    }

    fn write(&mut self, lines: &[Line]) -> io::Result<()> {
        if !self.stale {
            return self.log.append(lines);
        }
        let held: Vec<Line> = self.book.lines().collect();
        self.log.replace(held.iter())?;
        self.stale = false;
        Ok(())
    }

    /// The disk took none of these lines. What began is not kept; what ended must not come back.
    fn give_up(&mut self, lines: Vec<Line>, entered: &[Entered], at: u64) {
        for one in entered {
            self.book.end(&one.digest);
            self.held.remove(&one.digest);
        }
        let renewed = entered.iter().filter(|one| one.is_known).map(|one| one.digest);
        let mut ends: Vec<SessionDigest> =
            lines.iter().filter(|line| line.begun.is_none()).map(|line| line.digest).chain(renewed).collect();
        ends.sort_unstable();
        ends.dedup();
        if ends.is_empty() && !self.stale {
            return;
        }
        if !std::mem::replace(&mut self.stale, true) {
            let hint =
                "their file is emptied, so that none that ended comes back, and written anew as soon as it can be";
            log::line("error", "sessions", json!({"problem": "ends cannot be written", "hint": hint}));
        }
        if self.log.clear().is_err() {
            self.unwritten.extend(ends.into_iter().map(|digest| Line { digest, at, begun: None }));
        }
    }

    /// Make a session known, and tell who waits.
    fn settle(&mut self, entered: Entered, is_written: bool) {
        let Entered { digest, begun, subject, reply, outcome, .. } = entered;
        // One that a later one of the same batch pushed out is not known any more.
        if is_written && outcome.is_ok() && self.book.holds(&digest) {
            self.held.insert(digest, &subject, begun.expires_at);
        }
        // Who asked may be gone.
        let _ = reply.send(if is_written { outcome } else { outcome.and(Err(Unkept::Overloaded)) });
    }

    fn compact(&mut self) {
        if self.log.bytes() <= COMPACT_BYTES.max(2 * self.compacted_bytes) || self.stale || !self.unwritten.is_empty() {
            return;
        }
        let lines: Vec<Line> = self.book.lines().collect();
        if let Err(error) = self.log.replace(lines.iter()) {
            log::line("warning", "sessions", json!({"problem": format!("their file cannot be written anew: {error}")}));
        }
        self.compacted_bytes = self.log.bytes();
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
