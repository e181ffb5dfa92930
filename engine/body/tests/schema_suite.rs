//! The JSON Schema Test Suite (draft 2020-12) over nodes that a small lowering makes, where it can: no remote
//! references, no anchors, no dynamic ones. The product's compiler runs all of it through a whole engine.

mod support;

use std::collections::HashMap;

use firstclass_body::{Direction, Options, Verdict};
use serde_json::{Map, Value, json};

/// Makes nodes of a schema document; None where it uses what this lowering does not know.
struct Lowering<'a> {
    document: &'a Value,
    nodes: Vec<Value>,
    places: HashMap<String, usize>,
    patterns: Vec<String>,
}

impl Lowering<'_> {
    fn at(&mut self, pointer: &str) -> Option<usize> {
        if let Some(&known) = self.places.get(pointer) {
            return Some(known);
        }
        let schema = self.document.pointer(pointer)?.clone();
        let index = self.nodes.len();
        self.nodes.push(Value::Null);
        self.places.insert(pointer.to_owned(), index);
        self.nodes[index] = match schema {
            Value::Bool(true) => json!({}),
            Value::Bool(false) => json!({"never": "false"}),
            Value::Object(schema) => self.node(pointer, &schema)?,
            _ => return None,
        };
        Some(index)
    }

    fn below(&mut self, pointer: &str, key: &str) -> Option<usize> {
        self.at(&format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")))
    }

    fn node(&mut self, pointer: &str, schema: &Map<String, Value>) -> Option<Value> {
        let mut node = Map::new();
        for (keyword, value) in schema {
            let renamed = rename(keyword);
            let here = format!("{pointer}/{keyword}");
            let lowered = match keyword.as_str() {
                "$schema" | "$comment" | "$defs" | "title" | "description" | "default" | "format" | "examples" => {
                    continue;
                }
                "contentMediaType" | "contentEncoding" | "contentSchema" | "deprecated" | "readOnly" | "writeOnly" => {
                    continue;
                }
                "type" => {
                    if value.is_string() {
                        json!([value])
                    } else {
                        value.clone()
                    }
                }
                "const" => json!([value]),
                "enum" | "required" | "uniqueItems" | "minimum" | "maximum" | "exclusiveMinimum"
                | "exclusiveMaximum" | "multipleOf" => value.clone(),
                "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
                | "minContains" | "maxContains" => {
                    json!(value.as_f64()? as u64)
                }
                "pattern" => json!(self.pattern(value.as_str()?)?),
                "dependentRequired" => {
                    Value::Array(value.as_object()?.iter().map(|(name, others)| json!([name, others])).collect())
                }
                "properties" | "dependentSchemas" | "patternProperties" => {
                    let mut list = Vec::new();
                    for name in value.as_object()?.keys() {
                        let index = self.below(&here, name)?;
                        list.push(if keyword == "patternProperties" {
                            json!([self.pattern(name)?, index])
                        } else {
                            json!([name, index])
                        });
                    }
                    Value::Array(list)
                }
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                    let count = value.as_array()?.len();
                    json!((0..count).map(|at| self.below(&here, &at.to_string())).collect::<Option<Vec<_>>>()?)
                }
                "additionalProperties"
                | "unevaluatedProperties"
                | "propertyNames"
                | "items"
                | "unevaluatedItems"
                | "contains"
                | "not"
                | "if"
                | "then"
                | "else" => json!(self.at(&here)?),
                "$ref" => json!(self.at(&local(value.as_str()?)?)?),
                _ => return None,
            };
            node.insert(renamed, lowered);
        }
        Some(Value::Object(node))
    }

    fn pattern(&mut self, text: &str) -> Option<usize> {
        regex::Regex::new(text).ok()?;
        self.patterns.push(text.to_owned());
        Some(self.patterns.len() - 1)
    }
}

fn rename(keyword: &str) -> String {
    match keyword {
        "type" => return "types".to_owned(),
        "const" => return "enum".to_owned(),
        "additionalProperties" => return "additional".to_owned(),
        "$ref" => return "reference".to_owned(),
        _ => {}
    }
    keyword
        .chars()
        .flat_map(
            |letter| {
                if letter.is_ascii_uppercase() { vec!['_', letter.to_ascii_lowercase()] } else { vec![letter] }
            },
        )
        .collect()
}

/// A JSON pointer into the same document.
fn local(reference: &str) -> Option<String> {
    let pointer = reference.strip_prefix('#')?;
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return None;
    }
    Some(pointer.replace("%25", "%").replace("%22", "\""))
}

fn uses_identifiers(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            map.keys()
                .any(|key| ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary"].contains(&key.as_str()))
                || map.values().any(uses_identifiers)
        }
        Value::Array(list) => list.iter().any(uses_identifiers),
        _ => false,
    }
}

#[test]
fn the_suite_agrees_in_strict_answers_and_in_requests() {
    let Some(folder) = support::test_data("json-schema/draft2020-12") else {
        return;
    };
    let (mut ran, mut skipped, mut wrong) = (0, 0, Vec::new());
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    for file in files {
        let groups: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for group in groups {
            let schema = &group["schema"];
            let mut lowering =
                Lowering { document: schema, nodes: Vec::new(), places: HashMap::new(), patterns: Vec::new() };
            if uses_identifiers(schema) || lowering.at("").is_none() {
                skipped += 1;
                continue;
            }
            let patterns: Vec<&str> = lowering.patterns.iter().map(String::as_str).collect();
            let program = support::program(&serde_json::to_string(&lowering.nodes).unwrap(), &patterns, "[]");
            for test in group["tests"].as_array().unwrap() {
                ran += 1;
                let expected = test["valid"].as_bool().unwrap();
                let body = test["data"].to_string();
                let strict = support::check(
                    &program,
                    body.as_bytes(),
                    &Options { strict: true, ..Options::new(Direction::Response) },
                );
                let request = support::request(&program, &body);
                let passes = !matches!(strict.verdict, Verdict::Refused(_));
                // In an answer an unnamed member is left out instead; what is left must be what a request may say.
                let trimmed = !expected
                    && strict.verdict == Verdict::Rewritten
                    && request.violations.iter().any(|line| line.ends_with(" undeclared"));
                let taken = request.verdict == Verdict::Unchanged;
                let only_undeclared = !taken && request.violations.iter().all(|line| line.ends_with(" undeclared"));
                if (passes != expected && !trimmed) || (expected && !taken && !only_undeclared) || (!expected && taken)
                {
                    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                    wrong.push(format!(
                        "{name}: {} / {}: {body} expected {expected}, strict {strict:?}, request {request:?}",
                        group["description"], test["description"]
                    ));
                }
            }
        }
    }
    println!("{ran} tests, {skipped} schemas skipped");
    assert!(ran > 900, "{ran}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
