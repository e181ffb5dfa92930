//! Control's end of the link, with a signing key of its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

pub const PEPPER: &[u8] = b"a pepper for tests";

pub fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Sends what it was given to every engine that dials, and keeps what it heard.
pub struct Control {
    shared: Arc<Shared>,
}

struct Shared {
    key: Ed25519KeyPair,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bundles: BTreeMap<String, Value>,
    directory: Vec<Value>,
    sequence: u64,
    engines: Vec<UnixStream>,
    heard: Vec<Value>,
    is_away: bool,
}

impl Control {
    pub fn new(socket: &Path) -> Self {
        let random = ring::rand::SystemRandom::new();
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let shared = Arc::new(Shared { key, state: Mutex::default() });
        let listener = UnixListener::bind(socket).unwrap();
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || shared.serve(stream.unwrap()));
            }
        });
        Self { shared }
    }

    pub fn public_key(&self) -> String {
        base64(self.shared.key.public_key().as_ref())
    }

    pub fn put_bundle(&self, api: &str, sequence: u64, payload: &str) {
        let frame = self.bundle_frame(api, sequence, payload);
        self.shared.state.lock().unwrap().bundles.insert(api.to_owned(), frame.clone());
        self.send(&frame);
    }

    pub fn bundle_frame(&self, api: &str, sequence: u64, payload: &str) -> Value {
        let signature = self.shared.sign(&format!("firstclass bundle\n{api}\n{sequence}\n{payload}"));
        json!({"kind": "bundle", "api": api, "sequence": sequence, "payload": payload, "signature": signature})
    }

    pub fn remove_bundle(&self, api: &str, sequence: u64) {
        let signature = self.shared.sign(&format!("firstclass bundle removed\n{api}\n{sequence}\n"));
        self.send(&json!({"kind": "bundle_removed", "api": api, "sequence": sequence, "signature": signature}));
    }

    /// Changes that bring the directory to `to`: a snapshot at first, deltas then.
    pub fn put_directory(&self, to: u64, changes: Value) {
        let mut state = self.shared.state.lock().unwrap();
        let from = state.sequence;
        let payload =
            json!({"format": 1, "snapshot": from == 0, "from": from, "to": to, "changes": changes}).to_string();
        let frame = self.directory_frame(&payload);
        state.sequence = to;
        state.directory.push(frame.clone());
        drop(state);
        self.send(&frame);
    }

    pub fn directory_frame(&self, payload: &str) -> Value {
        let signature = self.shared.sign(&format!("firstclass directory\n{payload}"));
        json!({"kind": "directory", "payload": payload, "signature": signature})
    }

    pub fn send(&self, frame: &Value) {
        let mut state = self.shared.state.lock().unwrap();
        state.engines.retain_mut(|engine| engine.write_all(format!("{frame}\n").as_bytes()).is_ok());
    }

    /// End all connections, and refuse new ones while away.
    pub fn set_away(&self, is_away: bool) {
        let mut state = self.shared.state.lock().unwrap();
        state.is_away = is_away;
        if is_away {
            for engine in state.engines.drain(..) {
                let _ = engine.shutdown(std::net::Shutdown::Both);
            }
        }
    }

    /// Frames heard of this kind.
    pub fn heard(&self, kind: &str) -> Vec<Value> {
        self.shared.state.lock().unwrap().heard.iter().filter(|frame| frame["kind"] == kind).cloned().collect()
    }

    pub fn is_confirmed(&self, sequence: u64) -> bool {
        self.heard("confirm").iter().any(|frame| frame["directory_sequence"] == sequence)
    }
}

impl Shared {
    fn sign(&self, text: &str) -> Value {
        json!({"key": "sign-1", "value": base64(self.key.sign(text.as_bytes()).as_ref())})
    }

    fn serve(&self, stream: UnixStream) {
        if self.state.lock().unwrap().is_away {
            return;
        }
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
            let frame: Value = serde_json::from_str(&line).unwrap();
            line.clear();
            let is_hello = frame["kind"] == "hello";
            let mut state = self.state.lock().unwrap();
            state.heard.push(frame);
            if is_hello {
                let synced = json!({"kind": "synced", "directory_sequence": state.sequence});
                let all: Vec<_> = state.bundles.values().chain(&state.directory).chain([&synced]).cloned().collect();
                let mut to = stream.try_clone().unwrap();
                for frame in all {
                    let _ = to.write_all(format!("{frame}\n").as_bytes());
                }
                state.engines.push(to);
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
