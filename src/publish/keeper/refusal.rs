//! Why a fragment does not count, by name.
//!
//! What is said goes into an Event that its author sees, so it holds names and places
//! alone, and nothing of what stands there.

use std::fmt;

use super::owner::Owner;
use crate::catalog::{BlueprintId, Dialect};
use crate::exporter::{FRAGMENT_LIMIT, FragmentError};

/// Why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No host has deployed it, as far as it says itself.
    NoOwner,
    /// The policy takes no fragments of that owner, in that namespace.
    NotInPolicy(Owner),
    /// The owner that it names does not list it.
    Forged(Owner),
    /// The owner that it names deploys to another cluster.
    Elsewhere(Owner),
    /// The owner that it names is not there.
    NoSuchOwner(Owner),
    /// It has no fragment at all.
    Missing,
    /// More bytes than a fragment may have.
    TooLarge(usize),
    /// It is none, and where.
    Unreadable(String),
    /// It is for the other catalog.
    Dialect(Dialect),
    /// No claim of the policy lets its owner declare this blueprint.
    Claim(Owner, BlueprintId),
    /// All that its owner may have is taken.
    TooMuch(Owner),
    /// Too many of others wait for a proof.
    Crowded,
}

impl Refusal {
    /// Its name in kebab case.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoOwner => "no-owner",
            Self::NotInPolicy(_) => "not-in-policy",
            Self::Forged(_) => "forged-owner",
            Self::Elsewhere(_) => "owner-elsewhere",
            Self::NoSuchOwner(_) => "no-such-owner",
            Self::Missing => "no-fragment",
            Self::TooLarge(_) => "fragment-too-large",
            Self::Unreadable(_) => "unreadable-fragment",
            Self::Dialect(_) => "other-dialect",
            Self::Claim(..) => "claim-not-allowed",
            Self::TooMuch(_) => "too-many-names",
            Self::Crowded => "too-many-unproven",
        }
    }

    /// Of a text that is no fragment. A stranger's own words are not repeated.
    pub(super) fn unreadable(error: &FragmentError) -> Self {
        match error {
            FragmentError::TooLarge { size } => Self::TooLarge(*size),
            FragmentError::Json(_) => Self::Unreadable("is no JSON".to_owned()),
            FragmentError::Version { .. } => {
                Self::Unreadable("is of a newer glint-gitops than this controller".to_owned())
            }
            FragmentError::Form { path, .. } => Self::Unreadable(format!(
                "is not of the form that `render` writes, at {path}"
            )),
            FragmentError::Name { path, .. } => {
                Self::Unreadable(format!("has what is no name of the catalog's, at {path}"))
            }
            FragmentError::Dialects { second, .. } => Self::Dialect(*second),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOwner => {
                f.write_str("neither Argo CD's tracking id nor Flux's labels say what deploys it")
            }
            Self::NotInPolicy(owner) => {
                write!(
                    f,
                    "the policy's `fragments` take none of {owner} in this namespace"
                )
            }
            Self::Forged(owner) => {
                write!(
                    f,
                    "it says it is of {owner}, which does not list it as its own"
                )
            }
            Self::Elsewhere(owner) => {
                write!(
                    f,
                    "it says it is of {owner}, which deploys to another cluster"
                )
            }
            Self::NoSuchOwner(owner) => {
                write!(f, "it says it is of {owner}, and there is no such object")
            }
            Self::Missing => f.write_str("it has no `fragment.json`"),
            Self::TooLarge(size) => write!(
                f,
                "its `fragment.json` has {size} bytes, more than the {FRAGMENT_LIMIT} that one may have"
            ),
            Self::Unreadable(how) => write!(f, "its `fragment.json` {how}"),
            Self::Dialect(dialect) => {
                write!(
                    f,
                    "its `fragment.json` is of dialect `{dialect}`, another catalog's"
                )
            }
            Self::Claim(owner, blueprint) => write!(
                f,
                "no claim of the policy lets {owner} declare entities of blueprint `{blueprint}`"
            ),
            Self::TooMuch(owner) => write!(
                f,
                "with it the fragments of {owner} would have more than {} bytes",
                super::OWNER_LIMIT
            ),
            Self::Crowded => f.write_str(
                "too many ConfigMaps that no host has deployed carry the label of fragments",
            ),
        }
    }
}
