//! Who may declare what, and which applications deliver at all: the part of
//! the operator's policy that is about the catalog.
//!
//! Plain data and pure answers; the policy file is read by `config`. Invariant:
//! what is not known matches no pattern, so that a missing name never opens
//! what a pattern should keep shut.

#[cfg(feature = "controller")]
use std::collections::BTreeSet;
use std::fmt;

use globset::Glob;
use regex::Regex;

use super::{BlueprintId, EntityId};

/// A glob over one name: `*` and `?` match any character, `/` too; `[ab]` and
/// `{a,b}` choose.
#[derive(Clone, Debug)]
pub struct Pattern {
    glob: String,
    /// The same for the API server, which reads RE2: both match by one text, so
    /// that they can't disagree.
    regex: Regex,
}

/// Why a text is no pattern: a clause that fits after the pattern itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The empty text, which would match nothing that exists.
    #[error("is empty")]
    Empty,
    /// The glob's own syntax.
    #[error("is no glob: {0}")]
    Syntax(globset::ErrorKind),
}

impl Pattern {
    /// Parses a glob.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        let syntax = |kind: &globset::ErrorKind| PatternError::Syntax(kind.clone());
        let glob = Glob::new(text).map_err(|error| syntax(error.kind()))?;
        let regex = Regex::new(&over_characters(glob.regex()))
            .map_err(|error| syntax(&globset::ErrorKind::Regex(error.to_string())))?;
        Ok(Self {
            glob: text.to_owned(),
            regex,
        })
    }

    /// Whether the whole name matches.
    pub fn matches(&self, name: &str) -> bool {
        self.regex.is_match(name)
    }

    /// The glob as a regular expression over the whole name, in what RE2 and Rust
    /// have in common. A line end matches no `*`; no name has one.
    pub(crate) fn regex(&self) -> &str {
        self.regex.as_str()
    }

    /// The one name that matches, where the glob is a name.
    pub(crate) fn literal(&self) -> Option<&str> {
        let is_name = !self.glob.contains(['*', '?', '[', ']', '{', '}', '\\']);
        is_name.then_some(&self.glob)
    }

    /// Whether every name matches.
    pub(crate) fn matches_everything(&self) -> bool {
        self.glob.bytes().all(|byte| byte == b'*')
    }
}

/// globset's expression, which is one over bytes, as one over characters.
fn over_characters(regex: &str) -> String {
    let regex = regex.strip_prefix("(?-u)").unwrap_or(regex);
    let mut bytes = Vec::with_capacity(regex.len());
    let mut rest = regex.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        // Of what is no ASCII, globset escapes each byte. A `\\` that stands
        // before it is one of a pair.
        let taken = match (first, behind) {
            (b'\\', [b'x', high, low, ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap_or_default();
                bytes.extend(u8::from_str_radix(digits, 16));
                4
            }
            (b'\\', [escaped, ..]) => {
                bytes.extend([b'\\', *escaped]);
                2
            }
            (byte, _) => {
                bytes.push(*byte);
                1
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.glob)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.glob == other.glob
    }
}

impl Eq for Pattern {}

/// On whose behalf a stream is rendered, as the host says it and never as the
/// rendered repository does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimant {
    /// Argo CD's AppProject.
    pub project: Option<String>,
    /// The namespace that the stream is deployed to.
    pub namespace: Option<String>,
    /// The application's name; `<namespace>_<name>` for an Argo CD application
    /// outside Argo CD's own namespace.
    pub application: Option<String>,
}

/// Which claimants an entry of the policy is about. A pattern that is not given
/// matches every claimant; those that are given must all match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimSelector {
    /// Over the project's name.
    pub project: Option<Pattern>,
    /// Over the namespace's name.
    pub namespace: Option<Pattern>,
    /// Over the application's name.
    pub application: Option<Pattern>,
}

impl ClaimSelector {
    /// Whether every given pattern matches; an unknown name matches none.
    pub fn selects(&self, claimant: &Claimant) -> bool {
        let Self {
            project,
            namespace,
            application,
        } = self;
        let matches = |pattern: &Option<Pattern>, name: &Option<String>| match pattern {
            None => true,
            Some(pattern) => name.as_deref().is_some_and(|name| pattern.matches(name)),
        };
        matches(project, &claimant.project)
            && matches(namespace, &claimant.namespace)
            && matches(application, &claimant.application)
    }
}

/// One permission: these claimants may declare these entities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who.
    pub selector: ClaimSelector,
    /// Any of these blueprints; `None` means every blueprint.
    pub blueprints: Option<Vec<Pattern>>,
    /// Any of these identifiers; `None` means every identifier.
    pub identifiers: Option<Vec<Pattern>>,
}

/// All permissions of a policy. Once a policy has `claims`, what none of them
/// allows is refused; an empty list allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims(pub Vec<Claim>);

impl Claims {
    /// Whether any claim lets the claimant declare this entity.
    pub fn allows(
        &self,
        claimant: &Claimant,
        blueprint: &BlueprintId,
        identifier: &EntityId,
    ) -> bool {
        let any = |patterns: &Option<Vec<Pattern>>, name: &str| match patterns {
            None => true,
            Some(patterns) => patterns.iter().any(|pattern| pattern.matches(name)),
        };
        self.0.iter().any(|claim| {
            claim.selector.selects(claimant)
                && any(&claim.blueprints, blueprint.as_str())
                && any(&claim.identifiers, identifier.as_str())
        })
    }

    /// Whether any claim lets the claimant declare entities of this blueprint, however
    /// they are called.
    #[cfg(feature = "controller")]
    pub(crate) fn allow_blueprint(&self, claimant: &Claimant, blueprint: &BlueprintId) -> bool {
        self.0.iter().any(|claim| {
            let blueprints = claim.blueprints.as_ref();
            claim.selector.selects(claimant)
                && blueprints.is_none_or(|it| it.iter().any(|it| it.matches(blueprint.as_str())))
        })
    }
}

/// Whose fragments the kept mapping is made of: an entry of `fragments`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FragmentSource {
    /// Over what deploys the fragment's ConfigMap, as `Kind/namespace/name`.
    pub owner: Pattern,
    /// Over the ConfigMap's namespace; `None` means every one.
    pub namespace: Option<Pattern>,
}

/// All of them. An empty list means none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FragmentSources(pub Vec<FragmentSource>);

#[cfg(feature = "controller")]
impl FragmentSources {
    /// Whether a fragment in this namespace, of this owner, counts.
    pub(crate) fn allow(&self, owner: &str, namespace: &str) -> bool {
        self.0.iter().any(|source| {
            let FragmentSource {
                owner: owners,
                namespace: namespaces,
            } = source;
            let is_there = namespaces.as_ref().is_none_or(|it| it.matches(namespace));
            is_there && owners.matches(owner)
        })
    }

    /// The namespaces that fragments can be in, where each is given by its name.
    pub(crate) fn namespaces(&self) -> Option<BTreeSet<&str>> {
        let names = self.0.iter().map(|it| it.namespace.as_ref()?.literal());
        names.collect()
    }
}

/// The applications whose entities reach the catalog. An empty list means none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deliver(pub Vec<ClaimSelector>);

impl Deliver {
    /// Whether any entry selects the claimant.
    pub(crate) fn allows(&self, claimant: &Claimant) -> bool {
        self.0.iter().any(|selector| selector.selects(claimant))
    }
}

#[cfg(test)]
mod tests {
    use super::{Claim, ClaimSelector, Claimant, Claims, Deliver, Pattern, PatternError};
    #[cfg(feature = "controller")]
    use super::{FragmentSource, FragmentSources};
    use crate::catalog::{BlueprintId, EntityId};

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    fn claimant(project: &str, application: &str) -> Claimant {
        Claimant {
            project: Some(project.to_owned()),
            namespace: None,
            application: Some(application.to_owned()),
        }
    }

    fn project(text: &str) -> ClaimSelector {
        ClaimSelector {
            project: Some(pattern(text)),
            ..ClaimSelector::default()
        }
    }

    #[track_caller]
    fn check(claims: &Claims, claimant: &Claimant, entity: (&str, &str), expected: bool) {
        let blueprint = BlueprintId::parse(entity.0).unwrap();
        let identifier = EntityId::parse(entity.1).unwrap();
        assert_eq!(
            claims.allows(claimant, &blueprint, &identifier),
            expected,
            "{claimant:?} {entity:?}"
        );
    }

    #[test]
    fn one_claim_must_match_in_all_that_it_states() {
        let claims = Claims(vec![
            Claim {
                selector: project("team-*"),
                blueprints: Some(vec![pattern("service"), pattern("api")]),
                identifiers: Some(vec![pattern("pay-*")]),
            },
            Claim {
                selector: project("platform"),
                blueprints: None,
                identifiers: None,
            },
        ]);
        let team = claimant("team-pay", "checkout");
        check(&claims, &team, ("service", "pay-checkout"), true);
        check(&claims, &team, ("api", "pay-v1/orders"), true);
        check(&claims, &team, ("domain", "pay-checkout"), false);
        check(&claims, &team, ("service", "search"), false);
        check(
            &claims,
            &claimant("platform", "x"),
            ("domain", "shop"),
            true,
        );
        check(
            &claims,
            &claimant("other", "x"),
            ("service", "pay-x"),
            false,
        );
        check(&claims, &Claimant::default(), ("service", "pay-x"), false);
        check(&Claims::default(), &team, ("service", "pay-x"), false);
    }

    #[test]
    fn an_unknown_name_matches_no_pattern() {
        let anyone = ClaimSelector {
            namespace: Some(pattern("*")),
            ..ClaimSelector::default()
        };
        assert!(!anyone.selects(&claimant("shop", "checkout")));
        assert!(ClaimSelector::default().selects(&Claimant::default()));
    }

    #[test]
    fn all_given_patterns_of_a_selector_must_match() {
        let both = ClaimSelector {
            application: Some(pattern("{web,mobile}")),
            ..project("shop")
        };
        assert!(both.selects(&claimant("shop", "web")));
        assert!(!both.selects(&claimant("shop", "api")));
        assert!(!both.selects(&claimant("bank", "web")));
        assert!(Deliver(vec![both]).allows(&claimant("shop", "mobile")));
        assert!(!Deliver::default().allows(&claimant("shop", "mobile")));
    }

    #[cfg(feature = "controller")]
    #[test]
    fn fragments_count_by_owner_and_namespace() {
        let source = |owner, namespace: Option<&str>| FragmentSource {
            owner: pattern(owner),
            namespace: namespace.map(pattern),
        };
        let sources = FragmentSources(vec![
            source("Application/argocd/*", Some("shop")),
            source("Kustomization/flux-system/apps", Some("web")),
        ]);
        assert!(sources.allow("Application/argocd/pay", "shop"));
        assert!(!sources.allow("Application/argocd/pay", "web"));
        assert!(!sources.allow("Application/tenant/pay", "shop"));
        assert!(sources.allow("Kustomization/flux-system/apps", "web"));
        assert_eq!(sources.namespaces(), Some(["shop", "web"].into()));
        let anywhere = FragmentSources(vec![source("*", None)]);
        assert_eq!(anywhere.namespaces(), None);
        let some = FragmentSources(vec![source("*", Some("shop-*"))]);
        assert_eq!(some.namespaces(), None);
        assert!(!FragmentSources::default().allow("Application/argocd/pay", "shop"));
    }

    #[cfg(feature = "controller")]
    #[test]
    fn a_blueprint_is_allowed_by_the_claims_of_its_claimant() {
        let claims = Claims(vec![Claim {
            selector: project("team-*"),
            blueprints: Some(vec![pattern("service")]),
            identifiers: Some(vec![pattern("pay-*")]),
        }]);
        let allows = |project, blueprint| {
            let blueprint = BlueprintId::parse(blueprint).unwrap();
            claims.allow_blueprint(&claimant(project, "x"), &blueprint)
        };
        assert!(allows("team-a", "service"));
        assert!(!allows("team-a", "domain"));
        assert!(!allows("other", "service"));
    }

    #[test]
    fn a_pattern_is_a_glob_over_characters() {
        #[track_caller]
        fn check(glob: &str, regex: &str, matching: &[&str], others: &[&str]) {
            let pattern = pattern(glob);
            assert_eq!(pattern.regex(), regex);
            let matches = |name: &&str| pattern.matches(name);
            let all: Vec<_> = [matching, others].concat();
            let found: Vec<_> = all.iter().copied().filter(matches).collect();
            assert_eq!(found, matching, "{glob}");
        }
        check("a-?", r"^a\-.$", &["a-b", "a-ä"], &["a-", "a-bc"]);
        check("ä*", "^ä.*$", &["ä", "äö/b"], &["a", "öä"]);
        check("[ä-öx]", "^[ä-öx]$", &["å", "x"], &["a", "äx"]);
        check("{a,b*}", "^(?:a|b.*)$", &["a", "bc"], &["ab"]);
        check(r"\*x", r"^\*x$", &["*x"], &["ax"]);
        check(r"\\xc3", r"^\\xc3$", &[r"\xc3"], &["Ã"]);
    }

    /// What globset itself says of every short glob and name, of ASCII, where a
    /// byte is a character.
    #[test]
    fn a_pattern_matches_what_globset_matches() {
        let words = |letters: &[char]| -> Vec<String> {
            let longer = |words: &[String]| -> Vec<String> {
                let pairs = words
                    .iter()
                    .flat_map(|word| letters.iter().map(move |it| (word, it)));
                pairs.map(|(word, it)| format!("{word}{it}")).collect()
            };
            let one = longer(&[String::new()]);
            let two = longer(&one);
            let three = longer(&two);
            [one, two, three].concat()
        };
        let names = words(&['a', '/', '-', '!']);
        for text in words(&['a', '/', '*', '?', '[', ']', '{', '}', ',', '!', '-']) {
            let Ok(glob) = globset::Glob::new(&text) else {
                assert!(Pattern::parse(&text).is_err(), "{text}");
                continue;
            };
            let (glob, pattern) = (glob.compile_matcher(), pattern(&text));
            for name in &names {
                assert_eq!(pattern.matches(name), glob.is_match(name), "{text} {name}");
            }
        }
    }

    #[test]
    fn a_broken_glob_is_told_from_an_empty_one() {
        assert_eq!(Pattern::parse(""), Err(PatternError::Empty));
        assert_eq!(
            Pattern::parse("[a").map_err(|error| error.to_string()),
            Err("is no glob: unclosed character class; missing ']'".to_owned())
        );
    }
}
