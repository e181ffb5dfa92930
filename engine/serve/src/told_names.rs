//! What may be told of a place that somebody else named: names of the contract as they are, a name that a sender chose
//! only if it looks like one. Anything else stands as `*`, since it may be data: a person, a secret, a line for a log.

use firstclass_decide::{LEFT_OUT, Policy, Violation};

/// Segments of a pointer that are told.
const DEEPEST: usize = 16;
/// What is as long as this was cut, or is no name.
const TOO_LONG: usize = 64;
/// Digits of a name, and of an index.
const MOST_DIGITS: usize = 4;
/// Shorter names may mix their letters as they like.
const LEAST_RANDOM: usize = 12;

/// The name of a violation's place, or its pointer in a body. Indexes of lists stay where `keeps_indexes` says so.
pub fn told(violation: &Violation, policy: Option<&Policy>, keeps_indexes: bool) -> String {
    let is_undeclared = matches!(violation.keyword, "undeclared" | LEFT_OUT);
    let name = violation.place.name();
    match violation.place.place() {
        "body" => pattern(name, is_undeclared, policy, keeps_indexes),
        "status" | "failure" => name.to_owned(),
        "media_type" => media_type(name),
        _ if is_undeclared => word(name).to_owned(),
        _ => name.to_owned(),
    }
}

/// A pointer without what may be data: only names of the contract stay, and at the end one that looks like a name.
fn pattern(pointer: &str, is_undeclared: bool, policy: Option<&Policy>, keeps_indexes: bool) -> String {
    let segments: Vec<&str> = pointer.split('/').skip(1).collect();
    let mut pattern = String::new();
    for (at, segment) in segments.iter().enumerate().take(DEEPEST) {
        let is_last = is_undeclared && at + 1 == segments.len();
        let is_index = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
        let plain = segment.replace("~1", "/").replace("~0", "~");
        let is_known = !is_index && policy.is_some_and(|policy| policy.property_names.contains(&*plain));
        // A key of a map may be a number as well, but no number of four digits is a secret of anybody's.
        let stays = is_known || is_index && keeps_indexes && segment.len() <= MOST_DIGITS;
        pattern.push('/');
        pattern.push_str(if stays {
            segment
        } else if is_last {
            word(segment)
        } else {
            "*"
        });
    }
    pattern
}

/// A media type that looks like one: each of its words does.
fn media_type(name: &str) -> String {
    let mut words = name.split(['/', '+']);
    let is_one = name.len() < TOO_LONG && name.contains('/') && words.all(|part| word(part) == part);
    if is_one { name.to_owned() } else { "*".to_owned() }
}

/// A name that a sender chose, if it looks like one.
fn word(name: &str) -> &str {
    let mut bytes = name.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$'));
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-' | b'.' | b'[' | b']');
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let is_word = begins && name.len() < TOO_LONG && bytes.all(goes_on) && digits <= MOST_DIGITS;
    if is_word && !is_random(name) { name } else { "*" }
}

/// Keys and tokens change between small and large letters and digits at every other place; names do not.
fn is_random(name: &str) -> bool {
    let kind = |byte: u8| (byte.is_ascii_lowercase(), byte.is_ascii_uppercase(), byte.is_ascii_digit());
    let changes = name.as_bytes().windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    name.len() >= LEAST_RANDOM && (changes + 1) * 2 > name.len()
}

#[cfg(test)]
mod tests {
    use firstclass_decide::Where;

    use super::*;

    #[test]
    fn names_that_people_give_are_words() {
        for name in
            ["utm_source", "page", "$top", "filter[created_at][gte]", "numberOfItems", "X1", "oauth2_token", "a.b-c"]
        {
            assert_eq!(word(name), name);
        }
    }

    #[test]
    fn what_was_left_out_is_named_as_what_is_undeclared() {
        for keyword in ["undeclared", LEFT_OUT] {
            let told = |place| told(&Violation { place, keyword, schema: None }, None, true);
            assert_eq!(told(Where::Header("x-tenant-id".into())), "x-tenant-id");
            assert_eq!(told(Where::Cookie("hunter 2".into())), "*");
            assert_eq!(told(Where::Body("/ana@example.org/*/nickname".into())), "/*/*/nickname");
            assert_eq!(told(Where::Body("/*/fc_live_aB3dE9fGhJkLmNpQrStUvWxYz".into())), "/*/*");
            assert_eq!(told(Where::Body(String::new())), "");
            assert_eq!(told(Where::Status("404".into())), "404");
        }
    }

    #[test]
    fn a_media_type_is_told_where_it_looks_like_one() {
        let told = |name: &str| {
            told(&Violation { place: Where::MediaType(name.into()), keyword: "media_type", schema: None }, None, true)
        };
        for name in ["text/html", "application/vnd.api+json", "application/problem+xml"] {
            assert_eq!(told(name), name);
        }
        for name in ["", "text", "a/4711000012345678", "a/fc_live_aB3dE9fGhJkLmNpQrStUvWxYz", "/"] {
            assert_eq!(told(name), "*", "{name:?}");
        }
    }

    #[test]
    fn secrets_people_and_lines_are_none() {
        let long = "x".repeat(64);
        for name in [
            "",
            "ana@example.org",
            "4711000012345678",
            "a\r\nb: c",
            "\u{1b}[31m",
            "hunter 2",
            "dGhpUyBpcyBBIFNl",
            "fc_live_aB3dE9fGhJkLmNpQrStUvWxYz",
            "\u{fc}ber",
            &long,
        ] {
            assert_eq!(word(name), "*", "{name:?}");
        }
    }
}
