//! The exporter's mapping: which names are declared, the config that makes the
//! exporter send them, and what it sends under that or any other.
//!
//! The exporter reads `Entity` and `ClusterEntity` objects from the cluster and
//! sends them to the catalog by a *mapping*, a list of blocks of jq
//! expressions. A *fragment* is what one application declares, as names. What
//! is promised here, for the version followed, port-k8s-exporter v0.7.9 with
//! gojq v0.12.17:
//!
//! 1. Every config that we write is one that the exporter decodes: each
//!    expression a string, `mappings` a list, `selector.query` always there.
//! 2. No selector of ours ever fails or yields anything but a boolean: one
//!    failing object stops the exporter from cleaning up anywhere.
//! 3. No entity that the CRDs and the catalog's API accept is dropped for its
//!    annotations, its team, or a missing map of properties or relations.
//! 4. A name reaches jq only as a quoted string, and only if the catalog
//!    accepts it. Nothing that a fragment holds is ever read as jq: the
//!    exporter may read every Secret, and so may whoever writes its jq.
//! 5. Same fragments, same bytes, in whatever order they came.
//!
//! 6. What a preview says is what that version sends, or it says by name what
//!    can't be computed here. It never guesses.
//!
//! Not here: how a config reaches the exporter (publishing), and what the
//! catalog makes of a request.

mod config;
mod decode;
mod environment;
mod expressions;
mod fragment;
mod generate;
pub(crate) mod jq;
mod kinds;
mod mapping;
mod marker;
mod merge;
mod preview;
mod trace;
mod yaml;

#[cfg(feature = "catalog")]
pub(crate) use config::{Block, Query, Variables};
pub(crate) use config::{Config, DecodedMapping};
pub(crate) use decode::{ConfigError, Effect};
pub(crate) use environment::environment;
#[cfg(feature = "catalog")]
pub(crate) use environment::shows;
#[cfg(feature = "catalog")]
pub(crate) use expressions::key_expressions;
pub(crate) use expressions::{every_expression, variables_read};
pub(crate) use fragment::FRAGMENT_LIMIT;
pub use fragment::{Declaration, Fragment, FragmentError};
#[cfg(feature = "catalog")]
pub(crate) use generate::is_as_generated;
#[cfg(feature = "controller")]
pub(crate) use generate::is_word_for_word;
pub use generate::{Style, mapping};
pub use jq::{JqError, jq_first};
#[cfg(feature = "catalog")]
pub(crate) use kinds::{Kind, Kinds, Unresolved};
pub(crate) use mapping::Mapping;
pub(crate) use merge::merge_mapping;
#[cfg(feature = "catalog")]
pub(crate) use merge::{foreign_blocks, merge_blocks};
#[cfg(feature = "catalog")]
pub(crate) use preview::is_cluster_scoped;
#[cfg(feature = "controller")]
pub(crate) use preview::preview_of;
pub use preview::{Answer, answer_of, bodies_of};
pub(crate) use preview::{
    Preview, Problem, ProblemKind, Request, Sent, Task, Told, in_cluster, preview,
};
pub(crate) use trace::{Member, Origin, Said, Step, Trace, trace};
pub(crate) use yaml::config_yaml;
