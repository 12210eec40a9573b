//! Argo CD with our plugin: the shipped `plugin.yaml` and the program under test
//! in a sidecar's place, and what comes of applications that ask for them.

mod application;
mod fixture;
mod repository;

mod lifecycle;

pub(crate) use application::{Application, spec};
pub(crate) use fixture::ArgoCd;
pub(crate) use repository::Repository;
