//! One exchange: decide about the head, take the body, call the origin, answer. Every refusal on the way is answered in
//! one place, and leaves the connection at the beginning of the next request, or closed.

use std::sync::Arc;
use std::time::Duration;

use firstclass_decide::{Admission, BodyPlan, ForwardedBody, Now, Reason, Refusal, RequestView, decide};
use firstclass_framing::exchange::Next;
use firstclass_framing::{BodyLength, FramingError, Method, RequestHead, Target, canonical, error, target};

use crate::answer;
use crate::call::Call;
use crate::connection::{Connection, Gone};
use crate::control_port;
use crate::introspecting;
use crate::kit::Kit;
use crate::listener::Role;
use crate::origin::{self, Origin, OriginFault, Outgoing, Sent};
use crate::request_body::{self, BodyFault, Held, Incoming};
use crate::stock;
use crate::well_known;
use crate::worker::Busy;

/// How an exchange ends without an answer of the origin's.
#[derive(Debug)]
pub enum End {
    Refused(Box<Refusal>),
    /// The client is gone, or its connection was cut in the middle of an answer.
    Gone,
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<Box<Refusal>> for End {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Refused(refusal)
    }
}

/// Run the exchange whose head is parsed and lies at the beginning of the buffer.
///
/// # Errors
/// [`Gone`].
pub async fn run(connection: &mut Connection, kit: &mut Kit, head_len: usize) -> Result<Next, Gone> {
    let mut call = Call::begin(connection);
    let mut incoming = Incoming { head_len, at: head_len, content: 0 };
    let mut admission = None;
    let outcome = match attempt(connection, kit, &mut incoming, &mut call, &mut admission).await {
        Err(End::Refused(refusal)) => {
            let refusal = framing_first(connection, &mut incoming, refusal);
            refuse(connection, kit, refusal, &mut call).await
        }
        Err(End::Gone) => Err(Gone),
        Ok(keep) => Ok(keep),
    };
    if let Some(admission) = admission {
        call.admitted(admission);
    }
    call.bytes_in += head_len as u64 + incoming.content;
    if connection.role == Role::Traffic {
        call.end(connection, kit, &connection.buffer.filled()[..head_len]);
    }
    connection.buffer.consume(incoming.at);
    Ok(connection.state.answered(outcome?))
}

/// Answer a request that has no head that we would act on.
///
/// # Errors
/// [`Gone`].
pub async fn refuse_framing(connection: &mut Connection, kit: &mut Kit, error: FramingError) -> Result<Next, Gone> {
    let mut call = Call::begin(connection);
    call.bytes_in = connection.buffer.filled().len() as u64;
    kit.head.reset();
    connection.state.close();
    let outcome = refuse(connection, kit, framing_refusal(error), &mut call).await;
    call.end(connection, kit, &[]);
    outcome.map(|_| Next::Close)
}

/// A refusal that needs no body does not excuse a malformed one: what has arrived of it is read first, and its fault is
/// what the client is told.
fn framing_first(connection: &mut Connection, incoming: &mut Incoming, refusal: Box<Refusal>) -> Box<Refusal> {
    loop {
        match incoming.arrived(connection) {
            Ok(Some(_)) => {}
            Err(BodyFault::Framing(error)) => return framing_refusal(error),
            Ok(None) | Err(_) => return refusal,
        }
    }
}

/// The refusal of something that framing did not understand.
fn framing_refusal(error: FramingError) -> Box<Refusal> {
    let reason = match error.reason() {
        error::Reason::BadFraming => Reason::BadFraming,
        error::Reason::BadTarget => Reason::BadTarget,
        error::Reason::HeadTooLarge => Reason::HeadTooLarge,
    };
    Refusal::new(reason).closing()
}

async fn refuse(
    connection: &mut Connection,
    kit: &mut Kit,
    refusal: Box<Refusal>,
    call: &mut Call,
) -> Result<bool, Gone> {
    let keep = !refusal.close && connection.may_stay();
    if let Some(issuer) = &refusal.keys_wanted {
        connection.worker.engine.want_keys(Arc::clone(issuer));
    }
    if let (Reason::NotSubscribed, Some((issuer, client))) = (refusal.reason, refusal.facts.unregistered()) {
        connection.worker.engine.unregistered.note(issuer, client, call.unix_milliseconds);
    }
    kit.out.clear();
    refusal.write_response(&mut kit.out, call.id(), kit.head.method == Method::Head, keep);
    call.status = refusal.status;
    call.refused(*refusal);
    connection.write(&kit.out, call).await?;
    Ok(keep)
}

/// The whole exchange; true: the connection stays, as its client was told.
async fn attempt(
    connection: &mut Connection,
    kit: &mut Kit,
    incoming: &mut Incoming,
    call: &mut Call,
    admitted: &mut Option<Admission>,
) -> Result<bool, End> {
    connection.state.begin(&kit.head).map_err(framing_refusal)?;
    if connection.role == Role::Control {
        return Err(control_port::answer().into());
    }
    target::normalise(kit.head.target.of(connection.buffer.filled()), &mut kit.target).map_err(framing_refusal)?;
    if let Some(keep) = well_known::respond(connection, kit, call).await? {
        return Ok(keep);
    }
    // Before any work that an overload would multiply.
    let Some(_busy) = Busy::take(&connection.worker) else { return Err(Refusal::new(Reason::Overloaded).into()) };
    let admission = admitted.insert(admit(connection, kit, incoming.head_len, call).await?);
    let origin = match admission.body_plan() {
        BodyPlan::None => forward(connection, kit, incoming, None, call, admission).await?,
        BodyPlan::Hold { max_bytes } => {
            let mut share = connection.worker.engine.held.share();
            let held = request_body::hold(connection, incoming, kit.head.body, max_bytes, &mut share).await;
            let mut held = held.map_err(|fault| body_end(fault, admission))?;
            let judged = admission.judge_body(held.bytes(connection.buffer.filled()), &mut kit.workspace)?;
            if judged == ForwardedBody::Rewritten {
                held = Held::Joined(kit.workspace.scratch.take_output());
            }
            kit.workspace.trim();
            forward(connection, kit, incoming, Some(&held), call, admission).await?
        }
        BodyPlan::Stream { max_bytes } => stream(connection, kit, incoming, max_bytes, call, admission).await?,
    };
    call.answered();
    answer::respond(connection, kit, origin, call, admission).await
}

/// The request as decisions see it.
fn view<'a>(
    connection: &'a Connection,
    head: &'a RequestHead,
    target: &'a Target,
    head_len: usize,
    call: &'a Call,
) -> RequestView<'a> {
    let bytes = &connection.buffer.filled()[..head_len];
    RequestView { head, bytes, target, peer: connection.peer.ip(), request_id: call.id(), secure: false }
}

/// Decide; where a quota has to be leased first, wait for the disk and decide again.
async fn admit(
    connection: &Connection,
    kit: &mut Kit,
    head_len: usize,
    call: &Call,
) -> Result<Admission, Box<Refusal>> {
    let engine = &connection.worker.engine;
    let mut has_asked = false;
    loop {
        let mut refusal = match admit_now(connection, kit, head_len, call) {
            Ok(mut admission) => {
                admission.take_leases_ahead().into_iter().for_each(|wanted| engine.ledger.ask(wanted));
                return Ok(admission);
            }
            Err(refusal) => refusal,
        };
        if refusal.question.is_some() && !std::mem::replace(&mut has_asked, true) {
            introspecting::ask(engine, refusal).await?;
            continue;
        }
        let Some(wanted) = refusal.lease_wanted.take() else { return Err(refusal) };
        let patience = Duration::from_millis(engine.config.limits.quota_lease_milliseconds);
        let Some(left) = patience.checked_sub(call.started.elapsed()) else { return Err(refusal) };
        if !engine.ledger.lease(*wanted, left).await {
            return Err(refusal);
        }
    }
}

fn admit_now(connection: &Connection, kit: &mut Kit, head_len: usize, call: &Call) -> Result<Admission, Box<Refusal>> {
    let engine = &connection.worker.engine;
    let view = view(connection, &kit.head, &kit.target, head_len, call);
    let now = Now { unix_ms: call.unix_milliseconds, monotonic_ns: engine.monotonic_nanoseconds(call.started) };
    let admission = stock::with_world(engine, |world| {
        decide(&view, world, &engine.counters, &engine.tokens, now, &mut kit.workspace)
    })?;
    // What can be replayed may have been revoked long ago, and nobody could tell us.
    if admission.facts.tier().is_some() && engine.link.age_seconds() >= engine.config.limits.directory_cut_off_seconds {
        return Err(admission.refuse(Reason::CredentialTooWeak));
    }
    Ok(admission)
}

/// Write the forwarded head, for a body that is delimited like this, into the kit.
fn write_head(
    connection: &Connection,
    kit: &mut Kit,
    head_len: usize,
    body: BodyLength,
    call: &Call,
    admission: &Admission,
) -> Result<(), End> {
    let view = view(connection, &kit.head, &kit.target, head_len, call);
    kit.out.clear();
    let written = admission.write_forward_head(&mut kit.out, &view, body, &mut kit.workspace);
    written.map_err(|_| End::Refused(admission.refuse(Reason::BadFraming).closing()))
}

/// A request that signs out ends its session here, whatever the API makes of it: nobody goes on with a session whose user
/// asked for its end.
async fn end_session(connection: &Connection, admission: &Admission) -> Result<(), End> {
    match admission.ended_session() {
        None => Ok(()),
        Some(session) => {
            let ended = connection.worker.engine.sessions.end(session).await;
            ended.map_err(|_| admission.refuse(Reason::Overloaded).into())
        }
    }
}

/// Send a request that is whole.
async fn forward(
    connection: &mut Connection,
    kit: &mut Kit,
    incoming: &Incoming,
    held: Option<&Held>,
    call: &mut Call,
    admission: &Admission,
) -> Result<Origin, End> {
    end_session(connection, admission).await?;
    let content = held.map_or(&[][..], |held| held.bytes(connection.buffer.filled()));
    let body = if held.is_some() { BodyLength::Length(content.len() as u64) } else { BodyLength::None };
    write_head(connection, kit, incoming.head_len, body, call, admission)?;
    let outgoing = Outgoing {
        upstream: admission.upstream(),
        parts: [&kit.out, content],
        once: origin::is_once_only(kit.head.method),
        to_head: admission.to_head(),
        timeout_milliseconds: milliseconds(admission),
    };
    call.forwarded();
    let answer = origin::call(&connection.worker, &connection.timer, &outgoing, &mut kit.answer_head).await;
    answer.map_err(|fault| admission.refuse(fault.reason()).into())
}

/// Send a request whose body passes through, and read the head of the answer.
async fn stream(
    connection: &mut Connection,
    kit: &mut Kit,
    incoming: &mut Incoming,
    most: Option<u64>,
    call: &mut Call,
    admission: &Admission,
) -> Result<Origin, End> {
    let worker = Arc::clone(&connection.worker);
    let most = most.unwrap_or(worker.engine.config.limits.streamed_request_bytes);
    let body = kit.head.body;
    if incoming.is_here(connection, body) {
        // Nothing to wait for: it goes out with the head in one write, and can be sent again.
        let held = request_body::hold(connection, incoming, body, most, &mut worker.engine.held.share()).await;
        let held = held.map_err(|fault| body_end(fault, admission))?;
        let mut watch = admission.method_watch();
        if watch.as_mut().is_some_and(|watch| watch.finds(held.bytes(connection.buffer.filled()))) {
            return Err(body_end(BodyFault::Overriding, admission));
        }
        return forward(connection, kit, incoming, Some(&held), call, admission).await;
    }
    end_session(connection, admission).await?;
    write_head(connection, kit, incoming.head_len, canonical::request_body(kit.head.method, body), call, admission)?;
    let upstream = admission.upstream();
    let refused = |fault: OriginFault| End::Refused(admission.refuse(fault.reason()));
    let mut wire = match worker.pool.take(&upstream.authority, worker.clock.now(), true) {
        Some(wire) => wire,
        None => origin::connect(&worker, &connection.timer, upstream).await.map_err(refused)?,
    };
    call.forwarded();
    let bounds = (most, admission.method_watch());
    let sent = match request_body::stream(connection, incoming, &mut kit.out, body, bounds, &mut wire).await {
        Ok(sent) => sent,
        Err(fault) => {
            wire.abort_at_end();
            return Err(body_end(fault, admission));
        }
    };
    connection.timer.arm(milliseconds(admission));
    let is_whole = sent == Sent::Whole;
    let to_head = admission.to_head();
    let origin = origin::read_head(&worker, &connection.timer, wire, to_head, is_whole, &mut kit.answer_head).await;
    origin.map_err(refused)?.ok_or(refused(OriginFault::Unreachable))
}

fn body_end(fault: BodyFault, admission: &Admission) -> End {
    match fault {
        BodyFault::TooLarge => admission.refuse(Reason::BodyTooLarge).into(),
        BodyFault::Overriding => admission.refuse(Reason::BodyInvalid).into(),
        BodyFault::Overloaded => admission.refuse(Reason::Overloaded).into(),
        BodyFault::Framing(error) => admission.refuse(framing_refusal(error).reason).closing().into(),
        BodyFault::Origin(fault) => admission.refuse(fault.reason()).into(),
        BodyFault::Gone => End::Gone,
    }
}

/// How long the origin may take.
pub(crate) fn milliseconds(admission: &Admission) -> u64 {
    u64::try_from(admission.timeout().as_millis()).unwrap_or(u64::MAX)
}
