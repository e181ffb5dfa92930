//! Keeps the sessions that sign-ins begin: on disk before the answer to the sign-in leaves, so that what a client was told
//! survives a power cut. One thread writes for all workers, and one fsync serves all that wait for it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
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
/// A file larger than this, and than twice what is held needs, is written anew.
const COMPACT_BYTES: u64 = 1 << 20;
const BYTES_PER_SESSION: u64 = 200;

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
    Begin { digest: SessionDigest, begun: Begun, subject: String, reply: Reply },
    End { digest: SessionDigest, reply: Reply },
}

/// The workers' end.
#[derive(Debug)]
pub struct Keeper {
    held: Arc<Sessions>,
    requests: SyncSender<Request>,
}

impl Keeper {
    /// Read what is on disk into `held`, and start the thread that writes. It ends with the keeper.
    ///
    /// # Errors
    /// The file cannot be used, or there is no thread.
    pub fn start(root: &Path, secret: &[u8], limits: &Limits, held: Arc<Sessions>) -> io::Result<Self> {
        let (log, lines) = SessionLog::open(root, secret)?;
        let book = Book::new(limits.sessions, limits.sessions_per_subject);
        let mut writer = Writer { held: held.clone(), log, book, unwritten: Vec::new() };
        writer.load(&lines);
        let (requests, waiting) = sync_channel(MOST_WAITING);
        thread::Builder::new().name("sessions".to_owned()).spawn(move || writer.run(&waiting))?;
        Ok(Self { held, requests })
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

    /// A session ends; it is known no more whatever this returns, and the end is on disk if it returns no error.
    ///
    /// # Errors
    /// The end is not on disk yet; that is tried again.
    pub async fn end(&self, digest: SessionDigest) -> Result<(), Unkept> {
        self.held.remove(&digest);
        self.ask(|reply| Request::End { digest, reply }).await
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
    /// Ends that the disk has not taken yet.
    unwritten: Vec<Line>,
}

impl Writer {
    /// A clock that was set back meanwhile does not bring back what had ended.
    fn load(&mut self, lines: &[Line]) {
        let newest = lines.iter().map(|line| line.at).max().unwrap_or_default();
        let now = clock::unix_milliseconds().max(newest);
        for line in lines {
            match &line.begun {
                Some(begun) if begun.expires_at > now => {
                    self.book.begin(line.digest, begun, line.at);
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
            let patience = if self.unwritten.is_empty() { SWEEP_EVERY } else { Duration::from_secs(1) };
            match requests.recv_timeout(patience) {
                Ok(first) => {
                    let batch = std::iter::once(first).chain(requests.try_iter()).take(BATCH).collect();
                    self.serve(batch);
                }
                Err(RecvTimeoutError::Timeout) => self.serve(Vec::new()),
                Err(RecvTimeoutError::Disconnected) => return,
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
        let earlier = lines.len();
        let mut done = Vec::with_capacity(batch.len());
        for request in batch {
            let (line, outcome, request) = self.enter(request, at);
            lines.extend(line);
            done.push((request, outcome));
        }
        if lines.is_empty() {
            return;
        }
        let written = self.log.append(&lines);
        if let Err(error) = &written {
            log::line("error", "sessions", json!({"problem": format!("they cannot be kept: {error}")}));
            // What ended has to end on disk, too, as soon as it can be written.
            self.unwritten = lines.into_iter().filter(|line| line.begun.is_none()).collect();
            self.unwritten.truncate(earlier.max(MOST_WAITING));
        }
        for (request, outcome) in done {
            self.settle(request, outcome, written.is_ok());
        }
        self.compact();
    }

    /// Enter a request in the book: the line that it needs, and what came of it.
    fn enter(&mut self, request: Request, at: u64) -> (Option<Line>, Result<(), Unkept>, Request) {
        let ended = |digest: SessionDigest| Some(Line { digest, at, begun: None });
        match &request {
            Request::End { digest, .. } => {
                self.book.end(digest);
                (ended(*digest), Ok(()), request)
            }
            Request::Begin { digest, begun, .. } => match self.book.begin(*digest, begun, at) {
                Beginning::Claimed => {
                    self.held.remove(digest);
                    (ended(*digest), Err(Unkept::Claimed), request)
                }
                Beginning::Held(gone) => {
                    for digest in gone {
                        self.held.remove(&digest);
                    }
                    (Some(Line { digest: *digest, at, begun: Some(begun.clone()) }), Ok(()), request)
                }
            },
        }
    }

    /// Make it known, and tell who waits.
    fn settle(&mut self, request: Request, outcome: Result<(), Unkept>, is_written: bool) {
        let (outcome, reply) = match request {
            Request::Begin { digest, begun, subject, reply } => {
                // One that a later one of the same batch pushed out is not known any more.
                if is_written && outcome.is_ok() && self.book.holds(&digest) {
                    self.held.insert(digest, &subject, begun.expires_at);
                } else if !is_written {
                    self.book.end(&digest);
                    self.held.remove(&digest);
                }
                (outcome, reply)
            }
            Request::End { digest, reply } => {
                self.held.remove(&digest);
                (outcome, reply)
            }
        };
        // Who asked may be gone.
        let _ = reply.send(if is_written { outcome } else { outcome.and(Err(Unkept::Overloaded)) });
    }

    fn compact(&mut self) {
        let needed = self.book.len() as u64 * BYTES_PER_SESSION;
        if self.log.bytes() <= COMPACT_BYTES.max(2 * needed) || !self.unwritten.is_empty() {
            return;
        }
        let lines: Vec<Line> = self.book.lines().collect();
        if let Err(error) = self.log.replace(lines.iter()) {
            log::line("warning", "sessions", json!({"problem": format!("their file cannot be written anew: {error}")}));
        }
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
