//! `controller render` with the real API server and the real kustomize-controller,
//! each as it is shipped: the folder `flux/render` applied as it stands, the
//! controller with a token of the ServiceAccount in it, Flux with its own flags.
//!
//! There is no source-controller: what it does to a source, [`App::commit`] does.

mod applying;
mod encrypted;
mod healing;
mod outage;
mod people;
mod tenants;
mod world;

use world::{App, World};
