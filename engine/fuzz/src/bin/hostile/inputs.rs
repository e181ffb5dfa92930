//! What an attacker sends: requests that are almost right, in every part of one, with a number of their own in each.

/// A small generator of random choices, so that one seed is one run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self((seed ^ 0x5DEE_CE66_D1CE_4E5B).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

/// Numbers of people whom nobody without a key may ask for begin like this.
pub const NOBODYS: &str = "88888888";

const PATHS: &[&str] = &[
    "/people/",
    "/mirror/",
    "/notes",
    "/guarded",
    "/wipe",
    "/../guarded",
    "/..%2fguarded",
    "/%2e%2e/guarded",
    "/.;/guarded",
    "//guarded",
    "/GUARDED",
    "/guarded/",
    "/guarded%00",
    "/guarded%20",
    "/%67uarded",
    "/guarded;x=1",
    "\\guarded",
    "%5cguarded",
    "/%252e%252e/guarded",
    "/people/1/../../guarded",
    "http://a/guarded",
    "*",
    "/notes?x=1",
    "/people/1?a[b]=c",
    "/\u{ff47}uarded",
];
const FIELDS: &[&str] = &[
    "Content-Length: 6",
    "Content-Length: 0",
    "Content-Length:",
    "Content-Length: +6",
    "Content-Length: 6,6",
    "Content-Length: 0x6",
    "Content-Length: -0",
    "Content-Length: 99999999999999999999",
    "Content-Length : 6",
    " Content-Length: 6",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: \u{b}chunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity",
    "transfer_encoding: chunked",
    "TE: trailers",
    "Trailer: Content-Length",
    "Expect: 100-continue",
    " Expect: 100-continue",
    "Expect: y 100-continue",
    "Upgrade: h2c",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Connection: close",
    "Connection: firstclass-subject, x-api-key, host",
    "HTTP2-Settings: AAMAAABkAARAAAAA",
    "Host: evil",
    "Host:",
    ": x",
    "X_Api_Key: x",
    "Firstclass-Application: evil",
    "Firstclass-Subject: evil",
    "firstclass_subject: evil",
    "Firstclass-Operation: evil",
    "Firstclass-Request-Id: evil",
    "X-Forwarded-For: evil",
    "X-Forwarded-Host: evil",
    "Forwarded: for=evil",
    "X-Original-URL: /guarded",
    "X-HTTP-Method-Override: DELETE",
    "Range: bytes=0-,0-,0-",
    "If-None-Match: *",
    "Accept-Encoding: gzip, br",
    "Cookie: a=b; a=c",
    "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.",
    "Authorization: Basic YTpi",
    "Authorization: Bearer a.b.c.d.e",
    "Content-Type: text/html",
    "Content-Type: application/json; charset=utf-16",
    "Content-Encoding: gzip",
    "Accept: text/html;q=9",
];
const BODIES: &[&str] = &[
    r#"{"text":"a"}"#,
    r#"{"text":"a","text":"b"}"#,
    r#"{"text":"a","t\u0065xt":"b"}"#,
    r#"{"text":"a","role":"admin"}"#,
    r#"{"text":5}"#,
    r#"{"text":"\ud800"}"#,
    r#"{"count":1e400}"#,
    r#"{"count":-0}"#,
    r#"{"count":NaN}"#,
    "[[[[[[[[[[[[[[[[",
    "{}x",
    "",
    "\u{feff}{}",
    r#"{"text":"0123456789012345678901234567890123456789x"}"#,
    r#"{"count":1.5}"#,
    r#"{"count":9007199254740993}"#,
    "null",
    "{\"text\":\"a\0\"}",
    r#"{"__proto__":{"role":"admin"}}"#,
];
const EDITS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\0",
    " ",
    "\t",
    "\u{b}",
    ":",
    ";",
    ",",
    "%",
    "0\r\n\r\n",
    "\r\n\r\n",
    "GET /guarded HTTP/1.1\r\nHost: a\r\n\r\n",
    "\"",
    "\\",
    "{",
    "}",
    "\u{80}",
    "_",
    "+",
    "HTTP/1.0",
    "chunked",
    "Content-Length: 3\r\n",
];

/// One attack, and behind it what an honest caller would send next; `number` is in no other. An attacker without the key
/// has no honest request with it either: the two may melt into one.
pub fn attack(dice: &mut Dice, number: u64, key: &str) -> (Vec<u8>, Vec<u8>) {
    let knows_key = dice.below(10) < 7;
    let credential = if knows_key { format!("X-API-Key: {key}\r\n") } else { String::new() };
    let honest = format!("GET /people/7{number} HTTP/1.1\r\nHost: a\r\n{credential}\r\n");
    (input(dice, number, knows_key, key), honest.into_bytes())
}

fn input(dice: &mut Dice, number: u64, knows_key: bool, key: &str) -> Vec<u8> {
    let number = if knows_key { format!("9{number}") } else { format!("{NOBODYS}{number}") };
    let path = match dice.below(3) {
        0 => dice.of(&["/people/", "/mirror/"]).to_owned() + &number,
        1 => "/notes".to_owned(),
        _ => format!("{}{}", dice.of(PATHS), if dice.one_in(2) { &number } else { "" }),
    };
    let body = dice.of(BODIES).to_owned();
    let posts = path.starts_with("/notes") || dice.one_in(6);
    let method = if posts {
        "POST"
    } else {
        dice.of(&["GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "TRACE", "DELETE", "get"])
    };
    let mut lines = vec![format!("{method} {path} HTTP/1.1"), "Host: a".to_owned(), format!("X-Number: {number}")];
    if knows_key {
        lines.push(format!("X-API-Key: {key}"));
    } else if dice.one_in(2) {
        let end = dice.below(key.len());
        lines.push(format!("X-API-Key: {}-{}", &key[..end], &key[end + 1..]));
    }
    let mut content = String::new();
    if posts {
        lines.push("Content-Type: application/json".to_owned());
        if dice.one_in(3) {
            lines.push("Transfer-Encoding: chunked".to_owned());
            content = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        } else {
            lines.push(format!("Content-Length: {}", body.len()));
            content = body;
        }
    }
    for _ in 0..[0, 0, 1, 1, 2, 5][dice.below(6)] {
        lines.insert(1 + dice.below(lines.len()), dice.of(FIELDS).to_owned());
    }
    let mut raw = (lines.join("\r\n") + "\r\n\r\n" + &content).into_bytes();
    for _ in 0..[0, 0, 0, 1, 2, 4][dice.below(6)] {
        edit(dice, &mut raw);
    }
    raw
}

/// One small change anywhere.
pub fn edit(dice: &mut Dice, raw: &mut Vec<u8>) {
    if raw.is_empty() {
        return;
    }
    let at = dice.below(raw.len());
    match dice.below(5) {
        0 => raw[at] = dice.below(256) as u8,
        1 => drop(raw.remove(at)),
        2 => raw.truncate(at.max(raw.len() * 3 / 4)),
        _ => drop(raw.splice(at..at, dice.of(EDITS).bytes())),
    }
}
