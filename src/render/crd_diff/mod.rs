//! How a cluster's CRD differs from the one that this program brings.
//!
//! Two values in, differences out. Compared is what we ship: the spec, and the
//! annotations that we set. Whatever the API server fills in or owns (`status`,
//! `metadata.uid`, `spec.conversion`…) and whatever others wrote beside ours is
//! no difference. Invariant: a CRD that was applied and read back differs in
//! nothing.

mod effect;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value, json};

use super::annotate::SYNC_OPTIONS;
use super::crds::{crd, protects};
use crate::catalog::{Dialect, EntityKind};
pub(crate) use effect::Effect;

/// The annotation that counts the changes of a CRD of ours.
const CRD_VERSION: &str = "gitops.glint.io/crd-version";

/// What there is to say of one CRD of ours.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CrdDiff {
    /// `entities.glint.io`.
    pub name: String,
    /// What the cluster has.
    pub cluster: Installed,
    /// The version that this program brings.
    pub brought: String,
    /// In the order of their paths; none where the cluster has no CRD.
    pub differences: Vec<Difference>,
}

/// A CRD in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Installed {
    /// It is not there.
    Absent,
    /// It is there, and nobody said which version it is: others made it.
    Unversioned,
    /// Its version, as its annotation says.
    Version(String),
}

/// What applying our CRD comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Nothing would change.
    Same,
    /// All that the cluster's CRD accepts, ours accepts too.
    Safe,
    /// Ours refuses or drops something that the cluster's accepts.
    Narrows,
    /// The API server would refuse it.
    Refused,
    /// The cluster's is newer than ours, or of a version that we can't place.
    Downgrade,
}

/// One field that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// Where.
    pub path: Path,
    /// What applying ours does there.
    pub change: Change,
    /// What that means for entities and for whoever reads them.
    pub effect: Effect,
}

/// What applying our CRD does to a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// The cluster lacks it.
    Added(Value),
    /// Only the cluster has it.
    Removed(Value),
    /// Both have it, not alike.
    Changed {
        /// The cluster's.
        from: Value,
        /// Ours.
        to: Value,
    },
}

/// Where a field stands: `spec.versions[v1].served`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path(Vec<Step>);

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Into a mapping.
    Key(String),
    /// To the element of a list that has this `name`.
    Named(String),
    /// To an element of a list of plain values, which has no other name.
    Element,
}

/// Compares the cluster's CRD of a kind, where it has one, with ours.
pub(crate) fn crd_diff(cluster: Option<&Value>, dialect: Dialect, kind: EntityKind) -> CrdDiff {
    let ours = crd(dialect, kind);
    let version = |crd: &Value| annotations(crd).get(CRD_VERSION).and_then(text);
    CrdDiff {
        name: dialect.crd_name(kind),
        cluster: match cluster.map(version) {
            None => Installed::Absent,
            Some(None) => Installed::Unversioned,
            Some(Some(version)) => Installed::Version(version),
        },
        brought: version(&ours).unwrap_or_default(),
        differences: cluster.map_or_else(Vec::new, |cluster| differences(cluster, &ours)),
    }
}

impl CrdDiff {
    /// What applying ours comes to.
    pub(crate) fn verdict(&self) -> Verdict {
        let number = |version: &str| version.parse::<u64>().ok();
        let is_newer = match &self.cluster {
            Installed::Absent | Installed::Unversioned => false,
            Installed::Version(version) => {
                number(version).is_none() || number(version) > number(&self.brought)
            }
        };
        let effects = self.differences.iter().map(|difference| difference.effect);
        match (&self.cluster, is_newer, effects.max()) {
            (Installed::Absent, ..) => Verdict::Safe,
            (_, true, _) => Verdict::Downgrade,
            (_, false, None) => Verdict::Same,
            (_, false, Some(Effect::Harmless)) => Verdict::Safe,
            (_, false, Some(Effect::Narrows)) => Verdict::Narrows,
            (_, false, Some(Effect::Refused)) => Verdict::Refused,
        }
    }
}

fn differences(cluster: &Value, ours: &Value) -> Vec<Difference> {
    let mut walk = Walk {
        cluster,
        path: Path::default(),
        found: Vec::new(),
    };
    let (theirs, shipped) = (annotations(cluster), annotations(ours));
    for (key, value) in &shipped {
        let there = theirs.get(key);
        let is_kept = key == SYNC_OPTIONS && there.and_then(Value::as_str).is_some_and(protects);
        if !is_kept {
            let steps = ["metadata", "annotations", key].map(|key| Step::Key(key.to_owned()));
            walk.path = Path(steps.into());
            walk.field(there, Some(value));
        }
    }
    walk.path = Path(vec![Step::Key("spec".to_owned())]);
    walk.field(Some(&defaulted(cluster)), Some(&defaulted(ours)));
    walk.found
}

fn annotations(crd: &Value) -> Map<String, Value> {
    let annotations = crd.pointer("/metadata/annotations");
    annotations
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A CRD's spec as the API server stores it: `SetDefaults_…Spec` and
/// `SetDefaults_…Names` of apiextensions v1, Kubernetes 1.37.
fn defaulted(crd: &Value) -> Value {
    let mut spec = crd.get("spec").cloned().unwrap_or_default();
    let Some(fields) = spec.as_object_mut() else {
        return spec;
    };
    fields
        .entry("conversion")
        .or_insert_with(|| json!({"strategy": "None"}));
    if let Some(names) = fields.get_mut("names").and_then(Value::as_object_mut) {
        let kind = names.get("kind").and_then(text).unwrap_or_default();
        names
            .entry("listKind")
            .or_insert_with(|| format!("{kind}List").into());
        names
            .entry("singular")
            .or_insert_with(|| kind.to_lowercase().into());
    }
    spec
}

/// A walk down both CRDs at once.
struct Walk<'a> {
    /// The cluster's whole CRD, for what a change means.
    cluster: &'a Value,
    path: Path,
    found: Vec<Difference>,
}

impl Walk<'_> {
    /// Compares a field that at least one side has.
    fn field(&mut self, theirs: Option<&Value>, ours: Option<&Value>) {
        match (theirs, ours) {
            (Some(theirs), Some(ours)) if theirs == ours => {}
            (Some(Value::Object(theirs)), Some(Value::Object(ours))) => self.mapping(theirs, ours),
            (Some(Value::Array(theirs)), Some(Value::Array(ours))) => self.list(theirs, ours),
            (Some(theirs), Some(ours)) => self.add(Change::Changed {
                from: theirs.clone(),
                to: ours.clone(),
            }),
            (None, Some(ours)) => self.add(Change::Added(ours.clone())),
            (Some(theirs), None) => self.add(Change::Removed(theirs.clone())),
            (None, None) => {}
        }
    }

    fn mapping(&mut self, theirs: &Map<String, Value>, ours: &Map<String, Value>) {
        let keys: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
        for key in keys {
            self.at(Step::Key(key.clone()), theirs.get(key), ours.get(key));
        }
    }

    /// Elements with names are told apart by them; plain values are a set, as
    /// all such lists of a CRD are. Anything else is compared whole.
    fn list(&mut self, theirs: &[Value], ours: &[Value]) {
        if let (Some(their_names), Some(our_names)) = (names(theirs), names(ours)) {
            let all: BTreeSet<&str> = their_names.iter().chain(&our_names).copied().collect();
            for name in all {
                let one = |list: &'_ [Value], names: &[&str]| {
                    let place = names.iter().position(|it| *it == name)?;
                    list.get(place).cloned()
                };
                let (one_theirs, one_ours) = (one(theirs, &their_names), one(ours, &our_names));
                let step = Step::Named(name.to_owned());
                self.at(step, one_theirs.as_ref(), one_ours.as_ref());
            }
            let same: BTreeSet<_> = their_names.iter().collect();
            if their_names != our_names && same == our_names.iter().collect() {
                self.add(Change::Changed {
                    from: json!(their_names),
                    to: json!(our_names),
                });
            }
        } else if theirs.iter().chain(ours).all(is_plain) {
            for value in theirs.iter().filter(|value| !ours.contains(value)) {
                self.at(Step::Element, Some(value), None);
            }
            for value in ours.iter().filter(|value| !theirs.contains(value)) {
                self.at(Step::Element, None, Some(value));
            }
        } else {
            self.add(Change::Changed {
                from: theirs.into(),
                to: ours.into(),
            });
        }
    }

    fn at(&mut self, step: Step, theirs: Option<&Value>, ours: Option<&Value>) {
        self.path.0.push(step);
        self.field(theirs, ours);
        self.path.0.pop();
    }

    fn add(&mut self, change: Change) {
        self.found.push(Difference {
            effect: effect::effect(self.cluster, &self.path, &change),
            path: self.path.clone(),
            change,
        });
    }
}

/// The names of a list's elements, where each has one of its own.
fn names(list: &[Value]) -> Option<Vec<&str>> {
    let names: Option<Vec<&str>> = list
        .iter()
        .map(|element| element.get("name").and_then(Value::as_str))
        .collect();
    names.filter(|names| names.iter().collect::<BTreeSet<_>>().len() == names.len())
}

fn is_plain(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if key.contains(['.', '/', '[', ' ']) => write!(f, "[{key:?}]")?,
                Step::Key(key) if place == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Named(name) => write!(f, "[{name}]")?,
                Step::Element => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Change, CrdDiff, Installed, Verdict, crd_diff, differences};
    use crate::catalog::{Dialect, EntityKind};
    use crate::render::crds::crd;

    /// Every difference as `sign path`, for a cluster's CRD that was ours until
    /// it was edited.
    #[track_caller]
    fn check(edit: impl Fn(&mut Value), expected: &[&str]) {
        let ours = crd(Dialect::Glint, EntityKind::Entity);
        let mut cluster = ours.clone();
        edit(&mut cluster);
        let found: Vec<String> = differences(&cluster, &ours)
            .iter()
            .map(|difference| {
                let sign = match &difference.change {
                    Change::Added(_) => '+',
                    Change::Removed(_) => '-',
                    Change::Changed { .. } => '~',
                };
                format!("{sign} {}", difference.path)
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_the_api_server_fills_in_is_no_difference() {
        check(
            |crd| {
                crd["status"] = json!({"storedVersions": ["v1"]});
                crd["metadata"]["uid"] = "0ea88e2b".into();
                crd["metadata"]["annotations"]["example.com/owner"] = "platform".into();
                crd["spec"]["conversion"] = json!({"strategy": "None"});
            },
            &[],
        );
        check(
            |crd| {
                let names = crd["spec"]["names"].as_object_mut().unwrap();
                names.remove("listKind");
                names.remove("singular");
            },
            &[],
        );
    }

    #[test]
    fn the_order_of_a_set_is_no_difference_and_that_of_columns_is_one() {
        let schema = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/required";
        check(
            |crd| {
                let required = crd.pointer_mut(schema).unwrap();
                required.as_array_mut().unwrap().reverse();
            },
            &[],
        );
        check(
            |crd| {
                let columns = &mut crd["spec"]["versions"][0]["additionalPrinterColumns"];
                columns.as_array_mut().unwrap().swap(0, 1);
            },
            &["~ spec.versions[v1].additionalPrinterColumns"],
        );
    }

    #[test]
    fn a_field_is_found_by_the_names_on_the_way_to_it() {
        check(
            |crd| {
                let version = &mut crd["spec"]["versions"][0];
                version["served"] = false.into();
                version["additionalPrinterColumns"][1]["jsonPath"] = ".spec.id".into();
                version["deprecated"] = true.into();
                crd["spec"]["names"]["shortNames"] = json!(["e"]);
                crd["spec"]["conversion"] = json!({"strategy": "Webhook"});
            },
            &[
                "~ spec.conversion.strategy",
                "- spec.names.shortNames",
                "+ spec.names.shortNames",
                "~ spec.versions[v1].additionalPrinterColumns[Entity ID].jsonPath",
                "- spec.versions[v1].deprecated",
                "~ spec.versions[v1].served",
            ],
        );
    }

    #[test]
    fn an_annotation_that_protects_as_ours_does_is_no_difference() {
        let options = |options: &'static str| {
            move |crd: &mut Value| {
                crd["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] = options.into();
            }
        };
        check(
            options("Validate=false,Delete=false,Prune=false,ServerSideApply=true"),
            &[],
        );
        check(
            options("Prune=false"),
            &["~ metadata.annotations[\"argocd.argoproj.io/sync-options\"]"],
        );
    }

    #[track_caller]
    fn check_version(version: Option<&str>, cluster: Installed, verdict: Verdict) {
        let mut crd = crd(Dialect::Port, EntityKind::ClusterEntity);
        let annotations = crd["metadata"]["annotations"].as_object_mut().unwrap();
        match version {
            Some(version) => annotations.insert(super::CRD_VERSION.to_owned(), version.into()),
            None => annotations.remove(super::CRD_VERSION),
        };
        let diff = crd_diff(Some(&crd), Dialect::Port, EntityKind::ClusterEntity);
        assert_eq!((&diff.cluster, diff.verdict()), (&cluster, verdict));
    }

    #[test]
    fn a_newer_crd_is_never_downgraded() {
        let version = |text: &str| Installed::Version(text.to_owned());
        check_version(Some("1"), version("1"), Verdict::Same);
        check_version(Some("0"), version("0"), Verdict::Safe);
        check_version(Some("10"), version("10"), Verdict::Downgrade);
        check_version(Some("1.1"), version("1.1"), Verdict::Downgrade);
        check_version(None, Installed::Unversioned, Verdict::Safe);
    }

    #[test]
    fn a_crd_that_is_not_there_can_be_applied() {
        let diff = crd_diff(None, Dialect::Glint, EntityKind::Entity);
        let expected = CrdDiff {
            name: "entities.glint.io".to_owned(),
            cluster: Installed::Absent,
            brought: "1".to_owned(),
            differences: Vec::new(),
        };
        assert_eq!(diff, expected);
        assert_eq!(diff.verdict(), Verdict::Safe);
    }
}
