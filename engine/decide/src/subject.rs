//! What may be a subject: a text that reads the same before and after it stood in a header. The origin gets it in one, and
//! whom a call was judged for is whom the origin must take it for.

/// Whether this may be a subject: not empty, nothing invisible, and no white space but single bytes of it inside, which
/// no recipient of a header strips (RFC 9110 §5.5).
pub(crate) fn is_subject(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(' ') && !text.ends_with(' ') && !text.chars().any(is_unseen)
}

/// Controls, white space other than the plain one, and characters that leave no trace on a screen.
fn is_unseen(character: char) -> bool {
    match character {
        '!'..='~' | ' ' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' => true,
        other => other.is_control() || other.is_whitespace(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_subject;

    #[test]
    fn ordinary_names_are_subjects() {
        for good in ["7", "ana@example.org", "auth0|5f7c", "Ana Maria", "é", "李", "a  b", "CN=ana, O=Example"] {
            assert!(is_subject(good), "{good:?}");
        }
    }

    #[test]
    fn what_a_header_would_change_or_nobody_sees_is_none() {
        let edges = ["", " ", " 1", "1 ", "1\t", "\u{a0}1", "1\u{2003}", "\u{3000}1", "1\u{85}"];
        let inside = ["a\tb", "a\u{a0}b", "a\nb", "a\0b", "a\u{7f}", "admin\u{200b}", "a\u{2028}b", "\u{feff}a"];
        for bad in edges.into_iter().chain(inside).chain(["a\u{202e}b", "a\u{2060}", "a\u{206f}", "a\u{ad}b"]) {
            assert!(!is_subject(bad), "{bad:?}");
        }
    }
}
