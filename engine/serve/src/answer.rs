//! The answer on its way out: held until it is decided, or streamed where nothing in it is ours to decide.

use std::ops::Range;

use firstclass_decide::{Admission, AnswerBody, AnswerPlan, Hold, Reason, Refusal, Where};
use firstclass_framing::canonical::{LAST_CHUNK, write_chunk_size};
use firstclass_framing::held::{Held, Verdict};
use firstclass_framing::{BodyLength, Version};

use crate::call::Call;
use crate::connection::{Connection, Gone};
use crate::exchange::{End, milliseconds};
use crate::kit::Kit;
use crate::origin::{Origin, OriginFault};
use crate::sessions::Unkept;
use crate::stock;

/// Content up to here is copied behind its head: cheaper than a write of several parts.
const SMALL: usize = 4 * 1024;

/// Answer with what the origin says, as far as it may be said. True: the connection stays.
///
/// # Errors
/// [`End`].
pub async fn respond(
    connection: &mut Connection,
    kit: &mut Kit,
    origin: Origin,
    call: &mut Call,
    admission: &mut Admission,
) -> Result<bool, End> {
    let plan = admission.judge_answer_head(&kit.answer_head, origin.head_bytes(), &mut kit.workspace);
    match plan {
        AnswerPlan::Replace(refusal) => {
            finish(connection, kit, origin, admission);
            Err(refusal.into())
        }
        AnswerPlan::Hold(hold) => held(connection, kit, origin, &hold, call, admission).await,
        AnswerPlan::Empty => {
            let keep = connection.may_stay();
            kit.out.clear();
            let written = write_head(kit, origin.head_bytes(), &plan, BodyLength::Length(0), call, keep, admission);
            finish(connection, kit, origin, admission);
            written?;
            call.status = kit.answer_head.status;
            connection.write(&kit.out, call).await?;
            Ok(keep)
        }
        AnswerPlan::Stream { max_bytes } => streamed(connection, kit, origin, max_bytes, call, admission).await,
    }
}

/// Let the origin's connection serve again, if it may.
fn finish(connection: &Connection, kit: &Kit, origin: Origin, admission: &Admission) {
    let buffer = origin.finish(&connection.worker, admission.upstream(), &kit.answer_head);
    stock::give_large(buffer.into_storage());
}

fn write_head(
    kit: &mut Kit,
    head_bytes: &[u8],
    plan: &AnswerPlan,
    body: BodyLength,
    call: &Call,
    keep: bool,
    admission: &Admission,
) -> Result<(), Box<Refusal>> {
    let head = &kit.answer_head;
    let written =
        admission.write_answer_head(&mut kit.out, plan, head, head_bytes, body, call.id(), keep, &kit.workspace);
    written.map_err(|_| admission.refuse(Reason::ResponseInvalid))
}

async fn held(
    connection: &mut Connection,
    kit: &mut Kit,
    mut origin: Origin,
    hold: &Hold,
    call: &mut Call,
    admission: &mut Admission,
) -> Result<bool, End> {
    let worker = connection.worker.clone();
    let most = usize::try_from(hold.max_bytes).unwrap_or(usize::MAX);
    let mut share = worker.engine.held.share();
    let body = origin.hold(most, &mut share, &connection.timer).await.map_err(|reason| beyond(admission, reason))?;
    let keep = connection.may_stay();
    let storage = origin.finish(&worker, admission.upstream(), &kit.answer_head).into_storage();
    let held = Held::new(storage, body, most).map_err(|_| beyond(admission, Reason::ResponseInvalid))?;
    let mut judged = Ok(AnswerBody::Unchanged);
    let released = held.decided(|head, body| {
        judged = judge(kit, head, hold, body, call, keep, admission);
        if let Ok(AnswerBody::Unchanged) = judged { Verdict::Pass } else { Verdict::Keep }
    });
    if let (true, Some(sign_in)) = (judged.is_ok(), admission.take_sign_in()) {
        // Before a byte of the answer leaves: what a client was told survives a power cut.
        if let Err(unkept) = worker.engine.sessions.begin(&sign_in).await {
            judged = Err(admission.refuse(match unkept {
                Unkept::Overloaded => Reason::Overloaded,
                Unkept::Claimed => Reason::ResponseInvalid,
            }));
        }
    }
    if judged.is_ok() {
        call.status = kit.answer_head.status;
    }
    let written = match judged {
        Ok(AnswerBody::Rewritten) => {
            // What came is needed no more: the next answer takes its place while the processor's caches still have it.
            stock::give_large(released.into_storage());
            write_whole(connection, &mut kit.out, kit.workspace.scratch.output(), call).await?;
            return Ok(keep);
        }
        Ok(AnswerBody::Unchanged) => {
            write_whole(connection, &mut kit.out, released.body(), call).await.map_err(End::from)
        }
        Err(refusal) => Err(refusal.into()),
    };
    stock::give_large(released.into_storage());
    written.map(|()| keep)
}

/// Decide about the body, and write the head of what leaves in its place into the kit.
fn judge(
    kit: &mut Kit,
    head_bytes: &[u8],
    hold: &Hold,
    bytes: &[u8],
    call: &Call,
    keep: bool,
    admission: &mut Admission,
) -> Result<AnswerBody, Box<Refusal>> {
    let verdict = admission.judge_answer_body(hold, bytes, &mut kit.workspace)?;
    let length = match verdict {
        AnswerBody::Unchanged => bytes.len(),
        AnswerBody::Rewritten => kit.workspace.scratch.output().len(),
    };
    kit.out.clear();
    let body = BodyLength::Length(length as u64);
    write_head(kit, head_bytes, &AnswerPlan::Hold(*hold), body, call, keep, admission)?;
    Ok(verdict)
}

/// Write a head and its body.
async fn write_whole(
    connection: &mut Connection,
    head: &mut Vec<u8>,
    body: &[u8],
    call: &mut Call,
) -> Result<(), Gone> {
    connection.worker.after_others().await;
    if body.len() <= SMALL {
        head.extend_from_slice(body);
        connection.write(head, call).await
    } else {
        connection.write_parts([head, body, &[]], call).await
    }
}

/// Pass the body on as it comes, no faster than the client takes it. A fault in the middle, or more of it than may be,
/// cuts the client's connection, so that half an answer is not taken for a whole one.
async fn streamed(
    connection: &mut Connection,
    kit: &mut Kit,
    mut origin: Origin,
    max_bytes: Option<u64>,
    call: &mut Call,
    admission: &Admission,
) -> Result<bool, End> {
    let body = match kit.answer_head.body {
        length @ (BodyLength::None | BodyLength::Length(_)) => length,
        // The client of an old version knows no chunks; its connection ends anyway.
        _ if kit.head.version == Version::Http10 => BodyLength::UntilClose,
        _ => BodyLength::Chunked,
    };
    let keep = body != BodyLength::UntilClose && connection.may_stay();
    kit.out.clear();
    write_head(kit, origin.head_bytes(), &AnswerPlan::Stream { max_bytes }, body, call, keep, admission)?;
    call.status = kit.answer_head.status;
    let mut is_first = true;
    let mut left = max_bytes.unwrap_or(u64::MAX);
    loop {
        // The head does not wait for a body that is still to come.
        let piece = match origin.arrived() {
            Ok(None) if is_first && !origin.is_done() => Ok(None),
            Ok(None) => {
                connection.timer.arm(milliseconds(admission));
                origin.piece(&connection.timer).await
            }
            arrived => arrived,
        };
        let piece = match piece.map_err(OriginFault::reason).and_then(|piece| within(&mut left, piece)) {
            Ok(piece) => piece,
            // Nothing has been said to the client yet.
            Err(reason) if is_first => return Err(beyond(admission, reason).into()),
            Err(reason) => return Err(cut(connection, call, admission, reason)),
        };
        is_first = false;
        let content = piece.map_or(&[][..], |piece| &origin.buffer.filled()[piece]);
        let is_last = origin.is_done();
        let end = chunk_end(body, content, is_last);
        if body == BodyLength::Chunked && !content.is_empty() {
            write_chunk_size(&mut kit.out, content.len());
        }
        if is_last {
            connection.worker.after_others().await;
        }
        if content.len() <= SMALL {
            kit.out.extend_from_slice(content);
            kit.out.extend_from_slice(end);
            connection.write(&kit.out, call).await?;
        } else {
            connection.write_parts([&kit.out, content, end], call).await?;
        }
        kit.out.clear();
        if is_last {
            finish(connection, kit, origin, admission);
            return Ok(keep);
        }
    }
}

/// The piece, if there is still room for it under the bound.
fn within(left: &mut u64, piece: Option<Range<usize>>) -> Result<Option<Range<usize>>, Reason> {
    let length = piece.as_ref().map_or(0, |piece| piece.len() as u64);
    *left = left.checked_sub(length).ok_or(Reason::ResponseInvalid)?;
    Ok(piece)
}

/// The refusal of a body that did not come to its end; what is wrong with one itself is its length.
fn beyond(admission: &Admission, reason: Reason) -> Box<Refusal> {
    let refusal = admission.refuse(reason);
    if reason != Reason::ResponseInvalid {
        return refusal;
    }
    refusal.at(Where::Body(String::new()), "maxLength")
}

/// What stands behind a piece of content.
pub(crate) fn chunk_end(body: BodyLength, content: &[u8], is_last: bool) -> &'static [u8] {
    match (body == BodyLength::Chunked, content.is_empty(), is_last) {
        (false, ..) | (true, true, false) => b"",
        (true, false, false) => b"\r\n",
        (true, false, true) => b"\r\n0\r\n\r\n",
        (true, true, true) => LAST_CHUNK,
    }
}

/// End the client's connection in the middle of an answer.
fn cut(connection: &Connection, call: &mut Call, admission: &Admission, reason: Reason) -> End {
    call.refused(*beyond(admission, reason));
    connection.wire.abort_at_end();
    End::Gone
}
