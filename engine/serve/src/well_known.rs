//! Documents that the gateway itself serves on the traffic port: where tokens for an API are to be had (RFC 9728).

use firstclass_decide::find_metadata;
use firstclass_framing::canonical::HeadWriter;
use firstclass_framing::{BodyLength, KnownHeader, Method};

use crate::call::Call;
use crate::connection::{Connection, Gone};
use crate::kit::Kit;
use crate::stock;

/// Answer a GET or HEAD of such a document. `None`: it is none, and the contract decides.
///
/// # Errors
/// [`Gone`].
pub async fn respond(connection: &mut Connection, kit: &mut Kit, call: &mut Call) -> Result<Option<bool>, Gone> {
    let is_read = matches!(kit.head.method, Method::Get | Method::Head) && kit.head.body == BodyLength::None;
    let engine = &connection.worker.engine;
    let found = if is_read { stock::with_world(engine, |world| find_metadata(kit.target.path(), world)) } else { None };
    let Some(document) = found else { return Ok(None) };
    let keep = connection.may_stay();
    kit.out.clear();
    let mut writer = HeadWriter::response(&mut kit.out, 200);
    // Each value is made of characters that a field can hold.
    let _ = writer.known(KnownHeader::ContentType, b"application/json");
    let _ = writer.known(KnownHeader::CacheControl, b"public, max-age=300");
    let _ = writer.known(KnownHeader::XRequestId, call.id().as_bytes());
    if !keep {
        writer.close();
    }
    writer.end(BodyLength::Length(document.len() as u64));
    if kit.head.method != Method::Head {
        kit.out.extend_from_slice(&document);
    }
    call.status = 200;
    connection.write(&kit.out, call).await?;
    Ok(Some(keep))
}
