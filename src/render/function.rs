//! The KRM function's shape: a `ResourceList` in, the same list out.
//!
//! `kustomize` and `kpt` hand a function one document that holds all objects in
//! `items` and the function's settings in `functionConfig`, and take `results`
//! back (kustomize's functions specification, `config.kubernetes.io/v1`). The
//! list is edited in place like any other document.

use memchr::memmem;
use serde_json::{Value, json};

use super::judge::judge;
use super::plan::{Added, plan, splices};
use super::source::{Source, Sources};
use super::survey::{self, Candidate};
use super::{Options, Piece, RenderError, Rendered, Summary, assemble, crds};
use crate::finding::Finding;
use crate::manifest::{CollectionStyle, NodeId, NodeKind, Parsed, Splice, json_line};

/// Whether a text is a KRM function's input.
pub(crate) fn is_function(text: &[u8]) -> bool {
    // Every other stream is told apart without being parsed.
    let head = &text[..text.len().min(4096)];
    memmem::find(head, b"ResourceList").is_some() && resource_list(text).is_some()
}

/// The function's settings, where the input has some.
pub(crate) fn function_config(text: &[u8]) -> Option<Value> {
    let list = resource_list(text)?;
    list.get("functionConfig")
        .filter(|config| !config.is_null())
        .cloned()
}

fn resource_list(text: &[u8]) -> Option<Value> {
    let texts = [source_of(text)];
    let sources = Sources::split(&texts).ok()?;
    let (_, parsed) = list_document(&sources)?;
    Some(parsed.value().clone())
}

fn list_document<'a>(sources: &Sources<'a>) -> Option<(usize, Parsed<'a>)> {
    let filled = |site: &usize| super::scan::holds_something(sources.document(*site));
    let mut sites = (0..sources.sites().len()).filter(filled);
    let site = sites.next()?;
    let notation = sources.sites()[site].notation;
    let parsed = Parsed::read(sources.document(site), notation).ok()?;
    let field = |key| parsed.value().get(key).and_then(Value::as_str);
    let version = field("apiVersion")?.starts_with("config.kubernetes.io/");
    (version && field("kind")? == "ResourceList").then_some((site, parsed))
}

/// Renders a `ResourceList`: objects are added in front of its items, findings
/// become its results, and everything else stays.
///
/// # Errors
/// As for [`super::render`], but for an empty list, which is a list too.
pub fn render_function<'a>(
    texts: &'a [Source<'a>],
    options: &Options,
) -> Result<Rendered<'a>, RenderError> {
    let sources = Sources::split(texts)?;
    let Some((site, parsed)) = list_document(&sources) else {
        return Err(RenderError::Function(
            "the input is no `ResourceList`".to_owned(),
        ));
    };
    let candidates = [Candidate { site, parsed }];
    let members = match candidates[0].parsed.value().get("items") {
        Some(Value::Array(_)) => survey::members(&candidates, options.dialect),
        Some(_) | None => Vec::new(),
    };
    let judged = judge(&sources, &members, options, Vec::new())?;
    let mut plan = plan(&sources, &members, options, judged);
    let candidate = &candidates[0];
    let mut edits = splices(&sources, candidate, &plan.edits, &mut plan.findings);
    let summary = Summary {
        entities: plan.entities,
        blueprints: plan.blueprints,
        others: members.len() - plan.entities,
        crds: plan.added.crds.len(),
        fragment: plan.added.map.as_ref().map(|map| map.name.clone()),
    };
    edits.extend(assemble::replacement(
        candidate,
        &mut plan.added,
        &mut plan.findings,
    ));
    edits.extend(items_splice(&candidate.parsed, &plan.added)?);
    edits.extend(results_splice(&candidate.parsed, &plan.findings)?);
    edits.sort_by_key(|splice| splice.range.start);
    let text = texts[0].text;
    let start = sources.sites()[site].range.start;
    let pieces = edited(text, start, edits);
    let new: Vec<u8> = pieces.iter().flat_map(Piece::as_bytes).copied().collect();
    // Bytes in front of and behind the list are separators and comments.
    if list_document(&Sources::split(&[source_of(&new)])?).is_none() {
        return Err(unusual());
    }
    Ok(Rendered {
        pieces,
        findings: plan.findings,
        fragment: (!plan.fragment.is_empty()).then_some(plan.fragment),
        delivered: plan.delivered,
        summary,
    })
}

/// The text with the splices of the document that starts at `start`.
fn edited(text: &[u8], start: usize, splices: Vec<Splice>) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for Splice { range, text: new } in splices {
        pieces.push(Piece::Kept(&text[at..start + range.start]));
        pieces.push(Piece::New(new));
        at = start + range.end;
    }
    pieces.push(Piece::Kept(&text[at..]));
    pieces
}

fn source_of(text: &[u8]) -> Source<'_> {
    Source {
        name: "<stdin>",
        text,
        format: super::SourceFormat::Stream,
    }
}

fn unusual() -> RenderError {
    RenderError::Function(
        "the `ResourceList` is written in a way that no safe edit is known for".to_owned(),
    )
}

fn items_splice(list: &Parsed<'_>, added: &Added) -> Result<Option<Splice>, RenderError> {
    let crds = added
        .crds
        .iter()
        .map(|(dialect, kind)| crds::crd_json(*dialect, *kind));
    let objects: Vec<String> = crds.chain(added.map.iter().map(|map| map.json())).collect();
    if objects.is_empty() {
        return Ok(None);
    }
    let tree = list.tree();
    let items = tree.root().and_then(|root| tree.get(root, "items"));
    items
        .and_then(|items| in_front(list, items, &objects))
        .map(Some)
        .ok_or_else(unusual)
}

fn results_splice(list: &Parsed<'_>, findings: &[Finding]) -> Result<Option<Splice>, RenderError> {
    // A list that has been through here before has its results already.
    let known = list.value().get("results").and_then(Value::as_array);
    let results: Vec<String> = findings
        .iter()
        .map(result)
        .filter(|result| known.is_none_or(|known| !known.contains(result)))
        .map(|result| json_line(&result))
        .collect();
    if results.is_empty() {
        return Ok(None);
    }
    let tree = list.tree();
    let root = tree.root().ok_or_else(unusual)?;
    if let Some(existing) = tree.get(root, "results") {
        return in_front(list, existing, &results)
            .or_else(|| in_place_of_null(list, existing, &results))
            .map(Some)
            .ok_or_else(unusual);
    }
    let line = format!("\"results\": [{}]", results.join(", "));
    let start = tree.node(root).span.start;
    let (at, text) = match &tree.node(root).kind {
        NodeKind::Mapping {
            style: CollectionStyle::Flow,
            ..
        } => (start + 1, format!("{line}, ")),
        NodeKind::Mapping {
            style: CollectionStyle::Block,
            ..
        } => (
            start,
            format!("{line}\n{}", " ".repeat(column(list, start))),
        ),
        NodeKind::Scalar { .. } | NodeKind::Sequence { .. } | NodeKind::Alias { .. } => {
            return Err(unusual());
        }
    };
    Ok(Some(Splice {
        range: at..at,
        text,
    }))
}

/// A sequence where a null is written out.
fn in_place_of_null(list: &Parsed<'_>, node: NodeId, elements: &[String]) -> Option<Splice> {
    let node = list.tree().node(node);
    let NodeKind::Scalar { .. } = &node.kind else {
        return None;
    };
    (!node.span.is_empty()).then(|| Splice {
        range: node.span.clone(),
        text: format!("[{}]", elements.join(", ")),
    })
}

/// Elements in front of a sequence's first.
fn in_front(list: &Parsed<'_>, sequence: NodeId, elements: &[String]) -> Option<Splice> {
    let node = list.tree().node(sequence);
    let NodeKind::Sequence { items, style } = &node.kind else {
        return None;
    };
    let start = node.span.start;
    let (at, text) = match style {
        CollectionStyle::Flow => {
            let separator = if items.is_empty() { "" } else { ", " };
            (start + 1, format!("{}{separator}", elements.join(", ")))
        }
        CollectionStyle::Block => {
            let indent = " ".repeat(column(list, start));
            let lines = elements
                .iter()
                .map(|element| format!("- {element}\n{indent}"));
            (start, lines.collect())
        }
    };
    Some(Splice {
        range: at..at,
        text,
    })
}

fn column(list: &Parsed<'_>, offset: usize) -> usize {
    let before = &list.text()[..offset];
    before
        .chars()
        .rev()
        .take_while(|found| *found != '\n')
        .count()
}

/// A finding as a KRM result.
fn result(finding: &Finding) -> Value {
    let Finding {
        rule,
        severity,
        message,
        help,
        // Lines of the list are none of the user's files.
        location: _,
        resource,
        field,
    } = finding;
    let message = match help {
        Some(help) => format!("{message} [{rule}]; {help}"),
        None => format!("{message} [{rule}]"),
    };
    let mut result = json!({ "message": message, "severity": severity.as_str() });
    if let Some(resource) = resource {
        let mut reference = json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "name": resource.name,
        });
        if let Some(namespace) = &resource.namespace {
            reference["namespace"] = Value::from(namespace.as_str());
        }
        result["resourceRef"] = reference;
    }
    if let Some(field) = field {
        result["field"] = json!({ "path": field.to_string().trim_start_matches('.') });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{function_config, is_function, render_function, resource_list, source_of};
    use crate::catalog::{Claimant, Dialect};
    use crate::exporter::Style;
    use crate::render::{
        ClusterKinds, CrdPolicy, Delivery, Emptiness, Host, MappingPlacement, Options, Provenance,
    };

    const LIST: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  data: {crds: never}\n";

    fn options() -> Options {
        Options {
            dialect: Dialect::Glint,
            host: Host::Pipe,
            crds: CrdPolicy::Never,
            cluster: ClusterKinds::Unknown,
            provenance: Provenance::default(),
            delivery: Delivery::Delivered,
            mapping: MappingPlacement::None,
            style: Style::Generic,
            claims: None,
            claimant: Claimant::default(),
            emptiness: Emptiness::Allowed,
        }
    }

    #[track_caller]
    fn check(text: &[u8], results: usize) {
        let render = |text: &[u8]| -> Vec<u8> {
            let texts = [source_of(text)];
            render_function(&texts, &options()).unwrap().to_bytes()
        };
        let once = render(text);
        assert_eq!(
            String::from_utf8_lossy(&render(&once)),
            String::from_utf8_lossy(&once)
        );
        let list = resource_list(&once).unwrap();
        assert_eq!(list["results"].as_array().map_or(0, Vec::len), results);
    }

    #[test]
    fn results_are_told_once_wherever_they_are_written() {
        let list = |results: &str| {
            format!(
                "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{results}items:\n- apiVersion: glint.io/v1\n  kind: Entity\n  metadata: {{name: x}}\n  spec: {{blueprint: a}}\n"
            )
        };
        check(list("").as_bytes(), 1);
        check(list("results: null\n").as_bytes(), 1);
        check(list("results: []\n").as_bytes(), 1);
        check(list("results:\n- message: other\n").as_bytes(), 2);
    }

    #[test]
    fn bytes_in_comments_stay() {
        let list = [&b"# \xff\n"[..], LIST.as_bytes()].concat();
        let texts = [source_of(&list)];
        let rendered = render_function(&texts, &options()).unwrap();
        assert_eq!(rendered.to_bytes(), list);
    }

    #[test]
    fn a_resource_list_is_known_by_version_and_kind() {
        assert!(is_function(LIST.as_bytes()));
        assert!(!is_function(b"apiVersion: v1\nkind: List\nitems: []\n"));
        assert!(!is_function(b"kind: ResourceList\n"));
        let config = function_config(LIST.as_bytes()).unwrap();
        assert_eq!(config["data"]["crds"], "never");
    }
}
