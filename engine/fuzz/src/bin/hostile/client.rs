//! One attacker: an input and an honest request behind it on a connection of their own, and what came back.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::inputs::{self, Dice};
use crate::origin::CANARY;
use crate::{Order, Report};

/// An exchange that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(5);
const LARGEST: usize = 1 << 20;

/// This attacker's share of all inputs.
pub fn attack(gateway: SocketAddr, order: &Order, thread: u64) -> Report {
    let mut dice = Dice::new(order.seed.wrapping_add(thread));
    let mut report = Report::default();
    for at in (thread..order.inputs).step_by(order.threads as usize) {
        // Twelve digits, in no other input.
        let number = 100_000_000_000 + at;
        let (mut raw, honest) = inputs::attack(&mut dice, number, &order.key);
        let mut hasher = DefaultHasher::new();
        raw.hash(&mut hasher);
        report.distinct.insert(hasher.finish());
        report.sent += 1;
        raw.extend_from_slice(&honest);
        let started = Instant::now();
        match exchange(gateway, &raw, at) {
            Ok(answer) => judge(&raw, &answer, &mut report),
            Err(problem) => report.find(format!("{problem}: {}", raw.escape_ascii())),
        }
        report.longest_milliseconds = report.longest_milliseconds.max(started.elapsed().as_millis() as u64);
    }
    report
}

/// Sends everything, says that no more will come, and reads to the end.
fn exchange(gateway: SocketAddr, raw: &[u8], number: u64) -> Result<Vec<u8>, String> {
    let connect = || -> std::io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        // Many addresses: ports of one would run out.
        let from = Ipv4Addr::new(127, 1, (number >> 6) as u8, (number as u8).max(1));
        socket.bind(&SocketAddr::from((from, 0)).into())?;
        socket.connect(&gateway.into())?;
        Ok(socket.into())
    };
    let mut stream = connect().map_err(|error| format!("no connection ({error})"))?;
    let deadline = Instant::now() + LONGEST;
    let mut answer = Vec::new();
    // Where it is refused before all was sent, what the gateway said may still be there.
    let _ = stream.write_all(raw).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut piece = [0; 16 << 10];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(format!("hangs after {}", answer.escape_ascii()));
        }
        stream.set_read_timeout(Some(left)).map_err(|error| error.to_string())?;
        match stream.read(&mut piece) {
            Ok(0) => return Ok(answer),
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
            // A reset ends a connection too.
            Err(_) => return Ok(answer),
        }
        if answer.len() > LARGEST {
            return Err("an answer without end".to_owned());
        }
    }
}

/// Every answer is whole and is this connection's own, and no secret is in it.
fn judge(raw: &[u8], answer: &[u8], report: &mut Report) {
    if contains(answer, CANARY.as_bytes()) {
        report.find(format!("a masked value left: {} -> {}", raw.escape_ascii(), answer.escape_ascii()));
    }
    let mut rest = answer;
    while !rest.is_empty() {
        let Some((status, head, length)) = head(rest) else {
            report.find(format!("no answer: {} -> {}", raw.escape_ascii(), answer.escape_ascii()));
            return;
        };
        *report.answers.entry(status).or_default() += 1;
        // An answer to HEAD announces what it does not have: whether there is a body shows in what follows.
        let announced = rest.get(head..head + length);
        let has_none = announced.is_none_or(|body| body.starts_with(b"HTTP/1.1 ")) && contains(raw, b"HEAD");
        let body = if has_none { &[][..] } else { announced.unwrap_or(&rest[head..]) };
        if let Some(id) = id(body) {
            report.honest_answered += u64::from(id.starts_with(b"7"));
            if !contains(&decoded(raw), id) {
                report.find(format!("somebody else's answer: {} -> {}", raw.escape_ascii(), answer.escape_ascii()));
            }
        }
        if announced.is_none() && !has_none && !contains(raw, b"/mirror") {
            report.find(format!("half an answer: {} -> {}", raw.escape_ascii(), answer.escape_ascii()));
        }
        rest = &rest[(head + body.len()).min(rest.len())..];
    }
}

/// Status, length of the head and of the body it announces.
fn head(answer: &[u8]) -> Option<(u16, usize, usize)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&answer[..end]);
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let line = text.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Some((status, end, if status < 200 { 0 } else { line.unwrap_or_default() }))
}

/// The number that the origin put into the answer; a short one is nobody's.
fn id(body: &[u8]) -> Option<&[u8]> {
    let from = body.windows(5).position(|five| five == b"\"id\":")? + 5;
    let end = body[from..].iter().position(|byte| !byte.is_ascii_digit())?;
    Some(&body[from..from + end]).filter(|digits| digits.len() >= 10)
}

/// With percent-encoded digits as digits.
fn decoded(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((byte, more)) = rest.split_first() {
        rest = more;
        match (byte, more) {
            (b'%', [b'3', digit @ b'0'..=b'9', behind @ ..]) => {
                out.push(*digit);
                rest = behind;
            }
            (byte, _) => out.push(*byte),
        }
    }
    out
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    !what.is_empty() && bytes.windows(what.len()).any(|window| window == what)
}
