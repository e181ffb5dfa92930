//! Sign-ins and sign-outs through the real thread and a real file.

use std::path::PathBuf;

use super::*;

fn scratch(name: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("firstclass-keeper-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&root);
    std::fs::create_dir_all(&root).unwrap();
    root
}

fn keeper(root: &Path, limits: &Limits) -> Keeper {
    Keeper::start(root, b"secret", limits, Arc::new(Sessions::new(b"secret"))).unwrap()
}

fn sign_in(token: &str, subject: &str) -> SignIn {
    SignIn {
        tenant: "main".to_owned(),
        api: "shop".to_owned(),
        token: token.to_owned(),
        subject: subject.to_owned(),
        lifetime_ms: 60_000,
    }
}

fn subject(keeper: &Keeper, token: &str) -> Option<String> {
    let digest = keeper.held().digest("main", "shop", token.as_bytes());
    let found = keeper.held().find(&digest, clock::unix_milliseconds())?;
    found.subject.as_deref().map(str::to_owned)
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

#[test]
fn a_session_that_was_acknowledged_is_there_after_a_restart_and_its_end_too() {
    let (root, limits) = (scratch("restart"), Limits::default());
    let first = keeper(&root, &limits);
    for token in ["A", "B"] {
        wait(first.begin(&sign_in(token, "7"))).unwrap();
        assert_eq!(subject(&first, token).as_deref(), Some("7"));
    }
    let digest = first.held().digest("main", "shop", b"A");
    wait(first.end(digest)).unwrap();
    // A second one on the same file, as after a kill: nothing was said to the first.
    let second = keeper(&root, &limits);
    assert_eq!((subject(&second, "A"), subject(&second, "B").as_deref()), (None, Some("7")));
}

#[test]
fn a_token_that_two_users_were_given_is_nobodys_and_stays_so() {
    let (root, limits) = (scratch("claimed"), Limits::default());
    let first = keeper(&root, &limits);
    wait(first.begin(&sign_in("A", "7"))).unwrap();
    assert_eq!(wait(first.begin(&sign_in("A", "8"))), Err(Unkept::Claimed));
    assert_eq!(subject(&first, "A"), None);
    assert_eq!(subject(&keeper(&root, &limits), "A"), None);
}

#[test]
fn memory_and_file_are_bounded_whatever_number_signs_in() {
    let root = scratch("bounded");
    let limits = Limits { sessions: 50, sessions_per_subject: 5, ..Limits::default() };
    let keeper = keeper(&root, &limits);
    // Together, as a burst comes: one fsync serves many.
    wait(async {
        for round in 0..100 {
            let burst: Vec<SignIn> =
                (0..100).map(|n| sign_in(&format!("token-{round}-{n}"), &format!("{}", n % 40))).collect();
            let mut waiting = Vec::new();
            for sign_in in &burst {
                waiting.push(Box::pin(keeper.begin(sign_in)));
            }
            for one in waiting {
                one.await.unwrap();
            }
        }
    });
    assert_eq!(keeper.held().len(), 50);
    assert!(std::fs::metadata(root.join("sessions.log")).unwrap().len() <= COMPACT_BYTES + 100_000);
}
