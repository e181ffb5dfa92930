//! Second stage: who calls. Of the alternatives that the contract lists, the first one whose credentials are all there
//! and all good lets the caller in; nothing else does.

use std::sync::Arc;

use firstclass_bundle::directory::CredentialClass;
use firstclass_bundle::{Access, Reason, Requirement, RuleClass};
use firstclass_framing::KnownHeader;

use crate::api_key::check as check_key;
use crate::bearer::{Token, TokenFault};
use crate::directory::{ApplicationEntry, CredentialEntry};
use crate::facts::Facts;
use crate::headers::{Found, HeaderName};
use crate::introspection::Known;
use crate::issuer::IssuerEntry;
use crate::modes::Held;
use crate::own::{OwnPlace, forward_cookie, has_our_key};
use crate::policy::{Operation, Policy, ReadyScheme};
use crate::query_key;
use crate::refusal::{Recorded, Refusal, Rule, Violation};
use crate::request::{Now, RequestView, Workspace};
use crate::sessions::SessionDigest;
use crate::sign_in::is_token_byte;
use crate::token_cache::TokenCache;
use crate::world::World;

/// What one alternative proved.
#[derive(Default)]
struct Proven {
    credential: Option<Arc<CredentialEntry>>,
    application: Option<Arc<ApplicationEntry>>,
    in_query: bool,
    token: Option<Arc<Token>>,
    session: Option<SessionDigest>,
    without_application: bool,
    missing: Option<usize>,
    authorization_passes: bool,
    key_passes: Option<usize>,
}

/// What the stage reads.
pub(crate) struct Stage<'a> {
    pub view: &'a RequestView<'a>,
    pub world: &'a World,
    pub policy: &'a Policy,
    pub operation: &'a Operation,
    pub tokens: &'a TokenCache,
    pub now: Now,
}

/// Of several refusals, the one that says most: a known credential that is not good any more says more than an unknown
/// one. One that is not decided yet comes before all that are.
fn weight(refusal: &Refusal) -> u8 {
    match refusal.reason {
        _ if refusal.question.is_some() => 3,
        Reason::CredentialInvalid => u8::from(refusal.keys_wanted.is_some()),
        _ => 2,
    }
}

impl Stage<'_> {
    /// Lets a caller in and notes who it is, or refuses.
    pub(crate) fn check(&self, workspace: &mut Workspace, facts: &mut Facts) -> Result<(), Box<Refusal>> {
        if self.has_alias() {
            return Err(self.refuse(Reason::BadFraming));
        }
        let alternatives = match &self.operation.declared.access {
            // Nobody asked for a key; in a URL it is in every log, and would be on its way into the next.
            Access::Public {} if query_key::has_ours(workspace) => return Err(self.refuse(Reason::ParameterInvalid)),
            Access::Public {} => return Ok(()),
            Access::AnyOf(alternatives) => alternatives,
        };
        let ambiguous = query_key::is_ambiguous(self.policy, self.view, workspace);
        if ambiguous || query_key::has_other(self.policy, self.operation, workspace) {
            return Err(self.refuse(Reason::CredentialInvalid));
        }
        for &index in &self.operation.own {
            self.take_own(index, workspace, facts)?;
        }
        let mut refused: Option<Box<Refusal>> = None;
        for alternative in alternatives {
            if !alternative.iter().all(|requirement| self.presents(requirement, workspace)) {
                continue;
            }
            match self.prove(alternative, workspace, facts) {
                Ok(proven) => {
                    self.let_in(proven, facts);
                    return Ok(());
                }
                Err(refusal) => {
                    if refused.as_ref().is_none_or(|before| weight(&refusal) > weight(before)) {
                        refused = Some(refusal);
                    }
                }
            }
        }
        if refused.is_none()
            && let Some(proven) = self.without_own(alternatives, workspace, facts)?
        {
            self.let_in(proven, facts);
            return Ok(());
        }
        let refused = refused.unwrap_or_else(|| self.refuse(Reason::CredentialMissing));
        if refused.reason == Reason::SubjectUnknown {
            self.world.sessions.note(&self.policy.api.name, false);
        }
        Err(refused)
    }

    fn let_in(&self, proven: Proven, facts: &mut Facts) {
        let refused = std::mem::replace(&mut facts.credential, proven.credential);
        facts.refused_credential = refused.filter(|_| facts.credential.is_none());
        facts.key_in_query = proven.in_query;
        facts.application = proven.application;
        facts.token = proven.token;
        facts.session = proven.session;
        facts.without_application = proven.without_application;
        facts.missing = proven.missing;
        facts.authorization_passes |= proven.authorization_passes;
        facts.key_passes = proven.key_passes;
        if proven.session.is_some() {
            self.world.sessions.note(&self.policy.api.name, true);
        }
    }

    /// A credential of the upstream's own, if it is there: it came once, and is no key of ours.
    fn take_own(&self, index: usize, workspace: &mut Workspace, facts: &mut Facts) -> Result<(), Box<Refusal>> {
        let ReadyScheme::Own(own) = &self.policy.schemes[index] else { return Ok(()) };
        let Workspace { pairs, cookies, .. } = workspace;
        let value = match own.find(self.view, pairs) {
            Found::Nothing => return Ok(()),
            Found::One(value) if !has_our_key(value) => value,
            Found::One(_) | Found::Several => return Err(self.refuse(Reason::CredentialInvalid)),
        };
        match &own.place {
            OwnPlace::Header { name, .. } => facts.authorization_passes |= name.known == KnownHeader::Authorization,
            OwnPlace::Cookie(name) => forward_cookie(self.operation, name, value, cookies),
            OwnPlace::Query(_) => {}
        }
        Ok(())
    }

    /// What lets in a caller who has all but what the upstream alone checks. Whether the call is refused for that is the
    /// mode's to say: nobody is kept out by the asking for a text that is not looked at.
    fn without_own(
        &self,
        alternatives: &[Vec<Requirement>],
        workspace: &mut Workspace,
        facts: &mut Facts,
    ) -> Result<Option<Proven>, Box<Refusal>> {
        if self.operation.own.is_empty() {
            return Ok(None);
        }
        for alternative in alternatives {
            let missing = alternative.iter().find(|requirement| !self.presents(requirement, workspace));
            let others = |requirement: &Requirement| {
                self.presents(requirement, workspace) || matches!(self.scheme(requirement), ReadyScheme::Own(_))
            };
            if alternative.iter().all(others) {
                let mut proven = self.prove(alternative, workspace, facts)?;
                proven.missing = missing.map(|requirement| requirement.scheme);
                return Ok(Some(proven));
            }
        }
        Ok(None)
    }

    fn scheme(&self, requirement: &Requirement) -> &ReadyScheme {
        &self.policy.schemes[requirement.scheme]
    }

    /// Another spelling of one of the API's key headers is never taken for one, nor passed over, whatever this operation
    /// asks for.
    fn has_alias(&self) -> bool {
        let odd = self.view.head.headers.iter().any(|header| header.odd);
        odd && self.policy.schemes.iter().any(|scheme| match scheme {
            ReadyScheme::Key { header, .. } => header.has_alias(self.view),
            // Another spelling of a header of the upstream's own is undeclared, and does not pass.
            ReadyScheme::Bearer { .. } | ReadyScheme::Session | ReadyScheme::Own(_) => false,
        })
    }

    fn presents(&self, requirement: &Requirement, workspace: &Workspace) -> bool {
        match self.scheme(requirement) {
            ReadyScheme::Key { header, query, .. } => {
                workspace.query_key.find(query.as_deref()).is_some() || header.find(self.view) != Found::Nothing
            }
            ReadyScheme::Bearer { .. } | ReadyScheme::Session => self.view.head.headers.has(KnownHeader::Authorization),
            ReadyScheme::Own(own) => own.find(self.view, &workspace.pairs) != Found::Nothing,
        }
    }

    fn prove(
        &self,
        alternative: &[Requirement],
        workspace: &mut Workspace,
        facts: &mut Facts,
    ) -> Result<Proven, Box<Refusal>> {
        let mut proven = Proven { without_application: true, ..Proven::default() };
        for requirement in alternative {
            match self.scheme(requirement) {
                ReadyScheme::Key { header, query, pass } => {
                    let (credential, application) = self.key(header, query.as_deref(), workspace, facts)?;
                    proven.in_query = workspace.query_key.find(query.as_deref()).is_some();
                    let is_theirs = credential.class == CredentialClass::Legacy && !proven.in_query;
                    proven.key_passes = (*pass && is_theirs).then_some(requirement.scheme);
                    proven.credential = Some(credential);
                    proven.application = Some(application);
                    proven.without_application = false;
                }
                ReadyScheme::Bearer { issuer, pass } => {
                    let token = self.token(issuer.as_deref())?;
                    if !requirement.scopes.iter().all(|scope| token.has_scope(scope)) {
                        facts.token = Some(token);
                        return Err(self.refuse(Reason::ScopeMissing));
                    }
                    proven.token = Some(token);
                    proven.authorization_passes = *pass;
                    proven.without_application = false;
                }
                ReadyScheme::Session => {
                    let (digest, token) = self.session()?;
                    (proven.session, proven.token) = (Some(digest), Some(token));
                }
                // Whoever signed in through the gateway is known; nobody else is asked who they are.
                ReadyScheme::Own(own) if own.login => match self.session() {
                    Ok((digest, token)) => (proven.session, proven.token) = (Some(digest), Some(token)),
                    Err(_) if self.presents(requirement, workspace) => {
                        self.world.sessions.note(&self.policy.api.name, false);
                    }
                    Err(_) => {}
                },
                ReadyScheme::Own(_) => {}
            }
        }
        self.name_application(&mut proven)?;
        Ok(proven)
    }

    /// The key in the header, or one of class legacy in the query.
    fn key(
        &self,
        header: &HeaderName,
        query: Option<&str>,
        workspace: &mut Workspace,
        facts: &mut Facts,
    ) -> Result<(Arc<CredentialEntry>, Arc<ApplicationEntry>), Box<Refusal>> {
        let Workspace { key_memory: memory, key_work: work, query_key, .. } = workspace;
        let (text, in_query) = match (query_key.find(query), header.find(self.view)) {
            (Some(text), Found::Nothing) => (text, true),
            (None, Found::One(text)) => (text, false),
            _ => return Err(self.refuse(Reason::CredentialInvalid)),
        };
        let (directory, peppers) = (&self.world.directory, &self.world.peppers);
        let (tenant, now_ms) = (&*self.policy.api.tenant, self.now.unix_ms);
        match check_key(text, directory, peppers, tenant, now_ms, memory, work) {
            Ok((credential, _)) if in_query && credential.class != CredentialClass::Legacy => {
                facts.credential = Some(credential);
                Err(self.refuse(Reason::CredentialInvalid))
            }
            Ok(found) => Ok(found),
            Err(fault) => {
                facts.application = fault
                    .credential
                    .as_ref()
                    .and_then(|credential| self.world.directory.find_application(&credential.application).cloned());
                facts.credential = fault.credential;
                Err(self.refuse(fault.reason))
            }
        }
    }

    /// The application comes from the key, else from the token. Without one, no subscription can be found.
    fn name_application(&self, proven: &mut Proven) -> Result<(), Box<Refusal>> {
        let client = proven.token.as_ref().and_then(|token| token.client.as_ref());
        let application = client.and_then(|client| self.world.directory.find_client(client));
        // Nothing else in such a token says that it is meant for us.
        let issuer = proven.token.as_ref().and_then(|token| token.issuer.as_ref());
        if application.is_none() && issuer.is_some_and(|issuer| issuer.is_without_audience()) {
            proven.application = None;
            return Ok(());
        }
        let application = application.filter(|found| *found.tenant == *self.policy.api.tenant);
        // A token that was taken away from its application is no better beside the key of another one.
        if application.is_some_and(|found| !found.enabled) {
            return Err(self.refuse(Reason::CredentialRevoked));
        }
        if proven.application.is_none() {
            proven.application = application.cloned();
        }
        Ok(())
    }

    fn token(&self, issuer: Option<&str>) -> Result<Arc<Token>, Box<Refusal>> {
        let invalid = || self.refuse(Reason::CredentialInvalid);
        let text = self.bearer()?;
        let issuers = self.world.directory.issuers();
        let verified = match self.tokens.get(text, issuers, issuer, self.now.unix_ms) {
            // Nobody's signature vouches for it; perhaps its issuer does, when asked.
            Err(fault) if fault.is_opaque() => match self.introspecting(issuer) {
                Some(entry) => self.introspected(text, entry)?,
                None => Err(fault),
            },
            verified => verified,
        };
        match verified {
            Ok(token) if token.issuer.as_ref().is_some_and(|by| *by.tenant() == *self.policy.api.tenant) => Ok(token),
            Ok(_) => Err(invalid()),
            Err(TokenFault::Expired) => Err(self.refuse(Reason::CredentialExpired)),
            Err(TokenFault::KeysWanted(name)) => {
                let mut refusal = invalid();
                refusal.keys_wanted = Some(name);
                Err(refusal)
            }
            Err(_) => Err(invalid()),
        }
    }

    /// The one entry that may be asked about an opaque token; where a scheme names none and there are several, nobody
    /// could say which.
    fn introspecting(&self, wanted: Option<&str>) -> Option<&Arc<IssuerEntry>> {
        let is_meant = |entry: &&Arc<IssuerEntry>| {
            entry.is_introspecting()
                && *entry.tenant() == *self.policy.api.tenant
                && wanted.is_none_or(|wanted| *entry.name == *wanted)
        };
        let mut entries = self.world.directory.issuers().iter().filter(is_meant);
        let only = entries.next()?;
        entries.next().is_none().then_some(only)
    }

    /// What the provider said about an opaque token; a refusal with the question that has to be put to it, where nothing
    /// is known. It says `overloaded` to whoever cannot ask, or gets no answer.
    fn introspected(
        &self,
        text: &[u8],
        entry: &Arc<IssuerEntry>,
    ) -> Result<Result<Arc<Token>, TokenFault>, Box<Refusal>> {
        match self.world.introspections.get(text, entry, self.now.unix_ms) {
            Known::Active(token) => Ok(Ok(token)),
            Known::Refused(fault) => Ok(Err(fault)),
            Known::Nothing(question) => {
                let mut refusal = self.refuse(Reason::Overloaded);
                refusal.question = Some(question);
                Err(refusal)
            }
        }
    }

    /// The text of the one bearer token.
    fn bearer(&self) -> Result<&[u8], Box<Refusal>> {
        let invalid = || self.refuse(Reason::CredentialInvalid);
        let headers = &self.view.head.headers;
        let value = headers.find(KnownHeader::Authorization).ok_or_else(invalid)?;
        if headers.repeats(KnownHeader::Authorization) {
            return Err(invalid());
        }
        bearer(value.of(self.view.bytes)).ok_or_else(invalid)
    }

    /// A session of the API's own, as it was learnt when it began.
    fn session(&self) -> Result<(SessionDigest, Arc<Token>), Box<Refusal>> {
        let api = &self.policy.api;
        let digest = self.world.sessions.digest(&api.tenant, &api.name, self.bearer()?);
        let token = self.world.sessions.find(&digest, self.now.unix_ms);
        Ok((digest, token.ok_or_else(|| self.refuse(Reason::SubjectUnknown))?))
    }

    fn refuse(&self, reason: Reason) -> Box<Refusal> {
        Refusal::by(reason, Rule::Access(self.operation.index))
    }
}

/// The keyword of a credential of the upstream's own that is not there.
const MISSING: &str = "credential";

/// A call without what the upstream alone checks lacks no proof, only something that the contract asks for, as it would
/// without a required parameter: the mode of parameters says whether it is refused.
pub(crate) fn check_missing(
    policy: &Policy,
    operation: &Operation,
    facts: &Facts,
    held: Held,
    recorded: &mut Vec<Recorded>,
) -> Result<(), Box<Refusal>> {
    let Some(ReadyScheme::Own(own)) = facts.missing.map(|index| &policy.schemes[index]) else { return Ok(()) };
    let violations = vec![Violation { place: own.place(), keyword: MISSING, schema: None }];
    let (reason, rule) = (Reason::CredentialMissing, Rule::Access(operation.index));
    if held.to(RuleClass::Parameters) {
        return Err(Refusal::by(reason, rule).with_violations(violations));
    }
    recorded.push(Recorded { reason, rule, violations });
    Ok(())
}

/// The token of an `Authorization` value: the scheme in any case, one space or more, then one `b64token` (RFC 6750 §2.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(6)?;
    let token = rest.strip_prefix(b" ")?.trim_ascii_start();
    let fits = |byte: &u8| is_token_byte(*byte);
    (scheme.eq_ignore_ascii_case(b"Bearer") && !token.is_empty() && token.iter().all(fits)).then_some(token)
}
