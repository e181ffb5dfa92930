//! First stage: which operation of which contract this is. What the contract does not declare is refused in every mode.

use std::sync::Arc;

use firstclass_bundle::{Modes, Reason, Style};
use firstclass_framing::Method;

use crate::facts::Facts;
use crate::parameters::encoded_offset;
use crate::policy::Policy;
use crate::query::{Coding, decode};
use crate::refusal::{Refusal, Rule};
use crate::request::{RequestView, Workspace};
use crate::world::World;

/// The operation that was found.
#[derive(Debug)]
pub(crate) struct Route {
    pub policy: Arc<Policy>,
    pub operation: usize,
    pub modes: Modes,
    /// A HEAD, served by the rules of the path's GET.
    pub head: bool,
}

/// Finds the operation, and leaves the path parameters in the workspace. Only the path and the method count: method
/// override headers mean nothing.
pub(crate) fn find(
    view: &RequestView<'_>,
    world: &World,
    workspace: &mut Workspace,
    facts: &mut Facts,
) -> Result<Route, Box<Refusal>> {
    // Where nothing says that a raw `;` belongs to a parameter, servers read it in different ways.
    let reason = if view.target.has_semicolon() { Reason::BadTarget } else { Reason::UnknownOperation };
    let (routed, below) = world.apis.find(view.target.path()).ok_or_else(|| Refusal::new(reason))?;
    let policy = &routed.policy;
    facts.policy = Some(policy.clone());
    workspace.path.clear();
    decode(below, Coding::Percent, &mut workspace.path).map_err(|_| Refusal::new(Reason::BadTarget))?;
    let found = policy.router.find(&workspace.path, &mut workspace.captures);
    let index = found.ok_or_else(|| Refusal::by(reason, Rule::Paths))?;
    let path = &policy.paths[index];
    let method = view.head.method_span.of(view.bytes);
    let head = view.head.method == Method::Head;
    let named = |wanted: &[u8]| path.operations.iter().find(|(method, _)| method.as_bytes() == wanted);
    let found = match named(method) {
        None if head => named(b"GET").map(|(_, index)| *index),
        found => found.map(|(_, index)| *index),
    };
    match found {
        Some(operation) => {
            if view.target.has_semicolon() && !semicolons_fit(view, policy, operation, workspace) {
                return Err(Refusal::new(Reason::BadTarget));
            }
            facts.operation = Some(operation);
            Ok(Route { policy: policy.clone(), operation, modes: routed.modes(operation), head })
        }
        None => {
            let mut refusal = Refusal::by(Reason::MethodNotAllowed, Rule::Path(index));
            refusal.allow = Some(path.allow.clone());
            Err(refusal)
        }
    }
}

/// Whether every raw `;` of the path lies in a parameter that is written with it (`style: matrix`).
fn semicolons_fit(view: &RequestView<'_>, policy: &Policy, operation: usize, workspace: &Workspace) -> bool {
    let below = view.target.path().get(policy.api.base_path.len()..).unwrap_or_default();
    let operation = &policy.operations[operation];
    let captures = operation.captures.iter().zip(&workspace.captures);
    let written_with_it: Vec<(usize, usize)> = captures
        .filter(|(index, _)| operation.declared.parameters[**index].style == Style::Matrix)
        .map(|(_, &(start, end))| (encoded_offset(below, start as usize), encoded_offset(below, end as usize)))
        .collect();
    let fits = |at: usize| written_with_it.iter().any(|&(start, end)| (start..end).contains(&at));
    below.iter().enumerate().all(|(at, &byte)| byte != b';' || fits(at))
}
