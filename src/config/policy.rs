//! The operator's policy file: what is enforced, what is a default, who may
//! declare what, which applications deliver, whose fragments are kept, and whether the
//! program acts.
//!
//! ```yaml
//! enabled: true
//! enforce: {crds: never}
//! defaults: {fail-on: error}
//! claims:
//! - {project: team-*, blueprints: [service], identifiers: ["pay-*"]}
//! deliver:
//! - {application: "*-prod"}
//! fragments:
//! - {owner: Application/argocd/*, namespace: shop}
//! ```
//!
//! Invariant: a policy that is named is used whole, or nothing happens at all.

use std::path::Path;

use super::assignment::Assignment;
use super::error::{Problem, SettingsError};
use super::name;
use super::setting::{Kind, Source};
use super::value::{self, Mismatch};
use super::yaml::{self, Entry, Node, Tree};
use crate::catalog::{
    Claim, ClaimSelector, Claims, Deliver, FragmentSource, FragmentSources, Pattern,
};

/// The most that is read as a policy.
const LIMIT: u64 = 1 << 20;

/// Where a policy is looked for when nobody names one.
pub(crate) const FIXED_PATH: &str = "/etc/glint-gitops/policy.yaml";

/// A policy. The default one allows everything and sets nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    /// What messages call the file; `None` where there is none.
    pub(super) place: Option<String>,
    /// `false`: the stream passes untouched.
    pub(super) enabled: bool,
    /// Settings of `enforce` and `defaults`.
    pub(super) assignments: Vec<Assignment>,
    /// Who may declare what; `None` means anyone anything.
    pub(super) claims: Option<Claims>,
    /// Which applications deliver, and where that stands; `None` means all.
    pub(super) deliver: Option<(Deliver, String)>,
    /// Whose fragments the kept mapping is made of; `None` means nobody's.
    pub(super) fragments: Option<FragmentSources>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            place: None,
            enabled: true,
            assignments: Vec::new(),
            claims: None,
            deliver: None,
            fragments: None,
        }
    }
}

/// Reads the policy that someone named.
pub(super) fn named(path: &Path) -> Result<Policy, SettingsError> {
    let place = format!("policy {}", path.display());
    parse(&yaml::read(path, &place, LIMIT)?, &place)
}

/// Reads the policy at the fixed path; `None` only where there is no file. A
/// dangling link is a broken policy and no missing one.
pub(super) fn fixed(path: &Path) -> Result<Option<Policy>, SettingsError> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Ok(_) | Err(_) => named(path).map(Some),
    }
}

/// Reads a policy's text. `place` is what messages call it.
pub(super) fn parse(text: &str, place: &str) -> Result<Policy, SettingsError> {
    let mut policy = Policy {
        place: Some(place.to_owned()),
        ..Policy::default()
    };
    for entry in yaml::parse(text, place)?.entries()? {
        match entry.name.as_str() {
            "enabled" => policy.enabled = boolean(&entry)?,
            "enforce" => policy
                .assignments
                .extend(settings(entry, Source::Enforced)?),
            "defaults" => policy
                .assignments
                .extend(settings(entry, Source::PolicyDefault)?),
            "claims" => {
                let claims = entry.value.items()?.into_iter().map(claim);
                policy.claims = Some(Claims(claims.collect::<Result<_, _>>()?));
            }
            "deliver" => {
                let at = entry.place.clone();
                let selectors = entry.value.items()?.into_iter().map(selector);
                policy.deliver = Some((Deliver(selectors.collect::<Result<_, _>>()?), at));
            }
            "fragments" => {
                let sources = entry.value.items()?.into_iter().map(fragment_source);
                policy.fragments = Some(FragmentSources(sources.collect::<Result<_, _>>()?));
            }
            _ => {
                const KEYS: [&str; 6] = [
                    "enabled",
                    "enforce",
                    "defaults",
                    "claims",
                    "deliver",
                    "fragments",
                ];
                return Err(unknown(&entry, &KEYS));
            }
        }
    }
    Ok(policy)
}

fn unknown(entry: &Entry, keys: &[&'static str]) -> SettingsError {
    let problem = name::unknown("key", &entry.name, keys.iter().copied());
    SettingsError::at(&entry.place, problem)
}

fn boolean(entry: &Entry) -> Result<bool, SettingsError> {
    let raw = value::raw(Kind::Bool, &entry.value.given());
    raw.and_then(|raw| value::boolean(&raw))
        .map_err(|Mismatch(given)| {
            let (name, takes) = (entry.name.clone(), Kind::Bool.takes());
            SettingsError::at(&entry.value.place, Problem::Takes { name, takes, given })
        })
}

fn settings(entry: Entry, source: Source) -> Result<Vec<Assignment>, SettingsError> {
    let entries = entry.value.entries()?;
    entries
        .iter()
        .map(|entry| Assignment::of_entry(entry, source))
        .collect()
}

fn claim(node: Node) -> Result<Claim, SettingsError> {
    let mut claim = Claim {
        selector: ClaimSelector::default(),
        blueprints: None,
        identifiers: None,
    };
    for entry in node.entries()? {
        match entry.name.as_str() {
            "blueprints" => claim.blueprints = Some(patterns(entry)?),
            "identifiers" => claim.identifiers = Some(patterns(entry)?),
            _ => {
                const KEYS: [&str; 5] = [
                    "project",
                    "namespace",
                    "application",
                    "blueprints",
                    "identifiers",
                ];
                select(&mut claim.selector, &entry, &KEYS)?;
            }
        }
    }
    Ok(claim)
}

fn selector(node: Node) -> Result<ClaimSelector, SettingsError> {
    let place = node.place.clone();
    let mut selector = ClaimSelector::default();
    for entry in node.entries()? {
        select(
            &mut selector,
            &entry,
            &["project", "namespace", "application"],
        )?;
    }
    if selector == ClaimSelector::default() {
        return Err(SettingsError::at(place, Problem::SelectsNothing));
    }
    Ok(selector)
}

/// An owner has to be named: what stands for all of them is `*`.
fn fragment_source(node: Node) -> Result<FragmentSource, SettingsError> {
    let place = node.place.clone();
    let (mut owner, mut namespace) = (None, None);
    for entry in node.entries()? {
        let slot = match entry.name.as_str() {
            "owner" => &mut owner,
            "namespace" => &mut namespace,
            _ => return Err(unknown(&entry, &["owner", "namespace"])),
        };
        *slot = Some(pattern(&entry.name, &entry.value)?);
    }
    match owner {
        Some(owner) => Ok(FragmentSource { owner, namespace }),
        None => Err(SettingsError::at(place, Problem::NamesNoOwner)),
    }
}

/// Takes one of the three selecting keys; `keys` are all that could stand there.
fn select(
    selector: &mut ClaimSelector,
    entry: &Entry,
    keys: &[&'static str],
) -> Result<(), SettingsError> {
    let slot = match entry.name.as_str() {
        "project" => &mut selector.project,
        "namespace" => &mut selector.namespace,
        "application" => &mut selector.application,
        _ => return Err(unknown(entry, keys)),
    };
    *slot = Some(pattern(&entry.name, &entry.value)?);
    Ok(())
}

fn patterns(entry: Entry) -> Result<Vec<Pattern>, SettingsError> {
    let name = entry.name;
    let items = entry.value.items()?;
    items.iter().map(|item| pattern(&name, item)).collect()
}

fn pattern(name: &str, node: &Node) -> Result<Pattern, SettingsError> {
    let Tree::Text(text) = &node.tree else {
        return Err(node.unfit("a glob"));
    };
    Pattern::parse(text).map_err(|problem| {
        let (name, pattern) = (name.to_owned(), text.clone());
        let problem = Problem::Pattern {
            name,
            pattern,
            problem,
        };
        SettingsError::at(&node.place, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::{Policy, fixed, named, parse};
    use crate::catalog::Claimant;

    fn policy(text: &str) -> Policy {
        parse(text, "policy p").unwrap()
    }

    #[test]
    fn an_empty_policy_allows_everything() {
        let nothing = Policy {
            place: Some("policy p".to_owned()),
            ..Policy::default()
        };
        assert_eq!(policy(""), nothing);
        assert_eq!(policy("enforce:\ndefaults: {}\n"), nothing);
    }

    #[test]
    fn settings_come_with_their_place() {
        let policy = policy("enforce:\n  crds: never\ndefaults:\n  values-files: [a, b]\n");
        let shown: Vec<_> = policy
            .assignments
            .iter()
            .map(|it| format!("{} {} {}", it.key.name(), it.raw.to_line(), it.origin))
            .collect();
        assert_eq!(
            shown,
            [
                "crds never policy p:2:9 (enforced)",
                "values-files a,b policy p:4:17 (default)"
            ]
        );
    }

    #[test]
    fn an_empty_list_is_not_an_absent_one() {
        let policy = policy("claims: []\ndeliver: []\nenabled: false\n");
        assert!(!policy.enabled);
        assert!(policy.claims.is_some_and(|claims| claims.0.is_empty()));
        let (deliver, place) = policy.deliver.unwrap();
        assert!(!deliver.allows(&Claimant::default()));
        assert_eq!(place, "policy p:2:1");
    }

    #[test]
    fn a_claim_is_read_whole() {
        let policy = policy(
            "claims:\n- project: a-*\n  namespace: n\n  application: x\n  blueprints: [s]\n  identifiers: [i, '1.0']\n",
        );
        let claims = policy.claims.unwrap().0;
        let claim = &claims[0];
        let patterns = |it: &Option<Vec<_>>| {
            let patterns: &Vec<_> = it.as_ref().unwrap();
            patterns.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(claim.selector.project.as_ref().unwrap().to_string(), "a-*");
        assert_eq!(claim.selector.namespace.as_ref().unwrap().to_string(), "n");
        assert_eq!(
            claim.selector.application.as_ref().unwrap().to_string(),
            "x"
        );
        assert_eq!(patterns(&claim.blueprints), ["s"]);
        assert_eq!(patterns(&claim.identifiers), ["i", "1.0"]);
    }

    #[test]
    fn the_owners_of_fragments_are_read() {
        let policy = policy("fragments:\n- {owner: Application/argocd/*, namespace: shop}\n");
        let sources = policy.fragments.unwrap().0;
        let [source] = sources.as_slice() else {
            panic!("{sources:?}");
        };
        assert_eq!(source.owner.to_string(), "Application/argocd/*");
        assert_eq!(source.namespace.as_ref().unwrap().to_string(), "shop");
    }

    #[track_caller]
    fn fails(text: &str, expected: &str) {
        let error = parse(text, "policy p").unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }

    #[test]
    fn a_broken_policy_says_where_and_what() {
        fails(
            "enforced: {}",
            "policy p:1:1: no key is called `enforced`; did you mean `enforce`?",
        );
        fails("crds: never", "policy p:1:1: no key is called `crds`");
        fails(
            "enforce:\n  crd: never",
            "policy p:2:3: no setting is called `crd`; did you mean `crds`?",
        );
        fails(
            "enforce: {crds: sometimes}",
            "policy p:1:17: `crds` takes auto, always or never, not `sometimes`",
        );
        fails(
            "defaults: {policy: other.yaml}",
            "policy p:1:12: `policy` can't be set here, only by --policy or GLINT_POLICY",
        );
        fails(
            "enforce: {claims: []}",
            "policy p:1:11: `claims` can't be set here, only by a key of its own in the policy file",
        );
        fails(
            "enabled: off",
            "policy p:1:10: `enabled` takes true or false, not `off`",
        );
        fails(
            "enforce: [crds]",
            "policy p:1:10: takes names with values, not a list",
        );
        fails(
            "- enforce",
            "policy p:1:1: takes names with values, not a list",
        );
        fails(
            "claims:\n",
            "policy p:1:7: takes a list, or `[]` for an empty one, not nothing",
        );
        fails(
            "claims: [{projects: a}]",
            "policy p:1:11: no key is called `projects`; did you mean `project`?",
        );
        fails(
            "claims: [{blueprints: service}]",
            "policy p:1:23: takes a list, not a single text",
        );
        fails(
            "claims: [{project: '[a'}]",
            "policy p:1:20: `project`: `[a` is no glob: unclosed character class; missing ']'",
        );
        fails(
            "deliver: [{}]",
            "policy p:1:11: an entry of `deliver` names a project, a namespace or an application",
        );
        fails(
            "fragments: [{namespace: a}]",
            "policy p:1:13: an entry of `fragments` names an owner, such as `Application/argocd/*`",
        );
        fails(
            "fragments: [{owners: a}]",
            "policy p:1:14: no key is called `owners`; did you mean `owner`?",
        );
        fails(
            "deliver: [{blueprints: [a]}]",
            "policy p:1:12: no key is called `blueprints`",
        );
        fails(
            "enforce: {}\nenforce: {}",
            "policy p:2:1: `enforce` is given twice",
        );
        fails(
            "enforce: [",
            "policy p:1:10: no valid YAML: unclosed bracket '['",
        );
    }

    #[test]
    fn a_missing_policy_stops_only_who_named_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.yaml");
        assert_eq!(fixed(&path).unwrap(), None);
        let error = named(&path).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("policy {}: can't be read", path.display())
        );
        std::fs::write(&path, "enabled: false").unwrap();
        assert!(!fixed(&path).unwrap().unwrap().enabled);
        assert!(!named(&path).unwrap().enabled);
    }

    #[test]
    fn a_policy_that_is_there_and_broken_stops_everyone() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("policy.yaml");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert!(fixed(&link).is_err());
        let error = fixed(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with(": is no regular file"), "{error}");
        let large = folder.path().join("large.yaml");
        std::fs::write(&large, "#".repeat((1 << 20) + 1)).unwrap();
        let error = fixed(&large).unwrap_err().to_string();
        assert!(error.ends_with(": is larger than 1048576 bytes"), "{error}");
    }
}
