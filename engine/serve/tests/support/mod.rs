//! A real engine on loopback between a test client, an origin that records what it received, and a control that signs.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses its part of this")]

pub mod control;
pub mod origin;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use firstclass_serve::descriptors::Inherited;
use firstclass_serve::{Config, Running};
use serde_json::{Value, json};

use control::Control;
use origin::Origin;

/// Longer than anything here takes, shorter than anybody's patience.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Everything around one engine.
pub struct Stage {
    pub engine: Option<Running>,
    pub control: Control,
    pub origin: Origin,
    pub traffic: SocketAddr,
    pub control_port: SocketAddr,
    pub status: SocketAddr,
    pub root: PathBuf,
    limits: Value,
}

impl Stage {
    /// An engine that is ready, with the bundle of [`bundle`] and nobody in its directory.
    pub fn new(origin: Origin) -> Self {
        Self::with_limits(origin, json!({}))
    }

    pub fn with_limits(origin: Origin, limits: Value) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("firstclass-serve-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(&root).unwrap();
        let control = Control::new(&root.join("control.sock"));
        control.put_bundle("shop", 1, &bundle(origin.address).to_string());
        control.put_directory(1, json!([]));
        let unset = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut stage =
            Self { engine: None, control, origin, traffic: unset, control_port: unset, status: unset, root, limits };
        stage.start();
        stage.wait_until_ready();
        stage
    }

    /// Start the engine, again if it ran before, on new ports.
    pub fn start(&mut self) {
        let config = json!({
            "data": self.root.join("engine"), "events": self.root.join("events"), "link": self.root.join("control.sock"),
            "listeners": {}, "workers": 2,
            "verify_keys": {"sign-1": self.control.public_key()},
            "peppers": {"pepper-1": control::base64(control::PEPPER)}, "mask_key": control::base64(&[7; 32]),
            "public_url": "http://api.test", "ready_max_directory_age_seconds": null, "limits": self.limits,
        });
        let (traffic, control, status) = (listener(), listener(), listener());
        self.traffic = traffic.local_addr().unwrap();
        self.control_port = control.local_addr().unwrap();
        self.status = status.local_addr().unwrap();
        let inherited = Inherited { traffic: vec![traffic], status: vec![status], control: vec![control] };
        self.engine = Some(firstclass_serve::start(Config::parse(&config.to_string()).unwrap(), inherited).unwrap());
    }

    pub fn stop(&mut self) {
        self.engine.take().unwrap().stop();
    }

    /// Events that the engine has kept so far.
    pub fn events(&self) -> Vec<Value> {
        let Ok(segments) = std::fs::read_dir(self.root.join("events")) else { return Vec::new() };
        let text: String = segments.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    pub fn wait_until_ready(&self) {
        eventually(|| self.status("/readyz").0 == 200);
    }

    /// Status and body of a page of the status port.
    pub fn status(&self, path: &str) -> (u16, String) {
        let mut client = Client::to(self.status);
        client.send(format!("GET {path} HTTP/1.1\r\nHost: status\r\n\r\n"));
        let answer = client.answer();
        (answer.status, answer.text())
    }

    pub fn client(&self) -> Client {
        Client::to(self.traffic)
    }

    /// One request on a connection of its own.
    pub fn ask(&self, request: &str) -> Answer {
        let mut client = self.client();
        client.send(request);
        client.answer()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: api.test\r\n\r\n"))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.stop();
        }
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

fn listener() -> TcpListener {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

/// Wait for something that has to come true.
#[track_caller]
pub fn eventually(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it did not come true");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A client that sends exactly these bytes.
pub struct Client {
    pub stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer, read as a strict client would.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|x| x.1)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn reason(&self) -> String {
        let problem = self.json();
        assert_eq!(self.header("Content-Type"), Some("application/problem+json"));
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["request_id"].as_str(), self.header("X-Request-Id"));
        problem["reason"].as_str().unwrap().to_owned()
    }
}

impl Client {
    pub fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, unread: Vec::new() }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    fn more(&mut self) -> usize {
        let mut piece = [0; 65536];
        let count = self.stream.read(&mut piece).unwrap_or_else(|error| panic!("no answer: {error}"));
        self.unread.extend_from_slice(&piece[..count]);
        count
    }

    /// Head of the next answer; it must come.
    pub fn head(&mut self) -> (u16, String) {
        loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8(self.unread.drain(..end + 4).collect()).unwrap();
                return (head[9..12].parse().unwrap(), head);
            }
            assert_ne!(self.more(), 0, "the connection ended instead of an answer: {:?}", self.unread);
        }
    }

    pub fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.unread.len() < count {
            assert_ne!(self.more(), 0, "the connection ended inside the answer");
        }
        self.unread.drain(..count).collect()
    }

    fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.windows(2).position(|two| two == b"\r\n") {
                return String::from_utf8(self.unread.drain(..end + 2).collect()).unwrap().trim_end().to_owned();
            }
            assert_ne!(self.more(), 0, "the connection ended inside the answer");
        }
    }

    /// The next answer.
    pub fn answer(&mut self) -> Answer {
        let (status, head) = self.head();
        let mut answer = Answer { status, head, body: Vec::new() };
        if let Some(length) = answer.header("Content-Length") {
            answer.body = self.exactly(length.parse().unwrap());
        } else if answer.header("Transfer-Encoding").is_some() {
            loop {
                let size = usize::from_str_radix(&self.line(), 16).unwrap();
                let chunk = self.exactly(size + 2);
                if size == 0 {
                    break;
                }
                answer.body.extend_from_slice(&chunk[..size]);
            }
        }
        answer
    }

    /// What still comes until the connection ends; None: it was reset.
    pub fn rest(&mut self) -> Option<Vec<u8>> {
        let mut rest = std::mem::take(&mut self.unread);
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => Some(rest),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => None,
            Err(error) => panic!("the connection did not end: {error}"),
        }
    }
}

/// A contract with an operation of each kind that matters to the bytes.
pub fn bundle(origin: SocketAddr) -> Value {
    let integer = json!({"types": ["integer"]});
    let card = json!({
        "types": ["object"], "properties": [["id", 0], ["text", 1]], "required": ["id"],
    });
    let operation = |id: &str, method: &str, path: usize| {
        json!({
            "id": id, "method": method, "path": path, "mode": "enforce", "access": {"public": {}}, "parameters": [],
            "body": null, "responses": [], "strict": false, "rates": [], "timeout_milliseconds": 600,
            "max_response_bytes": 65536,
        })
    };
    let with = |mut operation: Value, members: Value| {
        operation.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        operation
    };
    let opaque =
        |max: Value| json!([{"media_type": "application/octet-stream", "kind": {"opaque": {"max_bytes": max}}}]);
    let json_media = json!([{"media_type": "application/json", "kind": {"json": {"schema": 2}}}]);
    let ok = |media: &Value| json!([{"status": "200", "headers": [], "media": media}]);
    let segments = |name: &str| json!([[{"literal": name}]]);
    let paths = ["opaque", "card", "upload", "mine", "empty"];
    let operations = [
        with(operation("getOpaque", "GET", 0), json!({"responses": ok(&opaque(json!(null)))})),
        with(operation("getCard", "GET", 1), json!({"responses": ok(&json_media)})),
        with(
            operation("putCard", "POST", 1),
            json!({"responses": ok(&json_media), "body": {"required": true, "media": json_media, "max_bytes": 4096}}),
        ),
        with(
            operation("upload", "POST", 2),
            json!({"responses": ok(&json!([])), "body": {"required": true, "media": opaque(json!(300_000)), "max_bytes": 0}}),
        ),
        with(
            operation("getMine", "GET", 3),
            json!({
                "responses": ok(&json_media), "access": {"any_of": [[{"scheme": 0, "scopes": []}]]},
            }),
        ),
        with(
            operation("removeAll", "DELETE", 4),
            json!({"responses": [{"status": "204", "headers": [], "media": []}]}),
        ),
    ];
    let paths: Vec<_> = paths
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let mine = operations.iter().enumerate().filter(|(_, o)| o["path"] == index);
            let mine: Vec<_> = mine.map(|(number, o)| json!([o["method"], number])).collect();
            json!({"template": format!("/{name}"), "segments": segments(name), "operations": mine})
        })
        .collect();
    json!({
        "format": 1, "requires": [], "categories": [], "patterns": [], "actions": [],
        "api": {
            "name": "shop", "tenant": "main", "title": "Shop", "version": "1", "base_path": "/v1",
            "upstream": format!("http://{origin}"), "upstream_path": "",
        },
        "schemas": [integer, {"types": ["string"]}, card],
        "schemes": [{"kind": "key", "name": "key", "header": "x-api-key"}],
        "paths": paths, "operations": operations,
    })
}
