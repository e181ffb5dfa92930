//! Bodies that `observe` lets pass and that are too large to be held: where one would change the method, it is ended
//! before it is whole, so that no server acts on it.

use firstclass_body::overrides_method;

use crate::unjudged_body::Kind;

/// So much of what went by is looked at again with what follows.
const KEPT: usize = 128;
/// Members of JSON are looked for in this spelling alone.
const MEMBER: &[u8] = b"\"_method\"";

/// Sees a body go by.
#[derive(Debug)]
pub struct MethodWatch {
    kind: Kind,
    window: Vec<u8>,
}

impl MethodWatch {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, window: Vec::new() }
    }

    /// Whether the next piece names another method.
    pub fn finds(&mut self, piece: &[u8]) -> bool {
        self.window.extend_from_slice(piece);
        let found = match self.kind {
            Kind::Json => memchr::memmem::find(&self.window, MEMBER).is_some(),
            Kind::Form | Kind::Multipart => names(&self.window).any(overrides),
        };
        // What could not be looked at whole yet is in the last bytes.
        let start = self.window.len().saturating_sub(KEPT);
        self.window.drain(..start);
        found
    }
}

/// What stands behind each `name=`.
fn names(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memchr2_iter(b'n', b'N', bytes).filter_map(|at| {
        let (word, rest) = bytes[at..].split_at_checked(4)?;
        let rest = rest.strip_prefix(b"*").unwrap_or(rest).trim_ascii_start();
        word.eq_ignore_ascii_case(b"name").then(|| rest.strip_prefix(b"=")).flatten()
    })
}

fn overrides(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let ends = |byte: &u8| matches!(byte, b'"' | b';' | b'\r' | b'\n');
    // A name that is not whole yet is met again with what follows.
    let Some(end) = rest.iter().take(KEPT / 2).position(ends) else { return false };
    overrides_method(&String::from_utf8_lossy(&rest[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_the_body_is_cut() {
        let form = |name: &str| {
            format!("{}--b\r\nContent-Disposition: form-data; {name}\r\n\r\nDELETE\r\n--b--", "x".repeat(300))
        };
        for (kind, body, expected) in [
            (Kind::Multipart, form("name=\"_method\""), true),
            (Kind::Multipart, form("NAME = _method"), true),
            (Kind::Multipart, form("name=\"X-HTTP-Method-Override\"; filename=\"x\""), true),
            (Kind::Multipart, form("name=\"method\""), false),
            (Kind::Multipart, form("name=\"file\"; filename=\"my_method.txt\""), false),
            (Kind::Json, "{\"x\":1,\"_method\":\"DELETE\"}".to_owned(), true),
            (Kind::Json, "{\"my_method\":1}".to_owned(), false),
        ] {
            for size in [1, 2, 7, 64, 1000] {
                let mut watch = MethodWatch::new(kind);
                let found = body.as_bytes().chunks(size).any(|piece| watch.finds(piece));
                assert_eq!(found, expected, "{size} {body}");
            }
        }
    }
}
