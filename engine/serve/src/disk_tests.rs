//! Crashes and damage, played on real files.

use super::*;
use crate::config::Config;
use crate::frames::Signature;

struct Fixture {
    root: PathBuf,
    verifier: Verifier,
}

impl Fixture {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("firstclass-disk-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let text = r#"{"data": "", "events": "", "link": "", "listeners": {}, "workers": 1, "verify_keys": {}, "peppers": {},
            "mask_key": "AAAAAAAAAAAAAAAAAAAAAAAA", "public_url": "", "ready_max_directory_age_seconds": null}"#;
        Self { root, verifier: Verifier::new(&Config::parse(text).unwrap()) }
    }

    fn open(&self) -> (Disk, Found) {
        Disk::open(&self.root, &self.verifier).unwrap()
    }

    /// Changes that put one application, as this engine itself would seal them.
    fn frame(&self, from: u64, to: u64) -> DirectoryFrame {
        let change = format!(
            r#"{{"type":"application","id":"app_{to}","value":{{"tenant":"main","name":"a","enabled":true,"clients":[]}}}}"#
        );
        let snapshot = from == 0;
        self.verifier
            .seal_own(format!(r#"{{"format":1,"snapshot":{snapshot},"from":{from},"to":{to},"changes":[{change}]}}"#))
    }

    fn filled(&self) -> Disk {
        let (mut disk, _) = self.open();
        disk.keep_directory(self.frame(0, 5), true);
        disk.keep_directory(self.frame(5, 6), false);
        disk.keep_directory(self.frame(6, 7), false);
        disk.flush(&self.verifier).unwrap();
        disk
    }

    fn sequences(&self) -> Vec<u64> {
        self.open().1.directory.iter().map(|changes| changes.to).collect()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

#[test]
fn what_was_flushed_is_found_again() {
    let fixture = Fixture::new("found");
    drop(fixture.filled());
    assert_eq!(fixture.sequences(), [5, 6, 7]);
}

#[test]
fn a_torn_last_line_is_cut_off_and_written_over() {
    let fixture = Fixture::new("torn");
    drop(fixture.filled());
    let path = fixture.root.join("directory.log");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [&whole[..], &whole[..whole.len() / 3]].concat()).unwrap();
    let (mut disk, found) = fixture.open();
    assert_eq!(found.directory.len(), 3);
    disk.keep_directory(fixture.frame(7, 8), false);
    disk.flush(&fixture.verifier).unwrap();
    assert_eq!(fixture.sequences(), [5, 6, 7, 8]);
}

#[test]
fn a_damaged_log_is_set_aside_and_nothing_of_it_used() {
    let fixture = Fixture::new("damaged");
    drop(fixture.filled());
    let path = fixture.root.join("directory.log");
    let text = fs::read_to_string(&path).unwrap().replacen("app_6", "app_9", 1);
    fs::write(&path, text).unwrap();
    assert_eq!(fixture.sequences(), [0_u64; 0]);
    let kept = fs::read_dir(&fixture.root)
        .unwrap()
        .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().contains("damaged"));
    assert_eq!(kept.count(), 2);
}

#[test]
fn a_missing_delta_is_damage() {
    let fixture = Fixture::new("gap");
    let (mut disk, _) = fixture.open();
    disk.keep_directory(fixture.frame(0, 5), true);
    disk.keep_directory(fixture.frame(6, 7), false);
    disk.flush(&fixture.verifier).unwrap();
    assert_eq!(fixture.sequences(), [0_u64; 0]);
}

#[test]
fn a_crash_between_snapshot_and_log_leaves_old_deltas_that_are_skipped() {
    let fixture = Fixture::new("skip");
    drop(fixture.filled());
    let snapshot = serde_json::to_vec(&fixture.frame(0, 6)).unwrap();
    fs::write(fixture.root.join("directory.json"), snapshot).unwrap();
    assert_eq!(fixture.sequences(), [6, 7]);
}

#[test]
fn compaction_keeps_the_state_and_the_sequence() {
    let fixture = Fixture::new("compact");
    let mut disk = fixture.filled();
    disk.compact(&fixture.verifier).unwrap();
    drop(disk);
    let (_, found) = fixture.open();
    assert_eq!((found.directory.len(), found.directory[0].to, found.directory[0].changes.len()), (1, 7, 3));
}

#[test]
fn a_bundle_with_a_wrong_signature_is_set_aside() {
    let fixture = Fixture::new("bundle");
    let (mut disk, _) = fixture.open();
    let signature = Signature { key: "1".to_owned(), value: String::new() };
    disk.keep_bundle(BundleFrame { api: "a/b".to_owned(), sequence: 1, payload: None, signature, more: false });
    disk.flush(&fixture.verifier).unwrap();
    assert!(fixture.root.join("bundles/a%2fb.json").exists());
    assert!(fixture.open().1.bundles.is_empty());
    assert!(!fixture.root.join("bundles/a%2fb.json").exists());
}

#[test]
fn of_what_api_a_damaged_bundle_was_is_remembered_until_there_is_another() {
    let fixture = Fixture::new("lost");
    drop(fixture.open());
    let name = file_name("a/b ä%");
    fs::write(fixture.root.join("bundles").join(&name), "garbage").unwrap();
    for _ in 0..2 {
        assert_eq!(fixture.open().1.apis, BTreeSet::from(["a/b ä%".to_owned()]));
    }
    assert!(!fixture.root.join("bundles").join(&name).exists());
    let (mut disk, _) = fixture.open();
    let signature = Signature { key: "1".to_owned(), value: String::new() };
    disk.keep_bundle(BundleFrame { api: "a/b ä%".to_owned(), sequence: 1, payload: None, signature, more: false });
    disk.flush(&fixture.verifier).unwrap();
    assert!(find_damaged(&fixture.root).unwrap().is_empty());
}
