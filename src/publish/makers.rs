//! What decides about identities in a config: one maker for each mapping of each
//! block, and one for the CRDs that it discovers.
//!
//! Invariant: two makers are the same only if they make the same identities of the
//! same objects, as long as none of their expressions fails.

use crate::exporter::{Block, Config, DecodedMapping, Query, Variables, key_expressions};
use crate::exporter::{is_as_generated, variables_read};

/// What makes entities.
#[derive(Clone, Debug)]
pub(super) struct Maker<'c> {
    /// The block's index in its config; none for the discovery of CRDs.
    pub(super) block: Option<usize>,
    keys: Keys<'c>,
}

/// All that identities hang on.
#[derive(Clone, Debug, PartialEq)]
enum Keys<'c> {
    Mapping {
        kind: String,
        selector: &'c str,
        items: &'c str,
        item_name: &'c str,
        identifier: &'c Query,
        blueprint: &'c str,
        /// Which variables jq sees, where any of these expressions reads one.
        sees: Option<&'c Variables>,
        is_ours: bool,
    },
    /// `crdsToDiscover`: entities of blueprints that are called as the CRDs.
    Discovery(&'c str),
}

/// The makers of a config, in the order of its blocks.
pub(super) fn makers<'c>(config: &'c Config, discovers: &'c str) -> Vec<Maker<'c>> {
    let blocks = config.blocks.iter().enumerate();
    let mappings = blocks.flat_map(|(index, block)| {
        let mappings = block.mappings.iter();
        mappings.map(move |mapping| Maker {
            block: Some(index),
            keys: keys(block, mapping, &config.variables),
        })
    });
    let discovery = (!discovers.is_empty()).then_some(Maker {
        block: None,
        keys: Keys::Discovery(discovers),
    });
    mappings.chain(discovery).collect()
}

fn keys<'c>(block: &'c Block, mapping: &'c DecodedMapping, variables: &'c Variables) -> Keys<'c> {
    let reads = key_expressions(block, mapping);
    let reads = reads
        .into_iter()
        .any(|it| !variables_read(it).is_empty() || reads_all(it));
    Keys::Mapping {
        kind: lower_resource(&block.kind),
        selector: &block.selector,
        items: &block.items_to_parse,
        item_name: block.item_name(),
        identifier: &mapping.identifier,
        blueprint: &mapping.blueprint,
        sees: reads.then_some(variables),
        is_ours: is_as_generated(block, mapping),
    }
}

/// Whether an expression may read variables without naming one: `env | keys`.
fn reads_all(expression: &str) -> bool {
    expression.contains("env") || expression.contains("$ENV")
}

/// The resource is found in any case; group and version only as they are.
fn lower_resource(kind: &str) -> String {
    match kind.rsplit_once('/') {
        Some((version, resource)) => format!("{version}/{}", resource.to_lowercase()),
        None => kind.to_lowercase(),
    }
}

impl Maker<'_> {
    /// Whether the other makes the same identities.
    pub(super) fn makes_the_same(&self, other: &Maker<'_>) -> bool {
        self.keys == other.keys
    }

    /// Whether it stands as this program writes it, so that an object can stand for the one in the
    /// cluster.
    pub(super) fn is_ours(&self) -> bool {
        match &self.keys {
            Keys::Mapping { is_ours, .. } => *is_ours,
            Keys::Discovery(_) => false,
        }
    }

    /// The kind of its objects; none for the discovery of CRDs.
    pub(super) fn kind(&self) -> Option<&str> {
        match &self.keys {
            Keys::Mapping { kind, .. } => Some(kind),
            Keys::Discovery(_) => None,
        }
    }

    /// Whether it may have made an entity of this blueprint.
    pub(super) fn may_make(&self, blueprint: &str) -> bool {
        match &self.keys {
            Keys::Mapping {
                blueprint: query, ..
            } => literal(query).is_none_or(|it| it == blueprint),
            Keys::Discovery(_) => true,
        }
    }
}

/// The text that an expression yields whatever the object is, its quotes trimmed as
/// the exporter does it; none where it is computed.
fn literal(expression: &str) -> Option<String> {
    let text: String = serde_json::from_str(expression.trim()).ok()?;
    // `"\(.kind)"` is no JSON; what is JSON has no interpolation.
    Some(text.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::makers;
    use crate::catalog::Dialect;
    use crate::exporter::Config;

    fn config(block: Value) -> Config {
        Config::decode(json!({"resources": [block]}), Dialect::Port).unwrap()
    }

    fn pods(identifier: &str, blueprint: &str, property: &str) -> Value {
        json!({"kind": "v1/pods", "selector": {"query": "true"}, "port": {"entity": {"mappings": [
            {"identifier": identifier, "blueprint": blueprint, "properties": {"p": property}}]}}})
    }

    #[track_caller]
    fn check_same(left: Value, right: Value, expected: bool) {
        let (left, right) = (config(left), config(right));
        let (left, right) = (makers(&left, ""), makers(&right, ""));
        assert_eq!(left[0].makes_the_same(&right[0]), expected);
    }

    #[test]
    fn what_decides_about_fields_alone_makes_no_other_identities() {
        let old = pods(".metadata.name", "\"pod\"", ".a");
        check_same(old.clone(), pods(".metadata.name", "\"pod\"", ".b"), true);
        check_same(old.clone(), pods(".metadata.uid", "\"pod\"", ".a"), false);
        check_same(old.clone(), pods(".metadata.name", "\"Pod\"", ".a"), false);
        let mut other = old.clone();
        other["kind"] = json!("v1/Pods");
        check_same(old.clone(), other.clone(), true);
        other["selector"]["query"] = json!(".a");
        check_same(old, other, false);
    }

    #[test]
    fn identities_that_read_variables_hang_on_which_are_shown() {
        #[track_caller]
        fn check(identifier: &str, expected: bool) {
            let block = pods(identifier, "\"pod\"", ".a");
            let open = json!({"resources": [block], "allowAllEnvironmentVariablesInJQ": true});
            let open = Config::decode(open, Dialect::Port).unwrap();
            let closed = config(block);
            let same = makers(&open, "")[0].makes_the_same(&makers(&closed, "")[0]);
            assert_eq!(same, expected);
        }
        check(".metadata.name", true);
        check(".metadata.name + env.REGION", false);
        check(".metadata.name + (env | .REGION)", false);
    }

    #[test]
    fn a_maker_makes_its_literal_or_anything() {
        #[track_caller]
        fn check(blueprint: &str, of: &str, expected: bool) {
            let config = config(pods(".metadata.name", blueprint, ".a"));
            assert_eq!(makers(&config, "")[0].may_make(of), expected);
        }
        check("\"pod\"", "pod", true);
        check(" \"pod\" ", "service", false);
        check("\"\\\"pod\\\"\"", "pod", true);
        check(".kind", "service", true);
        check("\"\\(.kind)\"", "service", true);
        let discovers = Config::decode(json!({}), Dialect::Port).unwrap();
        assert!(makers(&discovers, "true")[0].may_make("anything"));
    }
}
