//! An origin on loopback: it records the bytes of every request and answers as its script says.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the script says after a request: whether the connection goes on.
pub type Script = Arc<dyn Fn(&Received, &mut TcpStream) -> bool + Send + Sync>;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub head: String,
    pub body: Vec<u8>,
    /// Number of the connection, and of the request on it.
    pub connection: usize,
    pub request: usize,
}

#[derive(Clone)]
pub struct Origin {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    script: Arc<Mutex<Script>>,
}

impl Origin {
    /// Answers every request with these bytes.
    pub fn saying(answer: impl AsRef<[u8]>) -> Self {
        let answer = answer.as_ref().to_vec();
        Self::new(move |_, stream| stream.write_all(&answer).is_ok())
    }

    pub fn new(script: impl Fn(&Received, &mut TcpStream) -> bool + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let origin = Self {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
            script: Arc::new(Mutex::new(Arc::new(script))),
        };
        let accepting = origin.clone();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let origin = accepting.clone();
                std::thread::spawn(move || origin.serve(stream.unwrap(), number));
            }
        });
        origin
    }

    /// Answer differently from now on.
    pub fn set(&self, script: impl Fn(&Received, &mut TcpStream) -> bool + Send + Sync + 'static) {
        *self.script.lock().unwrap() = Arc::new(script);
    }

    pub fn say(&self, answer: impl AsRef<[u8]>) {
        let answer = answer.as_ref().to_vec();
        self.set(move |_, stream| stream.write_all(&answer).is_ok());
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    fn serve(&self, mut stream: TcpStream, connection: usize) {
        let mut unread = Vec::new();
        for request in 0.. {
            let Some(received) = read(&mut stream, &mut unread, connection, request) else { return };
            self.received.lock().unwrap().push(received.clone());
            let script = Arc::clone(&self.script.lock().unwrap());
            if !script(&received, &mut stream) {
                return;
            }
        }
    }
}

/// One request, as a lenient server reads it: head, then as many bytes as announced, or chunks up to the last.
fn read(stream: &mut TcpStream, unread: &mut Vec<u8>, connection: usize, request: usize) -> Option<Received> {
    let more = |stream: &mut TcpStream, unread: &mut Vec<u8>| {
        let mut piece = [0; 65536];
        let count = stream.read(&mut piece).unwrap_or(0);
        unread.extend_from_slice(&piece[..count]);
        count > 0
    };
    let end = loop {
        match unread.windows(4).position(|four| four == b"\r\n\r\n") {
            Some(end) => break end + 4,
            None if more(stream, unread) => {}
            None => return None,
        }
    };
    let head = String::from_utf8(unread.drain(..end).collect()).unwrap();
    let lower = head.to_lowercase();
    let mut body = Vec::new();
    if let Some((_, rest)) = lower.split_once("content-length: ") {
        let length: usize = rest.lines().next()?.trim().parse().ok()?;
        // The script of an early answer does not wait for a body.
        while unread.len() < length && !lower.contains("expect-early") && more(stream, unread) {}
        body = unread.drain(..length.min(unread.len())).collect();
    } else if lower.contains("transfer-encoding: chunked") {
        while !unread.ends_with(b"0\r\n\r\n") && more(stream, unread) {}
        body = std::mem::take(unread);
    }
    Some(Received { head, body, connection, request })
}
