//! Sign-ins and sign-outs through the real thread and a real file.

use std::path::PathBuf;
use std::task::Poll;

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

#[test]
fn the_file_is_seldom_written_anew_however_long_its_lines_are() {
    let limits = Limits { sessions_per_subject: 10_000, ..Limits::default() };
    let held = Arc::new(Sessions::new(b"secret"));
    let (keeper, mut writer, waiting) = Keeper::open(&scratch("long-lines"), b"secret", &limits, held).unwrap();
    let long = "s".repeat(255);
    let (mut rewrites, mut before) = (0, 0);
    for round in 0..40 {
        let burst: Vec<SignIn> = (0..200).map(|n| sign_in(&format!("token-{round}-{n}"), &long)).collect();
        let mut crowd: Vec<_> = burst.iter().map(|sign_in| Box::pin(keeper.begin(sign_in))).collect();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(crowd.iter_mut().all(|one| one.as_mut().poll(&mut context).is_pending()));
        writer.serve(waiting.try_iter().collect());
        let compacted = writer.compacted_bytes;
        rewrites += usize::from(compacted != std::mem::replace(&mut before, compacted));
    }
    assert!(writer.log.bytes() > 2 * COMPACT_BYTES && rewrites <= 3, "{rewrites} rewrites");
}

fn lasting(token: &str, subject: &str, lifetime_ms: u64) -> SignIn {
    SignIn { lifetime_ms, ..sign_in(token, subject) }
}

#[test]
fn a_session_that_was_pushed_out_stays_out_whatever_has_ended_meanwhile_and_however_many_there_may_be_then() {
    let root = scratch("pushed-out");
    let limits = Limits { sessions_per_subject: 2, ..Limits::default() };
    let first = keeper(&root, &limits);
    wait(first.begin(&sign_in("oldest", "7"))).unwrap();
    wait(first.begin(&lasting("short", "7", 1))).unwrap();
    wait(first.begin(&sign_in("newest", "7"))).unwrap();
    assert_eq!(subject(&first, "oldest"), None);
    std::thread::sleep(Duration::from_millis(5));
    for limits in [limits, Limits::default()] {
        let again = keeper(&root, &limits);
        assert_eq!((subject(&again, "oldest"), subject(&again, "newest").as_deref()), (None, Some("7")));
    }
}

#[test]
fn a_session_that_a_smaller_engine_had_no_room_for_stays_out() {
    let root = scratch("smaller");
    let large = keeper(&root, &Limits::default());
    for token in ["A", "B"] {
        wait(large.begin(&sign_in(token, "7"))).unwrap();
    }
    let small = keeper(&root, &Limits { sessions_per_subject: 1, ..Limits::default() });
    assert_eq!((subject(&small, "A"), subject(&small, "B").as_deref()), (None, Some("7")));
    wait(small.begin(&sign_in("C", "8"))).unwrap();
    assert_eq!(subject(&keeper(&root, &Limits::default()), "A"), None);
}

#[test]
fn a_session_ends_for_good_however_many_sign_in_at_that_moment() {
    let (root, limits) = (scratch("crowd"), Limits::default());
    wait(keeper(&root, &limits).begin(&sign_in("A", "7"))).unwrap();
    let held = Arc::new(Sessions::new(b"secret"));
    let (crowded, writer, waiting) = Keeper::open(&root, b"secret", &limits, held).unwrap();
    let digest = crowded.held().digest("main", "shop", b"A");
    let outcome = wait(async {
        let many: Vec<SignIn> = (0..=MOST_WAITING).map(|n| sign_in(&format!("T{n}"), &format!("{n}"))).collect();
        let mut crowd: Vec<_> = many.iter().map(|sign_in| Box::pin(crowded.begin(sign_in))).collect();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let refused = crowd.iter_mut().map(|one| one.as_mut().poll(&mut context)).filter(Poll::is_ready).count();
        assert_eq!(refused, 1, "the queue is full");
        let mut ending = Box::pin(crowded.end(digest));
        assert!(ending.as_mut().poll(&mut context).is_pending());
        let writing = thread::spawn(move || writer.run(&waiting));
        let outcome = ending.await;
        drop(crowd);
        (outcome, writing)
    });
    assert_eq!(outcome.0, Ok(()));
    assert_eq!(subject(&keeper(&root, &limits), "A"), None);
    drop(crowded);
    outcome.1.join().unwrap();
}

/// A writer whose file takes nothing more, though it can be emptied.
fn full(root: &Path, limits: &Limits) -> (Keeper, Writer, Receiver<Request>) {
    let held = Arc::new(Sessions::new(b"secret"));
    let (keeper, mut writer, waiting) = Keeper::open(root, b"secret", limits, held).unwrap();
    writer.log.take_nothing();
    (keeper, writer, waiting)
}

#[test]
fn an_end_that_the_disk_does_not_take_survives_a_restart_and_the_others_do_once_it_takes_them() {
    let (root, limits) = (scratch("full"), Limits::default());
    let first = keeper(&root, &limits);
    for (token, user) in [("A", "7"), ("B", "7"), ("C", "8")] {
        wait(first.begin(&sign_in(token, user))).unwrap();
    }
    drop(first);
    let (full, mut writer, _waiting) = full(&root, &limits);
    let digest = full.held().digest("main", "shop", b"A");
    let outcome = wait(async {
        let mut ending = Box::pin(full.end(digest));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(ending.as_mut().poll(&mut context).is_pending());
        writer.serve(vec![Request::Ends]);
        ending.await
    });
    assert_eq!(outcome, Ok(()));
    let killed = keeper(&root, &limits);
    assert_eq!(
        (subject(&killed, "A"), subject(&killed, "B")),
        (None, None),
        "all are forgotten rather than one too few"
    );
    assert_eq!((subject(&full, "A"), subject(&full, "B").as_deref()), (None, Some("7")));
    // The next look finds a disk that takes it.
    writer.serve(Vec::new());
    let later = keeper(&root, &limits);
    assert_eq!((subject(&later, "A"), subject(&later, "B").as_deref()), (None, Some("7")));
    assert_eq!(subject(&later, "C").as_deref(), Some("8"));
}

#[test]
fn a_sign_in_that_the_disk_does_not_take_begins_nothing_and_ends_the_session_that_it_renewed() {
    let (root, limits) = (scratch("full-sign-in"), Limits::default());
    wait(keeper(&root, &limits).begin(&sign_in("A", "7"))).unwrap();
    let (full, mut writer, waiting) = full(&root, &limits);
    let outcomes = wait(async {
        let (again, other) = (sign_in("A", "7"), sign_in("B", "7"));
        let mut begins = [Box::pin(full.begin(&again)), Box::pin(full.begin(&other))];
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(begins.iter_mut().all(|one| one.as_mut().poll(&mut context).is_pending()));
        writer.serve(waiting.try_iter().collect());
        let [again, other] = begins;
        [again.await, other.await]
    });
    assert_eq!(outcomes, [Err(Unkept::Overloaded); 2]);
    for keeper in [&full, &keeper(&root, &limits)] {
        assert_eq!((subject(keeper, "A"), subject(keeper, "B")), (None, None));
    }
}
