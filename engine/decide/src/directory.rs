//! The directory in memory: who may present what, and what it may call. Applying changes builds the next directory and
//! leaves the last one as it is, so that the engine swaps one pointer and no request sees half a change.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_bundle::directory::{
    Application, Change, Changes, Credential, CredentialClass, CredentialState, Issuer, Subscription,
};
use firstclass_bundle::{ApiModes, Plan};

use crate::error::DirectoryError;
use crate::issuer::IssuerEntry;
use crate::plan::PlanEntry;
use crate::sharded::Sharded;

/// Form of changes that this engine reads.
const FORMAT: u32 = 1;

/// An application as the stages need it.
#[derive(Debug)]
pub struct ApplicationEntry {
    pub id: Arc<str>,
    pub tenant: Arc<str>,
    pub name: Box<str>,
    pub enabled: bool,
    clients: Box<[ClientName]>,
}

/// An API key: a digest that came from control, never the key.
#[derive(Debug)]
pub struct CredentialEntry {
    pub id: Arc<str>,
    pub tenant: Arc<str>,
    pub application: Arc<str>,
    pub(crate) digest: [u8; 32],
    pub(crate) pepper: Arc<str>,
    pub state: CredentialState,
    pub expires_at: u64,
    pub class: CredentialClass,
    /// When its use was last told, Unix milliseconds.
    use_told: AtomicU64,
}

/// A credential's use is told in steps of this, so that nobody hears of every call.
const USE_STEP_MILLISECONDS: u64 = 60_000;

impl CredentialEntry {
    /// Whether its use at `now` is to be told; if so it counts as told.
    #[must_use]
    pub fn is_use_due(&self, now: u64) -> bool {
        let told = self.use_told.load(Ordering::Relaxed);
        let is_due = now.saturating_sub(told) > USE_STEP_MILLISECONDS;
        if is_due {
            self.use_told.store(now, Ordering::Relaxed);
        }
        is_due
    }
}

/// What an application may call, and which categories it sees unmasked there.
#[derive(Debug)]
pub struct SubscriptionEntry {
    pub id: Arc<str>,
    pub tenant: Arc<str>,
    pub application: Arc<str>,
    pub api: Arc<str>,
    /// Sorted.
    pub operations: Arc<[Arc<str>]>,
    pub unmask: Arc<[Arc<str>]>,
    pub until: Option<u64>,
    /// Name of the plan whose limits hold for it.
    pub plan: Option<Arc<str>>,
    /// Name of the product that it is to.
    pub product: Option<Arc<str>>,
}

/// Name of an issuer's entry and the client id that its tokens carry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientName {
    issuer: Arc<str>,
    client_id: Box<str>,
}

impl ClientName {
    /// The name of one client at one issuer.
    #[must_use]
    pub fn new(issuer: &Arc<str>, client_id: &str) -> Self {
        Self { issuer: issuer.clone(), client_id: client_id.into() }
    }

    /// Name of the issuer's entry, and the client id.
    #[must_use]
    pub fn parts(&self) -> (&str, &str) {
        (&self.issuer, &self.client_id)
    }
}

/// Everything that changes by the minute, immutable once built. Cloning is cheap whatever its size.
#[derive(Debug, Clone)]
pub struct Directory {
    sequence: u64,
    applications: Sharded<Arc<str>, Arc<ApplicationEntry>>,
    credentials: Sharded<Arc<str>, Arc<CredentialEntry>>,
    digests: Sharded<[u8; 32], Arc<CredentialEntry>>,
    /// How many credentials are of class legacy.
    legacy: usize,
    subscriptions: Sharded<Arc<str>, Arc<SubscriptionEntry>>,
    granted: Sharded<Arc<str>, Arc<[Arc<SubscriptionEntry>]>>,
    clients: Sharded<ClientName, Arc<str>>,
    plans: Sharded<Arc<str>, Arc<PlanEntry>>,
    issuers: Arc<Vec<Arc<IssuerEntry>>>,
    /// By the API's name.
    modes: Arc<BTreeMap<String, Arc<ApiModes>>>,
    words: Sharded<Arc<str>, ()>,
    lists: Sharded<Arc<[Arc<str>]>, ()>,
}

impl Default for Directory {
    fn default() -> Self {
        Self::new()
    }
}

impl Directory {
    /// Nobody is known.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sequence: 0,
            applications: Sharded::new(),
            credentials: Sharded::new(),
            digests: Sharded::new(),
            legacy: 0,
            subscriptions: Sharded::new(),
            granted: Sharded::new(),
            clients: Sharded::new(),
            plans: Sharded::new(),
            issuers: Arc::default(),
            modes: Arc::default(),
            words: Sharded::new(),
            lists: Sharded::new(),
        }
    }

    /// Sequence of the last change applied; 0 before the first snapshot.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// (applications, credentials, subscriptions)
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.applications.len(), self.credentials.len(), self.subscriptions.len())
    }

    /// The directory after these changes; all of them or none.
    ///
    /// # Errors
    /// [`DirectoryError::Gap`] for a delta that does not follow; otherwise what is not understood.
    pub fn apply(&self, changes: &Changes) -> Result<Self, DirectoryError> {
        if changes.format != FORMAT {
            return Err(DirectoryError::Format(changes.format));
        }
        if changes.to < changes.from || changes.snapshot && changes.from != 0 {
            return Err(DirectoryError::Sequence { from: changes.from, to: changes.to });
        }
        let mut next = if changes.snapshot { Self::new() } else { self.clone() };
        if changes.snapshot {
            // The same issuer stays the same object, so that tokens verified by it need not be verified again.
            next.issuers = Arc::new(Vec::new());
        } else if changes.from != self.sequence {
            return Err(DirectoryError::Gap { held: self.sequence, from: changes.from });
        }
        for change in &changes.changes {
            match change {
                Change::Application { id, value } => next.set_application(id, value.as_ref())?,
                Change::Credential { id, value } => next.set_credential(id, value.as_ref())?,
                Change::Subscription { id, value } => next.set_subscription(id, value.as_ref()),
                Change::Issuer { id, value } => next.set_issuer(id, value.as_ref(), &self.issuers)?,
                Change::Mode { id, value } => next.set_modes(id, value.as_ref()),
                Change::Plan { id, value } => next.set_plan(id, value.as_ref())?,
            }
        }
        next.sequence = changes.to;
        Ok(next)
    }

    /// The application of this id.
    #[must_use]
    pub fn find_application(&self, id: &str) -> Option<&Arc<ApplicationEntry>> {
        self.applications.find(id)
    }

    /// The application that a token of this issuer entry names.
    #[must_use]
    pub fn find_client(&self, client: &ClientName) -> Option<&Arc<ApplicationEntry>> {
        self.applications.find(self.clients.find(client)?)
    }

    pub(crate) fn find_digest(&self, digest: &[u8; 32]) -> Option<&Arc<CredentialEntry>> {
        self.digests.find(digest)
    }

    /// Whether any text may be a key of another gateway.
    pub(crate) fn has_legacy(&self) -> bool {
        self.legacy > 0
    }

    pub(crate) fn granted(&self, application: &str) -> &[Arc<SubscriptionEntry>] {
        self.granted.find(application).map_or(&[], |list| list)
    }

    /// The plan of this name.
    pub(crate) fn find_plan(&self, name: &str) -> Option<&Arc<PlanEntry>> {
        self.plans.find(name)
    }

    /// All believed issuers.
    #[must_use]
    pub fn issuers(&self) -> &[Arc<IssuerEntry>] {
        &self.issuers
    }

    /// What was set at run time for an API of this name.
    #[must_use]
    pub fn find_modes(&self, api: &str) -> Option<&Arc<ApiModes>> {
        self.modes.get(api)
    }

    /// One copy of a word that many entries share.
    fn word(&mut self, text: &str) -> Arc<str> {
        if let Some(word) = self.words.find_key(text) {
            return word.clone();
        }
        let word: Arc<str> = Arc::from(text);
        self.words.insert(word.clone(), ());
        word
    }

    /// One copy of a sorted list of words: most subscriptions are to one of a few products.
    fn list(&mut self, texts: &[String]) -> Arc<[Arc<str>]> {
        let mut words: Vec<Arc<str>> = texts.iter().map(|text| self.word(text)).collect();
        words.sort_unstable();
        words.dedup();
        if let Some(list) = self.lists.find_key(&words[..]) {
            return list.clone();
        }
        let list: Arc<[Arc<str>]> = words.into();
        self.lists.insert(list.clone(), ());
        list
    }

    fn set_application(&mut self, id: &str, value: Option<&Application>) -> Result<(), DirectoryError> {
        if let Some(before) = self.applications.remove(id) {
            for name in &before.clients {
                if self.clients.find(name).is_some_and(|owner| **owner == *id) {
                    self.clients.remove(name);
                }
            }
        }
        let Some(value) = value else { return Ok(()) };
        if value.name.is_empty() || value.name.chars().any(char::is_control) {
            return Err(DirectoryError::invalid(id, "a name must be printable, since the origin gets it in a header"));
        }
        let id: Arc<str> = Arc::from(id);
        let mut clients = Vec::with_capacity(value.clients.len());
        for client in &value.clients {
            let name = ClientName::new(&self.word(&client.issuer), &client.client_id);
            self.clients.insert(name.clone(), id.clone());
            clients.push(name);
        }
        let entry = ApplicationEntry {
            id: id.clone(),
            tenant: self.word(&value.tenant),
            name: Box::from(&*value.name),
            enabled: value.enabled,
            clients: clients.into(),
        };
        self.applications.insert(id, Arc::new(entry));
        Ok(())
    }

    fn set_credential(&mut self, id: &str, value: Option<&Credential>) -> Result<(), DirectoryError> {
        if let Some(before) = self.credentials.remove(id) {
            self.legacy -= usize::from(before.class == CredentialClass::Legacy);
            if self.digests.find(&before.digest).is_some_and(|entry| *entry.id == *id) {
                self.digests.remove(&before.digest);
            }
        }
        let Some(value) = value else { return Ok(()) };
        let mut digest = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(&value.digest, &mut digest) {
            Ok(32) => {}
            _ => return Err(DirectoryError::invalid(id, "a digest is 32 bytes in base64url")),
        }
        let id: Arc<str> = Arc::from(id);
        let application = match self.applications.find_key(&*value.application) {
            Some(application) => application.clone(),
            None => Arc::from(&*value.application),
        };
        let entry = Arc::new(CredentialEntry {
            id: id.clone(),
            tenant: self.word(&value.tenant),
            application,
            digest,
            pepper: self.word(&value.pepper),
            state: value.state,
            expires_at: value.expires_at,
            class: value.class,
            use_told: AtomicU64::new(0),
        });
        self.legacy += usize::from(value.class == CredentialClass::Legacy);
        self.digests.insert(digest, entry.clone());
        self.credentials.insert(id, entry);
        Ok(())
    }

    fn set_subscription(&mut self, id: &str, value: Option<&Subscription>) {
        if let Some(before) = self.subscriptions.remove(id) {
            let rest = self.granted(&before.application).iter().filter(|entry| *entry.id != *id);
            let rest: Vec<_> = rest.cloned().collect();
            if rest.is_empty() {
                self.granted.remove(&before.application);
            } else {
                self.granted.insert(before.application.clone(), rest.into());
            }
        }
        let Some(value) = value else { return };
        let id: Arc<str> = Arc::from(id);
        let application = match self.applications.find_key(&*value.application) {
            Some(application) => application.clone(),
            None => Arc::from(&*value.application),
        };
        let entry = Arc::new(SubscriptionEntry {
            id: id.clone(),
            tenant: self.word(&value.tenant),
            application: application.clone(),
            api: self.word(&value.api),
            operations: self.list(&value.operations),
            unmask: self.list(&value.unmask),
            until: value.until,
            plan: value.plan.as_deref().map(|name| self.word(name)),
            product: value.product.as_deref().map(|name| self.word(name)),
        });
        let mut list = self.granted(&application).to_vec();
        list.push(entry.clone());
        self.granted.insert(application, list.into());
        self.subscriptions.insert(id, entry);
    }

    fn set_modes(&mut self, api: &str, value: Option<&ApiModes>) {
        let modes = Arc::make_mut(&mut self.modes);
        match value {
            Some(value) => modes.insert(api.to_owned(), Arc::new(value.clone())),
            None => modes.remove(api),
        };
    }

    fn set_plan(&mut self, name: &str, value: Option<&Plan>) -> Result<(), DirectoryError> {
        self.plans.remove(name);
        let Some(value) = value else { return Ok(()) };
        let name = self.word(name);
        let entry = PlanEntry::new(name.clone(), self.word(&value.tenant), value)?;
        self.plans.insert(name, Arc::new(entry));
        Ok(())
    }

    fn set_issuer(
        &mut self,
        name: &str,
        value: Option<&Issuer>,
        before: &[Arc<IssuerEntry>],
    ) -> Result<(), DirectoryError> {
        let mut issuers = (*self.issuers).clone();
        issuers.retain(|entry| *entry.name != *name);
        if let Some(value) = value {
            let same = before.iter().find(|entry| *entry.name == *name && entry.source == *value);
            issuers.push(match same {
                Some(entry) => entry.clone(),
                None => Arc::new(IssuerEntry::new(self.word(name), value)?),
            });
        }
        self.issuers = Arc::new(issuers);
        Ok(())
    }
}
