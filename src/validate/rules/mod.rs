//! The rules: one file each, named for the rule.

pub(super) mod argocd_reading;
pub(super) mod claim_not_allowed;
pub(super) mod duplicate_key;
pub(super) mod entity_too_large;
pub(super) mod hook_on_crd;
pub(super) mod hook_on_entity;
pub(super) mod identity_taken;
pub(super) mod instance_label_on_crd;
pub(super) mod invalid_relation;
pub(super) mod kustomize_reading;
pub(super) mod many_relation;
pub(super) mod mapping_crashes;
pub(super) mod mapping_drops;
pub(super) mod mapping_empty;
pub(super) mod mapping_overlap;
pub(super) mod mapping_undecodable;
pub(super) mod mapping_unresolved;
pub(super) mod mapping_unsendable;
pub(super) mod mapping_unsupported;
pub(super) mod mapping_variable;
pub(super) mod missing_required_property;
pub(super) mod missing_required_relation;
pub(super) mod namespace_on_crd;
pub(super) mod namespaced_cluster_entity;
pub(super) mod property_enum;
pub(super) mod property_format;
pub(super) mod property_length;
pub(super) mod property_pattern;
pub(super) mod property_range;
pub(super) mod property_shape;
pub(super) mod property_type;
pub(super) mod pruned_field;
pub(super) mod single_relation;
pub(super) mod substitution;
pub(super) mod team_inherited;
pub(super) mod trimmed_quotes;
pub(super) mod unchecked_property;
pub(super) mod unknown_blueprint;
pub(super) mod unknown_property;
pub(super) mod unknown_relation;
pub(super) mod unknown_target;
pub(super) mod wave_on_crd;
pub(super) mod wave_on_entity;

#[cfg(test)]
mod fixture;
