//! What the engine holds: bundles and the directory, built into the world that the workers read. A frame either becomes
//! effective as a whole, or leaves everything as it was. Bundles that control sends together become effective together:
//! an API that is renamed, or two that change places, are never both gone in between.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use firstclass_bundle::Document;
use firstclass_bundle::directory::Changes;
use firstclass_decide::{Directory, DirectoryError, Policy, Routes, World};
use serde_json::{Value, json};

use crate::disk::Found;
use crate::engine::Engine;
use crate::frames::{self, BundleFrame, DirectoryFrame, Verifier};
use crate::link_state::Effective;
use crate::log;

/// Bundles and directory as they are effective.
#[derive(Debug)]
pub struct Holdings {
    engine: Arc<Engine>,
    bundles: BTreeMap<String, HeldBundle>,
    /// Newer than what is held, and not effective yet: more was announced, or another API is in the way.
    waiting: BTreeMap<String, Waiting>,
    directory: Arc<Directory>,
}

#[derive(Debug, Clone)]
struct HeldBundle {
    sequence: u64,
    hash: String,
    /// None: the API was removed; its sequence still counts.
    policy: Option<Arc<Policy>>,
}

#[derive(Debug)]
struct Waiting {
    frame: BundleFrame,
    bundle: HeldBundle,
    /// Control knows that it does not fit.
    is_told: bool,
}

/// What became of a frame of a bundle, and of those that waited.
#[derive(Debug, Default)]
pub struct Settled {
    /// New, and effective; removals first, so that a crash while they are kept leaves no API that is gone.
    pub accepted: Vec<BundleFrame>,
    pub is_repeated: bool,
    pub refused: Vec<RefusedBundle>,
}

/// A bundle that did not become effective; what was before stays.
#[derive(Debug)]
pub struct RefusedBundle {
    pub api: String,
    pub sequence: u64,
    pub problem: String,
}

/// What became of a frame of the directory.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// New, and effective.
    Accepted,
    /// A snapshot of the directory: effective, in place of all that was held.
    Replaced,
    /// Already held.
    Repeated,
    /// Changes that do not follow what is held: control has to say more.
    Gap,
    Refused(String),
    /// Control's own, and cannot be made effective: nothing that follows it can, either.
    Unfit(String),
}

impl Holdings {
    /// Nothing.
    #[must_use]
    pub fn new(engine: &Arc<Engine>) -> Self {
        Self {
            engine: Arc::clone(engine),
            bundles: BTreeMap::new(),
            waiting: BTreeMap::new(),
            directory: Arc::new(Directory::new()),
        }
    }

    /// Take over what was found on disk. What this engine no longer understands is left out, with a line in the log.
    /// Returns whether the directory is known: control called it the current one once.
    pub fn load(&mut self, found: &Found) -> bool {
        let mut settled = Settled::default();
        found.bundles.iter().for_each(|frame| self.take(frame.clone(), &mut settled));
        self.settle(&mut settled);
        self.forget_waiting();
        for RefusedBundle { api, sequence, problem } in settled.refused {
            log::line("error", "bundle_refused", json!({"api": api, "sequence": sequence, "problem": problem}));
        }
        for changes in &found.directory {
            match self.directory.apply(changes) {
                Ok(next) => self.directory = Arc::new(next),
                Err(error) => {
                    // An older directory would forget revocations: nobody is known until control has sent it again.
                    log::line("error", "directory_refused", json!({"problem": error.to_string()}));
                    self.directory = Arc::new(Directory::new());
                    break;
                }
            }
        }
        self.publish();
        // An empty one comes with no file of its own, and with no bundle either: their numbers are of one sequence.
        self.directory.sequence() > 0 || (found.current_at.is_some() && found.apis.is_empty())
    }

    /// Accept a bundle, or its removal; it is effective once no more are announced.
    pub fn accept_bundle(&mut self, frame: BundleFrame, verifier: &Verifier) -> Settled {
        let (mut settled, more) = (Settled::default(), frame.more);
        if verifier.is_bundle_signed(&frame) {
            self.take(frame, &mut settled);
        } else {
            settled.refuse(&frame, "the signature is not control's".to_owned());
        }
        if !more {
            self.settle(&mut settled);
        }
        settled
    }

    /// Give up what waits: control sends it again to who does not hold it.
    pub fn forget_waiting(&mut self) {
        self.waiting.clear();
    }

    /// These APIs are live: bundles of others wait for nothing.
    pub fn forget_waiting_but(&mut self, live: &BTreeSet<String>) {
        self.waiting.retain(|api, waiting| live.contains(api) || waiting.bundle.policy.is_none());
    }

    /// Make changes of the directory effective.
    pub fn accept_directory(&mut self, frame: &DirectoryFrame, verifier: &Verifier) -> Outcome {
        if !verifier.is_directory_signed(frame) {
            return Outcome::Refused("the signature is not control's".to_owned());
        }
        let changes: Changes = match serde_json::from_str(&frame.payload) {
            Ok(changes) => changes,
            Err(error) => return Outcome::Unfit(error.to_string()),
        };
        let held = self.directory.sequence();
        if changes.snapshot && changes.to < held {
            return Outcome::Refused(format!("a snapshot at {} would undo changes up to {held}", changes.to));
        }
        if !changes.snapshot && changes.to <= held {
            return Outcome::Repeated;
        }
        match self.directory.apply(&changes) {
            Ok(next) => {
                self.directory = Arc::new(next);
                self.publish();
                if changes.snapshot { Outcome::Replaced } else { Outcome::Accepted }
            }
            Err(DirectoryError::Gap { .. }) => Outcome::Gap,
            Err(error) => Outcome::Unfit(error.to_string()),
        }
    }

    /// Sequence of the directory.
    #[must_use]
    pub fn directory_sequence(&self) -> u64 {
        self.directory.sequence()
    }

    /// `{API: {sequence, hash}}`, as `hello` and `confirm` say it.
    #[must_use]
    pub fn bundles(&self) -> Value {
        let held = self.bundles.iter().map(|(api, b)| (api.clone(), json!({"sequence": b.sequence, "hash": b.hash})));
        Value::Object(held.collect())
    }

    fn take(&mut self, frame: BundleFrame, settled: &mut Settled) {
        let hash = frame.payload.as_deref().map(frames::hash).unwrap_or_default();
        let waiting = self.waiting.get(&frame.api).map(|waiting| &waiting.bundle);
        if let Some(held) = waiting.or_else(|| self.bundles.get(&frame.api)) {
            if frame.sequence == held.sequence && hash == held.hash {
                settled.is_repeated |= waiting.is_none();
                return;
            }
            if frame.sequence <= held.sequence {
                let problem = format!("sequence {} does not follow {}", frame.sequence, held.sequence);
                return settled.refuse(&frame, problem);
            }
        }
        match frame.payload.as_deref().map(|payload| compile(&frame.api, payload, &hash)).transpose() {
            Ok(policy) => {
                let bundle = HeldBundle { sequence: frame.sequence, hash, policy };
                self.waiting.insert(frame.api.clone(), Waiting { frame, bundle, is_told: false });
            }
            Err(problem) => settled.refuse(&frame, problem),
        }
    }

    /// Make effective what waits: all of it at once or, where that does not fit, what does, the newest first. The rest
    /// is refused, and tried again with whatever comes next.
    fn settle(&mut self, settled: &mut Settled) {
        if self.waiting.is_empty() {
            return;
        }
        let mut order: Vec<_> = self.waiting.values().collect();
        order.sort_by_key(|waiting| (waiting.bundle.policy.is_some(), Reverse(waiting.bundle.sequence)));
        let mut next = self.bundles.clone();
        next.extend(order.iter().map(|waiting| (waiting.frame.api.clone(), waiting.bundle.clone())));
        let mut unfit = BTreeMap::new();
        if routes(&next).is_err() {
            next = self.bundles.clone();
            let mut left: Vec<_> = order.iter().map(|waiting| (&waiting.frame.api, &waiting.bundle)).collect();
            // What made room for another may come after it.
            loop {
                let count = left.len();
                left.retain(|(api, bundle)| {
                    let before = next.insert((*api).clone(), (*bundle).clone());
                    let Err(problem) = routes(&next) else { return false };
                    match before {
                        Some(before) => next.insert((*api).clone(), before),
                        None => next.remove(*api),
                    };
                    unfit.insert((*api).clone(), problem);
                    true
                });
                if left.is_empty() || left.len() == count {
                    break;
                }
            }
            unfit.retain(|api, _| left.iter().any(|(name, _)| *name == api));
        }
        let order: Vec<_> = order.into_iter().map(|waiting| waiting.frame.api.clone()).collect();
        for api in order {
            match (unfit.remove(&api), self.waiting.get_mut(&api)) {
                (None, _) => settled.accepted.extend(self.waiting.remove(&api).map(|waiting| waiting.frame)),
                (Some(problem), Some(waiting)) if !waiting.is_told => {
                    waiting.is_told = true;
                    settled.refuse(&waiting.frame, problem);
                }
                _ => {}
            }
        }
        if !settled.accepted.is_empty() {
            for frame in &settled.accepted {
                let of = |bundles: &BTreeMap<String, HeldBundle>| bundles.get(&frame.api)?.policy.clone();
                if let (Some(policy), Some(earlier)) = (of(&next), of(&self.bundles)) {
                    policy.follow(&earlier);
                }
            }
            self.bundles = next;
            self.publish();
        }
    }

    fn world(&self) -> Result<World, String> {
        let apis = routes(&self.bundles)?;
        let before = World::clone(&self.engine.world.load());
        let apis = apis.under(&self.directory, &before.apis);
        Ok(World { apis: Arc::new(apis), directory: Arc::clone(&self.directory), ..before })
    }

    fn publish(&self) {
        match self.world() {
            Ok(world) => self.publish_world(world),
            Err(problem) => log::line("error", "world_refused", json!({"problem": problem})),
        }
    }

    fn publish_world(&self, world: World) {
        self.engine.world.store(Arc::new(world));
        let (live, removed): (Vec<_>, Vec<_>) = self.bundles.iter().partition(|(_, held)| held.policy.is_some());
        self.engine.link.set_effective(Effective {
            bundles: live.into_iter().map(|(api, held)| (api.clone(), held.hash.clone())).collect(),
            removed: removed.into_iter().map(|(api, _)| api.clone()).collect(),
            directory_sequence: self.directory.sequence(),
        });
    }
}

impl Settled {
    fn refuse(&mut self, frame: &BundleFrame, problem: String) {
        self.refused.push(RefusedBundle { api: frame.api.clone(), sequence: frame.sequence, problem });
    }
}

fn routes(bundles: &BTreeMap<String, HeldBundle>) -> Result<Routes, String> {
    let policies = bundles.values().filter_map(|held| held.policy.clone()).collect();
    Routes::new(policies).map_err(|error| error.to_string())
}

fn compile(api: &str, payload: &str, hash: &str) -> Result<Arc<Policy>, String> {
    let document = Document::parse(payload.as_bytes()).map_err(|error| error.to_string())?;
    if document.api.name != api {
        return Err(format!("the payload is a bundle of {:?}", document.api.name));
    }
    Policy::compile(document, hash.to_owned()).map(Arc::new).map_err(|error| error.to_string())
}
