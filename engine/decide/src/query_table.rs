//! Which declared query parameter a name in a query belongs to, for each style.

use firstclass_bundle::{Parameter, Place, Shape, Style};

/// How a parameter's value is spread over a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// One pair holds all.
    Single,
    /// Each pair holds an item: `id=1&id=2`.
    Items,
    /// Each pair is a property: `role=admin&first=Alex`.
    Properties,
    /// `id[role]=admin&id[first]=Alex`
    Deep,
}

/// The names that an operation's query may hold.
#[derive(Debug, Default)]
pub(crate) struct QueryTable {
    /// Parameters in a query, by index among all, with their spread.
    pub parameters: Vec<(usize, Spread)>,
    names: Vec<(Box<str>, usize)>,
    prefixes: Vec<(Box<str>, usize)>,
    /// The exploded object that takes any other name.
    pub rest: Option<usize>,
}

impl QueryTable {
    pub(crate) fn compile(parameters: &[Parameter]) -> Self {
        let mut table = Self::default();
        for (index, parameter) in parameters.iter().enumerate() {
            if parameter.place != Place::Query {
                continue;
            }
            let spread = spread(parameter);
            table.parameters.push((index, spread));
            match (spread, &parameter.shape) {
                (Spread::Properties, Shape::Object { properties, additional }) => {
                    table.names.extend(properties.iter().map(|(name, _)| (Box::from(&**name), index)));
                    if additional.is_some() && table.rest.is_none() {
                        table.rest = Some(index);
                    }
                }
                (Spread::Deep, _) => table.prefixes.push((format!("{}[", parameter.name).into(), index)),
                _ => table.names.push((Box::from(&*parameter.name), index)),
            }
        }
        table
    }

    /// The parameter that this (decoded) name belongs to.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.find_named(name).or(self.rest)
    }

    /// The same, if the contract has the name.
    pub(crate) fn find_named(&self, name: &str) -> Option<usize> {
        let named = self.names.iter().find(|(known, _)| **known == *name);
        let named = named.or_else(|| self.prefixes.iter().find(|(prefix, _)| name.starts_with(&**prefix)));
        named.map(|(_, index)| *index)
    }
}

pub(crate) fn spread(parameter: &Parameter) -> Spread {
    match (&parameter.shape, parameter.style) {
        _ if parameter.json => Spread::Single,
        (Shape::Object { .. }, Style::DeepObject) => Spread::Deep,
        (Shape::Object { .. }, _) if parameter.explode => Spread::Properties,
        (Shape::Array(_), _) if parameter.explode => Spread::Items,
        _ => Spread::Single,
    }
}
