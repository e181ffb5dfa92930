//! The cases of http-desync-guardian: severe and ambiguous requests are refused, compliant ones are not.
//! Skips, saying so, where the test data is absent.

mod cases;

use cases::{Case, load};
use firstclass_framing::request::{Progress, RequestHead, parse};
use firstclass_framing::{FramingError, HeadLimits, Target, target};

/// Whether framing and target let the request through, or why not.
fn judge(case: &Case) -> Result<(), FramingError> {
    let raw = case.raw();
    let mut head = RequestHead::new();
    match parse(&raw, &HeadLimits::REQUEST, &mut head)? {
        Progress::Complete { .. } => target::normalise(head.target.of(&raw), &mut Target::default()),
        Progress::Partial => panic!("{}: the request is whole, but was read as a part", case.name),
    }
}

/// Compliant by the RFCs, refused by us: one `chunked` is the only coding, and a target has one reading.
fn is_stricter_here(case: &Case) -> bool {
    let codings: Vec<_> = case.values_of("transfer-encoding").collect();
    let other_coding = !codings.is_empty() && !matches!(codings[..], [one] if one.trim() == "chunked");
    other_coding || case.uri.is_empty() || case.uri.contains('#') || !case.uri.is_ascii()
}

#[test]
fn every_case_gets_its_verdict() {
    let Some(cases) = load() else {
        println!("skipped: no desync cases; FIRSTCLASS_TEST_DATA names their place");
        return;
    };
    assert!(cases.len() > 100, "only {} cases were found", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let verdict = judge(case);
        let right = match case.tier.as_str() {
            "Severe" | "Ambiguous" => verdict.is_err(),
            "Compliant" => verdict.is_ok() || is_stricter_here(case),
            "Acceptable" => true,
            other => panic!("{}: the tier {other} is unknown", case.name),
        };
        if !right {
            wrong.push(format!("{}: {} but {verdict:?}", case.name, case.tier));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
