//! The main job, done by the real programs: Argo CD, Flux, Helm and kubectl
//! against a real API server, with the files that a user would apply.
//!
//! The fixtures start what they need on loopback and wait until it is ready.
//! Each test has its own namespaces, repositories and applications, so that all
//! may run side by side; what changes Glint's CRDs has its own cluster.
//!
//! Nothing sleeps for a fixed time: what is waited for is watched.

#[path = "../peers/additions.rs"]
mod additions;
mod admission;
mod argocd;
mod cluster;
mod controller_report;
#[path = "../pages/mod.rs"]
mod documents;
mod flux;
mod helm;
mod kubectl;
mod kustomize;
mod messages;
mod packages;
mod pages;
#[path = "../peers/program.rs"]
mod peers;
mod process;
#[expect(dead_code, reason = "`controller` needs more of it")]
#[path = "../controller/recorder.rs"]
mod recorder;
mod relay;
mod report;
mod sandbox;
mod schema;
mod sidecar;
mod streams;

/// The program under test.
const GLINT: &str = env!("CARGO_BIN_EXE_glint-gitops");
