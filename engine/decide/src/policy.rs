//! A bundle made ready: router, tables per operation and the compiled schemas. Everything that can be known when the
//! bundle loads is known here; what makes no sense refuses the bundle.

use std::collections::HashSet;
use std::sync::Arc;

use firstclass_body::Program;
use firstclass_bundle as bundle;
use firstclass_bundle::{Access, Api, Document, MediaKind, Modes, Part, Place, RuleClass, Scheme, Shape};
use firstclass_framing::header::{Class, PASS_REQUEST};
use firstclass_framing::{Header, KnownHeader};

use crate::caching;
use crate::error::PolicyError;
use crate::guarded::Guarded;
use crate::headers::{HeaderName, KnownSet};
use crate::json_patch;
use crate::limits;
use crate::modes::Held;
use crate::own::{self, Own, OwnPlace};
use crate::patched::Documents;
use crate::query_table::QueryTable;
use crate::response::Response;
use crate::router::Router;
use crate::step_back::StepBack;
use crate::upstream::Upstream;

/// A compiled contract, immutable and shared by all cores.
#[derive(Debug)]
pub struct Policy {
    pub api: Api,
    /// Hexadecimal SHA-256 of the bundle's bytes.
    pub hash: String,
    pub upstream: Upstream,
    /// Categories of classified data; bit `i` of a set of categories is `categories[i]`.
    pub categories: Vec<String>,
    pub operations: Vec<Operation>,
    /// The modes that the contract and `firstclass.yaml` declare, by operation.
    pub(crate) modes: Arc<[Modes]>,
    /// Every name of a property that the contract declares: no data.
    pub property_names: HashSet<Box<str>>,
    pub(crate) paths: Vec<PathEntry>,
    pub(crate) router: Router,
    pub(crate) schemes: Vec<ReadyScheme>,
    pub(crate) program: Program,
    /// What JSON Patches change.
    pub(crate) documents: Documents,
    /// Request headers that pass undeclared.
    pub(crate) pass: KnownSet,
}

/// A path template and its methods.
#[derive(Debug)]
pub(crate) struct PathEntry {
    pub template: Box<str>,
    pub operations: Vec<(String, usize)>,
    /// Value of `Allow`: the declared methods in the contract's order, `HEAD` after `GET`.
    pub allow: Arc<str>,
}

/// A way to present a credential.
#[derive(Debug)]
pub(crate) enum ReadyScheme {
    /// `query`: where keys of class legacy may stand, too.
    Key {
        header: HeaderName,
        query: Option<Box<str>>,
        pass: bool,
    },
    Bearer {
        issuer: Option<String>,
        pass: bool,
    },
    Session,
    Own(Own),
}

/// An operation and the tables that its stages read.
#[derive(Debug)]
pub struct Operation {
    /// Index among the policy's operations.
    pub index: usize,
    pub id: Arc<str>,
    /// The path template below the base path.
    pub template: Arc<str>,
    pub declared: bundle::Operation,
    pub(crate) query: QueryTable,
    /// The upstream's own credentials that its access names, as indices into the schemes.
    pub(crate) own: Vec<usize>,
    /// Headers among them, but for `Authorization`, which passes by what stands in it.
    pub(crate) own_headers: Vec<HeaderName>,
    /// Declared header parameters: name and index among the parameters.
    pub(crate) headers: Vec<(HeaderName, usize)>,
    pub(crate) cookies: bool,
    /// For each capture of the router, the parameter that it is.
    pub(crate) captures: Vec<usize>,
    pub(crate) responses: Vec<Response>,
    /// For each media type of the body: some property carries an owner.
    pub(crate) owned_media: Vec<bool>,
    /// Schemas of what a JSON Patch of its body changes, where they hide anything.
    patched: Vec<bundle::Patched>,
    /// For each parameter: it, or some part of its value, carries an owner.
    pub(crate) owned_parameters: Vec<bool>,
    /// What names that nobody declared must not be taken for.
    pub(crate) guarded: Guarded,
    /// Some answer that is not rewritten declares `ETag`: conditional requests are of use.
    pub(crate) conditional: bool,
    /// Its answers are for one caller: no shared cache may keep them.
    pub(crate) is_private: bool,
    /// The upstream alone checks what stands in `Authorization`: its own challenges pass.
    pub(crate) passes_challenges: bool,
    /// Its method may change something (RFC 9110 §9.2.1).
    pub(crate) writes: bool,
    /// Whether its answers break the contract too often to be held to it.
    pub step_back: StepBack,
    /// Value of `RateLimit-Policy` for the contract's rates.
    pub(crate) rate_policy: Box<str>,
}

impl Policy {
    /// Makes a parsed bundle ready. `hash` is the hexadecimal SHA-256 of its bytes.
    ///
    /// # Errors
    /// [`PolicyError`] names the first thing that cannot be enforced.
    pub fn compile(document: Document, hash: String) -> Result<Self, PolicyError> {
        let program = Program::compile(&document.schemas, &document.patterns, &document.actions)?;
        let upstream = Upstream::parse(&document.api.upstream)?;
        let router = Router::new(&document.paths)
            .map_err(|index| PolicyError::invalid(format!("paths/{index}"), "matches what another path matches"))?;
        let schemes = document.schemes.iter().enumerate().map(ready_scheme).collect::<Result<Vec<_>, _>>()?;
        check_headers(&schemes)?;
        let mut pass = KnownSet::new(PASS_REQUEST);
        for scheme in &schemes {
            if let ReadyScheme::Key { header, .. } = scheme {
                pass.remove(header.known);
            }
        }
        let owned = owned_schemas(&document.schemas);
        let property_names = property_names(&document.schemas);
        let documents = Documents::compile(&document.operations, &document.schemas, &owned);
        let templates: Vec<Arc<str>> = document.paths.iter().map(|path| Arc::from(&*path.template)).collect();
        let mut operations = Vec::with_capacity(document.operations.len());
        for (index, declared) in document.operations.into_iter().enumerate() {
            let path = &document.paths[declared.path];
            let template = templates[declared.path].clone();
            operations.push(Operation::compile(
                index,
                declared,
                path,
                template,
                &schemes,
                (&document.schemas, &owned),
            )?);
        }
        let paths = document.paths.into_iter().map(|path| {
            let allow = allow(&path.operations);
            PathEntry { template: path.template.into(), operations: path.operations, allow }
        });
        let paths = paths.collect();
        let categories = document.categories;
        let modes = operations.iter().map(|operation| operation.declared.mode).collect();
        Ok(Self {
            api: document.api,
            hash,
            upstream,
            categories,
            operations,
            modes,
            property_names,
            paths,
            router,
            schemes,
            program,
            documents,
            pass,
        })
    }

    /// A path of the contract as it is written there, by its index.
    #[must_use]
    pub fn template(&self, path: usize) -> Option<&str> {
        self.paths.get(path).map(|path| &*path.template)
    }

    /// Goes on where an earlier bundle of the API stood: what has stepped back stays back.
    pub fn follow(&self, earlier: &Self) {
        for before in earlier.operations.iter().filter(|operation| operation.step_back.times() > 0) {
            if let Some(now) = self.operations.iter().find(|operation| operation.id == before.id) {
                now.step_back.follow(&before.step_back);
            }
        }
    }

    /// The set of these categories; a name that the contract does not have says nothing.
    pub(crate) fn category_bits(&self, names: &[Arc<str>]) -> u64 {
        let bit = |name: &Arc<str>| self.categories.iter().position(|category| **category == **name);
        names.iter().filter_map(bit).fold(0, |bits, index| bits | 1 << index)
    }
}

fn property_names(schemas: &[bundle::Schema]) -> HashSet<Box<str>> {
    schemas.iter().flat_map(|schema| &schema.properties).map(|(name, _)| Box::from(&**name)).collect()
}

fn ready_scheme((index, scheme): (usize, &Scheme)) -> Result<ReadyScheme, PolicyError> {
    Ok(match scheme {
        Scheme::Key { header, query, pass, .. } => {
            ReadyScheme::Key { header: HeaderName::new(header), query: query.as_deref().map(Box::from), pass: *pass }
        }
        Scheme::Bearer { issuer, pass, .. } => ReadyScheme::Bearer { issuer: issuer.clone(), pass: *pass },
        Scheme::Session { .. } => ReadyScheme::Session,
        Scheme::Own { place, field, word, login, .. } => ReadyScheme::Own(
            Own::compile(*place, field, word.as_deref(), *login)
                .map_err(|problem| PolicyError::invalid(format!("schemes/{index}"), problem))?,
        ),
    })
}

/// A header that holds our keys is no place for what nobody here checks: neither could be told from the other.
fn check_headers(schemes: &[ReadyScheme]) -> Result<(), PolicyError> {
    for (index, scheme) in schemes.iter().enumerate() {
        let ReadyScheme::Own(Own { place: OwnPlace::Header { name, .. }, .. }) = scheme else { continue };
        let holds_keys = |other: &ReadyScheme| matches!(other, ReadyScheme::Key { header, .. } if header.is(name));
        if schemes.iter().any(holds_keys) {
            return Err(PolicyError::invalid(format!("schemes/{index}"), "another scheme takes keys in this header"));
        }
    }
    Ok(())
}

fn allow(operations: &[(String, usize)]) -> Arc<str> {
    let mut methods: Vec<&str> = Vec::new();
    let declares_head = operations.iter().any(|(method, _)| method == "HEAD");
    for (method, _) in operations {
        methods.push(method);
        if method == "GET" && !declares_head {
            methods.push("HEAD");
        }
    }
    methods.join(", ").into()
}

impl Operation {
    /// Whether faults of a body of this media type are recorded only. What carries an owner is refused in every mode.
    pub(crate) fn relaxes_body(&self, media: usize, held: Held) -> bool {
        !held.to(RuleClass::Bodies) && self.owned_media.get(media) == Some(&false)
    }

    /// Whether a cookie of this name is declared.
    pub(crate) fn has_cookie(&self, name: &[u8]) -> bool {
        let mut parameters = self.declared.parameters.iter();
        self.cookies && parameters.any(|each| each.place == Place::Cookie && each.name.as_bytes() == name)
    }

    /// Whether a cookie of this name passes, declared or as a credential of the upstream's own.
    pub(crate) fn passes_cookie(&self, policy: &Policy, name: &[u8]) -> bool {
        let is_own = |&index: &usize| match &policy.schemes[index] {
            ReadyScheme::Own(Own { place: OwnPlace::Cookie(own), .. }) => own.as_bytes() == name,
            _ => false,
        };
        self.has_cookie(name) || self.own.iter().any(is_own)
    }

    /// Whether this line is a credential of the upstream's own, in a header other than `Authorization`.
    pub(crate) fn passes_own(&self, header: &Header, bytes: &[u8]) -> bool {
        self.own_headers.iter().any(|name| name.names(header, bytes))
    }

    /// Whether a body of this media type is a merge patch (RFC 7396).
    pub(crate) fn is_merge_patch(&self, media: usize) -> bool {
        let media = self.declared.body.as_ref().and_then(|body| body.media.get(media));
        media.is_some_and(|media| media.media_type == "application/merge-patch+json")
    }

    /// The documents that a body of this media type changes, where it is a JSON Patch.
    pub(crate) fn patched(&self, media: usize) -> &[bundle::Patched] {
        if self.patched.is_empty() {
            return &[];
        }
        let media = self.declared.body.as_ref().and_then(|body| body.media.get(media));
        let is_patch = media.is_some_and(|media| media.media_type == json_patch::MEDIA_TYPE);
        if is_patch { &self.patched } else { &[] }
    }

    fn compile(
        index: usize,
        declared: bundle::Operation,
        path: &bundle::Path,
        template: Arc<str>,
        schemes: &[ReadyScheme],
        (schemas, owned): (&[bundle::Schema], &[bool]),
    ) -> Result<Self, PolicyError> {
        let place = format!("operations/{index}");
        check_access(&place, &declared.access, schemes)?;
        check_logout(&place, &declared, schemes)?;
        check_owners(&place, &declared.parameters)?;
        let own = own::named(&declared.access, schemes);
        let own_headers = own::headers(&own, schemes);
        let passes_challenges = own::has_authorization(&own, schemes);
        let headers = declared_headers(&place, &declared.parameters, schemes)?;
        let captures = captures(&place, path, &declared.parameters)?;
        let query = QueryTable::compile(&declared.parameters);
        let is_private = caching::is_private(&declared.access);
        let ready = |(index, response)| Response::compile(index, response, is_private);
        let responses: Vec<Response> = declared.responses.iter().enumerate().map(ready).collect();
        let rate_policy = limits::rate_policy(&declared.rates);
        let conditional = responses.iter().any(|response| response.passes_etag);
        let cookies = declared.parameters.iter().any(|parameter| parameter.place == Place::Cookie);
        let media = declared.body.as_ref().map_or(&[][..], |body| &body.media);
        let patched = declared.body.as_ref().map_or_else(Vec::new, |body| body.patched.clone());
        let patches_owned = patched.iter().any(|each| owned[each.schema]);
        let owned_media = media.iter().map(|media| match &media.kind {
            _ if patches_owned && media.media_type == json_patch::MEDIA_TYPE => true,
            MediaKind::Json { schema } | MediaKind::Form { schema, .. } => owned[*schema],
            MediaKind::Multipart { parts } => {
                parts.iter().any(|part| part.content.schema().is_some_and(|at| owned[at]))
            }
            MediaKind::Opaque { .. } => false,
        });
        let owned_media = owned_media.collect();
        let writes = !matches!(&*declared.method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY");
        let is_owned = |parameter: &bundle::Parameter| parameter.owner.is_some() || owned[parameter.schema];
        let owned_parameters = declared.parameters.iter().map(is_owned).collect();
        let guarded = Guarded::compile(&declared, schemas, owned);
        let id = Arc::from(&*declared.id);
        Ok(Self {
            index,
            id,
            template,
            declared,
            query,
            own,
            own_headers,
            headers,
            cookies,
            captures,
            responses,
            owned_media,
            patched,
            owned_parameters,
            guarded,
            conditional,
            is_private,
            passes_challenges,
            writes,
            step_back: StepBack::default(),
            rate_policy,
        })
    }
}

/// Scopes are in tokens only: a scope asked of a key or a session could never be met, and would be a promise that nobody
/// keeps.
fn check_access(place: &str, access: &Access, schemes: &[ReadyScheme]) -> Result<(), PolicyError> {
    let Access::AnyOf(alternatives) = access else { return Ok(()) };
    for requirement in alternatives.iter().flatten() {
        if !matches!(schemes[requirement.scheme], ReadyScheme::Bearer { .. }) && !requirement.scopes.is_empty() {
            return Err(PolicyError::invalid(
                format!("{place}/access"),
                "only a token that is checked here has scopes",
            ));
        }
    }
    Ok(())
}

/// What ends a session has to be told which one.
fn check_logout(place: &str, declared: &bundle::Operation, schemes: &[ReadyScheme]) -> Result<(), PolicyError> {
    let is_session = |requirement: &bundle::Requirement| {
        matches!(schemes[requirement.scheme], ReadyScheme::Session | ReadyScheme::Own(Own { login: true, .. }))
    };
    let names_one = match &declared.access {
        Access::Public {} => false,
        Access::AnyOf(alternatives) => alternatives.iter().all(|alternative| alternative.iter().any(is_session)),
    };
    if declared.logout && !names_one {
        return Err(PolicyError::invalid(format!("{place}/logout"), "it is called without a session"));
    }
    Ok(())
}

/// An owner is compared with one text: what holds several ids, or none as text, cannot have one.
fn check_owners(place: &str, parameters: &[bundle::Parameter]) -> Result<(), PolicyError> {
    for (index, parameter) in parameters.iter().enumerate() {
        let one = matches!(parameter.shape, Shape::Scalar(_)) && !parameter.json;
        if parameter.owner.is_some() && !one {
            let place = format!("{place}/parameters/{index}");
            return Err(PolicyError::invalid(place, "an owner needs one id, not a list or an object"));
        }
    }
    Ok(())
}

/// Declared header parameters are forwarded, so that none of them may be a field that frames, identifies or negotiates.
fn declared_headers(
    place: &str,
    parameters: &[bundle::Parameter],
    schemes: &[ReadyScheme],
) -> Result<Vec<(HeaderName, usize)>, PolicyError> {
    let mut headers: Vec<(HeaderName, usize)> = Vec::new();
    for (index, parameter) in parameters.iter().enumerate() {
        if parameter.place != Place::Header {
            continue;
        }
        let name = HeaderName::new(&parameter.name);
        let reserved = name.known.class() != Class::Content
            || matches!(
                name.known,
                KnownHeader::AcceptEncoding | KnownHeader::ContentEncoding | KnownHeader::Range | KnownHeader::IfRange
            )
            || schemes.iter().any(|scheme| matches!(scheme, ReadyScheme::Key { header, .. } if *header == name));
        if reserved || headers.iter().any(|(known, _)| known.text().eq_ignore_ascii_case(name.text())) {
            let problem = format!("the header {:?} cannot be a parameter", parameter.name);
            return Err(PolicyError::invalid(format!("{place}/parameters/{index}"), problem));
        }
        headers.push((name, index));
    }
    Ok(headers)
}

fn captures(place: &str, path: &bundle::Path, parameters: &[bundle::Parameter]) -> Result<Vec<usize>, PolicyError> {
    let mut captures = Vec::new();
    for part in path.segments.iter().flatten() {
        let Part::Parameter(name) = part else { continue };
        let declared = parameters.iter().position(|p| p.place == Place::Path && p.name == *name);
        captures.push(declared.ok_or_else(|| PolicyError::invalid(place, format!("{name:?} is not declared")))?);
    }
    Ok(captures)
}

/// For each schema, whether an owner stands anywhere below it.
fn owned_schemas(schemas: &[bundle::Schema]) -> Vec<bool> {
    let mut owned: Vec<bool> = schemas.iter().map(|schema| schema.owner.is_some()).collect();
    let below: Vec<Vec<usize>> = schemas.iter().map(children).collect();
    loop {
        let mut changed = false;
        for (index, children) in below.iter().enumerate() {
            if !owned[index] && children.iter().any(|child| owned[*child]) {
                owned[index] = true;
                changed = true;
            }
        }
        if !changed {
            return owned;
        }
    }
}

fn children(schema: &bundle::Schema) -> Vec<usize> {
    let mut list: Vec<usize> = schema.properties.iter().map(|(_, index)| *index).collect();
    list.extend(schema.pattern_properties.iter().map(|(_, index)| *index));
    list.extend(schema.dependent_schemas.iter().map(|(_, index)| *index));
    list.extend(schema.discriminator.iter().flat_map(|d| d.mapping.iter().map(|(_, index)| *index)));
    list.extend(schema.prefix_items.iter().chain(&schema.all_of).chain(&schema.any_of).chain(&schema.one_of));
    list.extend(
        [schema.additional, schema.unevaluated_properties, schema.items, schema.unevaluated_items].iter().flatten(),
    );
    list.extend([schema.contains, schema.reference, schema.consequence, schema.alternative].iter().flatten());
    list.extend([schema.condition, schema.not, schema.property_names].iter().flatten());
    list
}
