//! A crowd of attackers before a running gateway, and the origin behind it: the verdict is what the origin saw and what
//! came back. Started by `tests/soak`, which starts the gateway: prints its origin's port, reads one line of JSON, attacks,
//! prints the findings.

mod client;
mod inputs;
mod origin;

use std::collections::HashSet;
use std::io::{BufRead as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde::Deserialize;
use serde_json::json;

/// What the soak says once the gateway runs.
#[derive(Debug, Clone, Deserialize)]
struct Order {
    gateway: u16,
    /// A key that is subscribed to everything but `/guarded` and `/wipe`.
    key: String,
    inputs: u64,
    threads: u64,
    seed: u64,
}

/// What happened, counted; `findings` are broken promises.
#[derive(Debug, Default)]
struct Report {
    sent: u64,
    distinct: HashSet<u64>,
    answers: std::collections::BTreeMap<u16, u64>,
    /// Honest requests, each behind an attack on the same connection, that were answered with what they asked for.
    honest_answered: u64,
    longest_milliseconds: u64,
    findings: Vec<String>,
}

const MOST_FINDINGS: usize = 50;

impl Report {
    fn find(&mut self, what: String) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(what);
        }
    }

    fn add(&mut self, other: Report) {
        self.sent += other.sent;
        self.honest_answered += other.honest_answered;
        self.distinct.extend(other.distinct);
        for (status, count) in other.answers {
            *self.answers.entry(status).or_default() += count;
        }
        self.longest_milliseconds = self.longest_milliseconds.max(other.longest_milliseconds);
        other.findings.into_iter().for_each(|found| self.find(found));
    }
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout();
    let origin = Arc::new(origin::Origin::start()?);
    writeln!(out, "{}", json!({"origin": origin.port}))?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line)?;
    let started = Instant::now();
    let total = Mutex::new(Report::default());
    std::thread::scope(|scope| {
        for number in 0..order.threads {
            let (order, total) = (&order, &total);
            scope.spawn(move || {
                let gateway = SocketAddr::from((Ipv4Addr::LOCALHOST, order.gateway));
                let report = client::attack(gateway, order, number);
                total.lock().expect("no attacker panics while it adds").add(report);
            });
        }
    });
    let mut total = total.into_inner().expect("no attacker panics while it adds");
    let seen = origin.seen();
    seen.findings.iter().for_each(|found| total.find(found.clone()));
    let report = json!({
        "inputs": total.sent, "distinct": total.distinct.len(), "seconds": started.elapsed().as_secs(),
        "answers_by_status": total.answers, "honest_answered": total.honest_answered, "longest_exchange_milliseconds": total.longest_milliseconds,
        "requests_at_origin": seen.requests, "hostile_answers": seen.hostile, "findings": total.findings,
    });
    writeln!(out, "{report}")
}
