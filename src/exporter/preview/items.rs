//! The items that stand for an object (`itemsToParse`).

use std::rc::Rc;

use crate::exporter::jq::Value;

use super::compile::{Compiled, Failure};
use super::evaluate::Run;

impl Run<'_> {
    /// What the mappings see: the object, or the object with each of its items,
    /// by the item's index. Empty, with a fault noted, where the items can't be
    /// had.
    pub(super) fn inputs(
        &mut self,
        block: &Compiled,
        object: &Value,
    ) -> Vec<(Option<usize>, Value)> {
        let Some(expression) = &block.items else {
            return vec![(None, object.clone())];
        };
        let Some(items) = self.value(expression, object) else {
            return Vec::new();
        };
        let Some(items) = items.as_array() else {
            self.wrong_type(expression, "a list", &items);
            return Vec::new();
        };
        let inputs: Option<Vec<_>> = items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let input = with_item(object, &block.item_name, item.clone())?;
                Some((Some(index), input))
            })
            .collect();
        inputs.unwrap_or_else(|| {
            self.note(
                expression,
                Failure::dropped("needs an object that is a map"),
            );
            Vec::new()
        })
    }
}

/// The object with the item in a field of its own, over whatever stands there;
/// none where the object is no map. The list that the item is from stays.
pub(crate) fn with_item(object: &Value, name: &str, item: Value) -> Option<Value> {
    let Value::Object(fields) = object else {
        return None;
    };
    let mut fields = (**fields).clone();
    fields.insert(name.into(), item);
    Some(Value::Object(Rc::new(fields)))
}
