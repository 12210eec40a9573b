//! A fragment as JSON, in both directions.
//!
//! The text stands in a ConfigMap of each application, so it is written by
//! whoever may write one there and is read by a controller with wider rights.
//! Reading is therefore strict: a limit on its size, no unknown key, no key
//! twice, no name that the catalog would not accept. Nothing of it is jq.
//!
//! ```json
//! {"dialect":"glint","entities":[
//!   {"blueprint":"service","kind":"Entity",
//!    "properties":{"optional":["slo"],"required":["tier"]},
//!    "relations":{"required":["owner"]}}],
//!  "version":1}
//! ```
//!
//! It is written on one line, keys sorted, empty lists and maps left out,
//! entities sorted by kind and blueprint, names alphabetically. When read,
//! order has no meaning.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::tree::{Fields, Tree};
use super::{FRAGMENT_LIMIT, Fragment, FragmentError, Members, Names};
use crate::catalog::{BlueprintId, Dialect, EntityKind, IdentifierError, MemberName};

/// The form described above. A change that an older reader would misunderstand
/// gets a new number.
pub(super) const VERSION: u64 = 1;

impl Fragment {
    /// The fragment as one line of JSON, without a line end; the same fragment
    /// gives the same bytes. It may be longer than what a
    /// ConfigMap may carry (`FRAGMENT_LIMIT`):
    /// who stores it has to look.
    pub fn to_json(&self) -> String {
        let entities: Vec<_> = self
            .members()
            .map(|(kind, blueprint, members)| entity_value(kind, blueprint, members))
            .collect();
        json!({
            "version": VERSION,
            "dialect": self.dialect.as_str(),
            "entities": entities,
        })
        .to_string()
    }

    /// Reads what [`Self::to_json`] wrote, or says what is different in the
    /// text, where, and what to do about it.
    pub fn parse(text: &str) -> Result<Self, FragmentError> {
        if text.len() > FRAGMENT_LIMIT {
            return Err(FragmentError::TooLarge { size: text.len() });
        }
        let root = Fields::of(serde_json::from_str(text)?, "")?;
        // Before anything else: what a newer program writes may well have
        // unknown keys, and then they are not what is wrong.
        check_version(&root)?;
        let mut root = root.only(&["version", "dialect", "entities"])?;
        let mut fragment = Self::empty(dialect(root.require("dialect")?)?);
        for (path, entity) in list(root.require("entities")?)? {
            add(&mut fragment, entity, &path)?;
        }
        Ok(fragment)
    }
}

fn entity_value(kind: EntityKind, blueprint: &BlueprintId, members: &Members) -> Value {
    let Members {
        properties,
        relations,
    } = members;
    let mut entity = json!({ "kind": kind.as_str(), "blueprint": blueprint.as_str() });
    for (key, names) in [("properties", properties), ("relations", relations)] {
        for (part, names) in [("required", &names.required), ("optional", &names.optional)] {
            if !names.is_empty() {
                let names: Vec<_> = names.iter().map(MemberName::as_str).collect();
                entity[key][part] = names.into();
            }
        }
    }
    entity
}

fn check_version(root: &Fields) -> Result<(), FragmentError> {
    match root.get("version") {
        Some(Tree::Integer(VERSION)) => Ok(()),
        Some(Tree::Integer(version)) if *version > VERSION => {
            Err(FragmentError::Version { version: *version })
        }
        Some(_) => Err(form("version", format!("must be the number {VERSION}"))),
        None => Err(form("version", "is missing")),
    }
}

fn dialect((path, tree): (String, Tree)) -> Result<Dialect, FragmentError> {
    let text = text((path.clone(), tree))?;
    one_of(
        &path,
        &text,
        &Dialect::ALL.map(|known| (known.as_str(), known)),
    )
}

fn add(fragment: &mut Fragment, entity: Tree, path: &str) -> Result<(), FragmentError> {
    let mut entity =
        Fields::of(entity, path)?.only(&["kind", "blueprint", "properties", "relations"])?;
    let kind = entity.require("kind")?;
    let at = kind.0.clone();
    let kinds = EntityKind::ALL.map(|known| (known.as_str(), known));
    let kind = one_of(&at, &text(kind)?, &kinds)?;
    let blueprint = name(entity.require("blueprint")?, BlueprintId::parse)?;
    let members = Members {
        properties: names(entity.take("properties"))?,
        relations: names(entity.take("relations"))?,
    };
    match fragment.members.insert((kind, blueprint), members) {
        None => Ok(()),
        Some(_) => Err(form(
            path,
            "repeats the kind and blueprint of an earlier one",
        )),
    }
}

fn names(field: Option<(String, Tree)>) -> Result<Names, FragmentError> {
    let Some((path, tree)) = field else {
        return Ok(Names::default());
    };
    let mut fields = Fields::of(tree, &path)?.only(&["required", "optional"])?;
    let mut seen = BTreeSet::new();
    let mut part = |key| -> Result<BTreeSet<MemberName>, FragmentError> {
        let mut names = BTreeSet::new();
        for (path, tree) in fields.take(key).map_or(Ok(Vec::new()), list)? {
            let name = name((path.clone(), tree), MemberName::parse)?;
            if !seen.insert(name.clone()) {
                return Err(form(path, format!("repeats the name `{name}`")));
            }
            names.insert(name);
        }
        Ok(names)
    };
    Ok(Names {
        required: part("required")?,
        optional: part("optional")?,
    })
}

fn name<T>(
    (path, tree): (String, Tree),
    parse: impl Fn(&str) -> Result<T, IdentifierError>,
) -> Result<T, FragmentError> {
    let text = text((path.clone(), tree))?;
    parse(&text).map_err(|source| FragmentError::Name { path, source })
}

fn text((path, tree): (String, Tree)) -> Result<String, FragmentError> {
    match tree {
        Tree::Text(text) => Ok(text),
        Tree::Integer(_) | Tree::Other | Tree::List(_) | Tree::Map(_) => {
            Err(form(path, "must be a string"))
        }
    }
}

/// The elements of a list, each with its path.
fn list((path, tree): (String, Tree)) -> Result<Vec<(String, Tree)>, FragmentError> {
    match tree {
        Tree::List(elements) => Ok(elements
            .into_iter()
            .enumerate()
            .map(|(index, element)| (format!("{path}[{index}]"), element))
            .collect()),
        Tree::Text(_) | Tree::Integer(_) | Tree::Other | Tree::Map(_) => {
            Err(form(path, "must be a list"))
        }
    }
}

fn one_of<T: Copy>(path: &str, text: &str, known: &[(&str, T)]) -> Result<T, FragmentError> {
    match known.iter().find(|(word, _)| *word == text) {
        Some((_, value)) => Ok(*value),
        None => {
            let words: Vec<_> = known.iter().map(|(word, _)| format!("`{word}`")).collect();
            Err(form(path, format!("must be {}", words.join(" or "))))
        }
    }
}

fn form(path: impl Into<String>, problem: impl Into<String>) -> FragmentError {
    FragmentError::Form {
        path: path.into(),
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FRAGMENT_LIMIT, Fragment};
    use crate::catalog::Dialect;

    const FULL: &str = concat!(
        r#"{"dialect":"port","entities":["#,
        r#"{"blueprint":"a\\b/c","kind":"Entity","properties":{"required":["tier"]}},"#,
        r#"{"blueprint":"größe","kind":"ClusterEntity","properties":{"optional":["x\\y"]},"#,
        r#""relations":{"optional":["b"],"required":["@a=","c-d_e"]}}"#,
        r#"],"version":1}"#,
    );

    #[test]
    fn a_fragment_reads_back_byte_for_byte() {
        let empty = r#"{"dialect":"glint","entities":[],"version":1}"#;
        assert_eq!(Fragment::empty(Dialect::Glint).to_json(), empty);
        for text in [empty, FULL] {
            assert_eq!(Fragment::parse(text).unwrap().to_json(), text);
        }
    }

    #[test]
    fn order_and_empty_maps_have_no_meaning() {
        let text = r#"{"version": 1, "entities": [{"relations": {},
            "kind": "Entity", "properties": {"optional": [], "required": ["b", "a"]},
            "blueprint": "service"}], "dialect": "glint"}"#;
        assert_eq!(
            Fragment::parse(text).unwrap().to_json(),
            r#"{"dialect":"glint","entities":[{"blueprint":"service","kind":"Entity","properties":{"required":["a","b"]}}],"version":1}"#
        );
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        assert_eq!(Fragment::parse(text).unwrap_err().to_string(), expected);
    }

    /// A fragment with one entity of these fields.
    fn entity(fields: &str) -> String {
        format!(
            r#"{{"version":1,"dialect":"glint","entities":[{{"kind":"Entity","blueprint":"b"{fields}}}]}}"#
        )
    }

    #[test]
    fn another_version_is_named_before_its_unknown_keys() {
        refused(
            r#"{"version":2,"jq":".","entities":{}}"#,
            "the fragment has version 2 and this program reads up to 1: upgrade glint-gitops",
        );
        refused(
            r#"{"version":0}"#,
            "the fragment's version must be the number 1",
        );
        refused(
            r#"{"version":"1"}"#,
            "the fragment's version must be the number 1",
        );
        refused("{}", "the fragment's version is missing");
    }

    #[test]
    fn an_unknown_key_is_named_with_the_nearest_known_one() {
        refused(
            r#"{"version":1,"entitys":[]}"#,
            "the fragment's top level has the unknown key \"entitys\": did you mean `entities`?",
        );
        refused(
            &entity(r#","properties":{"requires":["a"]}"#),
            "the fragment's entities[0].properties has the unknown key \"requires\": \
             did you mean `required`?",
        );
        refused(
            &entity(r#","\u001b[2J":1"#),
            "the fragment's entities[0] has the unknown key \"\\u{1b}[2J\": \
             its keys are `kind`, `blueprint`, `properties`, `relations`",
        );
    }

    #[test]
    fn a_key_twice_is_refused() {
        refused(
            &entity(r#","blueprint":"c""#),
            "the fragment's entities[0] has the key \"blueprint\" twice",
        );
        refused(
            r#"{"version":1,"version":2}"#,
            "the fragment's top level has the key \"version\" twice",
        );
    }

    #[test]
    fn a_name_that_the_catalog_would_not_accept_is_refused_with_its_path() {
        refused(
            &entity(r#","properties":{"required":["a","a\"]|env"]}"#),
            "the fragment's entities[0].properties.required[1] \
             has the character `\"`, which the catalog does not accept",
        );
        refused(
            &entity(r#","relations":{"optional":["*"]}"#),
            "the fragment's entities[0].relations.optional[0] \
             has the character `*`, which the catalog does not accept",
        );
        refused(
            r#"{"version":1,"dialect":"glint","entities":[{"kind":"Entity","blueprint":".."}]}"#,
            "the fragment's entities[0].blueprint is `.` or `..`",
        );
    }

    #[test]
    fn a_wrong_form_is_refused_with_its_path() {
        refused("[]", "the fragment's top level must be a map");
        refused("{", "the fragment is not JSON");
        refused("{} {}", "the fragment is not JSON");
        refused(r#"{"version":1}"#, "the fragment's dialect is missing");
        refused(
            r#"{"version":1,"dialect":"Glint"}"#,
            "the fragment's dialect must be `glint` or `port`",
        );
        refused(
            r#"{"version":1,"dialect":"glint","entities":null}"#,
            "the fragment's entities must be a list",
        );
        refused(
            r#"{"version":1,"dialect":"glint","entities":[{"kind":"entity","blueprint":"b"}]}"#,
            "the fragment's entities[0].kind must be `Entity` or `ClusterEntity`",
        );
        refused(
            &entity(r#","properties":["a"]"#),
            "the fragment's entities[0].properties must be a map",
        );
        refused(
            &entity(r#","properties":{"required":[1]}"#),
            "the fragment's entities[0].properties.required[0] must be a string",
        );
    }

    #[test]
    fn a_name_is_required_or_optional_and_stands_once() {
        refused(
            &entity(r#","properties":{"required":["a"],"optional":["b","a"]}"#),
            "the fragment's entities[0].properties.optional[1] repeats the name `a`",
        );
        refused(
            r#"{"version":1,"dialect":"glint","entities":[
                {"kind":"Entity","blueprint":"b"},
                {"kind":"ClusterEntity","blueprint":"b"},
                {"kind":"Entity","blueprint":"b"}]}"#,
            "the fragment's entities[2] repeats the kind and blueprint of an earlier one",
        );
    }

    #[test]
    fn size_and_depth_have_a_limit() {
        refused(
            &" ".repeat(FRAGMENT_LIMIT + 1),
            "the fragment has 131073 bytes, more than the 131072 that one may have",
        );
        refused(&"[".repeat(FRAGMENT_LIMIT), "the fragment is not JSON");
    }
}
