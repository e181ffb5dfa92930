//! Spellings of a path segment that servers may take for a literal one: most compare without case (Express, ASP.NET, IIS),
//! many drop what stands behind a semicolon, trailing dots and spaces, or a suffix that names a format.

use firstclass_body::without_case;

/// Suffixes that frameworks read as the wanted format (`export.json`).
const FORMATS: [&str; 14] =
    ["json", "xml", "html", "htm", "csv", "txt", "yaml", "yml", "pdf", "rss", "atom", "js", "action", "do"];

/// What a segment may be read as: equal for all spellings of one literal.
pub(crate) fn folded(segment: &[u8]) -> String {
    let text = String::from_utf8_lossy(segment);
    let text = text.split([';', '\0', '?', '#']).next().unwrap_or_default();
    let plain: String = text.chars().filter(|letter| is_seen(*letter)).flat_map(without_case).collect();
    let trimmed = plain.trim_matches(|letter: char| !letter.is_alphanumeric());
    match trimmed.rsplit_once('.') {
        Some((stem, format)) if FORMATS.contains(&format) => {
            stem.trim_end_matches(|letter: char| !letter.is_alphanumeric()).to_owned()
        }
        _ => trimmed.to_owned(),
    }
}

fn is_seen(letter: char) -> bool {
    !letter.is_control() && !matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_servers_merge_are_one() {
        for same in [
            "export",
            "EXPORT",
            "Export",
            "export.",
            "export..",
            "export ",
            " export",
            "export;x=1",
            "export.json",
            "EXPORT.XML",
            "export.json;v=1",
            "ex\u{200b}port",
            "\u{ff25}xport",
            "export\u{a0}",
            "export\0",
            "export/",
        ] {
            assert_eq!(folded(same.as_bytes()), "export", "{same:?}");
        }
    }

    #[test]
    fn other_names_stay_others() {
        for other in ["exports", "ex-port", "export-1", "1export", "export.smith", "export.v2", "", "..."] {
            assert_ne!(folded(other.as_bytes()), "export", "{other:?}");
        }
    }
}
