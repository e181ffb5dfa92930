//! The engine as a whole: what its threads share, how they start, and how they end.

use std::collections::HashSet;
use std::io::Write as _;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use arc_swap::ArcSwap;
use firstclass_decide::{
    Counters, Directory, Introspections, Peppers, PublicOrigin, Routes, Sessions, TokenCache, World,
};
use serde_json::json;
use tokio::sync::Notify;

use crate::clock;
use crate::config::Config;
use crate::descriptors::{self, Inherited};
use crate::disk::Disk;
use crate::drain::{self, Stopping};
use crate::error::ServeError;
use crate::event_keeping::{self, Uses};
use crate::frames::Verifier;
use crate::holdings::Holdings;
use crate::introspecting::Questions;
use crate::link::Link;
use crate::link_state::LinkState;
use crate::listener::{Admissions, Role};
use crate::log;
use crate::memory::Budget;
use crate::observed::Observed;
use crate::quota_file::QuotaFile;
use crate::quota_ledger::{self, Ledger};
use crate::request_id::RequestIds;
use crate::sessions::Keeper;
use crate::status;
use crate::unregistered::Unregistered;
use crate::worker::Worker;

/// What all threads share.
#[derive(Debug)]
pub struct Engine {
    pub config: Config,
    /// What decides: swapped as a whole, read by every exchange once.
    pub world: ArcSwap<World>,
    /// Rate buckets of all callers.
    pub counters: Counters,
    /// Where quotas are leased.
    pub ledger: Ledger,
    /// Tokens that were verified.
    pub tokens: TokenCache,
    /// What would have been refused, by place.
    pub observed: Observed,
    /// Keeps sessions that sign-ins began.
    pub sessions: Keeper,
    /// Questions about opaque tokens.
    pub questions: Questions,
    /// Applications that tokens name and nobody registered.
    pub unregistered: Unregistered,
    /// Credentials that were let through, for control.
    pub uses: Uses,
    /// So many lines of events wait that they should be kept now.
    pub lines_wait: Notify,
    pub link: LinkState,
    pub admissions: Arc<Admissions>,
    pub held: Arc<Budget>,
    /// The drain has begun.
    pub stopping: Stopping,
    /// The last exchange has ended.
    pub served: Stopping,
    /// And its record is kept.
    pub drained: Stopping,
    started: Instant,
    workers: OnceLock<Vec<Arc<Worker>>>,
    keys_wanted: Mutex<HashSet<Arc<str>>>,
}

impl Engine {
    /// The workers, once they exist.
    pub fn workers(&self) -> &[Arc<Worker>] {
        self.workers.get().map_or(&[], Vec::as_slice)
    }

    /// Monotonic time since the engine started, for windows.
    pub fn monotonic_nanoseconds(&self, now: Instant) -> u64 {
        u64::try_from(now.duration_since(self.started).as_nanos()).unwrap_or(u64::MAX)
    }

    /// A token named a key of this issuer that the directory lacks.
    pub fn want_keys(&self, issuer: Arc<str>) {
        self.keys_wanted.lock().unwrap_or_else(PoisonError::into_inner).insert(issuer);
    }

    /// Issuers whose keys were wanted since the last call.
    pub fn take_keys_wanted(&self) -> HashSet<Arc<str>> {
        std::mem::take(&mut *self.keys_wanted.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A running engine.
#[derive(Debug)]
pub struct Running {
    engine: Arc<Engine>,
    workers: Vec<JoinHandle<()>>,
    others: Vec<JoinHandle<()>>,
    ledger: Option<JoinHandle<()>>,
    events: Option<JoinHandle<()>>,
}

impl Running {
    /// What the threads share.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Drain: no new connection, kept ones end after their exchange. Returns when all have ended, or their time is over.
    pub fn stop(self) {
        self.engine.stopping.set();
        join(self.workers);
        // Nobody spends any more.
        self.engine.ledger.settle();
        join(self.ledger.into_iter().collect());
        self.engine.served.set();
        join(self.events.into_iter().collect());
        self.engine.drained.set();
        join(self.others);
    }
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        if thread.join().is_err() {
            log::line("error", "thread_panicked", json!({}));
        }
    }
}

/// Start an engine on listeners that exist already. It serves what is on its disk, and what control sends.
///
/// # Errors
/// The data directory cannot be used, or a thread or runtime cannot be made.
pub fn start(config: Config, listeners: Inherited) -> Result<Running, ServeError> {
    let verifier = Verifier::new(&config);
    let (disk, found) = Disk::open(&config.data, &verifier)?;
    let quotas = open_quotas(&config)?;
    let (ledger, asks) = Ledger::new();
    let limits = &config.limits;
    let held = Arc::new(Sessions::new(config.mask_key.bytes()));
    let sessions = Keeper::start(&config.data, config.mask_key.bytes(), limits, held)
        .map_err(ServeError::io(format!("sessions in {}", config.data.display())))?;
    let engine = Arc::new(Engine {
        world: ArcSwap::from_pointee(empty_world(&config, &sessions)),
        counters: Counters::new(limits.rate_buckets),
        ledger,
        tokens: TokenCache::new(limits.cached_tokens),
        observed: Observed::default(),
        questions: Questions::new(limits),
        unregistered: Unregistered::default(),
        uses: Uses::default(),
        lines_wait: Notify::new(),
        sessions,
        link: LinkState::new(),
        admissions: Arc::new(Admissions::new(limits.connections, limits.connections_per_address)),
        held: Budget::new(limits.held_bytes),
        stopping: Stopping::default(),
        served: Stopping::default(),
        drained: Stopping::default(),
        started: Instant::now(),
        workers: OnceLock::new(),
        keys_wanted: Mutex::default(),
        config,
    });
    let mut holdings = Holdings::new(&engine);
    engine.link.expect(found.apis.clone());
    let is_directory_known = holdings.load(&found);
    let current_at = found.current_at;
    drop(found);
    engine.config.give_back_memory();
    if is_directory_known {
        let now = clock::unix_milliseconds();
        engine.link.loaded(now.saturating_sub(current_at.unwrap_or(now)));
    }
    let engine_id =
        disk.engine_id(|| RequestIds::new().next(clock::unix_milliseconds()).to_string().replace("req_", "eng_"));
    let workers: Vec<_> = (0..engine.config.workers).map(|_| Worker::new(&engine)).collect();
    let _ = engine.workers.set(workers.clone());
    let mut running =
        Running { engine: Arc::clone(&engine), workers: Vec::new(), others: Vec::new(), ledger: None, events: None };
    for (number, worker) in workers.into_iter().enumerate() {
        let serving = share(&listeners)?;
        running.workers.push(spawn(&format!("worker-{number}"), move || worker.run(serving))?);
    }
    let keeper = quota_ledger::Keeper::new(Arc::clone(&engine), quotas);
    running.ledger = Some(spawn_plain("quotas", move || keeper.run(&asks))?);
    let link = Link::new(Arc::clone(&engine), verifier, disk, holdings, engine_id);
    let keeping = Arc::clone(&engine);
    running.events = Some(spawn("events", move || event_keeping::run(keeping))?);
    running.others.push(spawn("link", move || link.run())?);
    running.others.push(spawn("status", move || status::serve(engine, listeners.status))?);
    Ok(running)
}

fn open_quotas(config: &Config) -> Result<QuotaFile, ServeError> {
    let what = format!("quotas in {}", config.data.display());
    QuotaFile::open(&config.data, clock::unix_milliseconds() / 1000).map_err(ServeError::io(what))
}

/// No API and nobody, but the secrets that decisions need.
fn empty_world(config: &Config, sessions: &Keeper) -> World {
    let peppers = config.peppers.iter().map(|(id, key)| (id.as_str(), key.bytes()));
    World {
        apis: Arc::new(Routes::default()),
        directory: Arc::new(Directory::new()),
        peppers: Arc::new(Peppers::new(peppers)),
        sessions: Arc::clone(sessions.held()),
        introspections: Arc::new(Introspections::new(config.limits.cached_introspections)),
        mask_key: config.mask_key.bytes().into(),
        public_url: config.public_url.trim_end_matches('/').into(),
        told_public: config.tells_public_url.then(|| PublicOrigin::of_url(&config.public_url)).flatten().map(Arc::new),
    }
}

/// Every worker accepts on every listener, through a descriptor of its own.
fn share(listeners: &Inherited) -> Result<Vec<(TcpListener, Role)>, ServeError> {
    let traffic = listeners.traffic.iter().map(|listener| (listener, Role::Traffic));
    let control = listeners.control.iter().map(|listener| (listener, Role::Control));
    let copied = traffic.chain(control).map(|(listener, role)| Ok((listener.try_clone()?, role)));
    copied.collect::<std::io::Result<_>>().map_err(ServeError::io("copy a listener"))
}

/// A thread that waits for its disk.
fn spawn_plain(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, ServeError> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map_err(ServeError::io("start a thread"))
}

/// A thread with a runtime of its own.
fn spawn<F: Future<Output = ()>>(
    name: &str,
    work: impl FnOnce() -> F + Send + 'static,
) -> Result<JoinHandle<()>, ServeError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ServeError::io("make a runtime"))?;
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            runtime.block_on(work());
            // Connections that outlived the drain end here.
            runtime.shutdown_background();
        })
        .map_err(ServeError::io("start a thread"))
}

/// Run an engine until SIGTERM, SIGINT, or the end of whoever reads our standard output; then drain.
///
/// # Errors
/// [`ServeError`]: it did not start.
pub fn run(config: &str, give_back: fn()) -> Result<(), ServeError> {
    let config = Config { give_back: Some(give_back), ..Config::parse(config)? };
    let listeners = descriptors::take(&config.listeners)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ServeError::io("make a runtime"))?;
    // Before the line that says we are here: whoever reads it may send a signal at once.
    let mut signals = runtime.block_on(async { Signals::new() }).map_err(ServeError::io("listen for signals"))?;
    let running = start(config, listeners)?;
    let line = format!("{}\n", json!({"event": "listening", "pid": std::process::id()}));
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    drop(out);
    let why = runtime.block_on(signals.wait());
    log::line("info", "draining", json!({"why": why}));
    running.stop();
    log::line("info", "ended", json!({}));
    Ok(())
}

/// As [`run`], with an error as a line of the log and an exit code.
#[must_use]
pub fn run_to_exit_code(config: &str, give_back: fn()) -> i32 {
    match run(config, give_back) {
        Ok(()) => 0,
        Err(error) => {
            log::line("error", "not_started", json!({"problem": error.to_string()}));
            1
        }
    }
}

struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            () = drain::supervisor_gone() => "the supervisor is gone",
        }
    }
}
