//! The results of syncs, as the catalog shows them: one Argo CD Application, Flux
//! Kustomization or HelmRelease in, the requests for its target and its run out.
//!
//! Not here: sending them (`catalog_api`), reading the object (`command`).
