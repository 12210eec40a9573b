//! Flux with the stream of the program under test as its artifact, applied by
//! the real kustomize-controller.
//!
//! There is no source-controller: what a source does, namely to publish a folder
//! as an archive, [`Kustomization::publish`] does.

mod artifacts;
mod ci;
mod component;
mod crds;
mod entities;
mod examples;
mod fixture;
mod helm_release;
mod kustomization;
mod render;
mod substitution;

pub(crate) use fixture::{Flux, Gate};
pub(crate) use helm_release::HelmController;
pub(crate) use kustomization::Kustomization;
