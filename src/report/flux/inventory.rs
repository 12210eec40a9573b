//! What of a Flux object's inventory is a Glint entity.

use std::collections::BTreeSet;

use super::Object;
use crate::catalog::Dialect;
use crate::report::ObjectKey;

/// The entities that it holds.
pub(super) fn declared(object: Object<'_>, dialect: Dialect) -> BTreeSet<ObjectKey> {
    let entries = object.list("/status/inventory/entries");
    let ids = entries.filter_map(|entry| entry.text("/id"));
    ids.filter_map(|id| key(id, dialect)).collect()
}

/// How many entities it holds; nothing where there is no inventory, so that nobody
/// knows.
pub(super) fn entities(object: Object<'_>, dialect: Dialect) -> Option<usize> {
    object.at("/status/inventory")?;
    let entries = object.list("/status/inventory/entries");
    let ids = entries.filter_map(|entry| entry.text("/id"));
    Some(ids.filter(|id| key(id, dialect).is_some()).count())
}

/// `<namespace>_<name>_<group>_<kind>` (`FormatInventory` in fluxcd/cli-utils
/// pkg/object/objmetadata.go): neither group nor kind has an underscore.
fn key(id: &str, dialect: Dialect) -> Option<ObjectKey> {
    let mut parts = id.rsplitn(3, '_');
    let (kind, group) = (parts.next()?, parts.next()?);
    ObjectKey::of((group, kind), parts.next()?.split_once('_')?, dialect)
}

#[cfg(test)]
mod tests {
    use super::key;
    use crate::catalog::Dialect;

    #[test]
    fn entities_are_told_by_group_and_kind() {
        let is = |id| key(id, Dialect::Glint).is_some();
        assert!(is("default_pay_glint.io_Entity"));
        assert!(is("_pay_glint.io_ClusterEntity"));
        assert!(!is(
            "_entities.glint.io_apiextensions.k8s.io_CustomResourceDefinition"
        ));
        assert!(!is("default_cm__ConfigMap"));
        assert!(!is("default_pay_getport.io_Entity"));
        assert!(!is("Entity"));
    }
}
