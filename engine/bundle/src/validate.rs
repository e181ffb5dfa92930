//! Checks of a parsed bundle: every index points somewhere, every combination means something. Deny is the default:
//! what is not provably sound refuses the bundle.

use crate::document::{BundleError, Document};
use crate::operation::{Access, Media, MediaKind, Operation, Part, Place, Requirement, Scheme, Shape, Style};
use crate::schema::{Action, Schema};

type Checked = Result<(), BundleError>;

fn invalid(place: impl Into<String>, problem: impl Into<String>) -> BundleError {
    BundleError::Invalid { place: place.into(), problem: problem.into() }
}

fn within(place: &str, kind: &str, index: usize, length: usize) -> Checked {
    if index < length { Ok(()) } else { Err(invalid(place, format!("{kind} {index} does not exist"))) }
}

/// Check a whole document.
pub(crate) fn document(d: &Document) -> Checked {
    if d.categories.len() > 64 {
        return Err(invalid("categories", "more than 64"));
    }
    base_path("api/base_path", &d.api.base_path)?;
    base_path("api/upstream_path", &d.api.upstream_path)?;
    for (i, action) in d.actions.iter().enumerate() {
        if let Action::Regex { pattern, .. } = action {
            within(&format!("actions/{i}"), "pattern", *pattern, d.patterns.len())?;
        }
    }
    for (i, node) in d.schemas.iter().enumerate() {
        schema(d, &format!("schemas/{i}"), node)?;
    }
    for (i, path) in d.paths.iter().enumerate() {
        let place = format!("paths/{i}");
        for other in &path.crosses {
            within(&place, "path", *other, d.paths.len())?;
        }
        for (method, index) in &path.operations {
            within(&place, "operation", *index, d.operations.len())?;
            let operation = &d.operations[*index];
            if operation.path != i || operation.method != *method {
                return Err(invalid(&place, format!("operation {index} belongs elsewhere")));
            }
        }
    }
    for (i, operation) in d.operations.iter().enumerate() {
        self::operation(d, &format!("operations/{i}"), operation)?;
    }
    Ok(())
}

fn base_path(place: &str, path: &str) -> Checked {
    if path.is_empty() || (path.starts_with('/') && !path.ends_with('/') && !path.contains(['?', '#', '%', '\\', ';']))
    {
        Ok(())
    } else {
        Err(invalid(place, "must be empty, or start with a slash and not end with one"))
    }
}

fn schema(d: &Document, place: &str, s: &Schema) -> Checked {
    let length = d.schemas.len();
    let single = [
        s.additional,
        s.unevaluated_properties,
        s.property_names,
        s.items,
        s.unevaluated_items,
        s.contains,
        s.reference,
        s.not,
        s.condition,
        s.consequence,
        s.alternative,
    ];
    let nested = s.properties.iter().map(|(_, i)| i);
    let nested = nested.chain(s.pattern_properties.iter().map(|(_, i)| i));
    let nested = nested.chain(s.dependent_schemas.iter().map(|(_, i)| i));
    let nested = nested.chain(s.discriminator.iter().flat_map(|x| x.mapping.iter().map(|(_, i)| i)));
    let nested = nested.chain(&s.prefix_items).chain(&s.all_of).chain(&s.any_of).chain(&s.one_of);
    for index in single.iter().flatten().chain(nested) {
        within(place, "schema", *index, length)?;
    }
    for pattern in s.pattern.iter().chain(s.pattern_properties.iter().map(|(p, _)| p)) {
        within(place, "pattern", *pattern, d.patterns.len())?;
    }
    if let Some(mask) = s.mask {
        within(place, "category", mask.category, d.categories.len())?;
        within(place, "action", mask.action, d.actions.len())?;
    }
    Ok(())
}

fn shape(place: &str, s: &Shape, depth: usize) -> Checked {
    if depth > 8 {
        return Err(invalid(place, "shape is nested too deeply"));
    }
    match s {
        Shape::Scalar(_) | Shape::Array(_) => Ok(()),
        Shape::Object { properties, additional } => {
            let parts = properties.iter().map(|(_, s)| s).chain(additional);
            parts.into_iter().try_for_each(|part| shape(place, part, depth + 1))
        }
    }
}

fn operation(d: &Document, place: &str, o: &Operation) -> Checked {
    within(place, "path", o.path, d.paths.len())?;
    let path = &d.paths[o.path];
    if !path.operations.iter().any(|(method, index)| *method == o.method && d.operations[*index].id == o.id) {
        return Err(invalid(place, "its path does not list it"));
    }
    if let Access::AnyOf(alternatives) = &o.access {
        for requirement in alternatives.iter().flatten() {
            within(place, "scheme", requirement.scheme, d.schemes.len())?;
        }
        let mut asked = alternatives.iter().flatten().peekable();
        let asks_nothing = asked.peek().is_none();
        let is_own = |asked: &Requirement| matches!(d.schemes[asked.scheme], Scheme::Own { .. });
        if asks_nothing || alternatives.iter().any(Vec::is_empty) && !asked.all(is_own) {
            return Err(invalid(place, "an empty list of requirements; public is said by `public`"));
        }
    }
    for (i, p) in o.parameters.iter().enumerate() {
        let place = format!("{place}/parameters/{i}");
        within(&place, "schema", p.schema, d.schemas.len())?;
        shape(&place, &p.shape, 0)?;
        if p.alone.is_some() && !matches!((&p.shape, &p.alone), (Shape::Array(_), Some(Shape::Scalar(_)))) {
            return Err(invalid(&place, "only a list may be a scalar as well"));
        }
        for category in p.reveals.iter().flat_map(|reveal| &reveal.categories) {
            within(&place, "category", *category, d.categories.len())?;
        }
        let fits = match p.place {
            Place::Path => matches!(p.style, Style::Simple | Style::Label | Style::Matrix),
            Place::Query => {
                matches!(p.style, Style::Form | Style::SpaceDelimited | Style::PipeDelimited | Style::DeepObject)
            }
            Place::Header => p.style == Style::Simple,
            Place::Cookie => p.style == Style::Form,
        };
        if !fits {
            return Err(invalid(&place, "the style does not belong to this place"));
        }
        if p.place == Place::Path
            && !path.segments.iter().flatten().any(|x| matches!(x, Part::Parameter(n) if *n == p.name))
        {
            return Err(invalid(&place, "no such expression in the path"));
        }
    }
    for part in path.segments.iter().flatten() {
        if let Part::Parameter(name) = part
            && !o.parameters.iter().any(|p| p.place == Place::Path && p.name == *name)
        {
            return Err(invalid(place, format!("path parameter {name:?} is not declared")));
        }
    }
    if let Some(body) = &o.body {
        media(d, &format!("{place}/body"), &body.media)?;
        for patched in &body.patched {
            within(&format!("{place}/body"), "schema", patched.schema, d.schemas.len())?;
        }
        if body.media.is_empty() {
            return Err(invalid(place, "a body without a media type"));
        }
    }
    for (i, response) in o.responses.iter().enumerate() {
        let place = format!("{place}/responses/{i}");
        media(d, &place, &response.media)?;
        for header in &response.headers {
            within(&place, "schema", header.schema, d.schemas.len())?;
            shape(&place, &header.shape, 0)?;
        }
    }
    if o.login.as_ref().is_some_and(|login| !login.is_sound()) {
        return Err(invalid(place, "the lifetimes of its sessions are no lifetimes"));
    }
    for rate in &o.rates {
        if rate.count == 0 || rate.period_seconds == 0 || rate.by.is_empty() {
            return Err(invalid(place, "a rate of nothing"));
        }
    }
    Ok(())
}

fn media(d: &Document, place: &str, list: &[Media]) -> Checked {
    for media in list {
        match &media.kind {
            MediaKind::Json { schema } => within(place, "schema", *schema, d.schemas.len())?,
            MediaKind::Form { schema, shape: s } => {
                within(place, "schema", *schema, d.schemas.len())?;
                if !matches!(s, Shape::Object { .. }) {
                    return Err(invalid(place, "a form is an object"));
                }
                shape(place, s, 0)?;
            }
            MediaKind::Multipart { parts } => {
                for part in parts {
                    part.content.schema().map_or(Ok(()), |schema| within(place, "schema", schema, d.schemas.len()))?;
                }
                let names: std::collections::HashSet<&str> = parts.iter().map(|part| part.name.as_str()).collect();
                if names.len() != parts.len() {
                    return Err(invalid(place, "two parts of one name"));
                }
            }
            MediaKind::Opaque { .. } => {}
        }
    }
    Ok(())
}
