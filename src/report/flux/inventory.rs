//! What of a Flux object's inventory is a Glint entity.

use super::Object;
use crate::catalog::{Dialect, EntityKind};

/// How many entities it holds; nothing where there is no inventory, so that nobody
/// knows.
pub(super) fn entities(object: Object<'_>, dialect: Dialect) -> Option<usize> {
    object.at("/status/inventory")?;
    let entries = object.list("/status/inventory/entries");
    let ids = entries.filter_map(|entry| entry.text("/id"));
    Some(ids.filter(|id| is_entity(id, dialect)).count())
}

/// `<namespace>_<name>_<group>_<kind>` (`FormatInventory` in fluxcd/cli-utils
/// pkg/object/objmetadata.go): neither group nor kind has an underscore.
fn is_entity(id: &str, dialect: Dialect) -> bool {
    let mut parts = id.rsplitn(3, '_');
    let (kind, group) = (parts.next(), parts.next());
    group == Some(dialect.group()) && EntityKind::ALL.iter().any(|it| Some(it.as_str()) == kind)
}

#[cfg(test)]
mod tests {
    use super::is_entity;
    use crate::catalog::Dialect;

    #[test]
    fn entities_are_told_by_group_and_kind() {
        let is = |id| is_entity(id, Dialect::Glint);
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
