//! The status port: `/livez`, `/readyz` and `/metrics`, on a thread of its own. One request per connection.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use firstclass_decide::{SessionCalls, Sessions};
use firstclass_framing::canonical::HeadWriter;
use firstclass_framing::{BodyLength, HeadLimits, KnownHeader, Method, Progress, RequestHead, request};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::log;
use crate::metrics;

/// Connections at once; who scrapes needs one.
const MOST: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);
/// A worker whose clock has not turned in this time is stuck.
const STUCK: Duration = Duration::from_secs(5);

/// What the status port serves from.
#[derive(Debug)]
struct Status {
    engine: Arc<Engine>,
    open: AtomicUsize,
    beats: std::sync::Mutex<Vec<(u64, std::time::Instant)>>,
}

/// A status, a media type and a body.
type Page = (u16, &'static str, String);

/// Serve until the engine has drained.
pub async fn serve(engine: Arc<Engine>, listeners: Vec<TcpListener>) {
    let status =
        Arc::new(Status { engine: Arc::clone(&engine), open: AtomicUsize::new(0), beats: std::sync::Mutex::default() });
    let watch = Arc::clone(&status);
    tokio::spawn(async move {
        loop {
            watch.look_at_beats();
            tokio::time::sleep(STUCK / 10).await;
        }
    });
    for listener in listeners {
        tokio::spawn(accept(Arc::clone(&status), listener));
    }
    engine.drained.wait().await;
}

async fn accept(status: Arc<Status>, listener: TcpListener) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return log::line("error", "listener", json!({"problem": error.to_string()})),
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if status.open.fetch_add(1, Ordering::Relaxed) >= MOST {
            status.open.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let status = Arc::clone(&status);
        tokio::spawn(async move {
            let _ = timeout(PATIENCE, status.answer(stream)).await;
            status.open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

impl Status {
    async fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let (mut bytes, mut head) = (Vec::new(), RequestHead::new());
        let (code, media, body, to_head) = loop {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
            match request::parse(&bytes, &HeadLimits::REQUEST, &mut head) {
                Ok(Progress::Partial) => {}
                Ok(Progress::Complete { .. }) => {
                    let (code, media, body) = self.page(&head, &bytes);
                    break (code, media, body, head.method == Method::Head);
                }
                Err(error) => break (error.reason().status(), "text/plain", format!("{error}\n"), false),
            }
        };
        let mut out = Vec::new();
        let mut writer = HeadWriter::response(&mut out, code);
        let _ = writer.known(KnownHeader::ContentType, media.as_bytes());
        let _ = writer.known(KnownHeader::CacheControl, b"no-store");
        writer.close();
        writer.end(BodyLength::Length(body.len() as u64));
        if !to_head {
            out.extend_from_slice(body.as_bytes());
        }
        stream.write_all(&out).await?;
        stream.shutdown().await
    }

    fn page(&self, head: &RequestHead, bytes: &[u8]) -> Page {
        if !matches!(head.method, Method::Get | Method::Head) {
            return (405, "text/plain", "GET only\n".to_owned());
        }
        match head.target.of(bytes) {
            b"/livez" => self.livez(),
            b"/readyz" => self.readyz(),
            b"/metrics" => (200, "text/plain; version=0.0.4", self.metrics()),
            _ => (404, "text/plain", "/livez, /readyz, /metrics\n".to_owned()),
        }
    }

    fn livez(&self) -> Page {
        let beats = self.beats.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_stuck = beats.iter().any(|(_, turned)| turned.elapsed() > STUCK);
        if is_stuck {
            (503, "text/plain", "a worker does not turn\n".to_owned())
        } else {
            (200, "text/plain", "ok\n".to_owned())
        }
    }

    fn look_at_beats(&self) {
        let mut beats = self.beats.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let workers = self.engine.workers();
        let now = std::time::Instant::now();
        beats.resize(workers.len(), (u64::MAX, now));
        for (worker, (count, turned)) in workers.iter().zip(beats.iter_mut()) {
            let current = worker.beats.load(Ordering::Relaxed);
            if current != *count {
                (*count, *turned) = (current, now);
            }
        }
    }

    fn readyz(&self) -> Page {
        let (link, config) = (&self.engine.link, &self.engine.config);
        let (effective, age) = (link.effective(), link.age_seconds());
        let too_old = config.ready_max_directory_age_seconds.is_some_and(|most| age > most);
        let mut reasons = Vec::new();
        if !link.is_filled() {
            reasons.push("never_synced");
        }
        if link.is_filled() && age >= config.limits.directory_stale_seconds {
            reasons.push("directory_stale");
        }
        if link.is_refusing() {
            reasons.push("directory_refused");
        }
        let missing = link.missing(&config.apis);
        if !missing.is_empty() {
            reasons.push("bundle_missing");
        }
        if too_old {
            reasons.push("directory_too_old");
        }
        if self.engine.stopping.is_set() {
            reasons.push("draining");
        }
        let serves = link.may_serve(config.limits.first_word_milliseconds);
        if link.is_filled() && !serves {
            reasons.push("awaiting_control");
        }
        let ready = link.is_filled() && missing.is_empty() && serves && !too_old && !self.engine.stopping.is_set();
        let mut body = json!({
            "ready": ready,
            "bundles": effective.bundles,
            "directory_sequence": effective.directory_sequence,
            "directory_age_seconds": age,
            "reasons": reasons,
        });
        if !missing.is_empty() {
            body["missing"] = json!(missing);
        }
        (if ready { 200 } else { 503 }, "application/json", format!("{body}\n"))
    }

    fn metrics(&self) -> String {
        let workers = self.engine.workers();
        let dropped = workers.iter().map(|worker| worker.events.dropped()).sum();
        let effective = self.engine.link.effective();
        let gauges = [
            ("firstclass_events_dropped_total", "counter", dropped),
            ("firstclass_directory_sequence", "gauge", effective.directory_sequence),
            ("firstclass_directory_age_seconds", "gauge", self.engine.link.age_seconds()),
            ("firstclass_connections", "gauge", self.engine.admissions.open() as u64),
            ("firstclass_held_bytes", "gauge", self.engine.held.used() as u64),
        ];
        let world = self.engine.world.load();
        let operations = world.apis.policies().flat_map(|policy| {
            let back = policy.operations.iter().filter(|operation| operation.step_back.times() > 0);
            back.map(|operation| (&*policy.api.name, &*operation.id, operation.step_back.times()))
        });
        let step_backs: Vec<_> = operations.collect();
        let page = metrics::page(workers.iter().map(|worker| &worker.metrics), &gauges, &step_backs);
        page + &session_metrics(self.engine.sessions.held())
    }
}

/// Sessions that are known, and by API how many calls came with one that is, and that is not.
fn session_metrics(sessions: &Sessions) -> String {
    let mut out = format!("# TYPE firstclass_sessions gauge\nfirstclass_sessions {}\n", sessions.len());
    out.push_str("# TYPE firstclass_session_calls_total counter\n");
    for SessionCalls { api, known, unknown } in sessions.calls() {
        let api = metrics::escape(&api);
        for (subject, count) in [("known", known), ("unknown", unknown)] {
            let _ = writeln!(out, "firstclass_session_calls_total{{api=\"{api}\",subject=\"{subject}\"}} {count}");
        }
    }
    out
}
