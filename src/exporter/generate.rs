//! From a fragment to the mapping that delivers what it names.
//!
//! *Generic* is one pair of blocks for each kind and takes every name as it
//! comes. It does not depend on what is declared, so it is set up once. What it
//! can't do: a property that leaves Git stays in the catalog, since the
//! exporter merges and a name that is not sent is not touched.
//!
//! *Explicit* is one pair of blocks for each kind and blueprint and names what
//! is sent. Names that every entity has are sent from each, so that in an
//! object that lacks one after all (the mapping is older than the object) it is
//! sent as null, which clears it in the catalog. Names that only some have are
//! sent only where they stand. Names that no fragment declares are not sent.

use std::collections::BTreeMap;

#[cfg(feature = "catalog")]
use super::config::{Block, DecodedMapping, Query};
use super::fragment::{Fragment, Members, Names};
use super::mapping::{EntityMapping, Mapping, ResourceMapping, Selector};
#[cfg(feature = "catalog")]
use super::marker::block_blueprint;
use super::marker::{BlockId, Team, marked};
use super::yaml::quoted;
use crate::catalog::{BlueprintId, Dialect, EntityKind, MemberName, annotation};

/// How much a mapping says by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Nothing: the same text whatever is declared.
    Generic,
    /// Every blueprint, property and relation.
    Explicit,
}

impl Style {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Generic, Self::Explicit];

    /// The word for settings and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Explicit => "explicit",
        }
    }
}

/// The mapping of a fragment, in its dialect. The generic one has four blocks
/// whatever the fragment holds; the explicit one of an empty fragment has none,
/// and then it must not be pushed (see `Mapping::resources`).
pub fn mapping(style: Style, fragment: &Fragment) -> Mapping {
    let dialect = fragment.dialect();
    let resources = match style {
        Style::Generic => EntityKind::ALL
            .into_iter()
            .flat_map(|kind| pair(dialect, kind, &Scope::Every))
            .collect(),
        Style::Explicit => fragment
            .members()
            .flat_map(|(kind, blueprint, members)| {
                pair(dialect, kind, &Scope::Named(blueprint, members))
            })
            .collect(),
    };
    Mapping { dialect, resources }
}

/// Which entities of a kind a pair of blocks is for.
enum Scope<'a> {
    Every,
    Named(&'a BlueprintId, &'a Members),
}

impl Scope<'_> {
    /// None for every one.
    fn blueprint(&self) -> Option<&BlueprintId> {
        match self {
            Self::Every => None,
            Self::Named(blueprint, _) => Some(blueprint),
        }
    }
}

/// Whether a mapping of a block gives identities as [`mapping`] writes it, of this
/// version: a marker alone may stand in a block that someone has changed since.
#[cfg(feature = "catalog")]
pub(crate) fn is_as_generated(block: &Block, mapping: &DecodedMapping) -> bool {
    let named = block_blueprint(&block.selector);
    let blueprint = named.and_then(|it| BlueprintId::parse(it).ok());
    if blueprint.is_none() && named.is_some() {
        return false;
    }
    let is_of = |kind: EntityKind| {
        let mut dialects = Dialect::ALL.into_iter();
        let mut teams = [Team::Absent, Team::Stated].into_iter();
        dialects.any(|it| block.kind == format!("{}/{}", it.api_version(), kind.plural()))
            && teams.any(|team| block.selector == selector(kind, blueprint.as_ref(), team).query)
    };
    EntityKind::ALL.into_iter().any(is_of)
        && block.items_to_parse.is_empty()
        && mapping.identifier == Query::Text(IDENTIFIER.to_owned())
        && mapping.blueprint == BLUEPRINT
}

/// Whether a block is one that [`mapping`] writes, of this version, in every
/// expression: its jq ends, reads nothing but its object, and asks for no variable.
#[cfg(feature = "controller")]
pub(crate) fn is_word_for_word(block: &Block) -> bool {
    let [mapping] = block.mappings.as_slice() else {
        return false;
    };
    let DecodedMapping {
        identifier: _,
        title,
        blueprint: _,
        icon,
        team,
        properties,
        relations,
    } = mapping;
    let is_team = match team {
        Query::Absent => true,
        Query::Text(team) => *team == annotation_of(annotation::TEAM),
        Query::Other | Query::List(_) | Query::Map(_) => false,
    };
    let are_properties = properties
        .iter()
        .all(|(name, query)| is_member(PROPERTIES, name, query));
    let are_relations = relations.iter().all(|(name, query)| match query {
        Query::Text(query) => is_member(RELATIONS, name, query),
        Query::Absent | Query::Other | Query::List(_) | Query::Map(_) => false,
    });
    is_as_generated(block, mapping)
        && block.items_to_parse_name.is_empty()
        && *title == or_nothing(annotation::TITLE)
        && *icon == or_nothing(annotation::ICON)
        && is_team
        && are_properties
        && are_relations
}

/// Whether a member's expression is one of ours.
#[cfg(feature = "controller")]
fn is_member(map: &str, name: &str, query: &str) -> bool {
    match name {
        SPREAD if query == or_empty(map) => true,
        SPREAD => {
            let [before, behind] = around_names(map);
            let listed = query.strip_prefix(&before);
            let listed = listed.and_then(|it| it.strip_suffix(&behind));
            // Quoted names are JSON.
            let names = listed.map(|it| serde_json::from_str::<Vec<String>>(&format!("[{it}]")));
            names.and_then(Result::ok).is_some_and(|names| {
                !names.is_empty() && query == only(map, names.iter().map(String::as_str))
            })
        }
        name => query == format!("{map}[{}]", quoted(name)),
    }
}

fn pair(dialect: Dialect, kind: EntityKind, scope: &Scope<'_>) -> [ResourceMapping; 2] {
    [Team::Absent, Team::Stated].map(|team| ResourceMapping {
        kind: format!("{}/{}", dialect.api_version(), kind.plural()),
        selector: selector(kind, scope.blueprint(), team),
        mappings: vec![entity(scope, team)],
    })
}

/// A condition that is true or false for every object, whatever its fields
/// hold: each step below the first has a `?` (a wrong type above it; it covers
/// no more than its own step) and each field a `//` (nothing there), with the
/// space before `//` that gojq needs.
fn selector(kind: EntityKind, blueprint: Option<&BlueprintId>, team: Team) -> Selector {
    let of_blueprint = match blueprint {
        None => r#"(.spec.blueprint? // "") != """#.to_owned(),
        Some(blueprint) => {
            format!(
                r#"(.spec.blueprint? // "") == {}"#,
                quoted(blueprint.as_str())
            )
        }
    };
    let deliver = format!(
        r#"{} != {}"#,
        annotation_of_any(annotation::DELIVER),
        quoted(annotation::NOT_DELIVERED)
    );
    let has_team = match team {
        Team::Absent => "==",
        Team::Stated => "!=",
    };
    let team_of = annotation_of_any(annotation::TEAM);
    let id = BlockId {
        kind,
        blueprint,
        team,
    };
    let condition = format!(
        r#"{of_blueprint} and (.spec.identifier? // "") != "" and {deliver} and {team_of} {has_team} """#
    );
    Selector {
        query: marked(&condition, &id),
    }
}

/// The selector has seen to it that there is a spec with a blueprint and an
/// identifier, so here only what may be absent is guarded.
fn entity(scope: &Scope<'_>, team: Team) -> EntityMapping {
    let (properties, relations) = match scope {
        Scope::Every => (every(PROPERTIES), every(RELATIONS)),
        Scope::Named(_, members) => (
            named(PROPERTIES, &members.properties),
            named(RELATIONS, &members.relations),
        ),
    };
    EntityMapping {
        identifier: IDENTIFIER.to_owned(),
        title: or_nothing(annotation::TITLE),
        // In the explicit style too, where it could be the literal: the fewer
        // places that hold a name, the better.
        blueprint: BLUEPRINT.to_owned(),
        icon: or_nothing(annotation::ICON),
        team: match team {
            Team::Absent => None,
            Team::Stated => Some(annotation_of(annotation::TEAM)),
        },
        properties,
        relations,
    }
}

const IDENTIFIER: &str = ".spec.identifier";
const BLUEPRINT: &str = ".spec.blueprint";
const PROPERTIES: &str = ".spec.properties";
const RELATIONS: &str = ".spec.relations";

/// The key whose object the exporter merges into the others.
const SPREAD: &str = "*";

fn every(map: &str) -> BTreeMap<String, String> {
    [(SPREAD.to_owned(), or_empty(map))].into()
}

/// Required names by themselves, optional ones through `*`: one name in both
/// would get its value from either, by the order of a Go map.
fn named(map: &str, names: &Names) -> BTreeMap<String, String> {
    let mut queries: BTreeMap<_, _> = names
        .required()
        .iter()
        .map(|name| {
            let query = format!("{map}[{}]", quoted(name.as_str()));
            (name.as_str().to_owned(), query)
        })
        .collect();
    if !names.optional().is_empty() {
        let query = only(map, names.optional().iter().map(MemberName::as_str));
        queries.insert(SPREAD.to_owned(), query);
    }
    queries
}

/// The members of a map that have one of the names. A stream of comparisons of
/// which at most one is true: it says what `IN` would, in every jq.
fn only<'n>(map: &str, names: impl Iterator<Item = &'n str>) -> String {
    let [before, behind] = around_names(map);
    let names: Vec<String> = names.map(quoted).collect();
    format!("{before}{}{behind}", names.join(", "))
}

/// What stands around the names of [`only`].
fn around_names(map: &str) -> [String; 2] {
    let before = format!("({}) | with_entries(select(.key == (", or_empty(map));
    [before, ")))".to_owned()]
}

fn or_nothing(name: &str) -> String {
    format!(r#"{} // """#, annotation_of(name))
}

/// Null would become a property of the name `*`.
fn or_empty(map: &str) -> String {
    format!("{map} // {{}}")
}

fn annotation_of(name: &str) -> String {
    format!(".metadata.annotations[{}]", quoted(name))
}

/// The same for any object at all, as a term: a string where there is none.
fn annotation_of_any(name: &str) -> String {
    format!(r#"(.metadata.annotations?[{}]? // "")"#, quoted(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::{btree_set, vec};
    use proptest::prelude::{ProptestConfig, Strategy, prop_assert, prop_assert_eq, proptest};
    use proptest::sample::select;
    use serde_json::Value;

    #[cfg(feature = "controller")]
    use super::is_word_for_word;
    use super::{Style, mapping};
    use crate::catalog::{BlueprintId, Dialect, EntityKind, MemberName};
    #[cfg(feature = "controller")]
    use crate::exporter::Config;
    use crate::exporter::{Declaration, Fragment};

    fn fragment(text: &str) -> Fragment {
        Fragment::parse(text).unwrap()
    }

    // In the dialect `port` both texts were given to port-k8s-exporter v0.7.9,
    // with 33 objects: with and without spec, annotations, team, properties,
    // and with wrong types everywhere. No selector failed, and what an API
    // server would have let in gave the requests expected.

    #[test]
    fn the_generic_mapping_is_always_the_same_text() {
        let yaml = mapping(Style::Generic, &Fragment::empty(Dialect::Glint)).to_yaml();
        insta::assert_snapshot!(yaml, @r#"
        resources:
          - kind: "glint.io/v1/entities"
            selector:
              query: "(.spec.blueprint? // \"\") != \"\" and (.spec.identifier? // \"\") != \"\" and (.metadata.annotations?[\"gitops.glint.io/deliver\"]? // \"\") != \"false\" and (.metadata.annotations?[\"glint.io/team\"]? // \"\") == \"\" # glint-gitops: generic entities"
            glint:
              entity:
                mappings:
                  - identifier: ".spec.identifier"
                    title: ".metadata.annotations[\"glint.io/title\"] // \"\""
                    blueprint: ".spec.blueprint"
                    icon: ".metadata.annotations[\"glint.io/icon\"] // \"\""
                    properties:
                      "*": ".spec.properties // {}"
                    relations:
                      "*": ".spec.relations // {}"
          - kind: "glint.io/v1/entities"
            selector:
              query: "(.spec.blueprint? // \"\") != \"\" and (.spec.identifier? // \"\") != \"\" and (.metadata.annotations?[\"gitops.glint.io/deliver\"]? // \"\") != \"false\" and (.metadata.annotations?[\"glint.io/team\"]? // \"\") != \"\" # glint-gitops: generic entities with team"
            glint:
              entity:
                mappings:
                  - identifier: ".spec.identifier"
                    title: ".metadata.annotations[\"glint.io/title\"] // \"\""
                    blueprint: ".spec.blueprint"
                    icon: ".metadata.annotations[\"glint.io/icon\"] // \"\""
                    team: ".metadata.annotations[\"glint.io/team\"]"
                    properties:
                      "*": ".spec.properties // {}"
                    relations:
                      "*": ".spec.relations // {}"
          - kind: "glint.io/v1/clusterentities"
            selector:
              query: "(.spec.blueprint? // \"\") != \"\" and (.spec.identifier? // \"\") != \"\" and (.metadata.annotations?[\"gitops.glint.io/deliver\"]? // \"\") != \"false\" and (.metadata.annotations?[\"glint.io/team\"]? // \"\") == \"\" # glint-gitops: generic clusterentities"
            glint:
              entity:
                mappings:
                  - identifier: ".spec.identifier"
                    title: ".metadata.annotations[\"glint.io/title\"] // \"\""
                    blueprint: ".spec.blueprint"
                    icon: ".metadata.annotations[\"glint.io/icon\"] // \"\""
                    properties:
                      "*": ".spec.properties // {}"
                    relations:
                      "*": ".spec.relations // {}"
          - kind: "glint.io/v1/clusterentities"
            selector:
              query: "(.spec.blueprint? // \"\") != \"\" and (.spec.identifier? // \"\") != \"\" and (.metadata.annotations?[\"gitops.glint.io/deliver\"]? // \"\") != \"false\" and (.metadata.annotations?[\"glint.io/team\"]? // \"\") != \"\" # glint-gitops: generic clusterentities with team"
            glint:
              entity:
                mappings:
                  - identifier: ".spec.identifier"
                    title: ".metadata.annotations[\"glint.io/title\"] // \"\""
                    blueprint: ".spec.blueprint"
                    icon: ".metadata.annotations[\"glint.io/icon\"] // \"\""
                    team: ".metadata.annotations[\"glint.io/team\"]"
                    properties:
                      "*": ".spec.properties // {}"
                    relations:
                      "*": ".spec.relations // {}"
        "#);
        let port =
            r#"{"version":1,"dialect":"port","entities":[{"kind":"Entity","blueprint":"a"}]}"#;
        assert_eq!(
            mapping(Style::Generic, &fragment(port)).to_yaml(),
            yaml.replace("kind: \"glint.io/", "kind: \"getport.io/")
                .replace("    glint:", "    port:")
        );
    }

    #[test]
    fn the_explicit_mapping_names_what_is_declared() {
        let text = r#"{"version":1,"dialect":"port","entities":[
            {"kind":"Entity","blueprint":"service",
             "properties":{"required":["tier","@x=\\y"],"optional":["lang","slo"]},
             "relations":{"required":["owner"]}},
            {"kind":"ClusterEntity","blueprint":"a\\b/größe","relations":{"optional":["uses"]}}]}"#;
        insta::assert_snapshot!(mapping(Style::Explicit, &fragment(text)).to_yaml(), @r#"
        resources:
          - kind: "getport.io/v1/entities"
            selector:
              query: "(.spec.blueprint? // \"\") == \"service\" and (.spec.identifier? // \"\") != \"\" and (.metadata.annotations?[\"gitops.glint.io/deliver\"]? // \"\") != \"false\" and (.metadata.annotations?[\"glint.io/team\"]? // \"\") == \"\" # glint-gitops: explicit entities service"
            port:
              entity:
                mappings:
                  - identifier: ".spec.identifier"
                    title: ".metadata.annotations[\"glint.io/title\"] // \"\""
                    blueprint: ".spec.blueprint"
                    icon: ".metadata.annotations[\"glint.io/icon\"] // \"\""
                    properties:
                      "*": "(.spec.properties // {}) | with_entries(select(.key == (\"lang\", \"slo\")))"
                      "@x=\\y": ".spec.properties[\"@x=\\\\y\"]"
                      "tier": ".spec.properties[\"tier\"]"
                    relations:
                      "owner": ".spec.relations[\"owner\"]"
          - kind: "getport.io/v1/entities"
            selector:
              query: "(.spec.blueprint? // \"\") == \"service\" and (.spec.identifier? // \"\") != \"\" and (.metadata.annotations?[\"gitops.glint.io/deliver\"]? // \"\") != \"false\" and (.metadata.annotations?[\"glint.io/team\"]? // \"\") != \"\" # glint-gitops: explicit entities service with team"
            port:
              entity:
                mappings:
                  - identifier: ".spec.identifier"
                    title: ".metadata.annotations[\"glint.io/title\"] // \"\""
                    blueprint: ".spec.blueprint"
                    icon: ".metadata.annotations[\"glint.io/icon\"] // \"\""
                    team: ".metadata.annotations[\"glint.io/team\"]"
                    properties:
                      "*": "(.spec.properties // {}) | with_entries(select(.key == (\"lang\", \"slo\")))"
                      "@x=\\y": ".spec.properties[\"@x=\\\\y\"]"
                      "tier": ".spec.properties[\"tier\"]"
                    relations:
                      "owner": ".spec.relations[\"owner\"]"
          - kind: "getport.io/v1/clusterentities"
            selector:
              query: "(.spec.blueprint? // \"\") == \"a\\\\b/größe\" and (.spec.identifier? // \"\") != \"\" and (.metadata.annotations?[\"gitops.glint.io/deliver\"]? // \"\") != \"false\" and (.metadata.annotations?[\"glint.io/team\"]? // \"\") == \"\" # glint-gitops: explicit clusterentities a\\b/größe"
            port:
              entity:
                mappings:
                  - identifier: ".spec.identifier"
                    title: ".metadata.annotations[\"glint.io/title\"] // \"\""
                    blueprint: ".spec.blueprint"
                    icon: ".metadata.annotations[\"glint.io/icon\"] // \"\""
                    relations:
                      "*": "(.spec.relations // {}) | with_entries(select(.key == (\"uses\")))"
          - kind: "getport.io/v1/clusterentities"
            selector:
              query: "(.spec.blueprint? // \"\") == \"a\\\\b/größe\" and (.spec.identifier? // \"\") != \"\" and (.metadata.annotations?[\"gitops.glint.io/deliver\"]? // \"\") != \"false\" and (.metadata.annotations?[\"glint.io/team\"]? // \"\") != \"\" # glint-gitops: explicit clusterentities a\\b/größe with team"
            port:
              entity:
                mappings:
                  - identifier: ".spec.identifier"
                    title: ".metadata.annotations[\"glint.io/title\"] // \"\""
                    blueprint: ".spec.blueprint"
                    icon: ".metadata.annotations[\"glint.io/icon\"] // \"\""
                    team: ".metadata.annotations[\"glint.io/team\"]"
                    relations:
                      "*": "(.spec.relations // {}) | with_entries(select(.key == (\"uses\")))"
        "#);
    }

    #[test]
    fn an_explicit_mapping_of_nothing_has_no_block() {
        let mapping = mapping(Style::Explicit, &Fragment::empty(Dialect::Glint));
        assert_eq!(mapping.to_yaml(), "resources: []\n");
        assert_eq!(mapping.to_json(), serde_json::json!({"resources": []}));
    }

    /// Whether each block of a config is ours word for word.
    #[cfg(feature = "controller")]
    fn ours(config: Value) -> Vec<bool> {
        let config = Config::decode(config, Dialect::Glint).unwrap();
        config.blocks.iter().map(is_word_for_word).collect()
    }

    #[cfg(feature = "controller")]
    #[test]
    fn blocks_of_ours_are_known_in_every_expression() {
        let text = r#"{"version":1,"dialect":"glint","entities":[
            {"kind":"Entity","blueprint":"service",
             "properties":{"required":["tier","@x=\\y"],"optional":["lang","slo"]},
             "relations":{"required":["owner"],"optional":["uses"]}}]}"#;
        for style in Style::ALL {
            let config = mapping(style, &fragment(text)).to_json();
            let blocks = config["resources"].as_array().unwrap().len();
            assert_eq!(ours(config.clone()), vec![true; blocks]);
            let mapping = "/resources/0/glint/entity/mappings/0";
            for (place, jq) in [
                ("properties/*", ".spec.properties // {} | until(false; .)"),
                (
                    "properties/*",
                    "(.spec.properties // {}) | with_entries(select(.key == (\"a\", env)))",
                ),
                ("properties/tier", ".spec.properties[\"slo\"]"),
                ("title", ".metadata.name"),
                ("icon", "env.PORT_CLIENT_SECRET"),
                ("team", "\"payments\""),
                ("identifier", ".metadata.name"),
            ] {
                let mut changed = config.clone();
                match place.split_once('/') {
                    Some((map, name)) => {
                        changed.pointer_mut(mapping).unwrap()[map][name] = jq.into();
                    }
                    None => changed.pointer_mut(mapping).unwrap()[place] = jq.into(),
                }
                let mut expected = vec![true; blocks];
                expected[0] = false;
                assert_eq!(ours(changed), expected, "{place} {jq}");
            }
        }
    }

    fn names() -> impl Strategy<Value = BTreeSet<MemberName>> {
        let pool = [
            "a", "yes", "0x1", "-", "=", "\\", "@\\u0022", "kind", "null",
        ];
        btree_set(
            select(pool.map(|name| MemberName::parse(name).unwrap()).to_vec()),
            0..6,
        )
    }

    fn fragments() -> impl Strategy<Value = Fragment> {
        let pool = ["a", "\\", "a\\n/b", "größe", "1.0", "ﬀ中"];
        let blueprints = pool.map(|id| BlueprintId::parse(id).unwrap()).to_vec();
        let kinds = select(EntityKind::ALL.to_vec());
        let declaration = (kinds, select(blueprints), names(), names()).prop_map(
            |(kind, blueprint, properties, relations)| Declaration {
                kind,
                blueprint,
                properties,
                relations,
            },
        );
        let dialect = select(Dialect::ALL.to_vec());
        (dialect, vec(declaration, 0..6))
            .prop_map(|(dialect, declarations)| Fragment::of(dialect, declarations))
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 1_000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn yaml_and_json_are_one_config(fragment in fragments(), style in select(Style::ALL.to_vec())) {
            let mapping = mapping(style, &fragment);
            let yaml: Value = serde_saphyr::from_str(&mapping.to_yaml()).unwrap();
            prop_assert_eq!(yaml, mapping.to_json());
        }

        /// Flux replaces `${…}` in what it applies, Helm reads `{{`.
        #[test]
        fn no_host_finds_a_template_in_a_mapping(fragment in fragments()) {
            let yaml = mapping(Style::Explicit, &fragment).to_yaml();
            prop_assert!(!yaml.contains('$') && !yaml.contains("{{"));
        }
    }
}
