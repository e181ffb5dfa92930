//! Names that an operation's undeclared parameters and fields must not be taken for: an upstream's framework may merge
//! path, query, form and JSON into one set of parameters, and an owner would be judged by one value and served by another.

use std::collections::HashSet;

use firstclass_body::{Shadows, overrides_method};
use firstclass_bundle::{self as bundle, FormPart, MediaKind, Parameter, Place, Schema, SchemaIndex, Shape};

use crate::query_table::{Spread, spread};

/// Made when the bundle loads; asked only about names that nobody declared.
#[derive(Debug, Default)]
pub(crate) struct Guarded {
    /// Parameters with an owner, wherever they stand.
    pub parameters: Shadows,
    /// These, and fields of the body with an owner.
    pub fields: Shadows,
    /// Query parameters that may reveal what is hidden from some.
    pub revealing: Vec<(usize, Shadows)>,
    /// For each media type of the body.
    pub media: Vec<Fields>,
    /// Some parameter or field has an owner.
    pub has_owner: bool,
}

/// The fields of a form.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    declared: HashSet<Box<str>>,
    /// It takes others, too.
    pub is_open: bool,
}

impl Guarded {
    pub(crate) fn compile(declared: &bundle::Operation, schemas: &[Schema], owned: &[bool]) -> Self {
        let is_owned = |parameter: &&Parameter| parameter.owner.is_some() || owned[parameter.schema];
        let mut names: Vec<&str> = Vec::new();
        for parameter in declared.parameters.iter().filter(is_owned) {
            names.push(&parameter.name);
            if parameter.place == Place::Query && spread(parameter) == Spread::Properties {
                names.extend(Top::of(schemas, parameter.schema).owned(owned));
            }
        }
        let parameters = Shadows::new(names.iter().copied());
        let reveals = |parameter: &Parameter| parameter.place == Place::Query && !parameter.reveals.is_empty();
        let revealing = declared.parameters.iter().enumerate().filter(|(_, parameter)| reveals(parameter));
        let revealing = revealing.map(|(index, parameter)| (index, Shadows::new([&*parameter.name]))).collect();
        let mut media = Vec::new();
        for each in declared.body.iter().flat_map(|body| &body.media) {
            media.push(match &each.kind {
                MediaKind::Json { schema } | MediaKind::Form { schema, .. } => {
                    let top = Top::of(schemas, *schema);
                    names.extend(top.owned(owned));
                    Fields::of(&each.kind, &top)
                }
                MediaKind::Multipart { parts } => {
                    let is_owned = |part: &&FormPart| part.content.schema().is_some_and(|at| owned[at]);
                    names.extend(parts.iter().filter(is_owned).map(|part| &*part.name));
                    Fields::default()
                }
                MediaKind::Opaque { .. } => Fields::default(),
            });
        }
        let has_owner = !names.is_empty() || declared.body.iter().flat_map(|body| &body.media).any(|media| {
            matches!(media.kind, MediaKind::Json { schema } | MediaKind::Form { schema, .. } if owned[schema])
        });
        Self { parameters, fields: Shadows::new(names), revealing, media, has_owner }
    }

    /// Whether a field of a form that nobody declared may be read as what an owner is judged by, or changes the method.
    pub(crate) fn forbids(&self, name: &str) -> bool {
        self.fields.has_part(name) || overrides_method(name)
    }
}

impl Fields {
    fn of(kind: &MediaKind, top: &Top<'_>) -> Self {
        let MediaKind::Form { shape: Shape::Object { properties, additional }, .. } = kind else {
            return Self::default();
        };
        let names = properties.iter().map(|(name, _)| &**name).chain(top.properties.iter().map(|(name, _)| *name));
        Self { declared: names.map(Box::from).collect(), is_open: additional.is_some() || top.is_open }
    }

    pub(crate) fn declares(&self, name: &str) -> bool {
        self.declared.contains(name)
    }
}

/// What is said about one object by a schema and all that it applies to the same value.
#[derive(Default)]
struct Top<'a> {
    properties: Vec<(&'a str, SchemaIndex)>,
    is_open: bool,
}

impl<'a> Top<'a> {
    fn of(schemas: &'a [Schema], root: SchemaIndex) -> Self {
        let mut top = Self::default();
        let mut known = HashSet::new();
        let mut open = vec![root];
        while let Some(index) = open.pop() {
            if !known.insert(index) {
                continue;
            }
            let schema = &schemas[index];
            top.properties.extend(schema.properties.iter().map(|(name, child)| (&**name, *child)));
            let more = [schema.additional, schema.unevaluated_properties].into_iter().flatten();
            top.is_open |= !schema.pattern_properties.is_empty() || more.count() > 0;
            open.extend(schema.all_of.iter().chain(&schema.any_of).chain(&schema.one_of));
            open.extend(schema.dependent_schemas.iter().map(|(_, child)| child));
            open.extend(schema.discriminator.iter().flat_map(|found| found.mapping.iter().map(|(_, child)| child)));
            let single = [schema.reference, schema.condition, schema.consequence, schema.alternative];
            open.extend(single.into_iter().flatten());
        }
        top
    }

    fn owned(&self, owned: &[bool]) -> Vec<&'a str> {
        self.properties.iter().filter(|(_, child)| owned[*child]).map(|(name, _)| *name).collect()
    }
}
