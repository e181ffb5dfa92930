//! What can go wrong before a body is judged: a bundle that cannot be compiled, text that is not I-JSON.

use firstclass_bundle::SchemaIndex;

/// Why a bundle's schemas cannot be enforced; the bundle is refused.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("schema {schema}: index {index} names no {table}")]
    Dangling { schema: SchemaIndex, table: &'static str, index: usize },
    #[error("pattern {index} ({pattern}) cannot be compiled: {reason}")]
    Pattern { index: usize, pattern: String, reason: String },
    #[error("schema {schema}: format {format} is not one that the engine enforces")]
    Format { schema: SchemaIndex, format: String },
    #[error("schema {schema}: {keyword} is not a number that can be enforced")]
    Number { schema: SchemaIndex, keyword: &'static str },
    #[error("schema {schema}: a value of enum is not I-JSON ({reason})")]
    Allowed { schema: SchemaIndex, reason: Syntax },
    #[error("schema {schema} applies itself to the same value")]
    Endless { schema: SchemaIndex },
    #[error("action {index}: pattern {pattern} does not exist")]
    Action { index: usize, pattern: usize },
    #[error("more than {limit} {table}")]
    TooMany { table: &'static str, limit: usize },
}

/// Why text is not I-JSON (RFC 7493, with noncharacters allowed). Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Syntax {
    #[error("the document ends early")]
    End,
    #[error("a byte that cannot stand here")]
    Unexpected,
    #[error("a byte order mark")]
    ByteOrderMark,
    #[error("invalid UTF-8")]
    Utf8,
    #[error("a control character in a string")]
    Control,
    #[error("an unknown escape")]
    Escape,
    #[error("a lone surrogate")]
    Surrogate,
    #[error("a malformed number")]
    Number,
    #[error("a number outside the range of a double")]
    Range,
    #[error("a name that occurs twice in one object")]
    Duplicate,
    #[error("nested too deeply")]
    Depth,
    #[error("text after the document")]
    Trailing,
    #[error("a document larger than can be read")]
    Size,
}
