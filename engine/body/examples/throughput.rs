//! Measures the body pass: MB of input a second on one core, for the shapes of documents that matter. Run it as
//! `cargo run --release -p firstclass-body --example throughput [FILTER]`.
#![allow(clippy::print_stdout)] // its output is its purpose

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use firstclass_body::{Direction, Options, Program, Scratch, Verdict, read_ijson};

const ITEM: &str = r#"{"types": ["object"], "required": ["id", "name"], "properties":
    [["id", 2], ["name", 3], ["email", 4], ["card", 5], ["birthday", 6], ["phone", 7], ["status", 8], ["city", 3], ["score", 9]]}"#;
const LEAVES: &str = r#"{"types": ["integer"], "minimum": 1}, {"types": ["string"], "min_length": 1, "max_length": 40},
    {"types": ["string"], "max_length": 60, "mask": {"category": 0, "action": 0}}, {"types": ["string"], "max_length": 19, "mask": {"category": 1, "action": 1}},
    {"types": ["string"], "format": "date", "mask": {"category": 0, "action": 0}}, {"types": ["string"], "max_length": 20, "mask": {"category": 0, "action": 1}},
    {"enum": ["active", "closed", "new"]}, {"types": ["number"]}"#;
/// What `bench/contract.py` asks of a person, with one field that is removed and one that nobody declared.
const PERSON: &str = r#"{"types": ["object"], "required": ["id", "name"], "properties":
    [["id", 2], ["name", 3], ["email", 4], ["card", 5], ["born", 6], ["passport", 7], ["city", 8], ["active", 9], ["created", 10]]},
    {"types": ["integer"], "minimum": 1}, {"types": ["string"], "min_length": 1, "max_length": 80},
    {"types": ["string"], "max_length": 120, "mask": {"category": 0, "action": 0}},
    {"types": ["string"], "min_length": 12, "max_length": 19, "mask": {"category": 0, "action": 1}},
    {"types": ["string"], "max_length": 10, "mask": {"category": 0, "action": 0}},
    {"types": ["string"], "max_length": 20, "mask": {"category": 0, "action": 2}},
    {"types": ["string"], "max_length": 60}, {"types": ["boolean"]}, {"types": ["string"], "format": "date-time"}"#;
const VISITS: &str = r#"{"types": ["array"], "max_items": 50, "items": 12}, {"types": ["object"], "required": ["day", "branch"],
    "properties": [["day", 13], ["branch", 8], ["desk", 14]]}, {"types": ["string"], "format": "date"},
    {"types": ["integer"], "minimum": 1, "maximum": 99}"#;
const ACTIONS: &str = r#"[{"strategy": "full"}, {"strategy": "partial", "keep": "last", "count": 4, "mask_char": "*"},
    {"strategy": "remove"}]"#;

fn main() {
    let filter = std::env::args().nth(1).unwrap_or_default();
    let list = program(&format!(r#"[{{"types": ["array"], "items": 1}}, {ITEM}, {LEAVES}]"#));
    let choice = program(&format!(
        r#"[{{"types": ["array"], "items": 10}}, {ITEM}, {LEAVES}, {{"one_of": [1, 11]}}, {{"types": ["object"], "required": ["kind"], "properties": [["kind", 3]]}}]"#
    ));
    let parts = program(&format!(
        r#"[{{"types": ["array"], "items": 10}}, {ITEM}, {LEAVES}, {{"all_of": [1, 11]}}, {{"types": ["object"], "properties": [["rank", 9]]}}]"#
    ));
    let people = program(&format!(r#"[{{"types": ["array"], "max_items": 1000, "items": 1}}, {PERSON}]"#));
    let visitor = PERSON.replacen(r#"["created", 10]"#, r#"["created", 10], ["visits", 11]"#, 1);
    let visitor = program(&format!(r#"[{{"types": ["object"], "properties": []}}, {visitor}, {VISITS}]"#));
    let plain = Shape { keys: |at| at, pretty: false, text: "Rosalind" };
    let shuffled = Shape { keys: |at| (at * 7 + 3) % 10, ..plain };
    let cases = [
        ("list of 75 objects", &list, document(75, &plain)),
        ("list of 500 objects", &list, document(500, &plain)),
        ("the same, shuffled keys", &list, document(500, &shuffled)),
        ("the same, pretty-printed", &list, document(500, &Shape { pretty: true, ..plain })),
        ("the same, not ASCII", &list, document(500, &Shape { text: "Zoë Ångström", ..plain })),
        ("the same, many escapes", &list, document(500, &Shape { text: r#"Zo\u00eb \\ \u00c5ng\"x\""#, ..plain })),
        ("80 people of bench/contract.py", &people, persons(80)),
        ("one of them with 12 visits", &visitor, one_with_visits()),
        ("the same, one of two branches", &choice, document(500, &plain)),
        ("the same, two parts together", &parts, document(500, &plain)),
    ];
    for (name, program, body) in &cases {
        if !name.contains(&filter) {
            continue;
        }
        measure(name, body, || {
            let mut scratch = Scratch::default();
            move |body: &[u8]| {
                let verdict = program.check(
                    usize::from(body[0] == b'{'),
                    body,
                    &Options { strict: true, ..Options::new(Direction::Response) },
                    &mut scratch,
                );
                assert_eq!(verdict, Verdict::Rewritten, "{:?}", scratch.violations());
                scratch.output().len()
            }
        });
    }
    let name = "strict reading alone";
    if name.contains(&filter) {
        measure(name, &cases[1].2, || |body: &[u8]| usize::from(read_ijson(body, 64).is_ok()));
    }
}

fn program(schemas: &str) -> Program {
    let schemas: Vec<firstclass_bundle::Schema> = serde_json::from_str(schemas).expect("schemas");
    let actions: Vec<firstclass_bundle::Action> = serde_json::from_str(ACTIONS).expect("actions");
    Program::compile(&schemas, &[], &actions).expect("a program")
}

#[derive(Clone, Copy)]
struct Shape {
    keys: fn(usize) -> usize,
    pretty: bool,
    text: &'static str,
}

fn document(objects: usize, shape: &Shape) -> Vec<u8> {
    let mut out = String::from("[");
    for at in 0..objects {
        if at > 0 {
            out.push(',');
        }
        let text = shape.text;
        let members = [
            format!(r#""id":{}"#, 10_000 + at),
            format!(r#""name":"{text} {at}""#),
            format!(r#""email":"person{at}@example.org""#),
            format!(r#""card":"4111-1111-1111-{:04}""#, at % 10_000),
            format!(r#""birthday":"19{:02}-0{}-1{}""#, at % 90 + 10, at % 9 + 1, at % 9),
            format!(r#""phone":"+49 30 {:06}""#, at * 37),
            r#""status":"active""#.to_owned(),
            format!(r#""city":"{text}""#),
            format!(r#""score":{}.{}"#, at % 100, at % 10),
            format!(r#""internal":{{"row":{at}}}"#),
        ];
        out.push('{');
        for place in 0..members.len() {
            if place > 0 {
                out.push(',');
            }
            if shape.pretty {
                out.push_str("\n    ");
            }
            let member = &members[(shape.keys)(place)];
            let _ =
                if shape.pretty { write!(out, "{}", member.replacen(':', ": ", 1)) } else { write!(out, "{member}") };
        }
        if shape.pretty {
            out.push_str("\n  ");
        }
        out.push('}');
    }
    out.push(']');
    out.into_bytes()
}

fn persons(count: usize) -> Vec<u8> {
    let cities = ["Berlin", "Graz", "Lisbon", "Oslo", "Porto", "Vienna", "Zagreb", "Zurich"];
    let given = ["Ana", "Bo", "Chiara", "Dragan", "Elif", "Franz", "Greta", "Hugo", "Ines", "Jonas"];
    let family = ["Almeida", "Bauer", "Conti", "Dupont", "Eriksen", "Fischer", "Gruber", "Horvat", "Ivanov", "Jansen"];
    let mut out = String::from("[");
    for at in 0..count {
        let (one, two) = (given[at * 7 % 10], family[at * 3 % 10]);
        let comma = if at > 0 { "," } else { "" };
        let _ = write!(
            out,
            r#"{comma}{{"id":{},"name":"{one} {two}","email":"{}.{}@example.org","card":"41{:014}","born":"19{:02}-0{}-1{}","passport":"P{}","city":"{}","active":{},"created":"2025-0{}-1{}T09:30:00Z","shelf":"{}-{}"}}"#,
            100_000 + at,
            one.to_lowercase(),
            two.to_lowercase(),
            at * 1_234_567,
            50 + at % 50,
            at % 9 + 1,
            at % 9,
            1_000_000 + at * 7919,
            cities[at * 5 % 8],
            at % 5 != 0,
            at % 9 + 1,
            at % 9,
            char::from(b'A' + (at % 6) as u8),
            at % 99 + 1,
        );
    }
    out.push(']');
    out.into_bytes()
}

fn one_with_visits() -> Vec<u8> {
    let mut out = persons(1);
    out.truncate(out.len() - 2);
    out.remove(0);
    out.extend_from_slice(br#","visits":["#);
    for at in 0..12 {
        let comma = if at > 0 { "," } else { "" };
        let city = ["Berlin", "Graz", "Lisbon", "Oslo"][at % 4];
        out.extend_from_slice(
            format!(r#"{comma}{{"day":"2025-03-01","branch":"{city}","desk":{}}}"#, at * 3 + 1).as_bytes(),
        );
    }
    out.extend_from_slice(b"]}");
    out
}

/// The best of several rounds: what the code can do, not what the machine was doing meanwhile.
fn measure<F: FnMut(&[u8]) -> usize>(name: &str, body: &[u8], make: impl Fn() -> F) {
    let mut run = make();
    let mut best = Duration::MAX;
    for _ in 0..15 {
        let passes = (4_000_000 / body.len()).max(1) as u32;
        let start = Instant::now();
        for _ in 0..passes {
            std::hint::black_box(run(std::hint::black_box(body)));
        }
        best = best.min(start.elapsed() / passes);
    }
    println!("{name:32} {:>8} bytes {:>8.0} MB/s", body.len(), body.len() as f64 / best.as_secs_f64() / 1e6);
}
