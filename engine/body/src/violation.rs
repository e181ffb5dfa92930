//! What is wrong with a body and where: keywords and JSON pointers, never values.

use firstclass_bundle::SchemaIndex;

use crate::text;

/// A fault of the body against the contract. The pointer names the offending place; `required` names the property that
/// is missing, `undeclared` the one that should not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub pointer: String,
    pub keyword: &'static str,
    pub schema: SchemaIndex,
}

/// The way from the root to a place, kept on the stack of calls and written out only when something is wrong there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'p> {
    above: Option<&'p Path<'p>>,
    segment: Segment<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Segment<'p> {
    Root,
    /// A name that the contract knows.
    Declared(&'p [u8]),
    /// A name as the sender wrote it: echoed only in part.
    Sent {
        raw: &'p [u8],
        escaped: bool,
    },
    Index(usize),
}

/// So many characters of an undeclared name are echoed.
const ECHOED: usize = 64;

impl<'p> Path<'p> {
    pub const ROOT: Path<'static> = Path { above: None, segment: Segment::Root };

    #[inline(always)]
    pub fn declared<'q>(&'q self, name: &'q [u8]) -> Path<'q> {
        Path { above: Some(self), segment: Segment::Declared(name) }
    }

    #[inline(always)]
    pub fn sent<'q>(&'q self, raw: &'q [u8], escaped: bool) -> Path<'q> {
        Path { above: Some(self), segment: Segment::Sent { raw, escaped } }
    }

    #[inline(always)]
    pub fn index(&self, index: usize) -> Path<'_> {
        Path { above: Some(self), segment: Segment::Index(index) }
    }

    /// Whether this is a member, and all that it lies in are objects.
    pub fn is_member_of_objects(&self) -> bool {
        let mut place = self;
        while !matches!(place.segment, Segment::Index(_)) {
            match place.above {
                Some(above) if matches!(above.segment, Segment::Root) => return true,
                Some(above) => place = above,
                None => return false,
            }
        }
        false
    }

    /// The JSON pointer (RFC 6901). Undeclared names are echoed to who sent them; those of an answer are data (a map's
    /// keys may be people) and stand as `*`, since a violation goes into events and evidence.
    pub fn pointer(&self, is_request: bool) -> String {
        let mut pointer = String::new();
        for segment in self.segments() {
            match segment {
                Segment::Index(index) => {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                }
                Segment::Sent { .. } if !is_request => pointer.push_str("/*"),
                segment => segment.append_to(&mut pointer),
            }
        }
        pointer
    }

    /// The same for all items of a list and all keys of a map. With `keeps_last` the last name stands as it was sent, also
    /// in an answer: who tells it must see to it that it looks like a name.
    pub fn pattern(&self, keeps_last: bool) -> String {
        let mut pattern = String::new();
        let segments = self.segments();
        for (at, segment) in segments.iter().enumerate() {
            match segment {
                Segment::Index(_) => pattern.push_str("/*"),
                Segment::Sent { .. } if !keeps_last || at + 1 < segments.len() => pattern.push_str("/*"),
                segment => segment.append_to(&mut pattern),
            }
        }
        pattern
    }

    /// From the root on.
    fn segments(&self) -> Vec<Segment<'p>> {
        let mut segments = Vec::new();
        let mut place = Some(self);
        while let Some(path) = place {
            segments.push(path.segment);
            place = path.above;
        }
        segments.reverse();
        segments
    }
}

impl Segment<'_> {
    fn append_to(self, pointer: &mut String) {
        match self {
            Segment::Root | Segment::Index(_) => {}
            Segment::Declared(name) => append(pointer, &String::from_utf8_lossy(name), usize::MAX),
            Segment::Sent { raw, escaped } => {
                append(pointer, &String::from_utf8_lossy(&text::bytes(raw, escaped)), ECHOED);
            }
        }
    }
}

fn append(pointer: &mut String, name: &str, limit: usize) {
    pointer.push('/');
    for letter in name.chars().take(limit) {
        match letter {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            letter => pointer.push(letter),
        }
    }
}

/// The keywords that judge one value by itself, as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults(u32);

const KEYWORDS: [&str; 11] = [
    "type",
    "enum",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

impl Faults {
    pub const TYPE: u32 = 1;
    pub const ENUM: u32 = 1 << 1;
    pub const MIN_LENGTH: u32 = 1 << 2;
    pub const MAX_LENGTH: u32 = 1 << 3;
    pub const PATTERN: u32 = 1 << 4;
    pub const FORMAT: u32 = 1 << 5;
    pub const MINIMUM: u32 = 1 << 6;
    pub const MAXIMUM: u32 = 1 << 7;
    pub const EXCLUSIVE_MINIMUM: u32 = 1 << 8;
    pub const EXCLUSIVE_MAXIMUM: u32 = 1 << 9;
    pub const MULTIPLE_OF: u32 = 1 << 10;

    pub const NONE: Faults = Faults(0);

    #[inline(always)]
    pub fn add(&mut self, fault: u32, broken: bool) {
        if broken {
            self.0 |= fault;
        }
    }

    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn has(self, fault: u32) -> bool {
        self.0 & fault != 0
    }

    pub fn keywords(self) -> impl Iterator<Item = &'static str> {
        KEYWORDS.iter().enumerate().filter(move |(bit, _)| self.0 & (1 << bit) != 0).map(|(_, keyword)| *keyword)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_escaped_and_sent_names_are_cut() {
        let long = "x".repeat(100);
        let root = Path::ROOT;
        let list = root.declared(b"a/b~c");
        let item = list.index(7);
        let name = item.sent(br"\u0061", true);
        assert_eq!(name.pointer(true), "/a~1b~0c/7/a");
        assert_eq!(name.pointer(false), "/a~1b~0c/7/*");
        assert_eq!(root.sent(long.as_bytes(), false).pointer(true).len(), 65);
        assert_eq!(root.pointer(true), "");
    }

    #[test]
    fn a_pattern_keeps_the_last_name_alone() {
        let root = Path::ROOT;
        let map = root.declared(b"people");
        let key = map.sent(b"ana", false);
        let list = key.declared(b"shoes");
        let item = list.index(7);
        assert_eq!(item.sent(b"nick~name", false).pattern(true), "/people/*/shoes/*/nick~0name");
        assert_eq!(root.pattern(true), "");
        assert_eq!(item.sent(b"ana", false).pattern(false), "/people/*/shoes/*/*");
    }

    #[test]
    fn every_fault_has_its_keyword() {
        let mut faults = Faults::NONE;
        faults.add(Faults::ENUM, true);
        faults.add(Faults::MULTIPLE_OF, true);
        faults.add(Faults::TYPE, false);
        assert_eq!(faults.keywords().collect::<Vec<_>>(), ["enum", "multipleOf"]);
    }
}
