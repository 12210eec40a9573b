//! Reads a document again after its edits: it must hold what it held, plus the
//! annotations.

use serde_json::{Map, Value};

use super::{Annotations, Planned, apply, splices_of};
use crate::manifest::parsed::Parsed;

/// How often a document may be read again to find the objects whose edits do
/// not hold: often for a small one, hardly for a large one.
fn readings(document: &Parsed<'_>) -> usize {
    const BYTES: usize = 8 << 20;
    (BYTES / document.text().len().max(1)).clamp(2, 64)
}

pub(super) struct Verifier<'d> {
    document: &'d Parsed<'d>,
    readings_left: usize,
}

impl<'d> Verifier<'d> {
    pub(super) fn new(document: &'d Parsed<'d>) -> Self {
        Self {
            document,
            readings_left: readings(document),
        }
    }

    /// Tells edits that hold together from those that don't.
    pub(super) fn sort_out<'e>(
        &mut self,
        planned: Vec<Planned<'e>>,
    ) -> (Vec<Planned<'e>>, Vec<Planned<'e>>) {
        if self.holds(&planned) {
            return (planned, Vec::new());
        }
        let (mut good, mut bad) = self.halve(planned);
        // Each half holds; that both do is not said yet.
        if !self.holds(&good) {
            bad.append(&mut good);
        }
        (good, bad)
    }

    fn halve<'e>(&mut self, mut planned: Vec<Planned<'e>>) -> (Vec<Planned<'e>>, Vec<Planned<'e>>) {
        if planned.len() < 2 || self.readings_left == 0 {
            return (Vec::new(), planned);
        }
        let right = planned.split_off(planned.len() / 2);
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for half in [planned, right] {
            if self.holds(&half) {
                good.extend(half);
            } else {
                let (more_good, more_bad) = self.halve(half);
                good.extend(more_good);
                bad.extend(more_bad);
            }
        }
        (good, bad)
    }

    /// Whether the edited text reads as the document with the annotations.
    fn holds(&mut self, planned: &[Planned<'_>]) -> bool {
        let splices = splices_of(planned);
        if splices.is_empty() {
            return true;
        }
        if self.readings_left == 0 {
            return false;
        }
        self.readings_left -= 1;
        let mut expected = self.document.value().clone();
        for Planned { edit, .. } in planned {
            let (path, annotations) = edit;
            match path.value_mut(&mut expected) {
                Some(value) => annotate_value(value, annotations),
                None => return false,
            }
        }
        let edited = apply(self.document.text(), &splices);
        let notation = self.document.tree().notation;
        Parsed::read(edited.as_bytes(), notation).is_ok_and(|read| *read.value() == expected)
    }
}

/// Sets annotations on a value, as Kubernetes' accessor would.
pub(crate) fn annotate_value(object: &mut Value, annotations: &Annotations) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    let slot = metadata
        .entry("annotations")
        .or_insert_with(|| Value::Object(Map::new()));
    if slot.is_null() {
        *slot = Value::Object(Map::new());
    }
    if let Some(slot) = slot.as_object_mut() {
        for (key, value) in annotations {
            slot.insert(key.clone(), Value::String(value.clone()));
        }
    }
}
