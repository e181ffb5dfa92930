use super::*;

/// 2026-11-24T10:30:00Z.
const NOW: u64 = 1_795_516_200_000;
const HOUR: u64 = 3_600_000;

fn directory(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("firstclass-event-log-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&directory);
    directory
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn held(directory: &Path) -> u64 {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

fn line(number: usize, length: usize) -> Vec<u8> {
    let mut line = format!("{number:05}").into_bytes();
    line.resize(length - 1, b'x');
    line.push(b'\n');
    line
}

#[test]
fn each_hour_has_its_segment() {
    let root = directory("hours");
    let mut log = EventLog::new(&root, ".jsonl", 1 << 20);
    for (time, text) in [(NOW, "1\n"), (NOW + 1, "2\n"), (NOW + HOUR, "3\n")] {
        log.append(text.as_bytes(), time).unwrap();
    }
    assert_eq!(names(&root), ["20261124T10.jsonl", "20261124T11.jsonl"]);
    assert_eq!(fs::read(root.join("20261124T10.jsonl")).unwrap(), b"1\n2\n");
}

#[test]
fn one_busy_hour_is_bounded_and_the_newest_stay() {
    let root = directory("busy");
    let mut log = EventLog::new(&root, ".jsonl", 64_000);
    for number in 0..500 {
        log.append(&line(number, 400), NOW).unwrap();
    }
    assert!(held(&root) <= 64_000 + 2 * 4_000, "{}", held(&root));
    let segments = EventLog::new(&root, ".jsonl", 0).segments().unwrap();
    let text: String = segments.iter().map(|segment| fs::read_to_string(&segment.path).unwrap()).collect();
    let numbers: Vec<usize> = text.lines().map(|line| line[..5].parse().unwrap()).collect();
    assert_eq!(numbers, (numbers[0]..500).collect::<Vec<_>>(), "whole segments, from the oldest on");
    assert!(numbers[0] > 0);
}

#[test]
fn what_earlier_engines_left_counts() {
    let root = directory("earlier");
    for hour in 0..20 {
        EventLog::new(&root, ".jsonl", 6_400).append(&line(0, 1_000), NOW + hour * HOUR).unwrap();
    }
    assert!(held(&root) <= 6_400 + 1_000, "{}", held(&root));
}

#[test]
fn a_stranger_among_the_segments_is_left_alone() {
    let root = directory("stranger");
    fs::create_dir_all(&root).unwrap();
    for name in ["20261124T10-copy.jsonl", "notes.txt", "20261124T10-.jsonl"] {
        fs::write(root.join(name), "mine\n").unwrap();
    }
    fs::create_dir(root.join("20200101T00.jsonl")).unwrap();
    let mut log = EventLog::new(&root, ".jsonl", 1_600);
    for number in 0..40 {
        log.append(&line(number, 100), NOW).unwrap();
    }
    assert_eq!(fs::read(root.join("20261124T10-copy.jsonl")).unwrap(), b"mine\n");
    assert_eq!(fs::read(root.join("notes.txt")).unwrap(), b"mine\n");
    assert!(held(&root) < 8_000, "they do not keep the log from being pruned");
}

#[test]
fn lanes_lie_beside_each_other_and_each_has_its_own_bound() {
    let root = directory("lanes");
    let mut calls = EventLog::new(&root, ".jsonl", 1_600);
    let mut strangers = EventLog::new(&root, ".strangers.jsonl", 1_600);
    calls.append(&line(7, 100), NOW).unwrap();
    for number in 0..100 {
        strangers.append(&line(number, 100), NOW).unwrap();
    }
    assert_eq!(fs::read(root.join("20261124T10.jsonl")).unwrap(), line(7, 100), "a flood washes nothing else away");
    assert!(names(&root).iter().any(|name| name.ends_with("-00099.strangers.jsonl")), "{:?}", names(&root));
    assert!(held(&root) < 2_000);
}

#[test]
fn a_file_in_the_place_of_the_directory_is_an_error() {
    let root = directory("file");
    fs::write(&root, "a file").unwrap();
    assert!(EventLog::new(&root, ".jsonl", 1_600).append(b"1\n", NOW).is_err());
    fs::remove_file(&root).unwrap();
}
