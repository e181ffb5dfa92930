//! What the engine tells control about modes: what was, and would have been, refused, by place, and which operations have
//! stepped back.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use crate::engine::Engine;
use crate::log;
use crate::reports::line;

/// Rows of one frame, at most.
const ROWS: usize = 5_000;

/// What was said, so that the log is told once.
#[derive(Debug)]
pub struct ModeReports {
    engine: Arc<Engine>,
    /// (API, operation) whose step back the log knows of.
    stepped_back: BTreeSet<(String, String)>,
}

impl ModeReports {
    /// Nothing was said yet.
    #[must_use]
    pub fn new(engine: &Arc<Engine>) -> Self {
        Self { engine: Arc::clone(engine), stepped_back: BTreeSet::new() }
    }

    /// Append to `out` what is new.
    pub fn write(&mut self, out: &mut Vec<u8>) {
        self.write_observed(out);
        self.write_stepped_back(out);
    }

    /// A new control process may remember nothing.
    pub fn session_ended(&self) {
        self.engine.observed.report_again();
    }

    fn write_observed(&self, out: &mut Vec<u8>) {
        let world = self.engine.world.load();
        let live: Vec<(&str, &str)> =
            world.apis.policies().map(|policy| (&*policy.api.name, policy.hash.as_str())).collect();
        let is_live = |api: &str, contract: &str| live.iter().any(|(n, hash)| *n == api && hash.starts_with(contract));
        for rows in self.engine.observed.take_news(is_live).chunks(ROWS) {
            line(out, &json!({"kind": "observed", "observed": rows}));
        }
    }

    /// Said again and again until the directory says it: nobody but control makes it last.
    fn write_stepped_back(&mut self, out: &mut Vec<u8>) {
        let world = self.engine.world.load();
        let operations = world.apis.policies().flat_map(|policy| {
            let back = policy.operations.iter().filter(|operation| operation.step_back.is_back());
            back.map(|operation| (policy.api.name.clone(), operation.id.to_string()))
        });
        let back: BTreeSet<(String, String)> = operations.collect();
        for (api, operation) in back.difference(&self.stepped_back) {
            let problem = "more than 1 % of its answers were not as the contract says; they are observed from now on";
            log::line("warning", "stepped_back", json!({"api": api, "operation": operation, "problem": problem}));
        }
        if !back.is_empty() {
            let list = back.iter().map(|(api, operation)| json!({"api": api, "operation": operation}));
            let list: Vec<_> = list.collect();
            line(out, &json!({"kind": "stepped_back", "operations": list}));
        }
        self.stepped_back = back;
    }
}
