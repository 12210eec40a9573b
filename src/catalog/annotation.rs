//! The annotations of an entity that reach the catalog, or keep it from there.
//!
//! The CRDs have no field for a title, a team or an icon, so authors state them
//! as annotations and the exporter's mapping reads them from there. The names
//! are the same in both dialects.

/// Author's: the entity's title; empty or absent leaves the catalog's as it is.
pub const TITLE: &str = "glint.io/title";

/// Author's: the one team that owns the entity; empty or absent leaves the
/// catalog's as it is.
pub const TEAM: &str = "glint.io/team";

/// Author's: the entity's icon, a name that the catalog knows; empty or absent
/// leaves the catalog's as it is.
pub const ICON: &str = "glint.io/icon";

/// Ours: [`NOT_DELIVERED`] keeps the entity from the catalog. Settings say so
/// for previews and for second environments of one service.
pub const DELIVER: &str = "gitops.glint.io/deliver";

/// The one value of [`DELIVER`] that means anything.
pub const NOT_DELIVERED: &str = "false";

/// Ours: the application whose manifests the entity is in.
#[cfg(feature = "controller")]
pub const APPLICATION: &str = "gitops.glint.io/application";

/// Author's, on an Application, Kustomization or HelmRelease: `true` where it is
/// reported though it declares no entity, `false` where it is not.
#[cfg(feature = "controller")]
pub const REPORT: &str = "gitops.glint.io/report";

/// Author's: `true` where a host may wait until the catalog has the entity, `false`
/// where none does.
#[cfg(feature = "controller")]
pub const GATE: &str = "gitops.glint.io/gate";

/// Author's: for how long at most, as Go writes durations: `5m`.
#[cfg(feature = "controller")]
pub const GATE_TIMEOUT: &str = "gitops.glint.io/gate-timeout";

/// What all annotations that this program sets on its own begin with; authors
/// have no say in them.
pub const PREFIX: &str = "gitops.glint.io/";
