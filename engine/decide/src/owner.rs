//! Whose object an id names: an id in a parameter must be the caller's own. In bodies `engine/body` asks the same.

use firstclass_bundle::{Parameter, Reason};

use crate::bearer::Token;

/// Compares a parameter's decoded text with the claim that its owner names. Text and not value: a number has one
/// spelling, so that no other one is a way round.
pub(crate) fn check(parameter: &Parameter, text: &str, token: Option<&Token>) -> Result<(), Reason> {
    let Some(claim) = &parameter.owner else { return Ok(()) };
    match token.and_then(|token| token.find_claim(claim)) {
        Some(own) if own == text => Ok(()),
        Some(_) => Err(Reason::ForeignObject),
        None => Err(Reason::SubjectUnknown),
    }
}

/// Without a token, or without the claim, nobody can say whose object it is.
pub(crate) fn foreign(token: Option<&Token>) -> Reason {
    if token.is_some_and(|token| token.subject.is_some()) { Reason::ForeignObject } else { Reason::SubjectUnknown }
}
