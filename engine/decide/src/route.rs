//! First stage: which operation of which contract this is. What the contract does not declare is refused in every mode.

use std::sync::Arc;

use firstclass_bundle::Reason;
use firstclass_framing::Method;

use crate::facts::Facts;
use crate::policy::Policy;
use crate::query::{Coding, decode};
use crate::refusal::Refusal;
use crate::request::{RequestView, Workspace};
use crate::world::World;

/// The operation that was found.
#[derive(Debug)]
pub(crate) struct Route {
    pub policy: Arc<Policy>,
    pub operation: usize,
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
    let unknown = || Refusal::new(Reason::UnknownOperation);
    let (policy, below) = world.apis.find(view.target.path()).ok_or_else(unknown)?;
    facts.policy = Some(policy.clone());
    workspace.path.clear();
    decode(below, Coding::Percent, &mut workspace.path).map_err(|_| Refusal::new(Reason::BadTarget))?;
    let path = policy.router.find(&workspace.path, &mut workspace.captures).ok_or_else(unknown)?;
    let path = &policy.paths[path];
    let method = view.head.method_span.of(view.bytes);
    let head = view.head.method == Method::Head;
    let named = |wanted: &[u8]| path.operations.iter().find(|(method, _)| method.as_bytes() == wanted);
    let found = match named(method) {
        None if head => named(b"GET").map(|(_, index)| *index),
        found => found.map(|(_, index)| *index),
    };
    match found {
        Some(operation) => {
            facts.operation = Some(operation);
            Ok(Route { policy: policy.clone(), operation, head })
        }
        None => {
            let mut refusal = Refusal::new(Reason::MethodNotAllowed);
            refusal.allow = Some(path.allow.clone());
            Err(refusal)
        }
    }
}
