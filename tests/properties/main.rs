//! What holds for every stream: bytes, order, and reading stay as they came,
//! but for what the program adds; and a second render adds nothing.
//!
//! 10,000 generated streams for each property. The algebra of fragments has its
//! own properties beside its code.

mod dice;
mod streams;
mod writer;

use glint_gitops::{
    ClusterKinds, CrdPolicy, Delivery, Dialect, Emptiness, Host, MappingPlacement, Options, Parsed,
    Piece, Provenance, Rendered, Source, SourceFormat, Style, objects, render, split,
};
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof,
};
use proptest::proptest;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 10_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn options() -> impl Strategy<Value = Options> {
    let host = prop_oneof![
        Just(Host::Pipe),
        Just(Host::ArgoCd),
        Just(Host::Flux),
        Just(Host::Helm)
    ];
    // Reading two whole CRDs again takes longer than all the rest.
    let crds = prop_oneof![
        12 => Just(CrdPolicy::Never),
        1 => Just(CrdPolicy::Auto),
        1 => Just(CrdPolicy::Always),
    ];
    (host, crds, any::<[bool; 4]>()).prop_map(|(host, crds, [named, delivered, mapped, known])| {
        Options {
            dialect: Dialect::Glint,
            host,
            crds,
            cluster: match known {
                true => ClusterKinds::Known(std::iter::empty::<String>().collect()),
                false => ClusterKinds::Unknown,
            },
            provenance: Provenance {
                application: named.then(|| "shop".to_owned()),
                source_path: Some("apps/shöp".to_owned()),
                ..Provenance::default()
            },
            delivery: match delivered {
                true => Delivery::Delivered,
                false => Delivery::Withheld,
            },
            mapping: match mapped {
                true => MappingPlacement::ConfigMap,
                false => MappingPlacement::None,
            },
            style: Style::Generic,
            claims: None,
            claimant: Default::default(),
            emptiness: Emptiness::Allowed,
        }
    })
}

fn source(text: &[u8]) -> [Source<'_>; 1] {
    [Source {
        name: "<stdin>",
        text,
        format: SourceFormat::Stream,
    }]
}

/// The output, `None` for what is refused.
fn output(text: &[u8], options: &Options) -> Option<Vec<u8>> {
    render(&source(text), options)
        .ok()
        .map(|rendered| rendered.to_bytes())
}

/// The bytes of the input that are missing from the output, after checking
/// that the others stand there in order.
fn left_out(
    text: &[u8],
    rendered: &Rendered<'_>,
) -> Result<Vec<std::ops::Range<usize>>, TestCaseError> {
    let mut gaps = Vec::new();
    let mut at = 0;
    for piece in &rendered.pieces {
        let Piece::Kept(kept) = piece else { continue };
        if kept.is_empty() {
            continue;
        }
        let start = kept.as_ptr() as usize - text.as_ptr() as usize;
        prop_assert!(at <= start && start + kept.len() <= text.len());
        if at < start {
            gaps.push(at..start);
        }
        at = start + kept.len();
    }
    if at < text.len() {
        gaps.push(at..text.len());
    }
    Ok(gaps)
}

/// A document's objects, `None` where it can't be read.
fn read(
    text: &[u8],
    document: &std::ops::Range<usize>,
    notation: glint_gitops::Notation,
) -> Option<Vec<Value>> {
    let parsed = Parsed::read(&text[document.clone()], notation).ok()?;
    objects(&parsed).ok()
}

fn is_entity(object: &Value) -> bool {
    object["apiVersion"] == "glint.io/v1"
        && (object["kind"] == "Entity" || object["kind"] == "ClusterEntity")
}

fn is_crd(object: &Value) -> bool {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    object["kind"] == "CustomResourceDefinition"
        && (name == "entities.glint.io" || name == "clusterentities.glint.io")
}

fn is_fragment(object: &Value) -> bool {
    object["kind"] == "ConfigMap"
        && object["metadata"]["labels"]["gitops.glint.io/fragment"] == "true"
}

fn is_ours(object: &Value) -> bool {
    is_entity(object) || is_crd(object) || is_fragment(object)
}

/// The object without what a render may set on it.
fn without_ours(mut object: Value) -> Value {
    const SET: [&str; 8] = [
        "argocd.argoproj.io/sync-options",
        "gitops.glint.io/application",
        "gitops.glint.io/deliver",
        "gitops.glint.io/source-path",
        "helm.sh/resource-policy",
        "kustomize.toolkit.fluxcd.io/prune",
        "kustomize.toolkit.fluxcd.io/ssa",
        "kustomize.toolkit.fluxcd.io/substitute",
    ];
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return object;
    };
    let empty = match metadata.get_mut("annotations") {
        Some(Value::Object(annotations)) => {
            annotations.retain(|key, _| !SET.contains(&key.as_str()));
            annotations.is_empty()
        }
        Some(annotations) => annotations.is_null(),
        None => false,
    };
    if empty {
        metadata.remove("annotations");
    }
    object
}

/// Every object of a stream, entities and CRDs without what is set on them;
/// `None` where a document can't be read.
fn reading(text: &[u8]) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for document in split(text).ok()? {
        for object in read(text, &document.range, document.notation)? {
            all.push(match is_entity(&object) || is_crd(&object) {
                true => without_ours(object),
                false => object,
            });
        }
    }
    Some(all)
}

/// A document's bytes without the separators in front, which belong to the
/// stream.
fn content(text: &[u8]) -> &[u8] {
    let mut text = text;
    while text.starts_with(b"---") {
        let line = text.iter().position(|byte| *byte == b'\n');
        text = line.map_or(&[], |end| &text[end + 1..]);
    }
    text
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn bytes_outside_of_replaced_values_stay_in_order(stream in streams::stream(), options in options()) {
        let texts = source(&stream);
        let Ok(rendered) = render(&texts, &options) else { return Ok(()) };
        let gaps = left_out(&stream, &rendered)?;
        let documents = split(&stream).expect("what is rendered can be split");
        for gap in gaps {
            let holder = documents.iter().find(|document| document.range.contains(&gap.start));
            let holder = holder.expect("nothing between documents is left out");
            prop_assert!(gap.end <= holder.range.end);
            let held = read(&stream, &holder.range, holder.notation).unwrap_or_default();
            prop_assert!(held.iter().any(is_ours));
        }
    }

    #[test]
    fn rendering_the_output_gives_the_output(stream in streams::stream(), options in options()) {
        let Some(once) = output(&stream, &options) else { return Ok(()) };
        let twice = output(&once, &options);
        prop_assert_eq!(
            twice.as_deref().map(String::from_utf8_lossy),
            Some(String::from_utf8_lossy(&once))
        );
    }

    #[test]
    fn documents_of_others_are_byte_identical(stream in streams::stream(), options in options()) {
        let Some(rendered) = output(&stream, &options) else { return Ok(()) };
        let after = split(&rendered).expect("the output can be split");
        let mut after = after.iter().map(|document| content(&rendered[document.range.clone()]));
        for document in split(&stream).expect("what is rendered can be split") {
            let ours = read(&stream, &document.range, document.notation)
                .is_some_and(|objects| objects.iter().any(is_ours));
            let bytes = content(&stream[document.range.clone()]);
            if !ours && !bytes.is_empty() {
                prop_assert!(
                    after.any(|other| other == bytes),
                    "{:?} is not in {:?}",
                    String::from_utf8_lossy(bytes),
                    String::from_utf8_lossy(&rendered)
                );
            }
        }
    }

    #[test]
    fn the_output_reads_as_the_input_and_what_is_added(stream in streams::stream(), options in options()) {
        let texts = source(&stream);
        let Ok(rendered) = render(&texts, &options) else { return Ok(()) };
        let Some(before) = reading(&stream) else { return Ok(()) };
        let after = reading(&rendered.to_bytes());
        prop_assert!(after.is_some(), "the output can't be read");
        let name = rendered.summary.fragment.as_deref();
        let map = |object: &Value| is_fragment(object) && object["metadata"]["name"].as_str() == name;
        let had_map = before.iter().any(map);
        let brought: Vec<Value> = before
            .iter()
            .filter(|object| is_crd(object))
            .map(|object| object["metadata"]["name"].clone())
            .collect();
        let mut added_crds = 0;
        let mut maps = 0;
        let mut rest = Vec::new();
        for object in after.unwrap_or_default() {
            if is_crd(&object) && !brought.contains(&object["metadata"]["name"]) {
                added_crds += 1;
            } else if map(&object) {
                maps += 1;
                if had_map {
                    rest.push(Value::Null);
                }
            } else {
                rest.push(object);
            }
        }
        let before: Vec<Value> = before
            .into_iter()
            .map(|object| if map(&object) { Value::Null } else { object })
            .collect();
        prop_assert_eq!(rest, before);
        prop_assert_eq!(added_crds, rendered.summary.crds);
        prop_assert!(name.is_none() || maps > 0);
    }

    #[test]
    fn several_sources_read_as_one_after_the_other(
        first in streams::stream(),
        second in streams::stream(),
        options in options(),
    ) {
        let mut options = options;
        options.crds = CrdPolicy::Never;
        options.mapping = MappingPlacement::None;
        let texts = [source(&first)[0], source(&second)[0]];
        let Ok(rendered) = render(&texts, &options) else { return Ok(()) };
        let (Some(mut before), Some(second)) = (reading(&first), reading(&second)) else {
            return Ok(());
        };
        before.extend(second);
        prop_assert_eq!(reading(&rendered.to_bytes()), Some(before));
    }
}
