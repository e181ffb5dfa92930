//! Pure decisions: a framed request, the world, the counters and the time in, a decision out. No I/O, no clock, no
//! async, no `unsafe`. One file per stage, in the order in which they run:
//!
//! `route` → `authenticate` (`api_key`, `bearer`, `jws`) → `subscription` → `limits` → `parameters` (`query`, `styles`) →
//! `owner` → `request_body` → `forward` → (the origin) → `answer_head` → `answer_body`.
//!
//! How an exchange uses it:
//!
//! 1. [`decide`] a framed head: an [`Admission`] or a [`Refusal`].
//! 2. Follow [`Admission::body_plan`]: hold and [`Admission::judge_body`], or stream.
//! 3. [`Admission::write_forward_head`] and the body's very bytes go to [`Admission::upstream`].
//! 4. [`Admission::judge_answer_head`] says what becomes of the answer; a held one goes to
//!    [`Admission::judge_answer_body`] before [`Admission::write_answer_head`] and any byte of it leaves.
//! 5. Any [`Refusal`] on the way becomes a response by [`Refusal::write_response`], and in no other way.
//!
//! Serve owns a [`World`] behind one atomic pointer, and builds the next one from [`Policy::compile`] and
//! [`Directory::apply`]. A [`Workspace`] belongs to one connection.
#![forbid(unsafe_code)]

mod admission;
mod answer_body;
mod answer_head;
mod api_key;
mod authenticate;
pub mod bearer;
mod caching;
mod challenge;
mod conformance;
mod cookies;
mod counted;
mod counters;
mod directory;
mod error;
mod facts;
mod form_parts;
mod forward;
mod guarded;
mod headers;
mod ignored;
mod introspection;
mod issuer;
mod json_patch;
mod judge;
pub mod jws;
mod left_out;
mod limits;
mod media_type;
mod metadata;
mod method_watch;
mod modes;
pub mod multipart;
mod own;
mod owner;
mod parameters;
mod patched;
mod path_shadows;
mod plan;
mod policy;
mod problem;
mod query;
mod query_key;
mod query_table;
mod quotas;
mod rate;
mod refusal;
mod rehearsal;
mod request;
mod request_body;
mod response;
mod reveals;
mod route;
pub mod router;
mod sessions;
mod sharded;
mod sign_in;
mod slots;
mod step_back;
mod styles;
mod subject;
mod subscription;
mod token_cache;
mod undeclared_status;
mod unjudged_body;
mod upstream;
mod window;
mod world;

pub use admission::Admission;
pub use answer_body::AnswerBody;
pub use answer_head::{AnswerPlan, Hold};
pub use api_key::{MAX_KEY_BYTES, Peppers, holds_key};
pub use counters::Counters;
pub use directory::{ApplicationEntry, ClientName, CredentialEntry, Directory, SubscriptionEntry};
pub use error::{DirectoryError, PolicyError};
pub use facts::Facts;
pub use firstclass_body::LEFT_OUT;
pub use firstclass_bundle::Reason;
pub use introspection::{Introspections, Question, QuestionDigest};
pub use issuer::IssuerEntry;
pub use left_out::LeftOut;
pub use metadata::find_metadata;
pub use method_watch::MethodWatch;
pub use modes::Held;
pub use plan::PlanEntry;
pub use policy::{Operation, Policy};
pub use quotas::{Quotas, Wanted, block};
pub use refusal::{MAX_VIOLATIONS, Recorded, Refusal, Retry, Rule, Violation, Where};
pub use rehearsal::rehearse;
pub use request::{KeyWork, Now, RequestView, Workspace};
pub use request_body::{BodyPlan, ForwardedBody};
pub use sessions::{SessionCalls, SessionDigest, Sessions};
pub use sign_in::SignIn;
pub use step_back::{LEAST_ANSWERS, StepBack};
pub use token_cache::TokenCache;
pub use undeclared_status::UNDECLARED_STATUS;
pub use upstream::Upstream;
pub use world::{PublicOrigin, Routed, Routes, World};

use judge::Judge;

/// Decides about a request by its head alone: who calls what, may it, and is what it says as the contract declares it.
///
/// # Errors
/// The refusal, with all that was known about the call when it was refused.
pub fn decide(
    view: &RequestView<'_>,
    world: &World,
    counters: &Counters,
    tokens: &TokenCache,
    now: Now,
    workspace: &mut Workspace,
) -> Result<Admission, Box<Refusal>> {
    workspace.begin();
    let mut facts = Facts::default();
    match stages(view, world, counters, tokens, now, workspace, &mut facts) {
        Ok(mut admission) => {
            admission.facts = facts;
            Ok(admission)
        }
        Err(refusal) => Err(refusal.with_facts(facts, &world.public_url)),
    }
}

/// The order matters: nobody learns whether a parameter is valid before it is clear that they may call.
fn stages(
    view: &RequestView<'_>,
    world: &World,
    counters: &Counters,
    tokens: &TokenCache,
    now: Now,
    workspace: &mut Workspace,
    facts: &mut Facts,
) -> Result<Admission, Box<Refusal>> {
    let route::Route { policy, operation: index, modes, head } = route::find(view, world, workspace, facts)?;
    let operation = &policy.operations[index];
    if let Some(query) = view.target.query() {
        workspace.pairs.read(query);
        query_key::take(&policy, workspace);
        own::mark_query(operation, &policy.schemes, workspace);
    }
    authenticate::Stage { view, world, policy: &policy, operation, tokens, now }.check(workspace, facts)?;
    let held = modes::held(modes, facts, view.peer, &world.mask_key);
    let mut recorded = Vec::new();
    authenticate::check_missing(&policy, operation, facts, held, &mut recorded)?;
    let granted = subscription::check(&policy, operation, &world.directory, facts, now.unix_ms)?;
    let stage = limits::Stage { policy: &policy, operation, counters, peer: view.peer, now };
    let charged = stage.check(&granted, facts, &mut workspace.limits)?;
    let judge = Judge::of_parameters(&policy, operation, facts.token.as_deref(), granted.unmask, &world.mask_key);
    parameters::check(view, operation, judge, held, workspace, &mut recorded)?;
    let (plan, content) = request_body::plan(view, operation, held, &mut recorded, workspace)?;
    let left_out = left_out::of_request(view, &policy, operation, facts, held);
    Ok(Admission {
        facts: Facts::default(),
        recorded,
        left_out,
        operation: index,
        held,
        began_ns: now.monotonic_ns,
        unmask: granted.unmask,
        to_head: head,
        learns: false,
        sign_in: None,
        plan,
        content,
        mask_key: world.mask_key.clone(),
        public_url: world.public_url.clone(),
        told_public: world.told_public.clone(),
        policy,
        charged,
    })
}
