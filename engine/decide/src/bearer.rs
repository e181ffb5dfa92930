//! Bearer tokens of foreign issuers (RFC 6750, RFC 9068): which issuer, which key, whose claims, until when. Pure: bytes
//! and `now` in, verdict out.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::directory::ClientName;
use crate::issuer::IssuerEntry;
use crate::jws::{Jws, read_object};
use crate::subject::is_subject;

/// How far two clocks may differ, in seconds.
const LEEWAY_SECONDS: f64 = 60.0;

/// Why a token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("not a JWS of three canonical parts with strict JSON")]
    Malformed,
    #[error("a header parameter that is not understood or not allowed")]
    Header,
    #[error("an algorithm that the issuer's entry does not allow, or that the key is not for")]
    Algorithm,
    #[error("the type is not one of an access token")]
    Type,
    #[error("nobody believes this issuer here")]
    UnknownIssuer,
    #[error("no key of this name")]
    UnknownKey,
    #[error("no key of this name; the issuer may have a newer one")]
    KeysWanted(Arc<str>),
    #[error("the signature is not of this key")]
    Signature,
    #[error("it is for somebody else")]
    Audience,
    #[error("a claim of the wrong form")]
    Claim,
    #[error("bound to a key that was not proven")]
    Bound,
    #[error("not valid yet")]
    NotYet,
    #[error("expired")]
    Expired,
    #[error("its issuer does not vouch for it")]
    Inactive,
}

impl TokenFault {
    /// Nothing that any believed issuer signed: it may be a text that only its issuer understands.
    pub(crate) fn is_opaque(&self) -> bool {
        matches!(self, Self::Malformed | Self::Header | Self::Claim | Self::UnknownIssuer)
    }
}

/// A verified token's claims, as far as stages use them.
#[derive(Debug)]
pub struct Token {
    /// The entry that vouches for it; None: a session of the API's own.
    pub issuer: Option<Arc<IssuerEntry>>,
    /// `sub`.
    pub subject: Option<Box<str>>,
    /// The application as the issuer's `application_claim` names it.
    pub client: Option<ClientName>,
    /// Unix milliseconds, without the leeway.
    pub expires_at: u64,
    scopes: Box<[Box<str>]>,
    /// Top-level claims that are text, numbers or booleans, as text.
    claims: Box<[(Box<str>, Box<str>)]>,
}

impl Token {
    /// A claim as text.
    #[must_use]
    pub fn find_claim(&self, name: &str) -> Option<&str> {
        let found = self.claims.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value);
        found.or_else(|| self.subject.as_deref().filter(|_| name == "sub"))
    }

    /// A session of the API's own: it says whom it speaks for, and nothing else.
    pub(crate) fn of_session(subject: &str, expires_at: u64) -> Self {
        let subject = Some(Box::from(subject));
        Self { issuer: None, subject, client: None, expires_at, scopes: Box::default(), claims: Box::default() }
    }

    /// Exact value of `iss`; empty for a session.
    pub(crate) fn issuer_name(&self) -> &str {
        self.issuer.as_ref().map_or("", |issuer| issuer.issuer())
    }

    /// True if the token's scope holds this one.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| **held == *scope)
    }

    /// True if it must not be used any more.
    #[must_use]
    pub fn is_expired(&self, now_ms: u64) -> bool {
        now_ms >= self.expires_at.saturating_add(LEEWAY_SECONDS as u64 * 1000)
    }
}

/// Verifies a token. `wanted` is the name of the only issuer entry that may have issued it.
///
/// The issuer is chosen by `iss`, exactly, before any key is looked at, so that no issuer's key speaks for another.
///
/// # Errors
/// [`TokenFault`]; [`TokenFault::KeysWanted`] names the entry whose keys may be out of date.
pub fn verify_token(
    token: &[u8],
    issuers: &[Arc<IssuerEntry>],
    wanted: Option<&str>,
    now_ms: u64,
) -> Result<Token, TokenFault> {
    let jws = Jws::parse(token)?;
    let claims = read_object(&jws.payload)?;
    let name = claims.get("iss").and_then(Value::as_str).ok_or(TokenFault::Claim)?;
    let mut fault = TokenFault::UnknownIssuer;
    for issuer in issuers {
        let is_meant = wanted.is_none_or(|wanted| *issuer.name == *wanted);
        if issuer.issuer() != name || !is_meant || issuer.is_introspecting() {
            continue;
        }
        match verify_by(&jws, &claims, issuer, now_ms) {
            Ok(token) => return Ok(token),
            Err(found) => fault = found,
        }
    }
    Err(fault)
}

fn verify_by(
    jws: &Jws<'_>,
    claims: &Map<String, Value>,
    issuer: &Arc<IssuerEntry>,
    now_ms: u64,
) -> Result<Token, TokenFault> {
    check_type(&jws.header, &issuer.source.types)?;
    jws.verify(&issuer.keys, &issuer.algorithms).map_err(|fault| match fault {
        TokenFault::UnknownKey => TokenFault::KeysWanted(issuer.name.clone()),
        other => other,
    })?;
    let expires = check_times(claims, now_ms)?.ok_or(TokenFault::Claim)?;
    believe(claims, issuer, expires)
}

/// What the provider said about an opaque token (RFC 7662 §2.2), held against its entry.
///
/// # Errors
/// As [`verify_token`]; [`TokenFault::Inactive`] for a token that the provider does not vouch for.
pub(crate) fn verify_introspected(
    said: &Map<String, Value>,
    issuer: &Arc<IssuerEntry>,
    now_ms: u64,
) -> Result<Token, TokenFault> {
    if said.get("active") != Some(&Value::Bool(true)) {
        return Err(TokenFault::Inactive);
    }
    if said.get("iss").is_some_and(|iss| iss.as_str() != Some(issuer.issuer())) {
        return Err(TokenFault::UnknownIssuer);
    }
    // `exp` is optional here: without it the answer itself ends, after a few seconds.
    let expires = check_times(said, now_ms)?.unwrap_or(u64::MAX);
    believe(said, issuer, expires)
}

/// What a token says is the provider's word; whether it is meant for us, and in a form that we can hold it to.
fn believe(claims: &Map<String, Value>, issuer: &Arc<IssuerEntry>, expires: u64) -> Result<Token, TokenFault> {
    let source = &issuer.source;
    check_audience(claims.get(&source.audience_claim), source.audience.list())?;
    for required in &source.required_claims {
        if !required.claims.iter().filter_map(|name| claims.get(name)).any(|value| is_one_of(value, &required.values)) {
            return Err(TokenFault::Type);
        }
    }
    // RFC 7800: whoever presents such a token has to prove a key, which a Bearer header cannot.
    if claims.contains_key("cnf") {
        return Err(TokenFault::Bound);
    }
    let client = source.application_claim.list().iter().find_map(|claim| claims.get(claim)?.as_str());
    // It is shown to people, and stands in logs.
    if client.is_some_and(|id| id.is_empty() || id.chars().any(char::is_control)) {
        return Err(TokenFault::Claim);
    }
    if client.is_none() && issuer.is_without_audience() {
        return Err(TokenFault::Audience);
    }
    Ok(Token {
        issuer: Some(issuer.clone()),
        subject: subject(claims)?,
        client: client.map(|id| ClientName::new(&issuer.name, id)),
        expires_at: expires,
        scopes: scopes(claims)?,
        claims: claims.iter().filter_map(|(name, value)| Some((Box::from(&**name), text(value)?))).collect(),
    })
}

/// `typ` in lower case and without `application/`, as RFC 7515 §4.1.9 writes media types.
fn check_type(header: &Map<String, Value>, types: &[String]) -> Result<(), TokenFault> {
    let typ = match header.get("typ") {
        None => String::new(),
        Some(Value::String(text)) => text.to_ascii_lowercase(),
        Some(_) => return Err(TokenFault::Type),
    };
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    if types.iter().any(|accepted| accepted == typ) { Ok(()) } else { Err(TokenFault::Type) }
}

/// Without any audience of ours, a token of this issuer is believed of registered applications only.
fn check_audience(aud: Option<&Value>, audience: &[String]) -> Result<(), TokenFault> {
    let is_ours = |value: &Value| value.as_str().is_some_and(|text| audience.iter().any(|ours| ours == text));
    match aud {
        _ if audience.is_empty() => Ok(()),
        Some(value @ Value::String(_)) if is_ours(value) => Ok(()),
        Some(Value::Array(list)) if list.iter().all(Value::is_string) && list.iter().any(is_ours) => Ok(()),
        _ => Err(TokenFault::Audience),
    }
}

/// Whether a claim says something, and one of the values where any are listed.
fn is_one_of(value: &Value, values: &[String]) -> bool {
    match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty() && values.is_empty(),
        Value::String(text) => !text.is_empty() && (values.is_empty() || values.iter().any(|one| one == text)),
        _ => values.is_empty(),
    }
}

/// The expiry in Unix milliseconds, if there is one.
fn check_times(claims: &Map<String, Value>, now_ms: u64) -> Result<Option<u64>, TokenFault> {
    let now = now_ms as f64 / 1000.0;
    let expires = seconds(claims, "exp")?;
    for name in ["nbf", "iat"] {
        if seconds(claims, name)?.is_some_and(|from| from > now + LEEWAY_SECONDS) {
            return Err(TokenFault::NotYet);
        }
    }
    match expires {
        Some(expires) if now >= expires + LEEWAY_SECONDS => Err(TokenFault::Expired),
        expires => Ok(expires.map(|expires| (expires.max(0.0) * 1000.0) as u64)),
    }
}

/// A NumericDate (RFC 7519 §2) in the range that a double holds exactly.
fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<f64>, TokenFault> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => match number.as_f64() {
            Some(value) if value.abs() < 9_007_199_254_740_992.0 => Ok(Some(value)),
            _ => Err(TokenFault::Claim),
        },
        Some(_) => Err(TokenFault::Claim),
    }
}

fn subject(claims: &Map<String, Value>) -> Result<Option<Box<str>>, TokenFault> {
    match claims.get("sub") {
        None => Ok(None),
        Some(Value::String(text)) if is_subject(text) => Ok(Some(Box::from(&**text))),
        Some(_) => Err(TokenFault::Claim),
    }
}

/// `scope` as RFC 8693 §4.2 has it, and `scp`, as some write it.
fn scopes(claims: &Map<String, Value>) -> Result<Box<[Box<str>]>, TokenFault> {
    let mut scopes = Vec::new();
    for value in [claims.get("scope"), claims.get("scp")].into_iter().flatten() {
        match value {
            Value::String(text) => scopes.extend(text.split(' ').filter(|scope| !scope.is_empty()).map(Box::from)),
            Value::Array(list) => {
                for scope in list {
                    scopes.push(Box::from(scope.as_str().ok_or(TokenFault::Claim)?));
                }
            }
            _ => return Err(TokenFault::Claim),
        }
    }
    Ok(scopes.into())
}

fn text(value: &Value) -> Option<Box<str>> {
    match value {
        Value::String(text) => Some(Box::from(&**text)),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(value) => Some(value.to_string().into()),
        _ => None,
    }
}
