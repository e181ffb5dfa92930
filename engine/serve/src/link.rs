//! The link to control (LINK.md): dial, say hello, take frames, confirm what is on disk and effective, report.
//! Runs on a thread of its own, so that a revocation does not wait behind traffic.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::clock;
use crate::disk::Disk;
use crate::engine::Engine;
use crate::frames::{BundleFrame, DirectoryFrame, Frame, Verifier};
use crate::holdings::{Holdings, Outcome, RefusedBundle};
use crate::introspecting;
use crate::lines::Lines;
use crate::log;
use crate::reports::Reports;
use crate::request_id::RequestIds;

const PROTOCOL: u32 = 1;
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
const TURN: Duration = Duration::from_millis(400);
/// Reports wait while more than this is on its way to control.
const MOST_UNSENT: usize = 1 << 20;
/// How often at most the time of the last word from control is written to disk.
const NOTE_EVERY_MILLISECONDS: u64 = 30_000;
/// How often at most control is asked to send what is missing: a frame that stays unacceptable must not make a storm.
const HELLO_EVERY: Duration = Duration::from_secs(1);
/// How often at most it is asked for the whole directory, where a change of it could not be taken in.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(5);

/// The engine's end of the link.
#[derive(Debug)]
pub struct Link {
    engine: Arc<Engine>,
    verifier: Verifier,
    disk: Disk,
    holdings: Holdings,
    reports: Reports,
    engine_id: String,
    /// Names this run of the engine: its counters begin at nothing.
    run: String,
    /// Bytes for control that are not written yet.
    unsent: Vec<u8>,
    /// Something new is effective, and has to be on disk before it is confirmed.
    owes_confirm: bool,
    /// A snapshot of the directory was taken in: its text and the directory before it are free once it is on disk.
    has_much_to_free: bool,
    /// The disk refused the last time, and control knows.
    is_disk_failing: bool,
    noted_at: u64,
    greeted_at: Option<Instant>,
    /// Something is missing, and control has to be asked for it.
    owes_hello: bool,
}

impl Link {
    /// A link that has not been dialled.
    #[must_use]
    pub fn new(engine: Arc<Engine>, verifier: Verifier, disk: Disk, holdings: Holdings, engine_id: String) -> Self {
        let reports = Reports::new(&engine);
        Self {
            engine,
            verifier,
            disk,
            holdings,
            reports,
            engine_id,
            run: RequestIds::new().next(clock::unix_milliseconds()).to_string().replace("req_", "run_"),
            unsent: Vec::new(),
            owes_confirm: false,
            has_much_to_free: false,
            is_disk_failing: false,
            noted_at: 0,
            greeted_at: None,
            owes_hello: false,
        }
    }

    /// Keep the link up until the engine stops, then send what is left to say.
    pub async fn run(mut self) {
        let mut wait = FIRST_WAIT;
        while !self.engine.stopping.is_set() {
            if let Ok(stream) = UnixStream::connect(&self.engine.config.link).await {
                wait = FIRST_WAIT;
                if let Err(error) = self.session(stream).await {
                    log::line("warning", "link_ended", json!({"problem": error.to_string()}));
                }
                self.reports.session_ended();
                self.unsent.clear();
            }
            let stopping = Arc::clone(&self.engine);
            tokio::select! {
                () = sleep(wait) => {}
                () = stopping.stopping.wait() => {}
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn session(&mut self, stream: UnixStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = Lines::new(read);
        let mut tick = interval(TURN);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let engine = Arc::clone(&self.engine);
        self.holdings.forget_waiting();
        self.hello();
        loop {
            tokio::select! {
                biased;
                more = lines.wait() => {
                    if !more? {
                        return Ok(());
                    }
                    while let Some(line) = lines.next() {
                        self.accept(line)?;
                    }
                    self.settle();
                }
                written = write.write(&self.unsent), if !self.unsent.is_empty() => {
                    let count = written?;
                    self.unsent.drain(..count);
                }
                () = engine.questions.news.notified() => engine.questions.write(&mut self.unsent),
                _ = tick.tick() => {
                    self.settle();
                    self.reports.write_urgent(&mut self.unsent);
                    if self.reports.is_due() {
                        self.report();
                    }
                    let pause = if engine.link.is_refusing() { SNAPSHOT_EVERY } else { HELLO_EVERY };
                    if self.owes_hello && self.greeted_at.is_none_or(|at| at.elapsed() >= pause) {
                        self.hello();
                    }
                }
                () = engine.drained.wait() => {
                    // The last sums; control may be gone already.
                    self.report();
                    let _ = timeout(Duration::from_millis(500), write.write_all(&self.unsent)).await;
                    self.unsent.clear();
                    return Ok(());
                }
            }
        }
    }

    fn accept(&mut self, line: &[u8]) -> std::io::Result<()> {
        // What is not understood may be a revocation: better to end here and say hello again.
        let frame = serde_json::from_slice(line).map_err(|error| std::io::Error::other(format!("a frame: {error}")))?;
        match frame {
            Frame::Bundle(frame) if frame.payload.is_some() => self.accept_bundle(frame),
            Frame::BundleRemoved(frame) if frame.payload.is_none() => self.accept_bundle(frame),
            Frame::Bundle(_) | Frame::BundleRemoved(_) => {
                return Err(std::io::Error::other("a bundle without its payload"));
            }
            Frame::Directory(frame) => self.accept_directory(frame),
            Frame::Introspected(frame) => {
                if let Err(problem) = introspecting::accept(&self.engine, &frame, &self.verifier) {
                    self.refused("introspected", None, 0, &problem);
                }
            }
            Frame::Synced { directory_sequence, apis } => {
                if self.is_up_to(directory_sequence) {
                    if let Some(apis) = apis {
                        self.holdings.forget_waiting_but(&apis);
                        self.engine.link.expect(apis);
                    }
                    self.engine.link.synced();
                    self.note_current();
                } else {
                    self.owes_hello = true;
                }
            }
            Frame::Ping { directory_sequence } => {
                // A ping that names a later sequence says that something is on its way.
                if self.engine.link.is_filled() && self.is_up_to(directory_sequence) {
                    self.engine.link.note_current();
                    self.note_current();
                }
            }
        }
        Ok(())
    }

    fn is_up_to(&self, directory_sequence: u64) -> bool {
        !self.engine.link.is_refusing() && self.holdings.directory_sequence() >= directory_sequence
    }

    fn accept_bundle(&mut self, frame: BundleFrame) {
        let settled = self.holdings.accept_bundle(frame, &self.verifier);
        self.owes_confirm |= settled.is_repeated || !settled.accepted.is_empty();
        settled.accepted.into_iter().for_each(|frame| self.disk.keep_bundle(frame));
        for RefusedBundle { api, sequence, problem } in settled.refused {
            self.refused("bundle", Some(&api), sequence, &problem);
        }
    }

    fn accept_directory(&mut self, frame: DirectoryFrame) {
        match self.holdings.accept_directory(&frame, &self.verifier) {
            outcome @ (Outcome::Accepted | Outcome::Replaced) => {
                self.disk.keep_directory(frame, outcome == Outcome::Replaced);
                self.has_much_to_free |= outcome == Outcome::Replaced;
                self.owes_confirm = true;
                self.engine.link.set_refusing(false);
            }
            Outcome::Repeated => self.owes_confirm = true,
            Outcome::Gap => self.owes_hello = true,
            Outcome::Refused(problem) => self.refused("directory", None, self.holdings.directory_sequence(), &problem),
            Outcome::Unfit(problem) => {
                // Nothing can follow a change that was left out. What is in force by now may do without it.
                self.engine.link.set_refusing(true);
                self.owes_hello = true;
                self.refused("directory", None, self.holdings.directory_sequence(), &problem);
            }
        }
    }

    /// Put on disk what became effective, and confirm it.
    fn settle(&mut self) {
        if !self.owes_confirm {
            return;
        }
        match self.disk.flush(&self.verifier) {
            Ok(()) => {
                (self.owes_confirm, self.is_disk_failing) = (false, false);
                if std::mem::take(&mut self.has_much_to_free) {
                    self.engine.config.give_back_memory();
                }
                let (sequence, bundles) = (self.holdings.directory_sequence(), self.holdings.bundles());
                self.say(&json!({"kind": "confirm", "directory_sequence": sequence, "bundles": bundles}));
            }
            // Effective all the same, and tried again at the next turn; only the confirmation has to wait.
            Err(error) if !self.is_disk_failing => {
                self.is_disk_failing = true;
                let problem = format!("effective, but not kept on disk yet: {error}");
                self.refused("directory", None, self.holdings.directory_sequence(), &problem);
            }
            Err(_) => {}
        }
    }

    fn hello(&mut self) {
        (self.greeted_at, self.owes_hello) = (Some(Instant::now()), false);
        // Nothing held: control answers with a snapshot.
        let sequence = if self.engine.link.is_refusing() { 0 } else { self.holdings.directory_sequence() };
        let bundles = self.holdings.bundles();
        let engine = self.engine_id.clone();
        self.say(&json!({
            "kind": "hello", "protocol": PROTOCOL, "engine": engine, "run": self.run, "directory_sequence": sequence,
            "bundles": bundles,
        }));
    }

    fn refused(&mut self, what: &str, api: Option<&str>, sequence: u64, problem: &str) {
        log::line(
            "error",
            "frame_refused",
            json!({"what": what, "api": api, "sequence": sequence, "problem": problem}),
        );
        self.say(&json!({"kind": "refused", "what": what, "api": api, "sequence": sequence, "problem": problem}));
    }

    fn report(&mut self) {
        if self.unsent.len() < MOST_UNSENT {
            self.reports.write(&mut self.unsent);
        }
    }

    fn note_current(&mut self) {
        let now = clock::unix_milliseconds();
        if now.abs_diff(self.noted_at) >= NOTE_EVERY_MILLISECONDS {
            self.noted_at = now;
            self.disk.note_current(now);
        }
    }

    fn say(&mut self, frame: &Value) {
        self.unsent.extend_from_slice(frame.to_string().as_bytes());
        self.unsent.push(b'\n');
    }
}
