//! The rules: one file each, named for the rule.

pub(super) mod argo_annotations;
pub(super) mod claim;
pub(super) mod crd_metadata;
pub(super) mod duplicate_key;
pub(super) mod identity_taken;
pub(super) mod namespaced_cluster_entity;
pub(super) mod pruned_field;
pub(super) mod read_otherwise;
pub(super) mod substitution;

#[cfg(test)]
mod fixture;
