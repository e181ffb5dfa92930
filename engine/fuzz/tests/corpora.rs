//! What the fuzzer once found, and what its search begins from: every file is judged again.

use std::path::{Path, PathBuf};

use firstclass_fuzz::allocation::Counting;
use firstclass_fuzz::{TARGETS, Target};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn files(target: &Target) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let listed = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = listed.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn every_corpus_keeps_every_promise() {
    for target in TARGETS {
        let files = files(target);
        assert!(files.len() >= 5, "{} begins from {} files", target.name, files.len());
        for file in files {
            let input = std::fs::read(&file).expect("a file");
            let judged = std::panic::catch_unwind(|| target.judge(&input));
            assert!(judged.is_ok(), "{}", file.display());
        }
    }
}

#[test]
fn what_a_corpus_says_is_cut_off_anywhere_without_a_panic() {
    for target in TARGETS {
        for file in files(target) {
            let input = std::fs::read(&file).expect("a file");
            for end in (0..input.len().min(400)).step_by(7) {
                target.judge(&input[..end]);
            }
        }
    }
}

#[test]
fn every_folder_belongs_to_a_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in std::fs::read_dir(folder).expect("the corpora") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        assert!(name.ends_with(".dict") || firstclass_fuzz::find(&name).is_some(), "{name}");
    }
}
