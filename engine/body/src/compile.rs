//! From the bundle's schema table to a program. What cannot be enforced exactly is refused here, not at run time.

use std::collections::HashMap;

use ahash::RandomState;
use firstclass_bundle::{Action, Pattern, Schema, SchemaIndex, Type};
use regex::bytes::{Regex, RegexBuilder};
use serde_json::value::RawValue;

use crate::duplicates::Signer;
use crate::error::CompileError;
use crate::formats::Format;
use crate::mask::Strategy;
use crate::names::{Filter, NameTable};
use crate::number::{Bound, Multiple};
use crate::program::{
    Additional, Allowed, ArrayRules, Compose, Mask, Member, Node, NumberRules, ObjectRules, Program, Selector,
    TextRules, Types, Way,
};
use crate::shadows::Shadows;
use crate::{digest, plan};

/// Bytes of compiled program that one pattern may take.
const PATTERN_SIZE: usize = 1 << 20;
const MOST_NODES: usize = u32::MAX as usize - 1;

impl Program {
    pub fn compile(schemas: &[Schema], patterns: &[Pattern], actions: &[Action]) -> Result<Program, CompileError> {
        if schemas.len() > MOST_NODES {
            return Err(CompileError::TooMany { table: "schemas", limit: MOST_NODES });
        }
        let patterns = patterns.iter().enumerate().map(pattern).collect::<Result<Vec<_>, _>>()?;
        let actions = actions
            .iter()
            .enumerate()
            .map(|(index, action)| Strategy::compile(index, action, &patterns))
            .collect::<Result<Vec<_>, _>>()?;
        let mut program = Program {
            nodes: Vec::with_capacity(schemas.len() + 1),
            patterns,
            actions,
            signer: Signer::default(),
            hasher: RandomState::new(),
            second: RandomState::new(),
            any: schemas.len(),
        };
        for (index, schema) in schemas.iter().enumerate() {
            let node = Lowering { program: &program, schemas, schema, index }.node()?;
            program.nodes.push(node);
        }
        let any = Schema::default();
        let node = Lowering { program: &program, schemas, schema: &any, index: schemas.len() }.node()?;
        program.nodes.push(node);
        plan::plan(&mut program.nodes, &program.actions, &program.signer)?;
        Ok(program)
    }
}

fn pattern((index, pattern): (usize, &Pattern)) -> Result<Regex, CompileError> {
    RegexBuilder::new(&pattern.regex)
        .size_limit(PATTERN_SIZE)
        .dfa_size_limit(PATTERN_SIZE)
        .build()
        .map_err(|error| CompileError::Pattern { index, pattern: pattern.source.clone(), reason: error.to_string() })
}

/// One schema on its way to a node.
struct Lowering<'a> {
    program: &'a Program,
    schemas: &'a [Schema],
    schema: &'a Schema,
    index: SchemaIndex,
}

impl Lowering<'_> {
    fn node(&self) -> Result<Node, CompileError> {
        let schema = self.schema;
        let compose = self.compose()?;
        let allowed = self.allowed()?;
        let general = compose.is_some() || allowed.as_ref().is_some_and(|allowed| !allowed.containers.is_empty());
        let mask = match schema.mask {
            Some(mask) => Some(Mask { category: mask.category, veil: self.veil(mask.action)? }),
            None => None,
        };
        Ok(Node {
            way: if general { Way::General } else { Way::Plain },
            types: types(schema.types.as_deref()),
            deep: false,
            silent: false,
            shades: false,
            doubtful: false,
            selects: false,
            marked: mask.is_some() || schema.dropped || schema.owner.is_some() || schema.never.is_some(),
            text: self.text()?,
            number: self.number()?,
            allowed,
            object: self.object()?,
            array: self.array()?,
            compose,
            never: schema.never.as_deref().map(never_word),
            mask,
            dropped: schema.dropped,
            owner: schema.owner.as_deref().map(Into::into),
            index: self.index,
        })
    }

    fn schema_at(&self, index: SchemaIndex) -> Result<usize, CompileError> {
        if index < self.schemas.len() { Ok(index) } else { Err(self.dangling("schemas", index)) }
    }

    fn schemas_at(&self, indices: &[SchemaIndex]) -> Result<Vec<usize>, CompileError> {
        indices.iter().map(|&index| self.schema_at(index)).collect()
    }

    fn optional(&self, index: Option<SchemaIndex>) -> Result<Option<usize>, CompileError> {
        index.map(|index| self.schema_at(index)).transpose()
    }

    fn pattern_at(&self, index: usize) -> Result<usize, CompileError> {
        if index < self.program.patterns.len() { Ok(index) } else { Err(self.dangling("patterns", index)) }
    }

    fn veil(&self, action: usize) -> Result<crate::mask::Veil, CompileError> {
        let strategy = self.program.actions.get(action).ok_or_else(|| self.dangling("actions", action))?;
        Ok(strategy.veil(action))
    }

    fn dangling(&self, table: &'static str, index: usize) -> CompileError {
        CompileError::Dangling { schema: self.index, table, index }
    }

    fn text(&self) -> Result<Option<TextRules>, CompileError> {
        let schema = self.schema;
        let format = match schema.format.as_deref() {
            None | Some("int32" | "int64" | "float" | "double") => None,
            Some(name) => Some(
                Format::named(name)
                    .ok_or_else(|| CompileError::Format { schema: self.index, format: name.to_owned() })?,
            ),
        };
        let rules = TextRules {
            min: schema.min_length.unwrap_or(0),
            max: schema.max_length.unwrap_or(u64::MAX),
            pattern: schema.pattern.map(|index| self.pattern_at(index)).transpose()?,
            format,
        };
        let idle = rules.min == 0 && rules.max == u64::MAX && rules.pattern.is_none() && rules.format.is_none();
        Ok((!idle).then_some(rules))
    }

    fn bound(&self, keyword: &'static str, text: Option<&RawValue>) -> Result<Option<Bound>, CompileError> {
        text.map(|text| Bound::new(text.get()).ok_or(CompileError::Number { schema: self.index, keyword })).transpose()
    }

    fn number(&self) -> Result<Option<Box<NumberRules>>, CompileError> {
        let schema = self.schema;
        let multiple = |text: &RawValue| {
            Multiple::new(text.get()).ok_or(CompileError::Number { schema: self.index, keyword: "multipleOf" })
        };
        let range = match schema.format.as_deref() {
            Some("int32") => Some(("-2147483648", "2147483647")),
            Some("int64") => Some(("-9223372036854775808", "9223372036854775807")),
            Some("float") => Some(("-3.4028234663852886e38", "3.4028234663852886e38")),
            _ => None,
        };
        let rules = NumberRules {
            minimum: self.bound("minimum", schema.minimum.as_deref())?,
            maximum: self.bound("maximum", schema.maximum.as_deref())?,
            exclusive_minimum: self.bound("exclusiveMinimum", schema.exclusive_minimum.as_deref())?,
            exclusive_maximum: self.bound("exclusiveMaximum", schema.exclusive_maximum.as_deref())?,
            multiple_of: schema.multiple_of.as_deref().map(multiple).transpose()?,
            range: range.and_then(|(low, high)| Some((Bound::new(low)?, Bound::new(high)?))),
            whole: matches!(schema.format.as_deref(), Some("int32" | "int64")),
        };
        let bounds = [&rules.minimum, &rules.maximum, &rules.exclusive_minimum, &rules.exclusive_maximum];
        let idle = bounds.iter().all(|bound| bound.is_none()) && rules.multiple_of.is_none() && rules.range.is_none();
        Ok((!idle).then(|| Box::new(rules)))
    }

    fn allowed(&self) -> Result<Option<Box<Allowed>>, CompileError> {
        let Some(values) = &self.schema.allowed else {
            return Ok(None);
        };
        let mut allowed = Allowed::default();
        let mut strings = Vec::new();
        for value in values {
            let text = value.get().trim_ascii();
            let refused = |reason| CompileError::Allowed { schema: self.index, reason };
            crate::read_ijson(text.as_bytes(), 256).map_err(refused)?;
            match text.as_bytes().first() {
                Some(b'n') => allowed.null = true,
                Some(b't') => allowed.yes = true,
                Some(b'f') => allowed.no = true,
                Some(b'"') => strings.push(crate::text::decode(&text.as_bytes()[1..text.len() - 1]).into()),
                Some(b'{' | b'[') => {
                    allowed.containers.push(digest::of_text(self.program, text.as_bytes()).map_err(refused)?)
                }
                _ => allowed
                    .numbers
                    .push(Bound::new(text).ok_or(CompileError::Number { schema: self.index, keyword: "enum" })?),
            }
        }
        strings.sort();
        strings.dedup();
        allowed.strings = NameTable::new(strings);
        Ok(Some(Box::new(allowed)))
    }

    fn additional(&self, index: Option<SchemaIndex>) -> Result<Additional, CompileError> {
        Ok(match self.optional(index)? {
            None => Additional::Closed,
            Some(node) if self.schemas[node].never.is_some() => Additional::Forbidden,
            Some(node) => Additional::Schema(node),
        })
    }

    fn object(&self) -> Result<ObjectRules, CompileError> {
        let schema = self.schema;
        let mut places: HashMap<&str, usize> = HashMap::new();
        let (mut names, mut members) = (Vec::new(), Vec::new());
        let mut place = |name, node| {
            *places.entry(name).or_insert_with(|| {
                names.push(name.as_bytes().into());
                members.push(Member { node });
                members.len() - 1
            })
        };
        for (name, index) in &schema.properties {
            place(name.as_str(), Some(self.schema_at(*index)?));
        }
        let mut required: Vec<usize> = schema.required.iter().map(|name| place(name.as_str(), None)).collect();
        required.sort_unstable();
        required.dedup();
        let additional = match schema.additional {
            None if !applies_in_place(schema) => self.additional(schema.unevaluated_properties)?,
            index => self.additional(index)?,
        };
        Ok(ObjectRules {
            names: NameTable::new(names),
            members,
            hot: Vec::new(),
            required,
            required_first: 0,
            filter: Filter::default(),
            owned: Shadows::default(),
            additional,
            min: schema.min_properties.unwrap_or(0),
            max: schema.max_properties.unwrap_or(u64::MAX),
        })
    }

    fn array(&self) -> Result<ArrayRules, CompileError> {
        let schema = self.schema;
        let items = match schema.items {
            None if !applies_in_place(schema) && schema.contains.is_none() => schema.unevaluated_items,
            items => items,
        };
        Ok(ArrayRules {
            prefix: self.schemas_at(&schema.prefix_items)?,
            items: self.optional(items)?,
            min: schema.min_items.unwrap_or(0),
            max: schema.max_items.unwrap_or(u64::MAX),
        })
    }

    fn compose(&self) -> Result<Option<Box<Compose>>, CompileError> {
        let schema = self.schema;
        if !looks_beyond(schema) {
            return Ok(None);
        }
        let patterns = schema.pattern_properties.iter();
        let patterns = patterns
            .map(|&(pattern, index)| Ok((self.pattern_at(pattern)?, self.schema_at(index)?)))
            .collect::<Result<_, CompileError>>()?;
        let dependent = schema.dependent_schemas.iter();
        let dependent_schemas = dependent
            .map(|(name, index)| Ok((name.as_bytes().into(), self.schema_at(*index)?)))
            .collect::<Result<_, CompileError>>()?;
        let bytes = |name: &String| -> Box<[u8]> { name.as_bytes().into() };
        let mut all: Vec<usize> = self.optional(schema.reference)?.into_iter().collect();
        all.extend(self.schemas_at(&schema.all_of)?);
        Ok(Some(Box::new(Compose {
            patterns,
            property_names: self.optional(schema.property_names)?,
            dependent_required: schema
                .dependent_required
                .iter()
                .map(|(name, others)| (bytes(name), others.iter().map(bytes).collect()))
                .collect(),
            dependent_schemas,
            unevaluated_properties: match schema.additional {
                None if applies_in_place(schema) => self.additional(schema.unevaluated_properties)?,
                _ => Additional::Closed,
            },
            unevaluated_items: self.optional(schema.unevaluated_items)?,
            contains: self.optional(schema.contains)?,
            min_contains: schema.min_contains.unwrap_or(1),
            max_contains: schema.max_contains.unwrap_or(u64::MAX),
            unique: schema.unique_items,
            all,
            any: self.schemas_at(&schema.any_of)?,
            one: self.schemas_at(&schema.one_of)?,
            not: self.optional(schema.not)?,
            condition: self.optional(schema.condition)?,
            consequence: self.optional(schema.consequence)?,
            alternative: self.optional(schema.alternative)?,
            selector: self.selector()?,
        })))
    }

    fn selector(&self) -> Result<Option<Selector>, CompileError> {
        let Some(discriminator) = &self.schema.discriminator else {
            return Ok(None);
        };
        let mapping = discriminator.mapping.iter();
        let mapping = mapping
            .map(|(value, index)| Ok((value.as_bytes().into(), self.schema_at(*index)?)))
            .collect::<Result<_, CompileError>>()?;
        Ok(Some(Selector { property: discriminator.property.as_bytes().into(), mapping }))
    }
}

fn types(types: Option<&[Type]>) -> Types {
    let Some(types) = types else {
        return Types::ALL;
    };
    Types(types.iter().fold(0, |bits, of| {
        bits | match of {
            Type::Null => Types::NULL,
            Type::Boolean => Types::BOOLEAN,
            Type::Integer => Types::INTEGER,
            Type::Number => Types::INTEGER | Types::FRACTION,
            Type::String => Types::STRING,
            Type::Array => Types::ARRAY,
            Type::Object => Types::OBJECT,
        }
    }))
}

/// Violations carry words of the program's, not of the bundle's.
fn never_word(word: &str) -> &'static str {
    match word {
        "readOnly" => "readOnly",
        "writeOnly" => "writeOnly",
        _ => "false",
    }
}

/// Whether other nodes apply to the same value.
fn applies_in_place(schema: &Schema) -> bool {
    schema.reference.is_some()
        || !schema.all_of.is_empty()
        || !schema.any_of.is_empty()
        || !schema.one_of.is_empty()
        || schema.not.is_some()
        || schema.condition.is_some()
        || schema.discriminator.is_some()
        || !schema.dependent_schemas.is_empty()
}

fn looks_beyond(schema: &Schema) -> bool {
    applies_in_place(schema)
        || !schema.pattern_properties.is_empty()
        || schema.property_names.is_some()
        || !schema.dependent_required.is_empty()
        || schema.contains.is_some()
        || schema.unique_items
}
