//! Why something could not be reported.

use crate::catalog::Identity;
use crate::catalog_api::{ApiError, EntityError};

/// Why something could not be reported; each says what to do where that is known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReporterError {
    /// The catalog can't be asked.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Nobody made the blueprints.
    #[error("the catalog has no blueprint `gitopsSync`; run `glint-gitops report --install` once")]
    NoBlueprint(#[source] ApiError),
    /// The catalog refuses a target or a run.
    #[error("the catalog does not take a `{blueprint}`: {error}{}", help(.error))]
    NotTaken {
        /// Of which blueprint.
        blueprint: String,
        /// What the catalog says of it.
        error: EntityError,
    },
    /// Runs could not be removed.
    #[error("cannot remove old runs")]
    Runs(#[source] ApiError),
    /// A target could not be removed.
    #[error("cannot remove the target")]
    Target(#[source] ApiError),
    /// Others require the target.
    #[error(
        "other entities of the catalog need `{0}`, so it stays; end their relations to it first"
    )]
    Needed(Identity),
}

impl ReporterError {
    /// Whether the same may be taken later as it is.
    #[cfg_attr(
        not(feature = "controller"),
        expect(dead_code, reason = "a controller asks")
    )]
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Api(error) | Self::Runs(error) | Self::Target(error) => error.is_passing(),
            Self::NotTaken { error, .. } => !error.is_verdict(),
            Self::NoBlueprint(_) | Self::Needed(_) => false,
        }
    }

    /// The error of a search in a blueprint, which fails where there is none.
    pub(super) fn of_search(error: ApiError) -> Self {
        match error.status() {
            Some(404) => Self::NoBlueprint(error),
            Some(_) | None => Self::Api(error),
        }
    }
}

fn help(error: &EntityError) -> &'static str {
    match error.status {
        404 | 422 => "; `glint-gitops report --install` makes and extends the blueprints",
        _ => "",
    }
}
