//! What the program has to tell an author: one finding for each thing.
//!
//! A finding is data. Nothing here prints, filters or decides an exit code;
//! `output` renders findings and `command` judges them. A finding never holds a
//! value of the manifest that could be a secret: it names the rule, the
//! resource and the field.

use std::fmt;

use crate::manifest::{FieldPath, Location, ResourceRef};

/// How bad a finding is. The three words are those of KRM function results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// Works, but not as its author probably expects.
    Warning,
    /// Will not reach the catalog, or will do harm in the cluster.
    Error,
}

impl Severity {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing to tell the author, after the shape of a KRM function result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id in kebab case, stable across versions.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One line: lower case, no full stop, names in backticks.
    pub message: String,
    /// What to do about it, in the same form.
    pub help: Option<String>,
    /// Where the text stands.
    pub location: Option<Location>,
    /// Which object it is about.
    pub resource: Option<ResourceRef>,
    /// Which field of that object.
    pub field: Option<FieldPath>,
}

impl Finding {
    /// A finding about nothing in particular yet; the `with_*` methods say
    /// where it belongs.
    pub fn new(rule: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity,
            message: message.into(),
            help: None,
            location: None,
            resource: None,
            field: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds where the text stands.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Adds the object it is about.
    #[must_use]
    pub fn on(mut self, resource: ResourceRef) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Adds the field it is about.
    #[must_use]
    pub fn in_field(mut self, field: FieldPath) -> Self {
        self.field = Some(field);
        self
    }
}

/// The worst severity among findings, `None` where there is none.
pub(crate) fn worst(findings: &[Finding]) -> Option<Severity> {
    findings.iter().map(|finding| finding.severity).max()
}
