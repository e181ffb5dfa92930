//! Operations of a bundle: paths, access, parameters, bodies, answers, rates.

use serde::{Deserialize, Serialize};

use crate::mode::Modes;
use crate::schema::SchemaIndex;

/// A way to present a credential.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Scheme {
    /// API key in this header (lower case, as the contract's `apiKey` scheme names it).
    /// `query`: the query parameter in which keys of class legacy are taken, too.
    Key {
        name: String,
        header: String,
        #[serde(default)]
        query: Option<String>,
        /// A key of class legacy, which is the upstream's too, passes on once it was found good. No other key ever does.
        #[serde(default)]
        pass: bool,
    },
    /// Bearer token; `issuer` is the name of an `issuers` entry, absent: any configured one.
    Bearer {
        name: String,
        issuer: Option<String>,
        /// It passes on once it was believed.
        #[serde(default)]
        pass: bool,
    },
    /// Session token of the API's own, in place of a bearer token: its subject is learnt at sign-in.
    Session { name: String },
    /// A credential that the upstream alone checks: it passes on unchecked, and says nothing of who calls.
    Own {
        name: String,
        #[serde(rename = "in")]
        place: CredentialPlace,
        /// Name of the header (lower case), the query parameter or the cookie that it stands in.
        field: String,
        /// Header only: the word that its value begins with (lower case), as in `basic`.
        #[serde(default)]
        word: Option<String>,
        /// It is a session: where it was learnt at sign-in, its subject is known.
        #[serde(default)]
        login: bool,
    },
}

/// Where a credential of the upstream's own stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialPlace {
    Header,
    Query,
    Cookie,
}

/// A path template below the base path, split at slashes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    pub template: String,
    /// "/members/{id}.json" is [[{"literal": "members"}], [{"parameter": "id"}, {"literal": ".json"}]]; "/" is [[]]... a
    /// segment without parts is an empty segment (trailing slash). Literals are in normalised (decoded) form.
    pub segments: Vec<Vec<Part>>,
    /// (method, index into operations) in the contract's order.
    pub operations: Vec<(String, usize)>,
    /// Paths that match some path in common with this one, neither of the two being the narrower. What both match is
    /// refused: nobody could say which of them the upstream takes it for.
    #[serde(default)]
    pub crosses: Vec<usize>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Part {
    Literal(String),
    Parameter(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    pub id: String,
    pub method: String,
    /// Index into paths.
    pub path: usize,
    pub mode: Modes,
    pub access: Access,
    pub parameters: Vec<Parameter>,
    /// None: a body is refused.
    pub body: Option<Body>,
    pub responses: Vec<Response>,
    /// `responses: strict`: conformance faults of an answer are a 502 rather than recorded.
    pub strict: bool,
    /// All apply; most specific first.
    pub rates: Vec<Rate>,
    /// From the forwarded request's last byte to the answer's last byte.
    pub timeout_milliseconds: u64,
    /// Bound of a held answer (default 1 MiB).
    pub max_response_bytes: u64,
    /// Its answer begins a session.
    #[serde(default)]
    pub login: Option<crate::login::Login>,
    /// It ends the session that it is called with.
    #[serde(default)]
    pub logout: bool,
    /// Names of undeclared query parameters that are left behind rather than refused; `*` stands for any text.
    #[serde(default)]
    pub ignore: Vec<String>,
}

/// Who gets in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Access {
    /// The contract says `security: []`.
    Public {},
    /// Alternatives, at least one; within one, every requirement must be met. One without any requirement may stand beside
    /// alternatives that the upstream alone checks: nobody gets in by it who would not get in by any text.
    AnyOf(Vec<Vec<Requirement>>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Index into schemes.
    pub scheme: usize,
    /// All of them must be in the token's scope (bearer only).
    pub scopes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub name: String,
    #[serde(rename = "in")]
    pub place: Place,
    pub required: bool,
    pub style: Style,
    pub explode: bool,
    /// Query only: reserved characters may stand unencoded in the value.
    pub allow_reserved: bool,
    pub allow_empty: bool,
    /// The value is JSON text (`content: application/json`); style is ignored.
    pub json: bool,
    pub shape: Shape,
    /// How a value is read that is no list, where the schema lets it be either; a scalar, beside a `shape` that is an array.
    #[serde(default)]
    pub alone: Option<Shape>,
    /// Judges the value after it has been read as JSON by `shape`.
    pub schema: SchemaIndex,
    /// The value as text must equal this claim of the subject.
    pub owner: Option<String>,
    pub object: Option<String>,
    /// What the value tells of fields that are hidden from the caller, by the order or the choice of what is answered.
    #[serde(default)]
    pub reveals: Vec<Reveal>,
}

/// Categories that a parameter reveals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// The value, or the item of a list, that does; None: any.
    pub value: Option<String>,
    /// Indices into categories.
    pub categories: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    Simple,
    Label,
    Matrix,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
}

/// How text becomes a JSON value. Scalars list the types that may be read from text, tried in the order boolean, null,
/// integer, number, string: a text that spells none of the allowed others is a string.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Shape {
    Scalar(Vec<crate::schema::Type>),
    /// Types of the items.
    Array(Vec<crate::schema::Type>),
    Object {
        properties: Vec<(String, Box<Shape>)>,
        additional: Option<Box<Shape>>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    pub required: bool,
    /// Most specific first.
    pub media: Vec<Media>,
    /// Default 1 MiB for JSON and forms.
    pub max_bytes: u64,
    /// What a JSON Patch (RFC 6902) of this body changes: the schemas of the document.
    #[serde(default)]
    pub patched: Vec<Patched>,
}

/// A document that a JSON Patch changes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patched {
    pub schema: SchemaIndex,
    /// Callers are answered with it. Where none is, all are taken for shown.
    #[serde(default)]
    pub shown: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// "application/json", "image/*" or "*/*", lower case, without parameters.
    pub media_type: String,
    pub kind: MediaKind,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MediaKind {
    Json {
        schema: SchemaIndex,
    },
    /// `application/x-www-form-urlencoded`; `shape` is an object.
    Form {
        schema: SchemaIndex,
        shape: Shape,
    },
    /// `multipart/form-data`: held, taken apart and judged part by part.
    Multipart {
        parts: Vec<FormPart>,
    },
    /// Streams, uninspected; `max_bytes` is the schema's `maxLength`.
    Opaque {
        max_bytes: Option<u64>,
    },
}

/// A part that may stand in a body of `multipart/form-data`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormPart {
    pub name: String,
    /// How often at least and at most.
    pub least: usize,
    pub most: Option<usize>,
    /// Media types in lower case, as the contract's `encoding` lists them; empty: what goes with the content.
    pub types: Vec<String>,
    pub content: PartContent,
}

/// How a part's content is judged.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PartContent {
    Json {
        schema: SchemaIndex,
    },
    /// Read as the first of these types that it spells.
    Text {
        schema: SchemaIndex,
        types: Vec<crate::schema::Type>,
    },
    /// Bytes, uninspected; only such a part may have a file name.
    Binary {
        max_bytes: Option<u64>,
    },
}

impl PartContent {
    /// The schema that judges it, where one does.
    #[must_use]
    pub fn schema(&self) -> Option<SchemaIndex> {
        match self {
            Self::Json { schema } | Self::Text { schema, .. } => Some(*schema),
            Self::Binary { .. } => None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    pub status: StatusPattern,
    /// Header names in lower case.
    pub headers: Vec<ResponseHeader>,
    /// Empty: no body is expected, and none passes.
    pub media: Vec<Media>,
}

/// "200", "2XX" or "default"; the most specific one that matches decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum StatusPattern {
    Exact(u16),
    /// First digit.
    Class(u8),
    Default,
}

impl TryFrom<String> for StatusPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_bytes() {
            b"default" => Ok(Self::Default),
            [class @ b'1'..=b'5', b'X', b'X'] => Ok(Self::Class(class - b'0')),
            [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'] => text.parse().map(Self::Exact).map_err(|e| format!("{e}")),
            _ => Err(format!("{text:?} is no status")),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseHeader {
    pub name: String,
    pub required: bool,
    pub shape: Shape,
    pub schema: SchemaIndex,
}

/// "100 per minute by application, subject".
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub count: u64,
    pub period_seconds: u64,
    pub by: Vec<RateKey>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RateKey {
    /// Falls back to the client's address where no application is known (public operations).
    Application,
    Subject,
    Address,
}
