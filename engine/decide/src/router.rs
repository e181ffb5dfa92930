//! From a path to the one path template of the contract that matches it. A trie over segments: a literal segment wins
//! over a template, and where the winner leads nowhere the search goes back. Each node is tried at most once per path.
//! No parameter's value may be read as the literal beside it: a server that compares otherwise than we do would serve
//! another operation than the one that was decided on.

use std::collections::HashMap;

use firstclass_bundle::{Part, Path};

use crate::path_shadows::folded;

/// What a path template is to the router: its place among the contract's paths.
pub(crate) type PathIndex = usize;

/// Where a path parameter's value lies.
pub(crate) type Capture = (u32, u32);

/// All path templates of one contract.
#[derive(Debug, Default)]
pub struct Router {
    nodes: Vec<Node>,
    /// For each path with crossing ones, those in full.
    crossing: HashMap<PathIndex, Vec<Vec<Step>>, ahash::RandomState>,
    /// Somewhere a template stands beside a literal.
    has_siblings: bool,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<Box<[u8]>, usize, ahash::RandomState>,
    /// More literal text first: `report-{id}` is tried before `{name}`.
    templates: Vec<(Template, usize)>,
    path: Option<PathIndex>,
    /// The literals in any spelling, where a template stands beside them.
    folded: HashMap<String, Vec<usize>, ahash::RandomState>,
}

/// A segment with parameters. `pieces` are the literals around them: `{a}.{b}` is ["", ".", ""].
#[derive(Debug, Clone, PartialEq, Eq)]
struct Template {
    pieces: Vec<Box<[u8]>>,
}

#[derive(Debug)]
enum Step {
    Literal(Box<[u8]>),
    Template(Template),
}

impl Router {
    /// A router for these paths.
    ///
    /// # Errors
    /// The index of a path that matches exactly what an earlier one matches.
    pub fn new(paths: &[Path]) -> Result<Self, PathIndex> {
        let mut router = Self { nodes: vec![Node::default()], crossing: HashMap::default(), has_siblings: false };
        for (index, path) in paths.iter().enumerate() {
            let mut at = 0;
            for segment in &path.segments {
                at = router.descend(at, step(segment));
            }
            if path.segments.is_empty() || router.nodes[at].path.replace(index).is_some() {
                return Err(index);
            }
        }
        for (index, path) in paths.iter().enumerate().filter(|(_, path)| !path.crosses.is_empty()) {
            let others = path.crosses.iter().filter_map(|&other| paths.get(other));
            let steps = others.map(|other| other.segments.iter().map(|segment| step(segment)).collect());
            router.crossing.insert(index, steps.collect());
        }
        for node in &mut router.nodes {
            node.templates.sort_by_key(|(template, _)| std::cmp::Reverse(template.literal_length()));
            if node.templates.is_empty() {
                continue;
            }
            for (literal, &child) in &node.literals {
                let plain = folded(literal);
                if !plain.is_empty() {
                    node.folded.entry(plain).or_default().push(child);
                    router.has_siblings = true;
                }
            }
        }
        Ok(router)
    }

    fn descend(&mut self, at: usize, step: Step) -> usize {
        let next = self.nodes.len();
        let node = &mut self.nodes[at];
        let child = match step {
            Step::Literal(text) => *node.literals.entry(text).or_insert(next),
            Step::Template(template) => match node.templates.iter().find(|(known, _)| *known == template) {
                Some((_, child)) => *child,
                None => {
                    node.templates.push((template, next));
                    next
                }
            },
        };
        if child == next {
            self.nodes.push(Node::default());
        }
        child
    }

    /// The template that matches a decoded path (which begins with a slash), and the parameters' places in it, in the
    /// template's order.
    pub fn find(&self, path: &[u8], captures: &mut Vec<Capture>) -> Option<PathIndex> {
        captures.clear();
        let start = path.first().is_some_and(|&byte| byte == b'/').then_some(1)?;
        let found = self.walk(0, path, start, captures)?;
        let crossed = self.crossing.get(&found).is_some_and(|others| others.iter().any(|steps| matches(steps, path)));
        let is_other = |loose: PathIndex| loose != found;
        let shadowed = self.has_siblings
            && !captures.is_empty()
            && self.walk_loosely(0, path, start, &mut Vec::new()).is_some_and(is_other);
        (!crossed && !shadowed).then_some(found)
    }

    /// As [`Self::walk`], but where a template stands beside a literal, any spelling of the literal is taken for it.
    fn walk_loosely(&self, at: usize, path: &[u8], start: usize, scratch: &mut Vec<Capture>) -> Option<PathIndex> {
        let node = &self.nodes[at];
        let (segment, next) = segment_at(path, start);
        let exact = node.literals.get(segment).copied();
        let alike = if node.folded.is_empty() { None } else { node.folded.get(&folded(segment)) };
        let alike = alike.into_iter().flatten().copied().filter(|child| Some(*child) != exact);
        let templates = node.templates.iter().filter(|(template, _)| {
            scratch.clear();
            template.matches(segment, start, scratch)
        });
        let children: Vec<usize> = exact.into_iter().chain(alike).chain(templates.map(|(_, child)| *child)).collect();
        children.into_iter().find_map(|child| match next {
            None => self.nodes[child].path,
            Some(next) => self.walk_loosely(child, path, next, scratch),
        })
    }

    fn walk(&self, at: usize, path: &[u8], start: usize, captures: &mut Vec<Capture>) -> Option<PathIndex> {
        let node = &self.nodes[at];
        let (segment, next) = segment_at(path, start);
        let onward = |child: usize, captures: &mut Vec<Capture>| match next {
            None => self.nodes[child].path,
            Some(next) => self.walk(child, path, next, captures),
        };
        if let Some(&child) = node.literals.get(segment)
            && let Some(found) = onward(child, captures)
        {
            return Some(found);
        }
        for (template, child) in &node.templates {
            let before = captures.len();
            if template.matches(segment, start, captures)
                && let Some(found) = onward(*child, captures)
            {
                return Some(found);
            }
            captures.truncate(before);
        }
        None
    }
}

/// The segment that begins at `start`, and where the next one does.
fn segment_at(path: &[u8], start: usize) -> (&[u8], Option<usize>) {
    match path[start..].iter().position(|&byte| byte == b'/') {
        Some(length) => (&path[start..start + length], Some(start + length + 1)),
        None => (&path[start..], None),
    }
}

/// Whether a path template matches a whole path.
fn matches(steps: &[Step], path: &[u8]) -> bool {
    let mut segments = path[1..].split(|&byte| byte == b'/');
    let fits = steps.iter().all(|step| match (step, segments.next()) {
        (Step::Literal(text), Some(segment)) => **text == *segment,
        (Step::Template(template), Some(segment)) => template.matches(segment, 0, &mut Vec::new()),
        (_, None) => false,
    });
    fits && segments.next().is_none()
}

fn step(segment: &[Part]) -> Step {
    let mut pieces = vec![Vec::new()];
    for part in segment {
        match part {
            Part::Literal(text) => {
                if let Some(piece) = pieces.last_mut() {
                    piece.extend_from_slice(text.as_bytes());
                }
            }
            Part::Parameter(_) => pieces.push(Vec::new()),
        }
    }
    let mut pieces: Vec<Box<[u8]>> = pieces.into_iter().map(Vec::into_boxed_slice).collect();
    if pieces.len() == 1 { Step::Literal(pieces.remove(0)) } else { Step::Template(Template { pieces }) }
}

impl Template {
    fn literal_length(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    /// Matches a whole segment; every parameter takes at least one byte. The earliest end of each inner literal leaves
    /// the most room for the rest, so that one pass decides.
    fn matches(&self, segment: &[u8], offset: usize, captures: &mut Vec<Capture>) -> bool {
        let [first, inner @ .., last] = &self.pieces[..] else { return false };
        if segment.len() < self.literal_length() + self.pieces.len() - 1 {
            return false;
        }
        // Most parameters take a whole segment: then there is nothing to compare.
        if !(first.is_empty() || segment.starts_with(first)) || !(last.is_empty() || segment.ends_with(last)) {
            return false;
        }
        let mut at = first.len();
        let end = segment.len() - last.len();
        for piece in inner {
            // The parameter in front of the piece takes at least one byte, and so does the one behind it.
            let from = at + 1;
            let Some(found) = position(segment.get(from..end).unwrap_or_default(), piece) else { return false };
            captures.push(((offset + at) as u32, (offset + from + found) as u32));
            at = from + found + piece.len();
        }
        if at >= end {
            return false;
        }
        captures.push(((offset + at) as u32, (offset + end) as u32));
        true
    }
}

fn position(text: &[u8], piece: &[u8]) -> Option<usize> {
    if piece.is_empty() { Some(0) } else { text.windows(piece.len()).position(|window| window == piece) }
}
