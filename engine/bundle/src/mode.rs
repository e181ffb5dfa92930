//! Modes: for each class of rules of an operation, how many of its callers are held to it. What is not named here
//! (framing, routes, credentials, subscriptions, limits, owners, confidentiality) has no mode and is never relaxed.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The classes of rules that may be observed instead of enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleClass {
    Parameters,
    /// Media types of request bodies.
    MediaTypes,
    /// Request bodies, whether there may be one included.
    Bodies,
    /// Answers: what strict answers refuse beyond confidentiality.
    Conformance,
}

impl RuleClass {
    pub const ALL: [Self; 4] = [Self::Parameters, Self::MediaTypes, Self::Bodies, Self::Conformance];

    /// The word of contracts, files and counters.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::MediaTypes => "media_types",
            Self::Bodies => "bodies",
            Self::Conformance => "conformance",
        }
    }
}

/// How many of ten thousand callers are held to a class of rules: none is `observe`, all is `enforce`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u16);

impl Share {
    /// `observe`
    pub const NONE: Self = Self(0);
    /// `enforce`
    pub const ALL: Self = Self(Self::WHOLE);
    pub const WHOLE: u16 = 10_000;

    /// Whether a caller that drew this number (below [`Self::WHOLE`]) is held to the rules.
    #[must_use]
    pub fn holds(self, drawn: u16) -> bool {
        drawn < self.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => f.write_str("observe"),
            Self::ALL => f.write_str("enforce"),
            Self(share) => write!(f, "{share}/{}", Self::WHOLE),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Word(String),
    Share(u16),
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "`enforce`, `observe` or a number of ten thousand callers";
        match Written::deserialize(deserializer)? {
            Written::Word(word) if word == "enforce" => Ok(Self::ALL),
            Written::Word(word) if word == "observe" => Ok(Self::NONE),
            Written::Word(word) => Err(D::Error::invalid_value(Unexpected::Str(&word), &EXPECTED)),
            Written::Share(share) if share <= Self::WHOLE => Ok(Self(share)),
            Written::Share(share) => Err(D::Error::invalid_value(Unexpected::Unsigned(share.into()), &EXPECTED)),
        }
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::NONE => serializer.serialize_str("observe"),
            Self::ALL => serializer.serialize_str("enforce"),
            Self(share) => serializer.serialize_u16(share),
        }
    }
}

/// The mode of every class: one word for all of them, or each by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "WrittenModes")]
pub struct Modes {
    pub parameters: Share,
    pub media_types: Share,
    pub bodies: Share,
    pub conformance: Share,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenModes {
    All(Share),
    Each(EachMode),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EachMode {
    parameters: Share,
    media_types: Share,
    bodies: Share,
    conformance: Share,
}

impl From<WrittenModes> for Modes {
    fn from(written: WrittenModes) -> Self {
        match written {
            WrittenModes::All(share) => Self::all(share),
            WrittenModes::Each(EachMode { parameters, media_types, bodies, conformance }) => {
                Self { parameters, media_types, bodies, conformance }
            }
        }
    }
}

impl Modes {
    /// Everything is enforced.
    pub const ENFORCE: Self = Self::all(Share::ALL);

    /// The same for every class.
    #[must_use]
    pub const fn all(share: Share) -> Self {
        Self { parameters: share, media_types: share, bodies: share, conformance: share }
    }

    /// These, with what was set later in their place.
    #[must_use]
    pub fn under(self, set: &SetModes) -> Self {
        Self {
            parameters: set.parameters.unwrap_or(self.parameters),
            media_types: set.media_types.unwrap_or(self.media_types),
            bodies: set.bodies.unwrap_or(self.bodies),
            conformance: set.conformance.unwrap_or(self.conformance),
        }
    }
}

/// Modes that were set at run time, by people or by a step back; a class that is absent is as the bundle says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetModes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Share>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_types: Option<Share>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bodies: Option<Share>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conformance: Option<Share>,
}

/// What was set for the operations of one API, by their ids. One that the bundle does not have says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApiModes {
    pub tenant: String,
    pub operations: BTreeMap<String, SetModes>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modes(text: &str) -> Result<Modes, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn a_mode_is_one_word_or_one_of_each_class() {
        assert_eq!(modes(r#""enforce""#).expect("a word"), Modes::ENFORCE);
        assert_eq!(modes(r#""observe""#).expect("a word"), Modes::all(Share::NONE));
        let each = r#"{"parameters":"enforce","media_types":"observe","bodies":100,"conformance":"enforce"}"#;
        let each = modes(each).expect("each by its name");
        assert_eq!((each.parameters, each.media_types), (Share::ALL, Share::NONE));
        assert!(each.bodies.holds(99) && !each.bodies.holds(100));
    }

    #[test]
    fn what_is_not_understood_is_no_mode() {
        for text in [
            r#""off""#,
            "10001",
            "-1",
            "0.5",
            "null",
            r#"{"parameters":"observe"}"#,
            r#"{"parameters":"enforce","media_types":"observe","bodies":1,"conformance":"enforce","owners":"observe"}"#,
        ] {
            assert!(modes(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<SetModes>(r#"{"owners":"observe"}"#).is_err());
    }

    #[test]
    fn what_was_set_later_wins_class_by_class() {
        let set: SetModes = serde_json::from_str(r#"{"bodies":"observe"}"#).expect("one class");
        assert_eq!(Modes::ENFORCE.under(&set), Modes { bodies: Share::NONE, ..Modes::ENFORCE });
        assert_eq!(serde_json::to_string(&set).expect("text"), r#"{"bodies":"observe"}"#);
    }
}
