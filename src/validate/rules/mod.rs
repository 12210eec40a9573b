//! The rules: one file each, named for the rule.

pub(super) mod argocd_reading;
pub(super) mod claim_not_allowed;
pub(super) mod duplicate_key;
pub(super) mod hook_on_crd;
pub(super) mod hook_on_entity;
pub(super) mod identity_taken;
pub(super) mod instance_label_on_crd;
pub(super) mod kustomize_reading;
pub(super) mod namespace_on_crd;
pub(super) mod namespaced_cluster_entity;
pub(super) mod pruned_field;
pub(super) mod substitution;
pub(super) mod wave_on_crd;
pub(super) mod wave_on_entity;

#[cfg(test)]
mod fixture;
