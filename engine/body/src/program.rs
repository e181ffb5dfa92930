//! A bundle's schemas as the pass reads them: flat nodes, made once, never changed.

use std::collections::HashMap;

use ahash::RandomState;
use firstclass_bundle::SchemaIndex;

use crate::duplicates::Signer;
use crate::formats::Format;
use crate::hot::Hot;
use crate::mask::{Strategy, Veil};
use crate::names::{Filter, NameTable};
use crate::number::{Bound, Multiple};
use crate::shadows::Shadows;

/// Compiled once per bundle; immutable and shared by all cores.
#[derive(Debug)]
pub struct Program {
    pub(crate) nodes: Vec<Node>,
    pub(crate) patterns: Vec<regex::bytes::Regex>,
    pub(crate) actions: Vec<Strategy>,
    pub(crate) signer: Signer,
    /// The two halves of digests, keyed anew in each process: equal digests cannot be prepared.
    pub(crate) hasher: RandomState,
    pub(crate) second: RandomState,
    /// The node that says nothing.
    pub(crate) any: usize,
}

/// How a value is found to belong to a node.
#[derive(Debug)]
pub(crate) enum Way {
    /// By the node alone, in one pass.
    Plain,
    /// By the branch that the value's first byte selects: the only one whose types allow it.
    Switch([Option<usize>; 6]),
    /// By more than one node: over a tape.
    General,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub way: Way,
    pub types: Types,
    /// All that lies below is decided in one pass.
    pub deep: bool,
    /// Only applies others to the same value: it declares, asks and hides nothing itself.
    pub silent: bool,
    /// A choice in which one branch hides what another, or what applies beside it, may let out under any name.
    pub shades: bool,
    /// What it hides depends on what of a value is valid, so that a fault in the value may let it out.
    pub doubtful: bool,
    /// What it hides depends on the branch that a discriminator selects.
    pub selects: bool,
    /// Needs more than types and text rules: owner, mask, dropped, never.
    pub marked: bool,
    pub text: Option<TextRules>,
    pub number: Option<Box<NumberRules>>,
    pub allowed: Option<Box<Allowed>>,
    pub object: ObjectRules,
    pub array: ArrayRules,
    pub compose: Option<Box<Compose>>,
    pub never: Option<&'static str>,
    pub mask: Option<Mask>,
    pub dropped: bool,
    pub owner: Option<Box<str>>,
    pub index: usize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Mask {
    pub category: usize,
    pub veil: Veil,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// By the first byte; anything else is no value.
    #[inline(always)]
    pub fn of(byte: u8) -> Kind {
        match byte {
            b'"' => Kind::String,
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b't' | b'f' => Kind::Boolean,
            b'n' => Kind::Null,
            _ => Kind::Number,
        }
    }

    pub fn is_container(self) -> bool {
        matches!(self, Kind::Array | Kind::Object)
    }
}

/// A set of JSON types; `number` includes `integer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Types(pub u8);

impl Types {
    pub const NULL: u8 = 1;
    pub const BOOLEAN: u8 = 2;
    pub const INTEGER: u8 = 4;
    pub const FRACTION: u8 = 8;
    pub const STRING: u8 = 16;
    pub const ARRAY: u8 = 32;
    pub const OBJECT: u8 = 64;
    pub const ALL: Types = Types(127);
    const CONTAINERS: u8 = Types::ARRAY | Types::OBJECT;

    #[inline(always)]
    pub fn has(self, bits: u8) -> bool {
        self.0 & bits != 0
    }

    /// Whether a value of this kind is what was declared, give or take the kind of scalar: where it is not, what the
    /// value contains was never declared. Null contains nothing.
    pub fn admits_structure(self, kind: Kind) -> bool {
        match kind {
            Kind::Null => true,
            Kind::Array => self.has(Types::ARRAY),
            Kind::Object => self.has(Types::OBJECT),
            _ => self.0 & Types::CONTAINERS != self.0 || self.0 == 0,
        }
    }
}

#[derive(Debug)]
pub(crate) struct TextRules {
    pub min: u64,
    pub max: u64,
    pub pattern: Option<usize>,
    pub format: Option<Format>,
}

#[derive(Debug, Default)]
pub(crate) struct NumberRules {
    pub minimum: Option<Bound>,
    pub maximum: Option<Bound>,
    pub exclusive_minimum: Option<Bound>,
    pub exclusive_maximum: Option<Bound>,
    pub multiple_of: Option<Multiple>,
    /// Range of the format; `whole` if it is an integer's.
    pub range: Option<(Bound, Bound)>,
    pub whole: bool,
}

/// The values of an enum, by kind.
#[derive(Debug, Default)]
pub(crate) struct Allowed {
    pub null: bool,
    pub yes: bool,
    pub no: bool,
    pub strings: NameTable,
    pub numbers: Vec<Bound>,
    /// Digests of arrays and objects.
    pub containers: Vec<u128>,
}

#[derive(Debug, Default)]
pub(crate) struct ObjectRules {
    /// Properties, then names that are only required.
    pub names: NameTable,
    pub members: Vec<Member>,
    /// The same members, as the pass meets them in ordinary text.
    pub hot: Vec<Hot>,
    /// Signatures of all names.
    pub filter: Filter,
    /// Properties below which an owner stands.
    pub owned: Shadows,
    pub required: Vec<usize>,
    /// One bit for each required name among the first 64.
    pub required_first: u64,
    pub additional: Additional,
    pub min: u64,
    pub max: u64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// None: the name is only required, and otherwise like any undeclared one.
    pub node: Option<usize>,
}

#[derive(Debug, Default, Clone, Copy)]
pub(crate) enum Additional {
    /// Nothing is said: undeclared here, but no fault of a branch.
    #[default]
    Closed,
    /// The contract says `false`.
    Forbidden,
    Schema(usize),
}

#[derive(Debug, Default)]
pub(crate) struct ArrayRules {
    pub prefix: Vec<usize>,
    pub items: Option<usize>,
    pub min: u64,
    pub max: u64,
}

type Name = Box<[u8]>;

/// Keywords that look beyond one node.
#[derive(Debug, Default)]
pub(crate) struct Compose {
    pub patterns: Vec<(usize, usize)>,
    pub property_names: Option<usize>,
    pub dependent_required: Vec<(Name, Vec<Name>)>,
    pub dependent_schemas: Vec<(Box<[u8]>, usize)>,
    pub unevaluated_properties: Additional,
    pub unevaluated_items: Option<usize>,
    pub contains: Option<usize>,
    pub min_contains: u64,
    pub max_contains: u64,
    pub unique: bool,
    pub all: Vec<usize>,
    pub any: Vec<usize>,
    pub one: Vec<usize>,
    pub not: Option<usize>,
    pub condition: Option<usize>,
    pub consequence: Option<usize>,
    pub alternative: Option<usize>,
    pub selector: Option<Selector>,
}

/// A discriminator.
#[derive(Debug)]
pub(crate) struct Selector {
    pub property: Box<[u8]>,
    pub mapping: HashMap<Box<[u8]>, usize>,
}

impl Program {
    /// The schema that says nothing, but that every object is closed.
    #[must_use]
    pub fn anything(&self) -> SchemaIndex {
        self.any
    }
}

impl Compose {
    /// Nodes that may be applied to the same value.
    pub fn in_place(&self) -> impl Iterator<Item = usize> + '_ {
        self.all.iter().copied().chain(self.not).chain(self.conditional()).chain(self.branches())
    }

    /// Whether it applies nothing but the branches of choices.
    pub fn only_chooses(&self) -> bool {
        let conditions =
            self.condition.is_none() && self.dependent_required.is_empty() && self.dependent_schemas.is_empty();
        self.all.is_empty() && self.not.is_none() && self.selector.is_none() && conditions
    }

    /// Of these, those that a choice is between.
    pub fn branches(&self) -> impl Iterator<Item = usize> + '_ {
        let selected = self.selector.iter().flat_map(|selector| selector.mapping.values().copied());
        [&self.any, &self.one].into_iter().flatten().copied().chain(selected)
    }

    /// And those that a condition decides about.
    pub fn conditional(&self) -> impl Iterator<Item = usize> + '_ {
        let dependent = self.dependent_schemas.iter().map(|(_, node)| *node);
        [self.condition, self.consequence, self.alternative].into_iter().flatten().chain(dependent)
    }
}

impl Node {
    /// Nodes that are applied to members and items.
    pub fn children(&self) -> impl Iterator<Item = usize> + '_ {
        let schema = |additional| {
            if let Additional::Schema(node) = additional { Some(node) } else { None }
        };
        let own = self.object.members.iter().filter_map(|member| member.node);
        let own =
            own.chain(schema(self.object.additional)).chain(self.array.prefix.iter().copied()).chain(self.array.items);
        let composed = self.compose.iter().flat_map(move |compose| {
            let patterns = compose.patterns.iter().map(|(_, node)| *node);
            let rest = [
                compose.property_names,
                compose.unevaluated_items,
                compose.contains,
                schema(compose.unevaluated_properties),
            ];
            patterns.chain(rest.into_iter().flatten())
        });
        own.chain(composed)
    }
}
