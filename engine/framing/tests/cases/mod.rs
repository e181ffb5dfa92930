//! Reads the cases of http-desync-guardian (YAML) and spells each out as a raw request.

use std::path::PathBuf;

use saphyr_parser::{Event, Parser};

/// One case: a request, and how dangerous it is.
pub struct Case {
    pub name: String,
    pub uri: String,
    pub tier: String,
    method: String,
    version: String,
    headers: Vec<(String, String)>,
}

impl Case {
    /// The request as bytes, with a Host where it has none.
    pub fn raw(&self) -> Vec<u8> {
        let mut raw = format!("{} {} {}\r\n", self.method, self.uri, self.version);
        if self.values_of("host").next().is_none() {
            raw.push_str("Host: localhost\r\n");
        }
        for (name, value) in &self.headers {
            raw.push_str(&format!("{name}: {value}\r\n"));
        }
        raw.push_str("\r\n");
        raw.into_bytes()
    }

    /// The values of all fields of this name.
    pub fn values_of(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

enum Node {
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    fn text(&self, key: &str) -> String {
        match self.get(key) {
            Some(Node::Scalar(text)) => text.clone(),
            _ => panic!("no text at {key}"),
        }
    }

    fn items(&self) -> &[Node] {
        match self {
            Node::List(items) => items,
            _ => &[],
        }
    }
}

/// All cases, or None where the data is absent.
pub fn load() -> Option<Vec<Case>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = std::env::var_os("FIRSTCLASS_TEST_DATA").map_or(root.join("../shared/data"), PathBuf::from);
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(data.join("desync")).ok()? {
        let path = entry.expect("the folder can be listed").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path).expect("the file can be read");
            let document = read(&text);
            // One file holds a single case, the others a list of them.
            let list = if let Node::Map(_) = document { std::slice::from_ref(&document) } else { document.items() };
            cases.extend(list.iter().map(case));
        }
    }
    (!cases.is_empty()).then_some(cases)
}

fn case(node: &Node) -> Case {
    let headers = node.get("headers").map_or(&[][..], Node::items);
    Case {
        name: node.text("name"),
        uri: node.text("uri"),
        tier: node.get("expected").expect("a case has a verdict").text("tier"),
        method: node.text("method"),
        version: node.text("version"),
        headers: headers.iter().map(|header| (header.text("name"), header.text("value"))).collect(),
    }
}

fn read(text: &str) -> Node {
    let events: Vec<Event<'_>> = Parser::new_from_str(text).map(|event| event.expect("the file is YAML").0).collect();
    let mut events = events
        .into_iter()
        .filter(|event| !matches!(event, Event::Nothing | Event::StreamStart | Event::DocumentStart(_)));
    let first = events.next().expect("the file is not empty");
    node(first, &mut events)
}

fn node<'input>(first: Event<'input>, events: &mut impl Iterator<Item = Event<'input>>) -> Node {
    match first {
        Event::Scalar(text, ..) => Node::Scalar(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match events.next().expect("a list ends") {
                    Event::SequenceEnd => return Node::List(items),
                    event => items.push(node(event, events)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut entries = Vec::new();
            loop {
                match events.next().expect("a mapping ends") {
                    Event::MappingEnd => return Node::Map(entries),
                    Event::Scalar(key, ..) => {
                        let value = events.next().expect("a key has a value");
                        entries.push((key.into_owned(), node(value, events)));
                    }
                    event => panic!("{event:?} is no key"),
                }
            }
        }
        event => panic!("{event:?} is no node"),
    }
}
