//! Glint's catalog inside the GitOps render step.
//!
//! The program reads Kubernetes manifests, from a directory that it renders
//! itself or from a stream, and gives the same manifests back with what Glint
//! needs: its CRDs, annotations on its entities, and the mapping by which
//! Glint's exporter sends those entities to the catalog.
//!
//! # The map
//!
//! ```text
//! shell       cli, config, output, telemetry, command
//! edges       input, catalog_api, reporter,    I/O: files, processes, network
//!             sandbox, cluster, artifact,
//!             controller, http
//! core        validate, render, exporter,      pure: values in, values out
//!             lock, diff, package, report,
//!             publish, graph
//! vocabulary  catalog, finding, manifest,      the nouns, with their own invariants
//!             legible, reason
//! ```
//!
//! Who may import whom is a table in `tests/integration/architecture.rs`.
//!
//! # Invariants (absences, so nothing in the code shows them)
//!
//! 1. Vocabulary and core do no I/O, read no clock and no environment, and are
//!    not async.
//! 2. A document that nobody edited leaves with the bytes it came with.
//! 3. stdout carries manifests or the data asked for, and nothing is written
//!    there before everything is rendered.
//! 4. Findings are data; an `Err` means that the work could not be done.
//! 5. Only `command` and `main` know exit codes; only `output` and `main`
//!    write for people.
//! 6. Same input, same output: ordered maps, no clock, no host name, no commit.
//! 7. Every read from outside has a limit and a deadline.

#[cfg(any(feature = "controller", feature = "fuzzing"))]
mod artifact;
mod catalog;
#[cfg(feature = "catalog")]
mod catalog_api;
mod cli;
#[cfg(feature = "controller")]
mod cluster;
mod command;
mod config;
#[cfg(feature = "controller")]
mod controller;
mod diff;
mod exporter;
mod finding;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod graph;
#[cfg(feature = "catalog")]
mod http;
mod input;
mod legible;
mod lock;
mod manifest;
mod output;
mod package;
#[cfg(feature = "catalog")]
mod publish;
mod reason;
mod render;
#[cfg(feature = "catalog")]
mod report;
#[cfg(feature = "catalog")]
mod reporter;
#[cfg(feature = "catalog")]
mod sandbox;
mod schema;
mod telemetry;
mod validate;

pub use catalog::{
    BlueprintId, Claimant, Dialect, EntityKind, IdentifierError, MemberName, annotation,
};
pub use clap::Parser;
pub use cli::Cli;
pub use command::{Exit, misuse, run};
#[cfg(feature = "controller")]
pub use controller::{RENDER_RIGHTS, REPORT_RIGHTS, Reach, Right};
pub use exporter::{
    Answer, Declaration, Fragment, FragmentError, JqError, Style, answer_of, bodies_of, jq_first,
    mapping,
};
pub use manifest::{
    Annotations, Notation, ObjectPath, ParseError, ParseErrorKind, Parsed, Refusal, Splice,
    SplitError, annotate, apply, objects, quote, split,
};
pub use reason::Reason;
pub use render::{
    ClusterKinds, CrdPolicy, Delivery, Emptiness, Host, MappingPlacement, Options, Piece,
    Provenance, RenderError, Rendered, Source, SourceFormat, Summary, render, render_function,
};
#[cfg(feature = "catalog")]
pub use sandbox::{Called, LocalOptions, LocalSandbox};
