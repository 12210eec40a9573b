//! What one application declares, as names: for each kind and blueprint the
//! names of properties and relations.
//!
//! A fragment holds no value and no expression. Fragments of many applications
//! merge into one, from which the explicit mapping is generated; since merging
//! is commutative, associative and idempotent, neither their order nor their
//! number matters.
//!
//! Invariant: a name is required or optional, never both.

mod json;
mod tree;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{BlueprintId, Dialect, EntityKind, IdentifierError, MemberName};

/// The most bytes that a fragment's JSON form may have: what the ConfigMap that
/// carries it is allowed, well below the 1 MiB that Kubernetes takes.
pub(crate) const FRAGMENT_LIMIT: usize = 128 * 1024;

/// One entity, reduced to what the mapping needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Namespaced or not.
    pub kind: EntityKind,
    /// The type that the entity says it has.
    pub blueprint: BlueprintId,
    /// The names of the properties that it states, null ones included.
    pub properties: BTreeSet<MemberName>,
    /// The names of the relations that it states, null ones included.
    pub relations: BTreeSet<MemberName>,
}

/// Names of properties, or of relations, that a set of entities has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    required: BTreeSet<MemberName>,
    optional: BTreeSet<MemberName>,
}

impl Names {
    /// The names that every entity has, sorted.
    pub fn required(&self) -> &BTreeSet<MemberName> {
        &self.required
    }

    /// The names that some entities have and some have not, sorted.
    pub fn optional(&self) -> &BTreeSet<MemberName> {
        &self.optional
    }

    /// What both sets of entities together have.
    fn merge(&mut self, other: Self) {
        let required: BTreeSet<_> = self
            .required
            .intersection(&other.required)
            .cloned()
            .collect();
        let optional = [
            std::mem::take(&mut self.required),
            std::mem::take(&mut self.optional),
            other.required,
            other.optional,
        ]
        .into_iter()
        .flatten()
        .filter(|name| !required.contains(name))
        .collect();
        *self = Self { required, optional };
    }
}

impl From<BTreeSet<MemberName>> for Names {
    /// The names of a single entity: all required.
    fn from(required: BTreeSet<MemberName>) -> Self {
        Self {
            required,
            optional: BTreeSet::new(),
        }
    }
}

/// The names that the entities of one kind and blueprint have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Of their properties.
    pub properties: Names,
    /// Of their relations.
    pub relations: Names,
}

impl Members {
    fn merge(&mut self, other: Self) {
        let Self {
            properties,
            relations,
        } = other;
        self.properties.merge(properties);
        self.relations.merge(relations);
    }
}

/// The names declared in one dialect, for each kind and blueprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    dialect: Dialect,
    members: BTreeMap<(EntityKind, BlueprintId), Members>,
}

impl Fragment {
    /// A fragment of no entity: merged with another, it yields the other.
    pub fn empty(dialect: Dialect) -> Self {
        Self {
            dialect,
            members: BTreeMap::new(),
        }
    }

    /// The fragment of these entities, whatever their order.
    pub fn of(dialect: Dialect, declarations: impl IntoIterator<Item = Declaration>) -> Self {
        let mut fragment = Self::empty(dialect);
        for declaration in declarations {
            let Declaration {
                kind,
                blueprint,
                properties,
                relations,
            } = declaration;
            fragment.add(
                (kind, blueprint),
                Members {
                    properties: properties.into(),
                    relations: relations.into(),
                },
            );
        }
        fragment
    }

    /// The dialect that all of it speaks.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether no entity is declared.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Kind, blueprint and their names, sorted by kind, then blueprint.
    pub fn members(&self) -> impl Iterator<Item = (EntityKind, &BlueprintId, &Members)> {
        self.members
            .iter()
            .map(|((kind, blueprint), members)| (*kind, blueprint, members))
    }

    /// The fragment of both sets of entities.
    ///
    /// Where both have a kind and blueprint, names that both require stay
    /// required and all others become optional; what only one has is kept.
    /// Fails only where the two speak different dialects.
    pub fn merge(mut self, other: Self) -> Result<Self, FragmentError> {
        if self.dialect != other.dialect {
            return Err(FragmentError::Dialects {
                first: self.dialect,
                second: other.dialect,
            });
        }
        for (key, members) in other.members {
            self.add(key, members);
        }
        Ok(self)
    }

    fn add(&mut self, key: (EntityKind, BlueprintId), members: Members) {
        match self.members.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(members);
            }
            Entry::Occupied(mut entry) => entry.get_mut().merge(members),
        }
    }
}

/// Why a text is no fragment, or two fragments are not one.
#[derive(Debug, thiserror::Error)]
pub enum FragmentError {
    /// More bytes than are ever written.
    #[error("the fragment has {size} bytes, more than the {FRAGMENT_LIMIT} that one may have")]
    TooLarge {
        /// What was found.
        size: usize,
    },
    /// No JSON at all.
    #[error("the fragment is not JSON")]
    Json(#[from] serde_json::Error),
    /// Written by a newer program.
    #[error(
        "the fragment has version {version} and this program reads up to {}: upgrade glint-gitops",
        json::VERSION
    )]
    Version {
        /// What it says.
        version: u64,
    },
    /// JSON, but not of the form that is written.
    #[error("the fragment's {path} {problem}")]
    Form {
        /// Where: `entities[0].properties`, or `top level`.
        path: String,
        /// A clause that fits after it.
        problem: String,
    },
    /// A name that the catalog would not accept.
    #[error("the fragment's {path} {source}")]
    Name {
        /// Where: `entities[0].blueprint`.
        path: String,
        /// What is wrong with it.
        source: IdentifierError,
    },
    /// Fragments for two catalogs.
    #[error("a fragment of dialect `{first}` cannot be merged with one of dialect `{second}`")]
    Dialects {
        /// Of the first.
        first: Dialect,
        /// Of the second.
        second: Dialect,
    },
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::{btree_set, vec};
    use proptest::prelude::{ProptestConfig, Strategy, prop_assert_eq, proptest};
    use proptest::sample::select;

    use super::{Declaration, Fragment};
    use crate::catalog::{BlueprintId, Dialect, EntityKind, MemberName};

    fn declaration(kind: EntityKind, blueprint: &str, names: [&str; 2]) -> Declaration {
        let set = |names: &str| {
            names
                .split_whitespace()
                .map(|name| MemberName::parse(name).unwrap())
                .collect()
        };
        Declaration {
            kind,
            blueprint: BlueprintId::parse(blueprint).unwrap(),
            properties: set(names[0]),
            relations: set(names[1]),
        }
    }

    fn show(fragment: &Fragment) -> String {
        let list = |names: &BTreeSet<MemberName>| {
            let names: Vec<_> = names.iter().map(MemberName::as_str).collect();
            names.join(" ")
        };
        fragment
            .members()
            .map(|(kind, blueprint, members)| {
                let [properties, relations] =
                    [&members.properties, &members.relations].map(|names| {
                        format!("{} ({})", list(names.required()), list(names.optional()))
                    });
                format!("{kind} {blueprint}: {properties} / {relations}\n")
            })
            .collect()
    }

    #[test]
    fn names_that_all_entities_have_are_required_and_others_optional() {
        let fragment = Fragment::of(
            Dialect::Glint,
            [
                declaration(EntityKind::ClusterEntity, "team", ["mail", ""]),
                declaration(EntityKind::Entity, "service", ["tier lang", "owner"]),
                declaration(EntityKind::Entity, "service", ["tier slo", ""]),
            ],
        );
        assert_eq!(
            show(&fragment),
            "Entity service: tier (lang slo) /  (owner)\n\
             ClusterEntity team: mail () /  ()\n"
        );
    }

    #[test]
    fn the_same_blueprint_under_both_kinds_stays_apart() {
        let fragment = Fragment::of(
            Dialect::Glint,
            [
                declaration(EntityKind::ClusterEntity, "team", ["mail", ""]),
                declaration(EntityKind::Entity, "team", ["chat", ""]),
            ],
        );
        assert_eq!(
            show(&fragment),
            "Entity team: chat () /  ()\nClusterEntity team: mail () /  ()\n"
        );
    }

    #[test]
    fn fragments_of_two_dialects_do_not_merge() {
        let error = Fragment::empty(Dialect::Glint)
            .merge(Fragment::empty(Dialect::Port))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "a fragment of dialect `glint` cannot be merged with one of dialect `port`"
        );
    }

    fn names() -> impl Strategy<Value = BTreeSet<MemberName>> {
        let pool = ["a", "b", "c", "d", "@e=", "f-\\_"];
        btree_set(
            select(pool.map(|name| MemberName::parse(name).unwrap()).to_vec()),
            0..5,
        )
    }

    fn declarations() -> impl Strategy<Value = Vec<Declaration>> {
        let blueprints = ["service", "team", "a\\b/ü"];
        let declaration = (
            select(EntityKind::ALL.to_vec()),
            select(
                blueprints
                    .map(|id| BlueprintId::parse(id).unwrap())
                    .to_vec(),
            ),
            names(),
            names(),
        )
            .prop_map(|(kind, blueprint, properties, relations)| Declaration {
                kind,
                blueprint,
                properties,
                relations,
            });
        vec(declaration, 0..8)
    }

    fn fragment() -> impl Strategy<Value = Fragment> {
        declarations().prop_map(|declarations| Fragment::of(Dialect::Port, declarations))
    }

    fn merge(first: &Fragment, second: &Fragment) -> Fragment {
        first.clone().merge(second.clone()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 10_000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn merging_is_commutative(a in fragment(), b in fragment()) {
            prop_assert_eq!(merge(&a, &b), merge(&b, &a));
        }

        #[test]
        fn merging_is_associative(a in fragment(), b in fragment(), c in fragment()) {
            prop_assert_eq!(merge(&merge(&a, &b), &c), merge(&a, &merge(&b, &c)));
        }

        #[test]
        fn merging_is_idempotent(a in fragment(), b in fragment()) {
            let merged = merge(&a, &b);
            prop_assert_eq!(merge(&a, &a), a.clone());
            prop_assert_eq!(merge(&merged, &b), merged);
        }

        #[test]
        fn an_empty_fragment_changes_nothing(a in fragment()) {
            prop_assert_eq!(merge(&Fragment::empty(Dialect::Port), &a), a.clone());
        }

        #[test]
        fn the_parts_merged_are_the_whole(all in declarations(), cut in 0..9_usize) {
            let (front, back) = all.split_at(cut.min(all.len()));
            let [front, back] = [front, back]
                .map(|part| Fragment::of(Dialect::Port, part.iter().cloned()));
            prop_assert_eq!(merge(&front, &back), Fragment::of(Dialect::Port, all));
        }

        #[test]
        fn required_names_are_those_of_every_entity(all in declarations()) {
            let fragment = Fragment::of(Dialect::Port, all.iter().cloned());
            for (kind, blueprint, members) in fragment.members() {
                let of_key = || all.iter().filter(|one| one.kind == kind && one.blueprint == *blueprint);
                let every: BTreeSet<_> = of_key().flat_map(|one| one.properties.iter().cloned()).collect();
                let (required, optional): (BTreeSet<_>, BTreeSet<_>) = every
                    .into_iter()
                    .partition(|name| of_key().all(|one| one.properties.contains(name)));
                prop_assert_eq!(members.properties.required(), &required);
                prop_assert_eq!(members.properties.optional(), &optional);
            }
        }

        #[test]
        fn what_is_written_reads_back(fragment in fragment()) {
            prop_assert_eq!(Fragment::parse(&fragment.to_json()).unwrap(), fragment);
        }
    }
}
