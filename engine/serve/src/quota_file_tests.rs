use std::path::PathBuf;

use super::*;

const HOUR: (u64, u64) = (3_600, 7_200);

/// A directory of one test, removed with it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fc-quotas-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn open(&self) -> QuotaFile {
        QuotaFile::open(&self.0, 4_000).expect("a file")
    }

    fn text(&self) -> Vec<u8> {
        fs::read(self.0.join(NAME)).expect("the file")
    }

    fn set(&self, text: &[u8]) {
        fs::write(self.0.join(NAME), text).expect("written");
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the directory");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn spend(file: &mut QuotaFile, who: &[u8], leased: u64) -> Digest {
    let digest = file.digest(who);
    file.write(digest, HOUR, leased);
    file.commit(4_100).expect("written");
    digest
}

#[test]
fn what_was_written_is_read_again_and_the_last_line_holds() {
    let place = Place::new("again");
    let digest = spend(&mut place.open(), b"desk", 10);
    let mut file = place.open();
    assert_eq!(file.digest(b"desk"), digest, "the same counter after a restart");
    assert_eq!((file.leased(&digest, 3_600), file.latest()), (Some(10), 4_100));
    spend(&mut file, b"desk", 20);
    file.give_back(digest, 3_600, 13);
    file.commit(4_200).expect("written");
    assert_eq!(place.open().leased(&digest, 3_600), Some(13));
    assert_eq!(place.open().leased(&file.digest(b"other"), 3_600), Some(0));
}

#[test]
fn a_later_window_begins_anew_and_closes_the_one_before() {
    let place = Place::new("windows");
    let mut file = place.open();
    let digest = spend(&mut file, b"desk", 10);
    assert_eq!(file.leased(&digest, 7_200), Some(0));
    file.write(digest, (7_200, 10_800), 1);
    file.commit(7_300).expect("written");
    assert_eq!(place.open().leased(&digest, 3_600), None);
}

#[test]
fn a_torn_line_was_never_granted_and_is_cut_off() {
    let place = Place::new("torn");
    let digest = spend(&mut place.open(), b"desk", 10);
    let whole = place.text();
    let line = whole.split(|byte| *byte == b'\n').nth(1).expect("a line behind the header");
    for torn in 1..=line.len() {
        let mut text = whole.clone();
        text.extend_from_slice(&line[..torn]);
        place.set(&text);
        assert_eq!(place.open().leased(&digest, 3_600), Some(10));
        assert_eq!(place.text(), whole);
    }
}

#[test]
fn a_changed_byte_sets_the_file_aside_and_closes_what_has_begun() {
    let place = Place::new("damaged");
    let mut file = place.open();
    let digest = spend(&mut file, b"desk", 10);
    spend(&mut file, b"other", 5);
    let whole = place.text();
    for at in (0..whole.len() - 1).step_by(7) {
        let mut text = whole.clone();
        text[at] ^= 1;
        place.set(&text);
        let file = place.open();
        assert_eq!(file.leased(&digest, 3_600), None, "byte {at}: it has begun, and nobody knows what was spent");
        assert_eq!(file.leased(&file.digest(b"desk"), 7_200), Some(0), "the next window is as good as ever");
        assert!(place.names().iter().any(|name| name.starts_with("quotas.log.damaged-")), "{:?}", place.names());
        assert_eq!(place.open().leased(&digest, 3_600), None, "also after another restart");
    }
}

#[test]
fn the_file_stays_small_and_holds_no_name() {
    let place = Place::new("small");
    let mut file = place.open();
    for number in 0..5_000u64 {
        file.write(file.digest(b"desk@example.com"), HOUR, number);
        if number % 50 == 0 {
            file.commit(4_100).expect("written");
        }
    }
    file.commit(4_100).expect("written");
    assert!(place.text().len() < 2 * COMPACT_BYTES as usize);
    assert_eq!(place.open().leased(&file.digest(b"desk@example.com"), 3_600), Some(4_999));
    assert!(!String::from_utf8(place.text()).expect("text").contains("desk"));
}

#[test]
fn counters_are_bounded_and_passed_windows_make_room() {
    let place = Place::new("bounded");
    let mut file = place.open();
    for number in 0..10u8 {
        let digest = file.digest(&[number]);
        assert!(file.has_room(&digest, 10, 4_000));
        file.write(digest, HOUR, 1);
        file.commit(4_000).expect("written");
    }
    let known = file.digest(&[3]);
    let fresh = file.digest(b"fresh");
    assert!(file.has_room(&known, 10, 4_000) && !file.has_room(&fresh, 10, 4_000));
    assert!(file.has_room(&fresh, 10, 7_200));
}

#[test]
fn a_disk_that_takes_nothing_leaves_what_is_known_as_it_was() {
    let place = Place::new("full");
    let mut file = place.open();
    let digest = spend(&mut file, b"desk", 10);
    file.file = File::open(place.0.join(NAME)).expect("read only: every write fails");
    file.write(digest, HOUR, 20);
    assert!(file.commit(4_200).is_err());
    assert_eq!(file.leased(&digest, 3_600), Some(10));
    file.write(digest, HOUR, 20);
    file.commit(4_300).expect("the file is written anew");
    assert_eq!((file.leased(&digest, 3_600), place.open().leased(&digest, 3_600)), (Some(20), Some(20)));
}
