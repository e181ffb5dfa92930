//! What the gateway would decide of a call that only a log remembers: its method and its target, from a caller who may do
//! everything. The stages are those of [`crate::decide`], without the ones that need what no log has: credentials,
//! headers, cookies and bodies.

use firstclass_bundle::{Access, Reason};

use crate::facts::Facts;
use crate::judge::Judge;
use crate::own;
use crate::parameters;
use crate::query_key;
use crate::refusal::{Refusal, Rule};
use crate::request::{RequestView, Workspace};
use crate::route;
use crate::world::World;

/// Judges path, method and query, as in `enforce` whatever the mode. Returns what was called.
///
/// # Errors
/// The refusal, with the operation if one was found.
pub fn rehearse(view: &RequestView<'_>, world: &World, workspace: &mut Workspace) -> Result<Facts, Box<Refusal>> {
    workspace.begin();
    let mut facts = Facts::default();
    match stages(view, world, workspace, &mut facts) {
        Ok(()) => Ok(facts),
        Err(refusal) => Err(refusal.with_facts(facts, &world.public_url)),
    }
}

fn stages(
    view: &RequestView<'_>,
    world: &World,
    workspace: &mut Workspace,
    facts: &mut Facts,
) -> Result<(), Box<Refusal>> {
    let route::Route { policy, operation: index, .. } = route::find(view, world, workspace, facts)?;
    let operation = &policy.operations[index];
    if let Some(query) = view.target.query() {
        workspace.pairs.read(query);
        query_key::take(&policy, workspace);
        own::mark_query(operation, &policy.schemes, workspace);
    }
    let is_public = matches!(operation.declared.access, Access::Public {});
    if !is_public
        && (query_key::is_ambiguous(&policy, view, workspace) || query_key::has_other(&policy, operation, workspace))
    {
        return Err(Refusal::by(Reason::CredentialInvalid, Rule::Access(index)));
    }
    let sees_everything = u64::MAX;
    let judge = Judge::of_parameters(&policy, operation, None, sees_everything, &world.mask_key);
    parameters::check_target(view, operation, judge, workspace)
}
