//! What the answer of an operation that asks for a credential says to caches. It was decided, and masked, for one caller:
//! no shared cache may keep it, whatever the origin says, for only `Authorization` keeps one from it by itself (RFC 9111
//! §3.5). An operation that anybody may call keeps the origin's word.

use firstclass_bundle::Access;
use firstclass_framing::{KnownHeader, ResponseHead, is_token};

use crate::request::{Fate, Workspace};

/// What is said where the origin says nothing.
const PRIVATE: &str = "private";
/// What is said where the origin's word cannot be read, or may not leave: whatever it was, this is no less.
const NO_STORE: &str = "no-store";

/// Fields that speak to shared caches alone, some of which take their word over `Cache-Control`.
const TO_SHARED_CACHES: [&str; 5] =
    ["surrogate-control", "cdn-cache-control", "x-accel-expires", "edge-control", "x-litespeed-cache-control"];
const TO_SHARED_CACHES_END: &str = "-cdn-cache-control";

/// Whether answers are for one caller: some way in takes a credential.
pub(crate) fn is_private(access: &Access) -> bool {
    match access {
        Access::Public {} => false,
        Access::AnyOf(alternatives) => alternatives.iter().any(|alternative| !alternative.is_empty()),
    }
}

/// Whether a field of this name tells shared caches what no other recipient is told.
pub(crate) fn is_to_shared_caches(name: &str) -> bool {
    let end = name.len().checked_sub(TO_SHARED_CACHES_END.len()).and_then(|at| name.get(at..));
    TO_SHARED_CACHES.iter().any(|known| known.eq_ignore_ascii_case(name))
        || end.is_some_and(|end| end.eq_ignore_ascii_case(TO_SHARED_CACHES_END))
}

/// Keeps an answer out of shared caches, after the fates of its headers were found. One line leaves, for not everybody
/// joins several: the origin's very own where it says enough, else one that is written or added.
pub(crate) fn keep_private(head: &ResponseHead, bytes: &[u8], workspace: &mut Workspace) {
    let headers = &head.headers;
    if !headers.has(KnownHeader::CacheControl) {
        workspace.cache_control = PRIVATE;
        return;
    }
    let Workspace { fates, values, cache_control, .. } = workspace;
    let lines = || headers.iter().enumerate().filter(|(_, header)| header.known == KnownHeader::CacheControl);
    let mut said = Said::default();
    for (index, header) in lines() {
        // One that its schema hides, or that is not declared for this answer.
        said.is_unclear |= fates.get(index) != Some(&Fate::Pass);
        said.read(header.value.of(bytes));
    }
    if said.is_enough() && !headers.repeats(KnownHeader::CacheControl) {
        return;
    }
    let start = values.len();
    if !said.is_unclear {
        if !said.is_private_or_unstored() {
            values.extend_from_slice(PRIVATE.as_bytes());
        }
        for (_, header) in lines() {
            for directive in Directives(header.value.of(bytes)).flatten().filter(Directive::stays) {
                if values.len() > start {
                    values.extend_from_slice(b", ");
                }
                values.extend_from_slice(directive.text);
            }
        }
    }
    let end = values.len();
    let mut first = !said.is_unclear;
    for (index, _) in lines() {
        fates[index] = if first { Fate::Rewritten(start as u32, end as u32) } else { Fate::Drop };
        first = false;
    }
    if said.is_unclear {
        *cache_control = NO_STORE;
    }
}

/// What all lines say together.
#[derive(Default)]
struct Said {
    private: bool,
    no_store: bool,
    /// With it, a cache that knows the status may pass over `no-store` (RFC 9111 §5.2.2.3).
    must_understand: bool,
    /// Something that may not leave.
    for_shared: bool,
    is_unclear: bool,
}

impl Said {
    fn read(&mut self, value: &[u8]) {
        for directive in Directives(value) {
            let Some(directive) = directive else {
                self.is_unclear = true;
                return;
            };
            let is_plain = directive.name.len() == directive.text.len();
            self.private |= is_plain && directive.is("private");
            self.no_store |= is_plain && directive.is("no-store");
            self.must_understand |= directive.is("must-understand");
            self.for_shared |= !directive.stays();
        }
    }

    fn is_private_or_unstored(&self) -> bool {
        self.private || self.no_store && !self.must_understand
    }

    fn is_enough(&self) -> bool {
        self.is_private_or_unstored() && !self.for_shared && !self.is_unclear
    }
}

/// One directive, with its argument and without.
struct Directive<'a> {
    name: &'a [u8],
    text: &'a [u8],
}

impl Directive<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether it leaves as it came. `private` with an argument protects the fields that it names, and no more.
    fn stays(&self) -> bool {
        let has_argument = self.name.len() < self.text.len();
        let goes = ["public", "s-maxage", "proxy-revalidate"].iter().any(|name| self.is(name));
        let is_of_fields = has_argument && self.is("private");
        !(goes || is_of_fields)
    }
}

/// The directives of one line (RFC 9111 §5.2). None: what follows is not one, and recipients would read it each in its
/// own way.
struct Directives<'a>(&'a [u8]);

impl<'a> Iterator for Directives<'a> {
    type Item = Option<Directive<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.0.iter().position(|byte| !b" \t,".contains(byte))?;
        let rest = &self.0[start..];
        self.0 = &[];
        let length = |bytes: &[u8]| bytes.iter().take_while(|byte| is_token(**byte)).count();
        let name = length(rest);
        let end = match rest.get(name..) {
            Some([b'=', b'"', quoted @ ..]) => match quoted_length(quoted) {
                Some(quoted) => name + 2 + quoted,
                None => return Some(None),
            },
            Some([b'=', argument @ ..]) => name + 1 + length(argument),
            _ => name,
        };
        let behind = rest[end..].trim_ascii_start();
        if name == 0 || !matches!(behind, [] | [b',', ..]) {
            return Some(None);
        }
        self.0 = behind;
        Some(Some(Directive { name: &rest[..name], text: &rest[..end] }))
    }
}

/// The length of a quoted string behind its first quote, the last one included.
fn quoted_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Directives, is_to_shared_caches};

    #[test]
    fn directives_are_read_as_caches_read_them_or_not_at_all() {
        let read = |value: &'static str| -> Vec<Option<&str>> {
            Directives(value.as_bytes()).map(|each| each.and_then(|each| std::str::from_utf8(each.text).ok())).collect()
        };
        assert_eq!(read(" ,public ,\tmax-age=5,"), [Some("public"), Some("max-age=5")]);
        assert_eq!(read("no-cache=\"a, \\\"b\", x"), [Some("no-cache=\"a, \\\"b\""), Some("x")]);
        assert_eq!(read("private=\"x"), [None]);
        assert_eq!(read("max-age = 5"), [None]);
        assert_eq!(read("max-age=5; public"), [None]);
        assert_eq!(read("\"private\""), [None]);
        assert!(read("").is_empty() && read(" , ").is_empty());
    }

    #[test]
    fn fields_to_shared_caches_are_known_in_any_case() {
        for name in ["Surrogate-Control", "CDN-Cache-Control", "Vendor-CDN-Cache-Control", "x-accel-expires"] {
            assert!(is_to_shared_caches(name), "{name}");
        }
        for name in ["Cache-Control", "Expires", "X-Total", "CDN", "é-cdn-cache"] {
            assert!(!is_to_shared_caches(name), "{name}");
        }
    }
}
