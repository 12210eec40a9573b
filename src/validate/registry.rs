//! Every rule that this program can report, in one table.
//!
//! `explain`, the README's table, the rules of a SARIF log and the names in
//! `.glint.yaml` and in comments all come from here. Not for what a rule looks
//! at: that is the rule's own file. Invariant: a finding's rule is in the table,
//! and the table is in the order of the ids (both are tests).

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
    /// Whether a finding stops a render: then no repository can switch it off.
    pub stops: bool,
}

const fn rule_of(id: &'static str, severity: Severity, summary: &'static str) -> Rule {
    Rule {
        id,
        severity,
        summary,
        stops: false,
    }
}

const fn error(id: &'static str, summary: &'static str) -> Rule {
    rule_of(id, Severity::Error, summary)
}

const fn warning(id: &'static str, summary: &'static str) -> Rule {
    rule_of(id, Severity::Warning, summary)
}

const fn info(id: &'static str, summary: &'static str) -> Rule {
    rule_of(id, Severity::Info, summary)
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
    error("argocd-reading", "Argo CD reads a text otherwise than kubectl"),
    error("broken-entity", "an entity that Kubernetes can't read"),
    error("claim-not-allowed", "the policy does not let this application declare the entity").stopping(),
    info("crds-unknown", "no CRD is added, since the host did not say what the cluster has"),
    warning("crds-with-helm", "no CRD is added to a Helm release that has entities"),
    error("duplicate-key", "a mapping of an entity has a key twice"),
    warning("fragment-data-ignored", "a fragment's ConfigMap holds a key that nobody reads"),
    info("fragment-left-out", "no ConfigMap is added, since its namespace may not exist"),
    warning("fragment-not-replaced", "the ConfigMap of an earlier render stays as it is"),
    warning("fragment-too-large", "a part of the mapping's ConfigMap is left out"),
    error("hook-on-crd", "a CRD of Glint's that is a hook").stopping(),
    error("hook-on-entity", "an entity that is a hook"),
    error("identity-taken", "two objects declare one entity of the catalog"),
    error("instance-label-on-crd", "a CRD of Glint's with Argo CD's instance label"),
    error("invalid-blueprint", "a blueprint that the catalog does not accept as one"),
    error("invalid-identifier", "an identifier that the catalog does not accept"),
    error("invalid-member-name", "a name of a property or relation that the catalog does not accept"),
    error("invalid-members", "properties or relations that are no mapping"),
    error("kustomize-reading", "kustomize reads a text otherwise than kubectl"),
    error("missing-blueprint", "an entity without a blueprint"),
    error("missing-identifier", "an entity without an identifier"),
    info("more-findings", "findings that are left out, since there are too many"),
    error("namespace-on-crd", "a CRD of Glint's with a namespace"),
    warning("namespaced-cluster-entity", "a ClusterEntity with a namespace"),
    error("nested-list", "an entity in a list within a list"),
    warning("not-annotated", "an entity that is passed on without annotations"),
    info("other-dialect", "an entity of the other dialect"),
    warning("pruned-field", "a field that the CRD does not have"),
    error("substitution", "text that Flux's post-build substitution changes or fails on"),
    error("unsupported-entity", "an entity that can't be edited safely"),
    error("wave-on-crd", "a CRD of Glint's in a wave"),
    warning("wave-on-entity", "an entity in a wave"),
];

/// The rule of this id.
pub(crate) fn rule(id: &str) -> Option<&'static Rule> {
    let found = RULES.binary_search_by(|rule| rule.id.cmp(id));
    found.ok().map(|index| &RULES[index])
}

#[cfg(test)]
mod tests {
    use super::{RULES, rule};

    #[test]
    fn the_table_is_in_order_and_finds_each_rule() {
        assert!(RULES.is_sorted_by(|left, right| left.id < right.id));
        for known in RULES {
            assert_eq!(rule(known.id), Some(known));
        }
        assert_eq!(rule("no-such-rule"), None);
    }
}
