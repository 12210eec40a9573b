//! What a cluster declares now: the same as of a directory, but that nothing stands in
//! a file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::anyhow;
use serde_json::Value;

use crate::catalog::{BlueprintId, Dialect, EntityKind, MemberName, annotation};
use crate::command::sandbox::declared::{Declared, Entity, LiveKinds};
use crate::exporter::{self, Config, Declaration, Fragment, Kind, Kinds, Style};
use crate::finding::{Finding, Severity};
use crate::manifest::ResourceRef;
use crate::sandbox::Key;

/// What is seen of a cluster.
#[derive(Clone, Debug)]
pub(in crate::command::sandbox) struct Live {
    pub(super) objects: BTreeMap<Key, Arc<Value>>,
    /// What discovery said at the start.
    pub(super) kinds: Kinds,
    /// The kinds of which all objects are there.
    pub(super) listed: BTreeSet<Kind>,
    /// Why some of it is only known as it was.
    pub(super) trouble: Option<String>,
    /// Glint's kinds that are not served.
    pub(super) lacking: Vec<String>,
    /// Those that came to be served later.
    pub(super) late: Vec<String>,
}

impl Declared {
    /// What the objects of a cluster declare. Of what was made last the entities are
    /// taken where their objects are the same: each change of any object comes here.
    ///
    /// # Errors
    /// Variables of the mapping that can't be computed.
    pub(in crate::command::sandbox) fn live(
        dialect: Dialect,
        style: Style,
        live: Live,
        last: Option<&Self>,
    ) -> anyhow::Result<Self> {
        let now = declaring(dialect, &live.objects);
        let same = last.filter(|last| declaring(dialect, &last.objects) == now);
        let (mapping, entities) = match same {
            Some(last) => (last.mapping.clone(), last.entities.clone()),
            None => sent(dialect, style, &now)?,
        };
        let findings = findings(&live);
        let Live {
            objects,
            kinds,
            listed,
            trouble,
            lacking: _,
            late: _,
        } = live;
        Ok(Self {
            dialect,
            objects,
            kinds: Some(LiveKinds {
                served: kinds,
                listed,
            }),
            trouble,
            mapping,
            entities,
            findings,
        })
    }
}

/// The objects of Glint's kinds.
fn declaring(
    dialect: Dialect,
    objects: &BTreeMap<Key, Arc<Value>>,
) -> Vec<(EntityKind, &Key, &Arc<Value>)> {
    let of_kind = |kind: EntityKind| {
        let objects = objects.iter();
        let of_kind = objects
            .filter(move |(key, _)| key.group == dialect.group() && key.kind == kind.as_str());
        of_kind.map(move |(key, object)| (kind, key, object))
    };
    EntityKind::ALL.into_iter().flat_map(of_kind).collect()
}

/// The mapping that is generated for the objects, and what is sent under it.
fn sent(
    dialect: Dialect,
    style: Style,
    objects: &[(EntityKind, &Key, &Arc<Value>)],
) -> anyhow::Result<(Value, Vec<Entity>)> {
    let declarations = objects
        .iter()
        .filter_map(|(kind, _, object)| declaration(*kind, object));
    let mapping = exporter::mapping(style, &Fragment::of(dialect, declarations));
    let config = Config::of(&mapping)?;
    let environment = exporter::environment(&config.variables, &BTreeMap::new())
        .map_err(|name| anyhow!("can't compute which variables jq sees: {name}"))?;
    let values = objects.iter().map(|(_, _, object)| object.as_ref());
    let preview = exporter::preview(&config, values, &environment);
    let entities = preview.sent.into_iter().map(|sent| {
        let (_, key, object) = objects[sent.object];
        Entity {
            key: Some(key.clone()),
            application: application(object),
            resource: reference(key, object),
            location: None,
            fields: BTreeMap::new(),
            request: sent.request,
        }
    });
    Ok((mapping.to_json(), entities.collect()))
}

/// The names that an entity states; none where the catalog would not take it, or is
/// not to have it.
fn declaration(kind: EntityKind, object: &Value) -> Option<Declaration> {
    let deliver = &object["metadata"]["annotations"][annotation::DELIVER];
    if deliver == annotation::NOT_DELIVERED {
        return None;
    }
    let spec = &object["spec"];
    let names = |part: &str| -> BTreeSet<MemberName> {
        let members = spec[part].as_object().into_iter().flatten();
        members
            .filter_map(|(name, _)| MemberName::parse(name).ok())
            .collect()
    };
    Some(Declaration {
        kind,
        blueprint: BlueprintId::parse(spec["blueprint"].as_str()?).ok()?,
        properties: names("properties"),
        relations: names("relations"),
    })
}

fn application(object: &Value) -> Option<String> {
    let application = object["metadata"]["annotations"][annotation::APPLICATION].as_str();
    application.map(str::to_owned)
}

fn reference(key: &Key, object: &Value) -> ResourceRef {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    ResourceRef {
        api_version: api_version.to_owned(),
        kind: key.kind.clone(),
        namespace: Some(key.namespace.clone()).filter(|it| !it.is_empty()),
        name: key.name.clone(),
    }
}

fn findings(live: &Live) -> Vec<Finding> {
    let lacking = live.lacking.iter().map(|kind| {
        Finding::new(
            "mapping-unresolved",
            Severity::Warning,
            format!(
                "the cluster serves no `{kind}`: with a CRD go its objects, and the exporter \
                 deletes their entities"
            ),
        )
        .with_help("`glint-gitops crds` prints the CRDs; install them once, apart from what an application brings")
    });
    let late = live.late.iter().map(|kind| {
        Finding::new(
            "mapping-unresolved",
            Severity::Warning,
            format!(
                "`{kind}` came to be served after the exporter's start: it sends nothing of it \
                 until it is started again"
            ),
        )
        .with_help("start the sandbox again; in a cluster, restart the exporter's Deployment")
    });
    lacking.chain(late).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::{Declared, Live};
    use crate::catalog::Dialect;
    use crate::exporter::{Kinds, Style};
    use crate::sandbox::Key;

    fn live(objects: &[Value]) -> Live {
        let keyed = objects.iter();
        let keyed = keyed.map(|it| (Key::stored(it).unwrap(), Arc::new(it.clone())));
        Live {
            objects: keyed.collect(),
            kinds: Kinds::served([]),
            listed: BTreeSet::new(),
            trouble: None,
            lacking: Vec::new(),
            late: Vec::new(),
        }
    }

    fn entity(name: &str, annotations: Value) -> Value {
        json!({
            "apiVersion": "glint.io/v1", "kind": "Entity",
            "metadata": {"name": name, "namespace": "shop", "uid": "1", "annotations": annotations},
            "spec": {"blueprint": "service", "identifier": name, "properties": {"tier": 1}},
        })
    }

    fn declared(objects: &[Value], last: Option<&Declared>) -> Declared {
        Declared::live(Dialect::Glint, Style::Generic, live(objects), last).unwrap()
    }

    #[test]
    fn what_is_live_is_declared_with_its_application_and_without_a_place() {
        let applied = json!({"gitops.glint.io/application": "checkout"});
        let kept_out = json!({"gitops.glint.io/deliver": "false"});
        let pod =
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": "a"}});
        let objects = [entity("pay", applied), entity("draft", kept_out), pod];
        let declared = declared(&objects, None);
        let seen = declared.entities.iter().map(|entity| {
            (
                entity.identity().to_string(),
                entity.application.as_deref(),
                entity.resource.to_string(),
                entity.location.clone(),
            )
        });
        let pay = (
            "service/pay".to_owned(),
            Some("checkout"),
            "Entity shop/pay".to_owned(),
            None,
        );
        assert_eq!(seen.collect::<Vec<_>>(), [pay]);
        assert_eq!(declared.objects.len(), 3);
        assert_eq!(
            declared.mapping["resources"].as_array().map(Vec::len),
            Some(4)
        );
    }

    #[test]
    fn entities_are_those_of_the_objects_that_there_are_now() {
        let names = |declared: &Declared| -> Vec<String> {
            declared
                .entities
                .iter()
                .map(|it| it.identity().to_string())
                .collect()
        };
        let first = declared(&[entity("pay", json!({}))], None);
        let both = [entity("pay", json!({})), entity("web", json!({}))];
        let second = declared(&both, Some(&first));
        assert_eq!(names(&second), ["service/pay", "service/web"]);
        assert_eq!(names(&declared(&both, Some(&second))), names(&second));
        assert_eq!(names(&declared(&[], Some(&second))), [""; 0]);
    }

    #[test]
    fn a_kind_of_ours_that_is_not_served_is_found() {
        let mut live = live(&[]);
        live.lacking = vec!["glint.io/v1/entities".to_owned()];
        let declared = Declared::live(Dialect::Glint, Style::Generic, live, None).unwrap();
        let messages: Vec<&str> = declared
            .findings
            .iter()
            .map(|it| it.message.as_str())
            .collect();
        assert_eq!(
            messages,
            [
                "the cluster serves no `glint.io/v1/entities`: with a CRD go its objects, and the exporter deletes their entities"
            ]
        );
        assert_eq!(declared.objects, BTreeMap::new());
    }
}
