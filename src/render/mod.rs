//! The post-render that every host gets: texts in, the same texts out with
//! Glint's CRDs, annotated entities and the mapping's fragment.
//!
//! Pure: what was read, rendered and configured comes in as values, and what
//! comes out is bytes and findings. Invariants: a document that is no entity
//! and no CRD of ours keeps its bytes; rendering the output again gives the
//! output again.

#[cfg(feature = "controller")]
mod additions;
mod annotate;
mod assemble;
mod check;
mod configmap;
mod crd_diff;
mod crds;
mod function;
mod host;
mod inventory;
mod join;
mod judge;
mod plan;
mod scan;
mod source;
mod survey;

use serde_json::Value;

use crate::catalog::{Claimant, Claims, Dialect};
use crate::exporter::Style;
use crate::finding::{Finding, Severity};
use crate::legible::visible;
use crate::manifest::{Location, Parsed, objects_of};
use source::Sources;

#[cfg(feature = "controller")]
pub(crate) use additions::{Additions, Crd, Marked, additions};
pub use annotate::{Delivery, Provenance};
pub use assemble::{Rendered, Summary};
pub(crate) use check::{Application, CatalogFacts, Checked, Mark, Placed, Tally, check};
pub(crate) use configmap::FRAGMENT_LABEL;
pub(crate) use crd_diff::{Change, CrdDiff, Difference, Effect, Installed, Verdict, crd_diff};
pub use crds::{ClusterKinds, CrdPolicy};
pub(crate) use crds::{crd_json, crd_yaml};
pub use function::render_function;
pub(crate) use function::{function_config, is_function};
pub use host::Host;
#[expect(
    unused_imports,
    reason = "its first callers come with the commands that look at objects"
)]
pub(crate) use inventory::{Deployed, Inventory, inventory};
pub use join::Piece;
pub use source::{Source, SourceFormat};

/// How to render. The caller decides everything; there is no default.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whose entities.
    pub dialect: Dialect,
    /// Who called.
    pub host: Host,
    /// When CRDs are added.
    pub crds: CrdPolicy,
    /// What the cluster serves.
    pub cluster: ClusterKinds,
    /// What entities are annotated with.
    pub provenance: Provenance,
    /// Whether entities reach the catalog.
    pub delivery: Delivery,
    /// Whether the fragment goes into the stream.
    pub mapping: MappingPlacement,
    /// The style of the ready mapping in the fragment.
    pub style: Style,
    /// The operator's claims, `None` where the policy has none.
    pub claims: Option<Claims>,
    /// On whose behalf.
    pub claimant: Claimant,
    /// What to do with a stream that holds no object.
    pub emptiness: Emptiness,
}

/// Where the mapping goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MappingPlacement {
    /// Into the stream, as a ConfigMap.
    ConfigMap,
    /// Nowhere.
    None,
}

/// What a render without any object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptiness {
    /// A failure: a sync with prune would delete everything.
    Refused,
    /// What was asked for.
    Allowed,
}

/// Why nothing was rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Go's reader refuses the text too.
    #[error("{location}: {message}")]
    Unsplittable {
        /// Where it stops.
        location: Location,
        /// What it finds there.
        message: String,
    },
    /// No object in any source.
    #[error(
        "no Kubernetes object in {}: an empty result could delete all that is deployed; if it is meant, set `allow-empty`",
        listed(.names)
    )]
    Empty {
        /// The sources, as the user named them.
        names: Vec<String>,
    },
    /// Findings that stop a render, at least one, in the order of the sources.
    #[error("nothing is rendered: {}", first_of(.0))]
    Stopped(Vec<Finding>),
    /// The input is no `ResourceList`, or one that can't be edited.
    #[error("{0}")]
    Function(String),
}

/// The first finding's message, in which names are the author's, and how many errors
/// there are besides.
fn first_of(findings: &[Finding]) -> String {
    let first = findings.first();
    let first = first.map_or_else(String::new, |finding| visible(&finding.message));
    let errors = findings.iter().filter(|it| it.severity == Severity::Error);
    match errors.count() {
        0 | 1 => first,
        count => format!("{first}, and {} more", count - 1),
    }
}

fn empty(texts: &[Source<'_>]) -> RenderError {
    RenderError::Empty {
        names: texts.iter().map(|source| source.name.to_owned()).collect(),
    }
}

/// The first of several names, and how many there are besides.
fn listed(names: &[String]) -> String {
    match names {
        [] => "the input".to_owned(),
        [only] => format!("`{only}`"),
        [first, second] => format!("`{first}` and `{second}`"),
        [first, others @ ..] => format!("`{first}` and {} other files", others.len()),
    }
}

/// Renders texts.
///
/// # Errors
/// Where Go would refuse the stream, where there is no object and that is not
/// allowed, and where a finding stops the render: a hook on one of Glint's CRDs,
/// a claim that the policy does not allow.
pub fn render<'a>(texts: &'a [Source<'a>], options: &Options) -> Result<Rendered<'a>, RenderError> {
    let sources = Sources::split(texts)?;
    let suspects = scan::candidates(&sources);
    let (candidates, unread) = match options.host.calls_for_hooks() {
        true => {
            let all = 0..sources.sites().len();
            survey::parse(&sources, all, &suspects, options)
        }
        false => {
            let some = suspects.iter().copied();
            survey::parse(&sources, some, &suspects, options)
        }
    };
    let findings = survey::placed(unread, &sources);
    let members = survey::members(&candidates, options.dialect);
    if options.host.calls_for_hooks() && (survey::only_hooks(&members) || is_blank(&sources)) {
        return Ok(assemble::untouched(&sources));
    }
    if options.emptiness == Emptiness::Refused && !holds_object(&sources) {
        return Err(empty(texts));
    }
    let judged = judge::judge(&sources, &members, options, findings)?;
    let plan = plan::plan(&sources, &members, options, judged);
    Ok(assemble::assemble(&sources, &candidates, plan))
}

/// Passes texts on as they are, as one stream: what is left to do where the
/// operator has switched the program off.
///
/// # Errors
/// As for [`render`], but for findings: there are none.
pub(crate) fn pass<'a>(
    texts: &'a [Source<'a>],
    emptiness: Emptiness,
) -> Result<Rendered<'a>, RenderError> {
    let sources = Sources::split(texts)?;
    if emptiness == Emptiness::Refused && !holds_object(&sources) {
        return Err(empty(texts));
    }
    Ok(assemble::untouched(&sources))
}

/// Whether Go gets any object from the sources. What can't be read may be one;
/// what has no kind is none, nor is a list without items.
fn holds_object(sources: &Sources<'_>) -> bool {
    (0..sources.sites().len()).any(|site| {
        let document = sources.document(site);
        if !scan::holds_something(document) {
            return false;
        }
        if document.len() > scan::DOCUMENT_LIMIT {
            return true;
        }
        let notation = sources.sites()[site].notation;
        Parsed::read(document, notation).map_or(true, |parsed| {
            objects_of(&parsed).iter().any(|object| {
                let empty_list = object.kind().ends_with("List")
                    && object.value.get("items").is_some_and(Value::is_null);
                !object.kind().is_empty() && !empty_list
            })
        })
    })
}

/// Whether Helm calls with nothing to do.
fn is_blank(sources: &Sources<'_>) -> bool {
    (0..sources.sites().len()).all(|site| !scan::holds_something(sources.document(site)))
}

#[cfg(test)]
mod tests {
    use super::RenderError;
    use crate::finding::{Finding, Severity};

    #[test]
    fn what_stops_a_render_is_said_in_one_line() {
        let finding = Finding::new("claim", Severity::Error, "`a\n::x::\u{1b}` is not allowed");
        assert_eq!(
            RenderError::Stopped(vec![finding]).to_string(),
            "nothing is rendered: `a\\n::x::\\u{1b}` is not allowed"
        );
    }
}
