//! Query parameters that nobody declared and that the contract lets callers send in vain: they are left behind, and the
//! call is not refused for them.

/// Of one query no more are left behind; the next is refused like any other that is undeclared.
pub(crate) const MOST_IGNORED: usize = 32;

/// Whether one of the globs is the whole name. `*` stands for any text, also none.
pub(crate) fn is_ignored(globs: &[String], name: &str) -> bool {
    globs.iter().any(|glob| matches(glob.as_bytes(), name.as_bytes()))
}

/// One star remembered is enough: what an earlier one took need never be given back.
fn matches(glob: &[u8], name: &[u8]) -> bool {
    let (mut at, mut in_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match glob.get(at) {
            Some(b'*') => {
                star = Some((at + 1, in_name));
                at += 1;
            }
            Some(letter) if *letter == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => {
                let Some((after, from)) = star else { return false };
                star = Some((after, from + 1));
                (at, in_name) = (after, from + 1);
            }
        }
    }
    glob[at..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (glob, name, expected) in [
            ("utm_*", "utm_source", true),
            ("utm_*", "utm_", true),
            ("utm_*", "utm", false),
            ("utm_*", "UTM_source", false),
            ("utm_*", "xutm_source", false),
            ("gclid", "gclid", true),
            ("gclid", "gclid2", false),
            ("*id", "fbclid", true),
            ("*id", "idx", false),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXcXb", false),
            ("a**", "a", true),
            ("é*", "éa", true),
        ] {
            assert_eq!(is_ignored(&[glob.to_owned()], name), expected, "{glob} {name}");
        }
        assert!(!is_ignored(&[], "a"));
    }

    #[test]
    fn a_hostile_name_costs_no_more_than_its_length_times_the_globs() {
        let glob = "*a".repeat(30) + "b";
        assert!(!is_ignored(&[glob], &"a".repeat(100_000)));
    }
}
