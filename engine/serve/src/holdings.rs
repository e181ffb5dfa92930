//! What the engine holds: bundles and the directory, built into the world that the workers read. A frame either becomes
//! effective as a whole, or leaves everything as it was.

use std::collections::BTreeMap;
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
    directory: Arc<Directory>,
}

#[derive(Debug)]
struct HeldBundle {
    sequence: u64,
    hash: String,
    /// None: the API was removed; its sequence still counts.
    policy: Option<Arc<Policy>>,
}

/// What became of a frame.
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
        Self { engine: Arc::clone(engine), bundles: BTreeMap::new(), directory: Arc::new(Directory::new()) }
    }

    /// Take over what was found on disk. What this engine no longer understands is left out, with a line in the log.
    /// Returns whether the directory is known: control called it the current one once.
    pub fn load(&mut self, found: &Found) -> bool {
        for frame in &found.bundles {
            if let Outcome::Refused(problem) = self.set_bundle(frame) {
                log::line(
                    "error",
                    "bundle_refused",
                    json!({"api": frame.api, "sequence": frame.sequence, "problem": problem}),
                );
            }
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

    /// Accept a bundle, or its removal.
    pub fn accept_bundle(&mut self, frame: &BundleFrame, verifier: &Verifier) -> Outcome {
        if !verifier.is_bundle_signed(frame) {
            return Outcome::Refused("the signature is not control's".to_owned());
        }
        self.set_bundle(frame)
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

    fn set_bundle(&mut self, frame: &BundleFrame) -> Outcome {
        let hash = frame.payload.as_deref().map(frames::hash).unwrap_or_default();
        if let Some(held) = self.bundles.get(&frame.api) {
            if frame.sequence == held.sequence && hash == held.hash {
                return Outcome::Repeated;
            }
            if frame.sequence <= held.sequence {
                return Outcome::Refused(format!("sequence {} does not follow {}", frame.sequence, held.sequence));
            }
        }
        let policy = match frame.payload.as_deref().map(|payload| compile(&frame.api, payload, &hash)).transpose() {
            Ok(policy) => policy,
            Err(problem) => return Outcome::Refused(problem),
        };
        let fresh = HeldBundle { sequence: frame.sequence, hash, policy };
        if let (Some(policy), Some(earlier)) = (&fresh.policy, self.bundles.get(&frame.api)) {
            earlier.policy.iter().for_each(|earlier| policy.follow(earlier));
        }
        let before = self.bundles.insert(frame.api.clone(), fresh);
        match self.world() {
            Ok(world) => {
                self.publish_world(world);
                Outcome::Accepted
            }
            Err(problem) => {
                // It does not fit beside the others: the last good one stays.
                match before {
                    Some(before) => self.bundles.insert(frame.api.clone(), before),
                    None => self.bundles.remove(&frame.api),
                };
                Outcome::Refused(problem)
            }
        }
    }

    fn world(&self) -> Result<World, String> {
        let policies = self.bundles.values().filter_map(|held| held.policy.clone()).collect();
        let apis = Routes::new(policies).map_err(|error| error.to_string())?;
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

fn compile(api: &str, payload: &str, hash: &str) -> Result<Arc<Policy>, String> {
    let document = Document::parse(payload.as_bytes()).map_err(|error| error.to_string())?;
    if document.api.name != api {
        return Err(format!("the payload is a bundle of {:?}", document.api.name));
    }
    Policy::compile(document, hash.to_owned()).map(Arc::new).map_err(|error| error.to_string())
}
