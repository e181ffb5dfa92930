//! The one pass over a body, against the tape and against the slow reference of `body`'s own tests.
//!
//! An input is eight bytes that draw a schema, one that says what follows (a drawn body and edits of it, three bytes
//! each; or the body itself), and that.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use firstclass_body::{Direction, Fault, Options, Program, Scratch, Verdict, WriteBack};
use firstclass_bundle::{Action, Schema};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::choices::Choices;
use crate::drawing::{self, CANARY, Dice, Shape, Tree};
use crate::reference::{self, Expected, Reading};

/// Levels that are compared: serde's own bound and the engine's lie above.
const COMPARED_DEPTH: usize = 50;
const LARGEST_SAFE: i64 = 1 << 53;

/// So many schemas are drawn, each once: they cost more than what is judged with them.
const SHAPES: u64 = 512;

/// Of the three categories that mask, requests see the last one in one reading and none in the other.
const READINGS: [Reading; 4] = [Reading::Request(0), Reading::Request(4), Reading::Patch(0), Reading::Answer];

type Compiled = Rc<(Shape, [Program; 2])>;

thread_local! {
    static SCHEMAS: RefCell<HashMap<u64, Compiled>> = RefCell::default();
}

/// Judge one input.
pub fn run(input: &[u8]) {
    let mut choices = Choices(input);
    let drawn_from = choices.number();
    let mut dice = Dice::new(drawn_from);
    let mut scratch = Scratch::default();
    let known = SCHEMAS.with(|known| known.borrow_mut().entry(drawn_from % SHAPES).or_insert_with_key(schema).clone());
    let (shape, programs) = &*known;
    let body = match choices.byte() & 1 {
        0 => edited(drawn(&mut dice, shape), choices),
        _ => choices.0.to_vec(),
    };
    for program in programs {
        judge(program, shape, &body, &mut scratch);
    }
    for reading in READINGS {
        let [one, other] = programs.each_ref().map(|program| outcome(program, &body, reading, &mut scratch));
        assert_eq!(one, other, "one pass and tape: {shape:?} {reading:?} {}", body.escape_ascii());
    }
}

fn schema(number: &u64) -> Compiled {
    let shape = drawing::shape(&mut Dice::new(*number), 3);
    let programs = programs(&shape);
    Rc::new((shape, programs))
}

/// The shape as it is; with every node behind another that asks more, so that each place needs the tape.
fn programs(shape: &Shape) -> [Program; 2] {
    let mut nodes = Vec::new();
    drawing::nodes(shape, &mut nodes);
    let count = nodes.len();
    let mut wrapped: Vec<serde_json::Value> =
        (0..count).map(|at| serde_json::json!({"all_of": [at + count], "dependent_required": [["-", []]]})).collect();
    wrapped.extend(nodes.iter().cloned());
    [nodes, wrapped].map(|nodes| {
        let schemas: Vec<Schema> =
            nodes.into_iter().map(|node| serde_json::from_value(node).expect("a schema")).collect();
        let actions: Vec<Action> = serde_json::from_str(drawing::ACTIONS).expect("actions");
        Program::compile(&schemas, &[], &actions).expect("a program")
    })
}

fn drawn(dice: &mut Dice, shape: &Shape) -> Vec<u8> {
    let tree = drawing::value(dice, shape, 3);
    let mut body = String::new();
    drawing::write(dice, &tree, &mut body);
    body.into_bytes()
}

fn edited(mut body: Vec<u8>, mut choices: Choices<'_>) -> Vec<u8> {
    while !choices.0.is_empty() && !body.is_empty() {
        let (place, kind, byte) = (choices.byte(), choices.byte(), choices.byte());
        let at = usize::from(place) * body.len() / 256;
        match kind % 5 {
            0 => body.truncate(at + 1),
            1 => body[at] = byte,
            2 => body.insert(at, byte),
            3 => drop(body.remove(at)),
            _ => {
                let again = body[at..(at + usize::from(byte)).min(body.len())].to_vec();
                body.splice(at..at, again);
            }
        }
    }
    body.truncate(64 << 10);
    body
}

fn options(reading: Reading, strict: bool) -> Options<'static> {
    let (direction, write_back, unmask) = match reading {
        Reading::Answer => (Direction::Response, WriteBack::Refused, 0),
        Reading::Request(unmask) => (Direction::Request, WriteBack::Refused, unmask),
        Reading::Patch(unmask) => (Direction::Request, WriteBack::LeftOut, unmask),
    };
    // What is told changes nothing of what leaves.
    let tell_left_out = !strict;
    Options {
        strict,
        relaxed: !strict,
        write_back,
        tell_left_out,
        unmask,
        max_violations: 10_000,
        ..Options::new(direction)
    }
}

fn outcome(program: &Program, body: &[u8], reading: Reading, scratch: &mut Scratch) -> Option<Vec<u8>> {
    match program.check(0, body, &options(reading, reading != Reading::Answer), scratch) {
        Verdict::Unchanged => Some(body.to_vec()),
        Verdict::Rewritten => Some(scratch.output().to_vec()),
        Verdict::Refused(_) => None,
    }
}

fn judge(program: &Program, shape: &Shape, body: &[u8], scratch: &mut Scratch) {
    let parsed = serde_json::from_slice::<Read>(body);
    let exact = parsed.as_ref().ok().filter(|read| read.depth < COMPARED_DEPTH).and_then(|read| read.tree.as_ref());
    for (reading, strict) in READINGS.into_iter().flat_map(|reading| [(reading, true), (reading, false)]) {
        let request = reading != Reading::Answer;
        let verdict = program.check(0, body, &options(reading, strict), scratch);
        let context = || format!("{shape:?} {reading:?} strict {strict} {verdict:?}\n{}", body.escape_ascii());
        let output = match verdict {
            Verdict::Refused(_) => None,
            Verdict::Unchanged => Some(body),
            Verdict::Rewritten => Some(scratch.output()),
        };
        if let Some(output) = output {
            let kept = verdict == Verdict::Unchanged || !matches!(reading, Reading::Request(_));
            assert!(kept, "only a merge patch is rewritten: {}", context());
            let other = serde_json::from_slice::<Read>(output);
            let is_json = other.as_ref().map_or_else(is_only_theirs, |_| true);
            assert!(is_json, "JSON leaves: {}", context());
            assert!(
                request || parsed.is_ok() || is_only_theirs(parsed.as_ref().err().expect("an error")),
                "{}",
                context()
            );
        }
        if let Some(tree) = exact {
            let mut found: Vec<String> =
                scratch.violations().iter().map(|one| format!("{} {}", one.pointer, one.keyword)).collect();
            found.sort();
            compare(reference::expected(shape, tree, reading), verdict, output, found, strict, &context);
        }
    }
}

/// What the reference says must have come of it.
fn compare(
    expected: Expected,
    verdict: Verdict,
    output: Option<&[u8]>,
    found: Vec<String>,
    strict: bool,
    context: &dyn Fn() -> String,
) {
    match expected {
        // An answer may be refused for its structure before its end is read.
        Expected::Unreadable => assert!(matches!(verdict, Verdict::Refused(_)), "{}", context()),
        Expected::WrittenBack(mut places) => {
            places.sort();
            assert_eq!(verdict, Verdict::Refused(Fault::WrittenBack), "{}", context());
            assert_eq!(found, places, "{}", context());
        }
        Expected::Structure | Expected::Value(None, _) => {
            assert_eq!(verdict, Verdict::Refused(Fault::Invalid), "{}", context());
        }
        Expected::Value(Some(_), faults) if strict && !faults.is_empty() => {
            assert_eq!(verdict, Verdict::Refused(Fault::Invalid), "{}", context());
        }
        Expected::Value(Some(value), mut faults) => {
            faults.sort();
            assert_eq!(found, faults, "{}", context());
            let output = output.unwrap_or_else(|| panic!("{}", context()));
            assert_eq!(reference::read(output), value, "{}", context());
            // The escape of one character, with what follows it, may read like it.
            let shows = |text: &str| text.replace(r"\u00CA", "\u{ca}").contains(CANARY);
            let seen = shows(&String::from_utf8_lossy(output)) && !shows(&value.to_string());
            assert!(!seen, "a masked value left: {}", context());
        }
    }
}

fn is_only_theirs(error: &serde_json::Error) -> bool {
    let text = error.to_string();
    text.starts_with("number out of range") || text.starts_with("recursion limit exceeded")
}

/// A body as another reader has it: members in order, also those that come twice.
struct Read {
    /// None where a number is not one that the reference can hold exactly.
    tree: Option<Tree>,
    depth: usize,
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

fn leaf<E>(tree: Option<Tree>) -> Result<Read, E> {
    Ok(Read { tree, depth: 1 })
}

fn whole(number: i64) -> Option<Tree> {
    (number.abs() < LARGEST_SAFE).then_some(Tree::Integer(number))
}

impl<'de> Visitor<'de> for Reader {
    type Value = Read;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Read, E> {
        leaf(Some(Tree::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Read, E> {
        leaf(Some(Tree::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Read, E> {
        leaf(whole(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Read, E> {
        leaf(i64::try_from(value).ok().and_then(whole))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Read, E> {
        leaf(None)
    }

    fn visit_str<E>(self, value: &str) -> Result<Read, E> {
        leaf(Some(Tree::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Read, A::Error> {
        let (mut items, mut depth) = (Some(Vec::new()), 0);
        while let Some(item) = from.next_element::<Read>()? {
            depth = depth.max(item.depth);
            items = items.zip(item.tree).map(|(mut items, item)| {
                items.push(item);
                items
            });
        }
        Ok(Read { tree: items.map(Tree::List), depth: depth + 1 })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Read, A::Error> {
        let (mut members, mut depth) = (Some(Vec::new()), 0);
        while let Some((name, value)) = from.next_entry::<String, Read>()? {
            depth = depth.max(value.depth);
            members = members.zip(value.tree).map(|(mut members, value)| {
                members.push((name, value));
                members
            });
        }
        Ok(Read { tree: members.map(Tree::Object), depth: depth + 1 })
    }
}
