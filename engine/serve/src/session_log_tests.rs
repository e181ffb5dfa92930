//! Crashes and damage, played on a real file.

use super::*;

fn scratch(name: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("firstclass-sessions-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&root).unwrap();
    root
}

fn line(number: u8, owner: Option<&str>) -> Line {
    let begun = owner.map(|owner| Begun { owner: owner.into(), expires_at: 9_000 + u64::from(number) });
    Line { digest: [number; 32], at: 1_000, begun }
}

fn lines() -> Vec<Line> {
    vec![line(1, Some("main\0shop\0ana@example.org")), line(2, Some("main\0shop\08")), line(1, None)]
}

#[test]
fn what_was_appended_is_there_after_a_restart_and_nobody_can_read_whose_it_is() {
    let root = scratch("restart");
    SessionLog::open(&root, b"secret").unwrap().0.append(&lines()).unwrap();
    let text = fs::read(root.join(NAME)).unwrap();
    assert!(!text.windows(3).any(|part| part == b"ana"));
    assert_eq!(SessionLog::open(&root, b"secret").unwrap().1, lines());
}

#[test]
fn a_torn_last_line_is_cut_off() {
    let root = scratch("torn");
    SessionLog::open(&root, b"secret").unwrap().0.append(&lines()).unwrap();
    let text = fs::read(root.join(NAME)).unwrap();
    for kept in 0..text.len() {
        fs::write(root.join(NAME), &text[..kept]).unwrap();
        let (log, found) = SessionLog::open(&root, b"secret").unwrap();
        assert!(lines().starts_with(&found), "{kept}");
        assert_eq!(fs::metadata(root.join(NAME)).unwrap().len(), log.bytes());
    }
}

#[test]
fn any_other_damage_sets_the_file_aside_and_believes_nothing() {
    let root = scratch("damage");
    SessionLog::open(&root, b"secret").unwrap().0.append(&lines()).unwrap();
    let mut text = fs::read(root.join(NAME)).unwrap();
    text[5] ^= 1;
    fs::write(root.join(NAME), &text).unwrap();
    assert_eq!(SessionLog::open(&root, b"secret").unwrap().1, []);
    let aside = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().to_string_lossy().contains("damaged-");
    assert!(fs::read_dir(&root).unwrap().any(aside));
}

#[test]
fn another_secret_reads_nothing() {
    let root = scratch("secret");
    SessionLog::open(&root, b"secret").unwrap().0.append(&lines()).unwrap();
    assert_eq!(SessionLog::open(&root, b"other").unwrap().1, []);
}

#[test]
fn a_replaced_file_goes_on_from_what_it_was_replaced_by() {
    let root = scratch("replaced");
    let (mut log, _) = SessionLog::open(&root, b"secret").unwrap();
    log.append(&lines()).unwrap();
    log.replace([line(2, Some("main\0shop\08"))].iter()).unwrap();
    log.append(&[line(3, None)]).unwrap();
    let found = SessionLog::open(&root, b"secret").unwrap().1;
    assert_eq!(found, [line(2, Some("main\0shop\08")), line(3, None)]);
}
