//! Writes the `Reason` enum from `bundle/reasons.json`, the one file that engine, docs, metrics and `explain` share.

use std::fmt::Write as _;
use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let source = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../bundle/reasons.json");
    println!("cargo:rerun-if-changed={}", source.display());
    let file: serde_json::Value = serde_json::from_slice(&fs::read(&source)?)?;
    let reasons = file["reasons"].as_array().ok_or("reasons.json: no list `reasons`")?;
    let text = |entry: &serde_json::Value, key: &str| -> Result<String, Box<dyn Error>> {
        Ok(entry[key].as_str().ok_or_else(|| format!("reasons.json: {entry} lacks {key}"))?.to_owned())
    };
    let (mut names, mut arms) = (String::new(), [const { String::new() }; 4]);
    for entry in reasons {
        let word = text(entry, "reason")?;
        let name = word.split('_').map(|w| w[..1].to_uppercase() + &w[1..]).collect::<String>();
        let status = entry["status"].as_u64().ok_or("reasons.json: status")?;
        writeln!(names, "    {name},")?;
        writeln!(arms[0], "            Self::{name} => {word:?},")?;
        writeln!(arms[1], "            Self::{name} => {status},")?;
        writeln!(arms[2], "            Self::{name} => {:?},", text(entry, "title")?)?;
        writeln!(arms[3], "            Self::{name} => {:?},", text(entry, "stage")?)?;
    }
    let count = reasons.len();
    let all = names.replace("    ", "Self::").replace('\n', " ");
    let [word, status, title, stage] = arms;
    let code = format!(
        "/// Why a request was refused or an answer replaced; the stable codes of `bundle/reasons.json`.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]\npub enum Reason {{\n{names}}}\n\n\
         impl Reason {{\n    /// Every reason, in the file's order.\n    pub const ALL: [Self; {count}] = [{all}];\n\n\
         /// The stable code.\n    #[must_use]\n    pub fn word(self) -> &'static str {{\n        match self {{\n{word}        }}\n    }}\n\n\
         /// HTTP status; 0 where the upstream's own is kept.\n    #[must_use]\n    pub fn status(self) -> u16 {{\n        match self {{\n{status}        }}\n    }}\n\n\
         /// One sentence for people.\n    #[must_use]\n    pub fn title(self) -> &'static str {{\n        match self {{\n{title}        }}\n    }}\n\n\
         /// The stage that decides it.\n    #[must_use]\n    pub fn stage(self) -> &'static str {{\n        match self {{\n{stage}        }}\n    }}\n}}\n"
    );
    fs::write(Path::new(&env::var("OUT_DIR")?).join("reason.rs"), code)?;
    Ok(())
}
