//! Names that a server may take for others: frameworks fold case, drop or join separators, read brackets and dots as a
//! way down, cut at a NUL, and some take the method from a parameter. Folded names are made when a program or a policy is.

/// Names that no undeclared name may be read as.
#[derive(Debug, Default)]
pub struct Shadows(Vec<Box<str>>);

/// A character without case, and whatever its width. `K` (Kelvin) is a `k` and `ſ` an `s` for who compares without case,
/// too.
pub fn without_case(letter: char) -> impl Iterator<Item = char> {
    let plain = match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
        other => other,
    };
    plain.to_uppercase().flat_map(char::to_lowercase)
}

/// The letters and digits that a character counts for.
fn letters(letter: char) -> impl Iterator<Item = char> {
    without_case(letter).filter(|letter| letter.is_alphanumeric())
}

fn folded(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().flat_map(letters)
}

/// Where a reader may see a name end, or another one begin.
fn is_edge(letter: char) -> bool {
    matches!(
        letter,
        '[' | ']' | '.' | '\0' | '&' | ';' | '=' | '?' | ':' | '/' | '#' | '|' | ',' | '{' | '}' | '(' | ')'
    )
}

impl Shadows {
    /// Of names as they are declared. One without a letter or a digit has no shadow.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut list: Vec<Box<str>> = names.into_iter().map(|name| folded(name).collect::<String>().into()).collect();
        list.retain(|name| !name.is_empty());
        list.sort_unstable();
        list.dedup();
        Self(list)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is one of the names, but for case, separators and what nobody sees. For members of JSON.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| folded(name).eq(known.chars()))
    }

    /// The same for a name in a query or a form, of which servers also read the parts: `filter[user_id]`, `user_id.x`,
    /// `user[id]`.
    #[must_use]
    pub fn has_part(&self, name: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let mut text = String::with_capacity(name.len());
        let mut edges = vec![0];
        for letter in name.chars() {
            if is_edge(letter) {
                edges.push(text.len());
            } else {
                text.extend(letters(letter));
            }
        }
        edges.push(text.len());
        edges.dedup();
        let begins = |known: &str, at: usize| text.get(at..).is_some_and(|rest| rest.starts_with(known));
        let whole = |known: &str, at: usize| begins(known, at) && edges.binary_search(&(at + known.len())).is_ok();
        self.0.iter().any(|known| edges.iter().any(|&at| whole(known, at)))
    }
}

/// Whether a framework may take the method of a request from a parameter of this name (Rack, Symfony, Laravel, ASP.NET).
#[must_use]
pub fn overrides_method(name: &str) -> bool {
    let Some(start) = name.find(|letter: char| letter.is_alphanumeric()) else { return false };
    let (before, rest) = name.split_at(start);
    let rest = rest.split(is_edge).next().unwrap_or_default();
    let is = |known: &str| folded(rest).eq(known.chars());
    // PHP reads `.method` and `[method` as `_method`. A payment's `method` is no override.
    let is_marked = before.contains(['_', '.', '[']);
    (is_marked && (is("method") || is("httpmethod")))
        || ["xhttpmethodoverride", "xhttpmethod", "xmethodoverride"].into_iter().any(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAME: [&str; 17] = [
        "user_id",
        "USER_ID",
        "userId",
        "user-id",
        "user id",
        " user_id",
        "user_id\t",
        "\u{feff}user_id",
        "\u{200b}user_id",
        "\u{a0}user_id",
        "\0user_id",
        "user_id\n",
        "[user_id]",
        "user_id[]",
        "user_\u{131}d",
        "u\u{17f}er_id",
        "\u{ff55}ser_id",
    ];
    const PARTS: [&str; 11] = [
        "user_id[0]",
        "user_id.x",
        "filter[user_id]",
        "filter[userId][eq]",
        "filter.user_id",
        "user[id]",
        "user.id",
        "user_id\0x",
        "user_id&user_id",
        "amp;user_id",
        "x;user_id",
    ];
    const OTHERS: [&str; 8] = ["", "id", "user", "user_ids", "xuser_id", "user_id2", "filter[user]", "_"];

    #[test]
    fn names_are_folded_as_servers_fold_them() {
        for declared in ["user_id", "userId"] {
            let shadows = Shadows::new([declared, "_"]);
            for name in SAME {
                assert!(shadows.has(name) && shadows.has_part(name), "{name:?}");
            }
            for name in PARTS {
                assert!(shadows.has_part(name), "{name:?}");
            }
            for name in OTHERS {
                assert!(!shadows.has(name) && !shadows.has_part(name), "{name:?}");
            }
        }
        assert!(!Shadows::new(["user_id"]).has("filter[user_id]"), "a member of JSON has no parts");
        assert!(Shadows::default().is_empty() && !Shadows::default().has_part("user_id"));
        // A dotted capital I is an i with a dot above, which nobody types.
        assert!(Shadows::new(["ownerId"]).has("owner\u{130}d") && Shadows::new(["kind"]).has("\u{212a}ind"));
    }

    #[test]
    fn a_parameter_that_changes_the_method_is_told_from_one_that_is_called_method() {
        for name in [
            "_method",
            "_METHOD",
            " _method",
            "\u{feff}_method",
            "_method[]",
            "_method[0]",
            ".method",
            "[method",
            "_method\0x",
            "_HttpMethod",
            "X-HTTP-Method-Override",
            "x_http_method_override",
            "X-HTTP-Method",
            "X-Method-Override",
        ] {
            assert!(overrides_method(name), "{name:?}");
        }
        for name in
            ["method", "Method", " method", "payment_method", "_methods", "filter[_method]", "", "_", "http_method"]
        {
            assert!(!overrides_method(name), "{name:?}");
        }
    }

    #[test]
    fn a_hostile_name_costs_no_more_than_its_length_times_the_names() {
        let shadows = Shadows::new(["aaaaaaaaab"]);
        assert!(!shadows.has_part(&"[a".repeat(200_000)) && !shadows.has(&"a".repeat(200_000)));
    }
}
