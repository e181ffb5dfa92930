//! Schema nodes: JSON Schema with indices in place of `$ref` and nesting. One table serves both directions; the
//! compiler lowers a contract schema separately for requests and for answers where they differ (readOnly, writeOnly).

use serde::Deserialize;
use serde_json::value::RawValue;

/// Index into [`crate::Document::schemas`].
pub type SchemaIndex = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    Null,
    Boolean,
    /// A number without fractional part: `1`, `1.0` and `1e2` are integers (JSON Schema 2020-12 §6.1.1).
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// One node. An absent keyword says nothing; `{}` allows every value (objects stay closed, see `additional`).
///
/// Objects are judged as if `unevaluatedProperties: false` stood at each *place in the document* (root, property value,
/// array item), over everything that the applicators at that place evaluated, unless one of them says otherwise by
/// `additional` or `unevaluated_properties`. Subschemas under `not` and `if` only assert.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Schema {
    /// Nothing is valid here; the word is the violation's keyword ("readOnly", "false").
    pub never: Option<String>,
    /// Allowed types; absent: all.
    pub types: Option<Vec<Type>>,
    /// Allowed values as JSON text, compared as JSON Schema compares (numbers by value, objects without order).
    #[serde(rename = "enum")]
    pub allowed: Option<Vec<Box<RawValue>>>,

    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub pattern: Option<usize>,
    /// Only formats that the engine enforces appear: int32, int64, float, double, date, date-time, time, duration,
    /// email, uuid, ipv4, ipv6, uri, hostname, byte. The compiler lists all others as unenforced.
    pub format: Option<String>,

    /// Exact decimal text of a JSON number.
    pub minimum: Option<Box<RawValue>>,
    pub maximum: Option<Box<RawValue>>,
    pub exclusive_minimum: Option<Box<RawValue>>,
    pub exclusive_maximum: Option<Box<RawValue>>,
    pub multiple_of: Option<Box<RawValue>>,

    /// In the contract's order.
    pub properties: Vec<(String, SchemaIndex)>,
    /// (index into patterns, schema)
    pub pattern_properties: Vec<(usize, SchemaIndex)>,
    /// `additionalProperties` where the contract writes it.
    pub additional: Option<SchemaIndex>,
    pub unevaluated_properties: Option<SchemaIndex>,
    pub property_names: Option<SchemaIndex>,
    pub required: Vec<String>,
    pub dependent_required: Vec<(String, Vec<String>)>,
    pub dependent_schemas: Vec<(String, SchemaIndex)>,
    pub min_properties: Option<u64>,
    pub max_properties: Option<u64>,

    pub prefix_items: Vec<SchemaIndex>,
    pub items: Option<SchemaIndex>,
    pub unevaluated_items: Option<SchemaIndex>,
    pub contains: Option<SchemaIndex>,
    pub min_contains: Option<u64>,
    pub max_contains: Option<u64>,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,
    pub unique_items: bool,

    /// `$ref` beside siblings; a lone `$ref` is its target's index already.
    pub reference: Option<SchemaIndex>,
    pub all_of: Vec<SchemaIndex>,
    pub any_of: Vec<SchemaIndex>,
    pub one_of: Vec<SchemaIndex>,
    pub not: Option<SchemaIndex>,
    #[serde(rename = "if")]
    pub condition: Option<SchemaIndex>,
    #[serde(rename = "then")]
    pub consequence: Option<SchemaIndex>,
    #[serde(rename = "else")]
    pub alternative: Option<SchemaIndex>,
    /// OpenAPI: the branch of `one_of`/`any_of` that the property's value names is the only one judged.
    pub discriminator: Option<Discriminator>,

    /// Answers: how the value leaves unless the subscription unmasks the category. Requests: what that gives is not
    /// written back.
    pub mask: Option<Mask>,
    /// Answers: the value never leaves (writeOnly).
    pub dropped: bool,
    /// The value must equal this claim of the caller's subject ("sub"), or the exchange is `foreign_object`.
    pub owner: Option<String>,
    /// What an id at this place identifies (`customer`); evidence only here.
    pub object: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discriminator {
    pub property: String,
    /// (value, schema); a value that is not listed is a violation.
    pub mapping: Vec<(String, SchemaIndex)>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mask {
    /// Index into categories.
    pub category: usize,
    /// Index into actions.
    pub action: usize,
}

/// A masking strategy in the registered words (DESIGN §4).
#[derive(Debug, Deserialize)]
#[serde(tag = "strategy", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    Remove {},
    Full {},
    Partial {
        keep: Keep,
        count: u64,
        mask_char: char,
    },
    /// `pattern` is an index into patterns; `replacement` in ECMA's form ($1, $2, $$).
    Regex {
        pattern: usize,
        replacement: String,
    },
    Hash {},
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    First,
    Last,
}

/// An ECMA-262 pattern, already translated to the syntax of the Rust `regex` crate with ECMA's meaning.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// As the contract writes it; for messages only.
    pub source: String,
    /// Matches as ECMA's would; unanchored unless anchors stand in it.
    pub regex: String,
}
