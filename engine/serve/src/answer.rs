//! The answer on its way out: held until it is decided, or streamed where nothing in it is ours to decide.

use firstclass_decide::{Admission, AnswerBody, AnswerPlan, Hold, Reason, Refusal};
use firstclass_framing::canonical::{LAST_CHUNK, write_chunk_size};
use firstclass_framing::held::{Held, Released};
use firstclass_framing::{BodyLength, Version};

use crate::call::Call;
use crate::connection::Connection;
use crate::exchange::{End, milliseconds};
use crate::kit::Kit;
use crate::origin::Origin;

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
        AnswerPlan::Stream => streamed(connection, kit, origin, call, admission).await,
    }
}

/// Let the origin's connection serve again, if it may.
fn finish(connection: &Connection, kit: &Kit, origin: Origin, admission: &Admission) {
    let buffer = origin.finish(&connection.worker, admission.upstream(), &kit.answer_head);
    connection.worker.give_large(buffer.into_storage());
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
    let mut held = Held::new(std::mem::take(&mut kit.held), most);
    let mut share = worker.engine.held.share();
    let taken = loop {
        match origin.piece(&connection.timer).await {
            Ok(None) => break Ok(()),
            Err(fault) => break Err(fault.reason()),
            Ok(Some(piece)) => {
                if !share.grow_to(held.len() + piece.len()) {
                    break Err(Reason::Overloaded);
                }
                if held.push(&origin.buffer.filled()[piece]).is_err() {
                    break Err(Reason::ResponseInvalid);
                }
            }
        }
    };
    if let Err(reason) = taken {
        return Err(admission.refuse(reason).into());
    }
    let keep = connection.may_stay();
    let buffer = origin.finish(&worker, admission.upstream(), &kit.answer_head);
    let mut refused = None;
    let (released, storage) = held.rewritten(|bytes| {
        judge(kit, buffer.filled(), hold, bytes, call, keep, admission).map_err(|refusal| refused = Some(refusal)).ok()
    });
    worker.give_large(buffer.into_storage());
    kit.held = storage;
    match (released, refused) {
        (Released::Passed(message), None) => {
            call.status = kit.answer_head.status;
            let written = connection.write(&message, call).await;
            kit.out = message;
            written?;
            Ok(keep)
        }
        (_, Some(refusal)) => Err(refusal.into()),
        (Released::Refused(_), None) => Err(admission.refuse(Reason::ResponseInvalid).into()),
    }
}

/// The whole message that leaves in place of the body's bytes.
fn judge(
    kit: &mut Kit,
    head_bytes: &[u8],
    hold: &Hold,
    bytes: &[u8],
    call: &Call,
    keep: bool,
    admission: &mut Admission,
) -> Result<Vec<u8>, Box<Refusal>> {
    let verdict = admission.judge_answer_body(hold, bytes, &mut kit.workspace)?;
    let length = match verdict {
        AnswerBody::Unchanged => bytes.len(),
        AnswerBody::Rewritten => kit.workspace.scratch.output().len(),
    };
    kit.out.clear();
    let body = BodyLength::Length(length as u64);
    write_head(kit, head_bytes, &AnswerPlan::Hold(*hold), body, call, keep, admission)?;
    let mut message = std::mem::take(&mut kit.out);
    message.extend_from_slice(match verdict {
        AnswerBody::Unchanged => bytes,
        AnswerBody::Rewritten => kit.workspace.scratch.output(),
    });
    Ok(message)
}

/// Pass the body on as it comes, no faster than the client takes it. A fault in the middle cuts the client's connection,
/// so that half an answer is not taken for a whole one.
async fn streamed(
    connection: &mut Connection,
    kit: &mut Kit,
    mut origin: Origin,
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
    write_head(kit, origin.head_bytes(), &AnswerPlan::Stream, body, call, keep, admission)?;
    call.status = kit.answer_head.status;
    let mut is_first = true;
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
        let piece = match piece {
            Ok(piece) => piece,
            Err(fault) => return Err(cut(connection, call, admission, fault.reason())),
        };
        is_first = false;
        let content = piece.map_or(&[][..], |piece| &origin.buffer.filled()[piece]);
        let is_last = origin.is_done();
        let end = chunk_end(body, content, is_last);
        if body == BodyLength::Chunked && !content.is_empty() {
            write_chunk_size(&mut kit.out, content.len());
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
    call.refused(*admission.refuse(reason));
    connection.wire.abort_at_end();
    End::Gone
}
