//! The origin: keeps no secret to itself, believes everything, and writes down what should never have come.

use std::collections::HashSet;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use crate::inputs::{Dice, NOBODYS, edit};

/// In a masked field and in an undeclared one of every person.
pub const CANARY: &str = "canary-7f3a91c2";

/// What reached the origin.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    pub requests: u64,
    pub hostile: u64,
    pub findings: Vec<String>,
    ids: HashSet<String>,
}

/// A thread per connection.
pub struct Origin {
    pub port: u16,
    seen: Arc<Mutex<Seen>>,
}

struct Arrived {
    line: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Origin {
    /// Listen, from now until the process ends.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let all = Arc::clone(&seen);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let seen = Arc::clone(&all);
                std::thread::spawn(move || serve(stream, &seen, Dice::new(number as u64)));
            }
        });
        Ok(Self { port, seen })
    }

    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Seen>, mut dice: Dice) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    while let Some(arrived) = read(&mut reader)? {
        let is_hostile = arrived.line.contains(" /mirror/");
        {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.requests += 1;
            seen.hostile += u64::from(is_hostile);
            let behind = reader.buffer().escape_ascii().to_string();
            let id = arrived.value("firstclass-request-id").unwrap_or_default().to_owned();
            let fault = if behind.is_empty() { fault(&arrived) } else { Some("bytes behind a request") };
            let fault = fault.or_else(|| (!seen.ids.insert(id)).then_some("a request id that came before"));
            if let Some(fault) = fault {
                let text =
                    format!("{fault}: {} {:?} {}{behind}", arrived.line, arrived.fields, arrived.body.escape_ascii());
                seen.findings.push(text);
            }
        }
        stream.write_all(&answer(&arrived, is_hostile, &mut dice))?;
        if is_hostile {
            return stream.shutdown(std::net::Shutdown::Both);
        }
    }
    Ok(())
}

/// Reads as simply as an origin may: one length, or none.
fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Arrived>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let fields = lines[1..].iter().filter_map(|line| line.split_once(':'));
    let fields = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let mut arrived = Arrived { line: lines[0].clone(), fields, body: Vec::new() };
    let length = arrived.value("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    arrived.body = vec![0; length];
    reader.read_exact(&mut arrived.body)?;
    Ok(Some(arrived))
}

impl Arrived {
    fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    fn count(&self, name: &str) -> usize {
        self.fields.iter().filter(|(known, _)| known == name).count()
    }
}

/// Why this should never have come; None: it is what the contract allows to who was let in.
fn fault(arrived: &Arrived) -> Option<&'static str> {
    let once = ["host", "firstclass-application", "firstclass-operation", "firstclass-request-id", "x-forwarded-for"];
    if once.iter().any(|name| arrived.count(name) != 1) || arrived.count("content-length") > 1 {
        return Some("a header that is missing or comes twice");
    }
    if arrived.value("firstclass-application") != Some("desk") {
        return Some("nobody who was let in");
    }
    let is_evil =
        |(name, value): &(String, String)| value.contains("evil") && name != "host" && name != "x-forwarded-host";
    if arrived.fields.iter().any(is_evil) {
        return Some("a header that a stranger set");
    }
    if ["transfer-encoding", "upgrade", "x-api-key", "x-number"].iter().any(|name| arrived.count(name) > 0) {
        return Some("a header that is not to be forwarded");
    }
    match arrived.line.split(' ').collect::<Vec<_>>()[..] {
        ["GET" | "HEAD", path, "HTTP/1.1"] => {
            let number = path.strip_prefix("/people/").or_else(|| path.strip_prefix("/mirror/"));
            let canonical = number.is_some_and(|text| {
                !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
            });
            let nobodys = number.is_some_and(|text| text.starts_with(NOBODYS));
            match (canonical && arrived.body.is_empty(), nobodys) {
                (true, false) => None,
                (_, true) => Some("asked for by nobody"),
                (false, _) => Some("an operation that is not subscribed"),
            }
        }
        ["POST", "/notes", "HTTP/1.1"] => {
            (!is_note(&arrived.body)).then_some("a body that the contract does not allow")
        }
        _ => Some("an operation that is not subscribed"),
    }
}

fn is_note(body: &[u8]) -> bool {
    let Ok(serde_json::Value::Object(note)) = serde_json::from_slice(body) else { return false };
    note.iter().all(|(name, value)| match &**name {
        "text" => value.as_str().is_some_and(|text| text.chars().count() <= 40),
        "count" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    })
}

fn answer(arrived: &Arrived, is_hostile: bool, dice: &mut Dice) -> Vec<u8> {
    let number =
        arrived.line.split(['/', ' ']).find(|part| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_digit()));
    let id = if is_hostile { "0" } else { number.unwrap_or("0") };
    let body = format!(r#"{{"ssn":"{CANARY}","secret":"{CANARY}","id":{id},"name":"Ana"}}"#);
    let mut raw = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Secret: {CANARY}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    if !arrived.line.starts_with("HEAD ") {
        raw.push_str(&body);
    }
    let mut raw = raw.into_bytes();
    if is_hostile {
        for _ in 0..1 + dice.below(2) {
            edit(dice, &mut raw);
        }
    }
    raw
}
