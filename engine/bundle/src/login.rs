//! The declared sign-in: where in an operation's answer the session token and the user's id stand.

use serde::Deserialize;

/// A session lasts no longer than this, whatever a contract says.
const LONGEST_SECONDS: u64 = 366 * 86_400;

/// What a successful answer of the operation says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The session token: a string.
    pub token: Pointer,
    /// The user's id: a string or an integer.
    pub subject: Pointer,
    /// Seconds that the session lasts, where the answer says it.
    pub expires: Option<Pointer>,
    /// Where it does not.
    pub lifetime_seconds: u64,
    /// At most, whatever it says.
    pub max_lifetime_seconds: u64,
}

impl Login {
    /// Whether the lifetimes mean something.
    pub(crate) fn is_sound(&self) -> bool {
        0 < self.lifetime_seconds
            && self.lifetime_seconds <= self.max_lifetime_seconds
            && self.max_lifetime_seconds <= LONGEST_SECONDS
    }
}

/// A JSON pointer (RFC 6901), taken apart; never that of the whole document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pointer {
    text: String,
    tokens: Vec<String>,
}

impl Pointer {
    /// As it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names of members and indices of items on the way.
    #[must_use]
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }
}

impl TryFrom<String> for Pointer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/') else { return Err(format!("{text:?} is no pointer to a member")) };
        let tokens = rest.split('/').map(unescape).collect::<Option<_>>();
        let tokens = tokens.ok_or_else(|| format!("{text:?} is no JSON pointer"))?;
        Ok(Self { text, tokens })
    }
}

fn unescape(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        out.push(match part.as_bytes().first()? {
            b'0' => '~',
            b'1' => '/',
            _ => return None,
        });
        out.push_str(&part[1..]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_taken_apart_as_rfc_6901_says() {
        let pointer = Pointer::try_from("/data/~01~1x/0/".to_owned()).expect("a pointer");
        assert_eq!(pointer.tokens(), ["data", "~1/x", "0", ""]);
    }

    #[test]
    fn what_is_no_pointer_to_a_member_is_refused() {
        for bad in ["", "token", "/a~", "/a~2"] {
            assert!(Pointer::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
