//! What is known of the directory, or the cluster, that a sandbox follows.
//!
//! Written by whoever follows it (`command`), read by the page. Not for following it.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use serde_json::Value;

use crate::catalog::{Delivery, Identity};
use crate::finding::Finding;
use crate::manifest::{Location, ResourceRef};

/// What is known of it, as of the last time that it could be rendered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Following {
    /// As it was named: `examples/shop`, `cluster kind-prod`; empty where nothing is
    /// followed.
    pub subject: String,
    /// What it declares, and what it declared that is still in the catalog.
    pub entities: BTreeMap<Identity, Declaration>,
    /// What was found in it.
    pub findings: Vec<Finding>,
    /// Why it can't be read now.
    pub error: Option<String>,
    /// The mapping that is generated for it.
    pub mapping: Option<Value>,
}

/// Where an entity is declared, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Declaration {
    /// The application, where it has a name.
    pub application: Option<String>,
    /// The object.
    pub resource: ResourceRef,
    /// Where the object begins.
    pub location: Option<Location>,
    /// Where each field (`title`, `properties.tier`) stands, as far as it does.
    pub fields: BTreeMap<String, Location>,
    /// What became of it.
    pub delivery: Delivery,
    /// Why, where that is to be said: the API's own words, or which fields.
    pub reason: Option<String>,
}

/// Shared by its one writer and its readers.
pub(crate) type SharedFollowing = Arc<RwLock<Following>>;
