//! How a cluster's CRDs differ from ours: a line a difference for people, one
//! JSON document for machines.
//!
//! Not for deciding what a difference means (`render`). Invariant: the command
//! that applies our CRDs is named only where the API server takes them and the
//! cluster's are not newer.

use serde_json::{Value, json};

use crate::render::{Change, CrdDiff, Difference, Effect, Installed, Verdict};

/// The longest value that stands whole in a line.
const VALUE_CHARS: usize = 60;

/// Everything for people; `apply` is the command that applies our CRDs.
///
/// ```text
/// entities.glint.io: version 0 in the cluster, version 1 here
/// ~ entities.glint.io metadata.annotations["gitops.glint.io/crd-version"]: "0" -> "1"
///
/// 1 difference; applying is safe: …
///   glint-gitops crds | kubectl apply --server-side --force-conflicts -f -
/// ```
pub(crate) fn crd_diffs(diffs: &[CrdDiff], apply: &str) -> String {
    let mut text: String = diffs.iter().map(one).collect();
    let verdict = worst(diffs);
    if verdict != Verdict::Same {
        text.push_str(&format!("\n{}; {}", counted(diffs), advice(verdict)));
        text.push('\n');
    }
    if can_be_applied(verdict) {
        text.push_str(&format!("  {apply}\n"));
    }
    text
}

/// `{"version": 1, "crds": [...], "verdict": …, "apply": …}`. Versioned; fields
/// are added, never renamed.
pub(crate) fn crd_diffs_json(diffs: &[CrdDiff], apply: &str) -> String {
    let verdict = worst(diffs);
    let crds: Vec<Value> = diffs.iter().map(row).collect();
    let document = json!({
        "version": 1,
        "crds": crds,
        "verdict": word(verdict),
        "apply": can_be_applied(verdict).then_some(apply),
    });
    format!("{document:#}\n")
}

fn worst(diffs: &[CrdDiff]) -> Verdict {
    let verdicts = diffs.iter().map(CrdDiff::verdict);
    verdicts.max().unwrap_or(Verdict::Same)
}

fn can_be_applied(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Safe | Verdict::Narrows => true,
        Verdict::Same | Verdict::Refused | Verdict::Downgrade => false,
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "same",
        Verdict::Safe => "safe",
        Verdict::Narrows => "narrows",
        Verdict::Refused => "refused",
        Verdict::Downgrade => "downgrade",
    }
}

fn advice(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "nothing is to be applied",
        Verdict::Safe => "applying is safe: what the cluster's CRDs accept, these accept too",
        Verdict::Narrows => {
            "look at the lines marked `narrower` before you apply: there, what the cluster's CRDs \
             accept is refused or dropped when an entity is next written"
        }
        Verdict::Refused => {
            "don't apply: the API server refuses the lines marked `refused`. Never delete a CRD to \
             get around that, all its entities would go with it"
        }
        Verdict::Downgrade => {
            "don't apply: the cluster's CRDs are newer than those of this program, and a CRD is \
             never downgraded. Use the glint-gitops that applied them, or a newer one"
        }
    }
}

fn counted(diffs: &[CrdDiff]) -> String {
    let absent = |diff: &&CrdDiff| diff.cluster == Installed::Absent;
    let fields = diffs.iter().map(|diff| diff.differences.len()).sum();
    let counts = [
        (fields, "difference", "differences"),
        (
            diffs.iter().filter(absent).count(),
            "CRD to add",
            "CRDs to add",
        ),
    ];
    let counted: Vec<String> = counts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    counted.join(", ")
}

fn one(diff: &CrdDiff) -> String {
    let CrdDiff {
        name,
        cluster,
        brought,
        differences,
    } = diff;
    let head = match (cluster, differences.as_slice()) {
        (Installed::Absent, _) => format!("not in the input, version {brought} here"),
        (Installed::Version(version), []) => format!("version {version}, no difference"),
        (Installed::Version(version), _) if version == brought => {
            format!("version {version} in the cluster and here, changed by others")
        }
        (Installed::Version(version), _) => {
            format!("version {version} in the cluster, version {brought} here")
        }
        (Installed::Unversioned, _) => {
            format!("no version of ours in the cluster, version {brought} here")
        }
    };
    let lines = differences.iter().map(|difference| line(name, difference));
    format!("{name}: {head}\n{}", lines.collect::<String>())
}

fn line(name: &str, difference: &Difference) -> String {
    let Difference {
        path,
        change,
        effect,
    } = difference;
    let (sign, values) = match change {
        Change::Added(value) => ('+', short(value)),
        Change::Removed(value) => ('-', short(value)),
        Change::Changed { from, to } => ('~', format!("{} -> {}", short(from), short(to))),
    };
    let mark = match effect {
        Effect::Harmless => "",
        Effect::Narrows => " (narrower)",
        Effect::Refused => " (refused)",
    };
    format!("{sign} {name} {path}: {values}{mark}\n")
}

/// A value as JSON, cut where it is long.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn row(diff: &CrdDiff) -> Value {
    let CrdDiff {
        name,
        cluster,
        brought,
        differences,
    } = diff;
    let rows: Vec<Value> = differences.iter().map(difference_row).collect();
    json!({
        "name": name,
        "present": *cluster != Installed::Absent,
        "clusterVersion": match cluster {
            Installed::Absent | Installed::Unversioned => None,
            Installed::Version(version) => Some(version),
        },
        "version": brought,
        "verdict": word(diff.verdict()),
        "differences": rows,
    })
}

fn difference_row(difference: &Difference) -> Value {
    let Difference {
        path,
        change,
        effect,
    } = difference;
    let (change, cluster, brought) = match change {
        Change::Added(value) => ("add", None, Some(value)),
        Change::Removed(value) => ("remove", Some(value), None),
        Change::Changed { from, to } => ("change", Some(from), Some(to)),
    };
    json!({
        "path": path.to_string(),
        "change": change,
        "cluster": cluster,
        "brought": brought,
        "effect": match effect {
            Effect::Harmless => "harmless",
            Effect::Narrows => "narrows",
            Effect::Refused => "refused",
        },
    })
}
