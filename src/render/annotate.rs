//! The annotations that an entity gets: who rendered it, from where, and what
//! its host must know.
//!
//! Nothing here changes with a commit or with the time: a host would take that
//! for a change of the entity. Nothing here proves ownership either.

use super::host::Host;
use crate::catalog::annotation;
use crate::manifest::{Annotations, Object};
use crate::validate::{SUBSTITUTE, needs_keeping};

/// Where Argo CD reads what to do with an object.
pub(super) const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";
const SKIP_DRY_RUN: &str = "SkipDryRunOnMissingResource";

/// Who renders, from where; only what is known is annotated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The application's name.
    pub application: Option<String>,
    /// Argo CD's project.
    pub project: Option<String>,
    /// The repository's URL, without user information.
    pub source_repo: Option<String>,
    /// The path in the repository.
    pub source_path: Option<String>,
    /// What rendered the text: `helm`, `kustomize` or `directory`.
    pub renderer: Option<String>,
}

/// Whether this application's entities reach the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// They do.
    Delivered,
    /// They are marked so that the mapping leaves them out.
    Withheld,
}

/// The annotations to set on an entity.
pub(super) fn annotations(
    object: &Object<'_>,
    provenance: &Provenance,
    delivery: Delivery,
    host: Host,
) -> Annotations {
    let mut annotations = common(provenance, delivery);
    if host.skips_dry_run()
        && object.annotation_is_text(SYNC_OPTIONS)
        && let Some(value) = sync_options(object.annotation(SYNC_OPTIONS))
    {
        annotations.insert(SYNC_OPTIONS.to_owned(), value);
    }
    if host.substitutes() && needs_keeping(object, &annotations) {
        annotations.insert(SUBSTITUTE.to_owned(), "disabled".to_owned());
    }
    annotations
}

/// The annotations that every entity gets, whatever it is.
pub(super) fn common(provenance: &Provenance, delivery: Delivery) -> Annotations {
    let Provenance {
        application,
        project,
        source_repo,
        source_path,
        renderer,
    } = provenance;
    let known = [
        ("application", application),
        ("project", project),
        ("source-repo", source_repo),
        ("source-path", source_path),
        ("renderer", renderer),
    ];
    let mut annotations: Annotations = known
        .into_iter()
        .filter_map(|(name, value)| {
            let value = value.as_ref().filter(|value| !value.is_empty())?;
            Some((format!("{}{name}", annotation::PREFIX), value.clone()))
        })
        .collect();
    if delivery == Delivery::Withheld {
        let (key, value) = (annotation::DELIVER, annotation::NOT_DELIVERED);
        annotations.insert(key.to_owned(), value.to_owned());
    }
    annotations
}

/// The sync options with ours among them; `None` where the author has already
/// said something about it.
fn sync_options(existing: Option<&str>) -> Option<String> {
    let ours = format!("{SKIP_DRY_RUN}=true");
    let Some(existing) = existing.filter(|options| !options.trim().is_empty()) else {
        return Some(ours);
    };
    let said = existing
        .split(',')
        .any(|option| option.trim().split('=').next() == Some(SKIP_DRY_RUN));
    (!said).then(|| format!("{existing},{ours}"))
}

#[cfg(test)]
mod tests {
    use super::sync_options;

    #[test]
    fn sync_options_are_merged_never_overwritten() {
        let ours = "SkipDryRunOnMissingResource=true";
        assert_eq!(sync_options(None).as_deref(), Some(ours));
        assert_eq!(sync_options(Some(" ")).as_deref(), Some(ours));
        assert_eq!(
            sync_options(Some("Prune=false, Force=true")),
            Some(format!("Prune=false, Force=true,{ours}"))
        );
        assert_eq!(sync_options(Some(ours)), None);
        assert_eq!(
            sync_options(Some("A=b, SkipDryRunOnMissingResource=false")),
            None
        );
    }
}
