//! Counters and histograms: kept per worker without sharing, summed when somebody scrapes. The counters are exact; no
//! pressure drops them.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

/// Upper bounds of the duration buckets, in seconds and as Prometheus writes them.
const BOUNDS: [(u64, &str); 14] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (5_000_000, "5"),
    (10_000_000, "10"),
];

/// A histogram of durations with fixed buckets.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    buckets: [u64; BOUNDS.len() + 1],
    microseconds: u64,
}

impl Histogram {
    /// Count one duration.
    pub fn add(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|(bound, _)| micros <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket] += 1;
        self.microseconds = self.microseconds.saturating_add(micros);
    }

    fn merge(&mut self, other: &Self) {
        for (sum, count) in self.buckets.iter_mut().zip(other.buckets) {
            *sum += count;
        }
        self.microseconds = self.microseconds.saturating_add(other.microseconds);
    }

    fn write(&self, name: &str, api: &str, out: &mut String) {
        let api = escape(api);
        let mut sum = 0;
        for (count, (_, bound)) in self.buckets.iter().zip(BOUNDS) {
            sum += count;
            let _ = writeln!(out, "{name}_bucket{{api=\"{api}\",le=\"{bound}\"}} {sum}");
        }
        sum += self.buckets[BOUNDS.len()];
        let _ = writeln!(out, "{name}_bucket{{api=\"{api}\",le=\"+Inf\"}} {sum}");
        let _ = writeln!(
            out,
            "{name}_sum{{api=\"{api}\"}} {}.{:06}",
            self.microseconds / 1_000_000,
            self.microseconds % 1_000_000
        );
        let _ = writeln!(out, "{name}_count{{api=\"{api}\"}} {sum}");
    }
}

/// What is counted apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CounterKey {
    pub api: Option<String>,
    pub operation: Option<String>,
    pub application: Option<String>,
    pub decision: &'static str,
    pub reason: Option<&'static str>,
}

/// One counter as control receives it.
#[derive(Debug, Serialize)]
pub struct Counter {
    #[serde(flatten)]
    pub key: CounterKey,
    pub count: u64,
}

/// The parts of a call that its counters need, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub api: Option<&'a str>,
    pub operation: Option<&'a str>,
    pub application: Option<&'a str>,
    pub decision: &'static str,
    pub reason: Option<&'static str>,
    pub total: Duration,
    pub upstream: Option<Duration>,
}

/// The metrics of one worker.
#[derive(Debug, Default)]
pub struct Metrics {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    counters: Vec<(CounterKey, u64)>,
    /// Where counters are, by the hash of their keys' parts, so that counting copies no text; equal hashes are told apart
    /// by the key.
    places: HashMap<u64, Vec<usize>, ahash::RandomState>,
    by_api: Vec<(Option<String>, Histogram, Histogram)>,
    /// The counter and the API of the call before: calls of a kind come together.
    last: (usize, usize),
    panics: u64,
}

impl Call<'_> {
    fn is_of(&self, key: &CounterKey) -> bool {
        self.api == key.api.as_deref()
            && self.operation == key.operation.as_deref()
            && self.application == key.application.as_deref()
            && self.decision == key.decision
            && self.reason == key.reason
    }

    fn key(&self) -> CounterKey {
        let text = |part: Option<&str>| part.map(str::to_owned);
        CounterKey {
            api: text(self.api),
            operation: text(self.operation),
            application: text(self.application),
            decision: self.decision,
            reason: self.reason,
        }
    }
}

impl Inner {
    fn counter(&mut self, call: &Call<'_>) -> usize {
        if self.counters.get(self.last.0).is_some_and(|(key, _)| call.is_of(key)) {
            return self.last.0;
        }
        let parts = (call.api, call.operation, call.application, call.decision, call.reason);
        let hash = std::hash::BuildHasher::hash_one(self.places.hasher(), parts);
        let same = self.places.entry(hash).or_default();
        if let Some(&at) = same.iter().find(|at| call.is_of(&self.counters[**at].0)) {
            return at;
        }
        same.push(self.counters.len());
        self.counters.push((call.key(), 0));
        self.counters.len() - 1
    }

    fn api(&mut self, call: &Call<'_>) -> usize {
        if self.by_api.get(self.last.1).is_some_and(|(api, ..)| api.as_deref() == call.api) {
            return self.last.1;
        }
        self.by_api.iter().position(|(api, ..)| api.as_deref() == call.api).unwrap_or_else(|| {
            self.by_api.push((call.api.map(str::to_owned), Histogram::default(), Histogram::default()));
            self.by_api.len() - 1
        })
    }
}

impl Metrics {
    /// Count one call.
    pub fn count(&self, call: &Call<'_>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (counter, api) = (inner.counter(call), inner.api(call));
        inner.last = (counter, api);
        inner.counters[counter].1 += 1;
        let (_, total, upstream) = &mut inner.by_api[api];
        total.add(call.total);
        if let Some(duration) = call.upstream {
            upstream.add(duration);
        }
    }

    /// Count a connection that ended by a defect of ours.
    pub fn count_panic(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).panics += 1;
    }
}

/// All counters of all workers, summed.
#[must_use]
pub fn counters<'a>(workers: impl Iterator<Item = &'a Metrics>) -> Vec<Counter> {
    let mut sums = BTreeMap::<CounterKey, u64>::new();
    for metrics in workers {
        let inner = metrics.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, count) in &inner.counters {
            *sums.entry(key.clone()).or_default() += count;
        }
    }
    sums.into_iter().map(|(key, count)| Counter { key, count }).collect()
}

/// The metrics page, in Prometheus's text format.
#[must_use]
pub fn page<'a>(
    workers: impl Iterator<Item = &'a Metrics> + Clone,
    gauges: &[(&str, &str, u64)],
    step_backs: &[(&str, &str, u64)],
) -> String {
    let mut out = String::new();
    let mut requests = BTreeMap::<(String, String, &str, &str), u64>::new();
    for counter in counters(workers.clone()) {
        let CounterKey { api, operation, decision, reason, .. } = counter.key;
        let key = (api.unwrap_or_default(), operation.unwrap_or_default(), decision, reason.unwrap_or_default());
        *requests.entry(key).or_default() += counter.count;
    }
    out.push_str("# TYPE firstclass_requests_total counter\n");
    for ((api, operation, decision, reason), count) in requests {
        let (api, operation) = (escape(&api), escape(&operation));
        let _ = writeln!(
            out,
            "firstclass_requests_total{{api=\"{api}\",operation=\"{operation}\",decision=\"{decision}\",reason=\"{reason}\"}} {count}"
        );
    }
    let mut durations = BTreeMap::<String, (Histogram, Histogram)>::new();
    let mut panics = 0;
    for metrics in workers {
        let inner = metrics.inner.lock().unwrap_or_else(PoisonError::into_inner);
        panics += inner.panics;
        for (api, total, upstream) in &inner.by_api {
            let sum = durations.entry(api.clone().unwrap_or_default()).or_default();
            sum.0.merge(total);
            sum.1.merge(upstream);
        }
    }
    out.push_str("# TYPE firstclass_request_duration_seconds histogram\n");
    for (api, (total, _)) in &durations {
        total.write("firstclass_request_duration_seconds", api, &mut out);
    }
    out.push_str("# TYPE firstclass_upstream_duration_seconds histogram\n");
    for (api, (_, upstream)) in &durations {
        upstream.write("firstclass_upstream_duration_seconds", api, &mut out);
    }
    let _ = writeln!(out, "# TYPE firstclass_panics_total counter\nfirstclass_panics_total {panics}");
    for (name, kind, value) in gauges {
        let _ = writeln!(out, "# TYPE {name} {kind}\n{name} {value}");
    }
    out.push_str("# TYPE firstclass_step_backs_total counter\n");
    for (api, operation, times) in step_backs {
        let (api, operation) = (escape(api), escape(operation));
        let _ = writeln!(out, "firstclass_step_backs_total{{api=\"{api}\",operation=\"{operation}\"}} {times}");
    }
    out
}

/// A label's value as Prometheus reads it.
#[must_use]
pub fn escape(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(application: Option<&str>) -> Call<'_> {
        let (total, upstream) = (Duration::from_micros(700), Some(Duration::from_micros(400)));
        Call {
            api: Some("library"),
            operation: Some("get"),
            application,
            decision: "allow",
            reason: None,
            total,
            upstream,
        }
    }

    #[test]
    fn counters_of_all_workers_are_summed() {
        let workers = [Metrics::default(), Metrics::default()];
        workers[0].count(&call(Some("a")));
        workers[1].count(&call(Some("a")));
        workers[1].count(&call(None));
        let counts: Vec<_> = counters(workers.iter()).iter().map(|c| (c.key.application.clone(), c.count)).collect();
        assert_eq!(counts, [(None, 1), (Some("a".to_owned()), 2)]);
    }

    #[test]
    fn the_page_adds_up_applications_and_cumulates_buckets() {
        let metrics = Metrics::default();
        metrics.count(&call(Some("a")));
        metrics.count(&call(Some("b")));
        let page =
            page(std::iter::once(&metrics), &[("firstclass_directory_sequence", "gauge", 7)], &[("library", "get", 1)]);
        for line in [
            r#"firstclass_requests_total{api="library",operation="get",decision="allow",reason=""} 2"#,
            r#"firstclass_request_duration_seconds_bucket{api="library",le="0.0005"} 0"#,
            r#"firstclass_request_duration_seconds_bucket{api="library",le="0.001"} 2"#,
            r#"firstclass_upstream_duration_seconds_sum{api="library"} 0.000800"#,
            "firstclass_directory_sequence 7",
            r#"firstclass_step_backs_total{api="library",operation="get"} 1"#,
        ] {
            assert!(page.lines().any(|l| l == line), "{line}\n{page}");
        }
    }
}
