//! What is known of masks when a bundle loads: which categories a body could bring back, and so which bodies must be
//! read whatever the mode.

use firstclass_bundle::{Action, Schema};

use crate::policy::{Operation, children};

/// For each schema, the categories that stand masked anywhere below it; what is removed cannot come back.
pub(crate) fn masked_schemas(schemas: &[Schema], actions: &[Action]) -> Vec<u64> {
    let own = |schema: &Schema| match schema.mask {
        Some(mask) if !matches!(actions.get(mask.action), Some(Action::Remove {})) => 1 << mask.category,
        _ => 0,
    };
    let mut masked: Vec<u64> = schemas.iter().map(own).collect();
    let mut above: Vec<Vec<usize>> = vec![Vec::new(); schemas.len()];
    if masked.iter().any(|bits| *bits != 0) {
        for (index, schema) in schemas.iter().enumerate() {
            children(schema).into_iter().chain(schema.condition).for_each(|child| above[child].push(index));
        }
    }
    let mut waiting: Vec<usize> = (0..schemas.len()).filter(|index| masked[*index] != 0).collect();
    while let Some(index) = waiting.pop() {
        for &parent in &above[index] {
            let bits = masked[parent] | masked[index];
            if bits != std::mem::replace(&mut masked[parent], bits) {
                waiting.push(parent);
            }
        }
    }
    masked
}

impl Operation {
    /// Whether a body of this media type could bring back what is masked for this caller: then it must be read.
    pub(crate) fn guards(&self, media: usize, unmask: u64) -> bool {
        self.writes && self.masked_media.get(media).is_some_and(|bits| bits & !unmask != 0)
    }

    /// Whether a body of any of its media types could.
    pub(crate) fn guards_any(&self, unmask: u64) -> bool {
        (0..self.masked_media.len()).any(|media| self.guards(media, unmask))
    }
}

#[cfg(test)]
mod tests {
    use super::masked_schemas;

    #[test]
    fn masks_are_known_above_them_through_recursion_and_removal_is_none() {
        let schemas = r#"[
            {"properties": [["self", 0], ["phone", 1], ["gone", 2]]},
            {"mask": {"category": 3, "action": 1}},
            {"mask": {"category": 4, "action": 0}},
            {"items": 0, "if": 5},
            {},
            {"mask": {"category": 0, "action": 1}}]"#;
        let schemas: Vec<_> = serde_json::from_str(schemas).expect("schemas");
        let actions: Vec<_> =
            serde_json::from_str(r#"[{"strategy": "remove"}, {"strategy": "full"}]"#).expect("actions");
        assert_eq!(masked_schemas(&schemas, &actions), [8, 8, 0, 9, 0, 1]);
    }
}
