//! Every rule that this program can report, in one table.
//!
//! `explain`, the README's table, the rules of a SARIF log and the names in
//! `.glint.yaml` and in comments all come from here. Not for what a rule looks
//! at: that is the rule's own file. Invariant: a finding's rule is in the table,
//! and the table is in the order of the ids (both are tests).

use crate::catalog;
use crate::finding::Severity;

/// A rule, as people speak of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// In kebab case, stable across versions.
    pub id: &'static str,
    /// How bad its findings are unless settings say otherwise; where a rule
    /// tells degrees apart, the worst.
    pub severity: Severity,
    /// What it finds: one line, lower case, no full stop.
    pub summary: &'static str,
    /// Its page: what it finds, why that matters, an example, how to mend it.
    pub page: &'static str,
    /// Whether a finding stops a render: then no repository can switch it off.
    pub stops: bool,
}

/// A row: severity, id and summary; the page is the file of that id.
macro_rules! rule {
    ($severity:ident $id:literal, $summary:literal) => {
        Rule {
            id: $id,
            severity: Severity::$severity,
            summary: $summary,
            page: include_str!(concat!("../../docs/rules/", $id, ".md")),
            stops: false,
        }
    };
}

impl Rule {
    const fn stopping(mut self) -> Self {
        self.stops = true;
        self
    }
}

/// Every rule, in the order of their ids.
#[rustfmt::skip] // one rule is one line
pub(crate) static RULES: &[Rule] = &[
    rule!(Warning "allow-refused", "a comment that allows what can't be allowed"),
    rule!(Warning "allow-unknown-rule", "a comment that allows a rule which does not exist"),
    rule!(Info "allow-unused", "a comment that allows what is not found"),
    rule!(Warning "allow-without-reason", "a comment that allows something and does not say why"),
    rule!(Error "argocd-reading", "Argo CD reads a text otherwise than kubectl"),
    rule!(Error "broken-entity", "an entity that Kubernetes can't read"),
    rule!(Error "claim-not-allowed", "the policy does not let this application declare the entity").stopping(),
    rule!(Info "crds-unknown", "no CRD is added, since the host did not say what the cluster has"),
    rule!(Warning "crds-with-helm", "no CRD is added to a Helm release that has entities"),
    rule!(Info "deleted-entity", "an entity that a render would delete"),
    rule!(Info "deletions-unknown", "what is deleted is not said, since it can't be known"),
    rule!(Error "duplicate-key", "a mapping of an entity has a key twice"),
    rule!(Error "entity-too-large", "an entity that is larger than a request to the catalog may be"),
    rule!(Warning "fragment-data-ignored", "a fragment's ConfigMap holds a key that nobody reads"),
    rule!(Info "fragment-left-out", "no ConfigMap is added, since its namespace may not exist"),
    rule!(Warning "fragment-not-replaced", "the ConfigMap of an earlier render stays as it is"),
    rule!(Warning "fragment-too-large", "a part of the mapping's ConfigMap is left out"),
    rule!(Error "hook-on-crd", "a CRD of Glint's that is a hook").stopping(),
    rule!(Error "hook-on-entity", "an entity that is a hook"),
    rule!(Error "identity-taken", "two objects declare one entity of the catalog"),
    rule!(Error "instance-label-on-crd", "a CRD of Glint's with Argo CD's instance label"),
    rule!(Error "invalid-blueprint", "a blueprint that the catalog does not accept as one"),
    rule!(Error "invalid-identifier", "an identifier that the catalog does not accept"),
    rule!(Error "invalid-member-name", "a name of a property or relation that the catalog does not accept"),
    rule!(Error "invalid-members", "properties or relations that are no mapping"),
    rule!(Error "invalid-relation", "a relation that leads to no identifier that the catalog accepts"),
    rule!(Error "kustomize-reading", "kustomize reads a text otherwise than kubectl"),
    rule!(Error "lock-outdated", "a glint.lock that is not what the files declare"),
    rule!(Error "many-relation", "one identifier where the relation takes a list"),
    rule!(Error "mapping-crashes", "a config that makes the exporter crash at an object"),
    rule!(Error "mapping-drops", "a config by which the exporter sends nothing of an object"),
    rule!(Error "mapping-empty", "a config without a block, by which the exporter deletes everything"),
    rule!(Warning "mapping-overlap", "a config with `*` beside names that it may yield too"),
    rule!(Error "mapping-undecodable", "a config that the exporter can't decode"),
    rule!(Warning "mapping-unresolved", "a config with a block for a kind that the cluster may not have"),
    rule!(Error "mapping-unsendable", "a config that yields what the exporter can't send"),
    rule!(Warning "mapping-unsupported", "a config of which nobody can say beforehand what it yields"),
    rule!(Warning "mapping-variable", "a config that reads a variable which the exporter may not have"),
    rule!(Error "missing-blueprint", "an entity without a blueprint"),
    rule!(Error "missing-identifier", "an entity without an identifier"),
    rule!(Error "missing-required-property", "a property that the blueprint requires is missing"),
    rule!(Error "missing-required-relation", "a relation that the blueprint requires is missing"),
    rule!(Info "more-findings", "findings that are left out, since there are too many"),
    rule!(Error "namespace-on-crd", "a CRD of Glint's with a namespace"),
    rule!(Warning "namespaced-cluster-entity", "a ClusterEntity with a namespace"),
    rule!(Error "nested-list", "an entity in a list within a list"),
    rule!(Warning "not-annotated", "an entity that is passed on without annotations"),
    rule!(Info "not-deleted", "an entity that left Git and stays in the catalog"),
    rule!(Info "not-delivered", "an entity that is kept from the catalog"),
    rule!(Warning "not-sent", "an entity that no block of the exporter's config takes"),
    rule!(Info "other-dialect", "an entity of the other dialect"),
    rule!(Error "property-enum", "a property's value is none of those that the blueprint lists"),
    rule!(Error "property-format", "a property's text is not of the blueprint's format"),
    rule!(Error "property-length", "a property's value is longer or shorter than the blueprint allows"),
    rule!(Error "property-pattern", "a property's text does not match the blueprint's pattern"),
    rule!(Error "property-range", "a property's number is out of the blueprint's range"),
    rule!(Error "property-shape", "a property's value does not fit the blueprint's schema otherwise"),
    rule!(Error "property-type", "a property's value is of another type than the blueprint's"),
    rule!(Warning "pruned-field", "a field that the CRD does not have"),
    rule!(Error "rejected", "an entity that the catalog itself does not take"),
    rule!(Error "single-relation", "a list where the relation takes one identifier"),
    rule!(Error "substitution", "text that Flux's post-build substitution changes or fails on"),
    rule!(Error "team-inherited", "a team on an entity whose blueprint inherits it"),
    rule!(Error "too-many-deletions", "a render that would delete more entities than allowed").stopping(),
    rule!(Warning "trimmed-quotes", "quotes at the ends of a text, which the exporter takes off"),
    rule!(Info "unchecked-property", "a property that can't be checked, since its schema can't be used"),
    rule!(Error "unknown-blueprint", "an entity of a blueprint that the catalog does not have"),
    rule!(Error "unknown-property", "a property that the blueprint does not have"),
    rule!(Error "unknown-relation", "a relation that the blueprint does not have"),
    rule!(Error "unknown-target", "a relation leads to an entity that nobody declares"),
    rule!(Error "unreadable-stream", "a text that Go's reader can't take apart into documents"),
    rule!(Error "unsupported-entity", "an entity that can't be edited safely"),
    rule!(Error "wave-on-crd", "a CRD of Glint's in a wave"),
    rule!(Warning "wave-on-entity", "an entity in a wave"),
];

/// The rule of this id.
pub(crate) fn rule(id: &str) -> Option<&'static Rule> {
    let found = RULES.binary_search_by(|rule| rule.id.cmp(id));
    found.ok().map(|index| &RULES[index])
}

/// The rule that an unknown id was probably meant for.
pub(crate) fn nearest(id: &str) -> Option<&'static str> {
    catalog::nearest(id, RULES.iter().map(|rule| rule.id))
}

#[cfg(test)]
mod tests {
    use super::{RULES, nearest, rule};

    #[test]
    fn a_slip_finds_the_rule_that_was_meant() {
        assert_eq!(nearest("wave-on-entities"), Some("wave-on-entity"));
        assert_eq!(nearest("duplicate-keys"), Some("duplicate-key"));
        assert_eq!(nearest("colour"), None);
    }

    #[test]
    fn the_table_is_in_order_and_finds_each_rule() {
        assert!(RULES.is_sorted_by(|left, right| left.id < right.id));
        for known in RULES {
            assert_eq!(rule(known.id), Some(known));
        }
        assert_eq!(rule("no-such-rule"), None);
    }
}
