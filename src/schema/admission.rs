//! The policy's claims as a ValidatingAdmissionPolicy of Kubernetes (1.30 or
//! newer), so that what nobody may declare is refused however it is applied.
//!
//! The API server knows an object, its namespace, and the account that sends it:
//! for all that Argo CD or Flux apply, that is theirs. It knows no project and no
//! application; annotations name them, but whoever writes an entity writes its
//! annotations too. So a claim counts here for everyone in the namespaces that it
//! names. Invariant: an entity that a claim allows is never refused, and no claim
//! that is weaker here than in a render goes unsaid.

use std::fmt::Write as _;

use super::cel;
use crate::catalog::{Claim, ClaimSelector, Claims, Dialect, Pattern};

/// The policy and its binding, with a place for each part that differs.
const TEMPLATE: &str = include_str!("admission.yaml");

/// What to apply, and what it can't do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    /// The policy and its binding, as a YAML stream.
    pub yaml: String,
    /// What of the claims the API server can't hold anyone to, a sentence each.
    pub gaps: Vec<String>,
}

/// Why claims make no policy for the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AdmissionError {
    /// A claim that allows everything as soon as nobody knows for whom it is.
    #[error(
        "claim {claim} allows every entity, and the API server can't tell for whom: nothing would \
         be refused; give it a `namespace`, `blueprints` or `identifiers`"
    )]
    Everything {
        /// Its place in the list, counted from 1.
        claim: usize,
    },
}

/// The claims in the API server's language.
///
/// # Errors
/// Where nothing would ever be refused.
pub(crate) fn admission(claims: &Claims, dialect: Dialect) -> Result<Admission, AdmissionError> {
    let Claims(claims) = claims;
    if let Some(open) = claims.iter().position(|claim| conditions(claim).is_empty()) {
        return Err(AdmissionError::Everything { claim: open + 1 });
    }
    let gaps = gaps(claims);
    let yaml = yaml(claims, dialect, &gaps);
    Ok(Admission { yaml, gaps })
}

fn yaml(claims: &[Claim], dialect: Dialect, gaps: &[String]) -> String {
    let mut said = String::new();
    if !gaps.is_empty() {
        said.push_str("#\n# What the API server can't tell:\n");
    }
    for gap in gaps {
        let line = gap.replace(|character| !cel::is_printable(character), "?");
        // Writing to a String does not fail.
        writeln!(said, "# - {line}").ok();
    }
    // What an operator wrote comes last, so that nothing is put into it.
    TEMPLATE
        .replace("@group@", dialect.group())
        .replace("@allowed@", &allowed(claims))
        .replacen("@gaps@", &said, 1)
}

/// One line for each claim, any of which is enough.
fn allowed(claims: &[Claim]) -> String {
    let clauses: Vec<String> = claims
        .iter()
        .map(|claim| format!("      ({})", conditions(claim).join(" && ")))
        .collect();
    match clauses.is_empty() {
        true => "      false".to_owned(),
        false => clauses.join(" ||\n"),
    }
}

/// What must hold for a claim to allow an entity; nothing where it allows all.
fn conditions(claim: &Claim) -> Vec<String> {
    let Claim {
        selector:
            ClaimSelector {
                project: _,
                namespace,
                application: _,
            },
        blueprints,
        identifiers,
    } = claim;
    let namespace = namespace.as_slice();
    let mut conditions = Vec::new();
    if !namespace.is_empty() && !namespace.iter().any(Pattern::matches_everything) {
        let matches = cel::matches("request.namespace", namespace);
        conditions.push(format!("(variables.clustered || {matches})"));
    }
    for (variable, patterns) in [
        ("variables.blueprint", blueprints),
        ("variables.identifier", identifiers),
    ] {
        if let Some(patterns) = patterns
            && !patterns.iter().any(Pattern::matches_everything)
        {
            conditions.push(cel::matches(variable, patterns));
        }
    }
    conditions
}

fn gaps(claims: &[Claim]) -> Vec<String> {
    let mut gaps = Vec::new();
    for (index, claim) in claims.iter().enumerate() {
        let ClaimSelector {
            project,
            namespace,
            application,
        } = &claim.selector;
        let named = [("project", project), ("application", application)];
        let unknown: Vec<String> = named
            .iter()
            .filter_map(|(word, pattern)| Some(format!("{word} `{}`", pattern.as_ref()?)))
            .collect();
        let number = index + 1;
        if !unknown.is_empty() {
            let there = namespace.as_ref().map_or_else(String::new, |namespace| {
                format!(" in namespace `{namespace}`")
            });
            let who = unknown.join(" and ");
            gaps.push(format!(
                "claim {number} allows everyone{there} what it allows {who}: the API server knows no \
                 projects and applications"
            ));
        }
        if let Some(namespace) = namespace {
            gaps.push(format!(
                "claim {number} allows each ClusterEntity that it allows namespace `{namespace}`: \
                 it is in none"
            ));
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::{Admission, admission, conditions};
    use crate::catalog::{Claim, ClaimSelector, Claims, Dialect, Pattern};

    fn patterns(globs: &[&str]) -> Vec<Pattern> {
        let parse = |glob: &&str| Pattern::parse(glob).unwrap();
        globs.iter().map(parse).collect()
    }

    fn claim(namespace: Option<&str>, blueprints: &[&str], identifiers: &[&str]) -> Claim {
        let some = |globs: &[&str]| (!globs.is_empty()).then(|| patterns(globs));
        Claim {
            selector: ClaimSelector {
                namespace: namespace.map(|glob| Pattern::parse(glob).unwrap()),
                ..ClaimSelector::default()
            },
            blueprints: some(blueprints),
            identifiers: some(identifiers),
        }
    }

    #[track_caller]
    fn check(claim: &Claim, expected: &[&str]) {
        assert_eq!(conditions(claim), expected);
    }

    #[test]
    fn a_claim_is_all_that_it_states() {
        check(
            &claim(
                Some("shop-*"),
                &["service", "api"],
                &["pay", "pay-?", "it's"],
            ),
            &[
                r"(variables.clustered || request.namespace.matches(r'^shop\-.*$'))",
                "variables.blueprint in ['service', 'api']",
                r"(variables.identifier in ['pay', 'it\'s'] || variables.identifier.matches(r'^pay\-.$'))",
            ],
        );
        check(&claim(Some("*"), &["*", "api"], &[]), &[]);
        let nothing = Claim {
            blueprints: Some(Vec::new()),
            ..claim(None, &[], &[])
        };
        check(&nothing, &["false"]);
    }

    #[track_caller]
    fn check_gaps(claim: Claim, expected: Result<&[&str], &str>) {
        let admission = admission(&Claims(vec![claim]), Dialect::Glint);
        let gaps = admission.map(|Admission { gaps, yaml }| {
            assert!(
                gaps.iter()
                    .all(|gap| yaml.contains(&format!("# - {gap}\n")))
            );
            gaps
        });
        let expected = expected.map(|gaps| gaps.iter().map(ToString::to_string).collect());
        assert_eq!(
            gaps.map_err(|error| error.to_string()),
            expected.map_err(str::to_owned)
        );
    }

    #[test]
    fn what_is_not_held_is_said() {
        check_gaps(claim(None, &["team"], &[]), Ok(&[]));
        let mut known = claim(Some("shop"), &["team"], &[]);
        known.selector.project = Some(Pattern::parse("shop").unwrap());
        check_gaps(
            known.clone(),
            Ok(&[
                "claim 1 allows everyone in namespace `shop` what it allows project `shop`: the API server knows no projects and applications",
                "claim 1 allows each ClusterEntity that it allows namespace `shop`: it is in none",
            ]),
        );
        known.selector.namespace = None;
        known.blueprints = None;
        check_gaps(
            known,
            Err(
                "claim 1 allows every entity, and the API server can't tell for whom: nothing would be refused; give it a `namespace`, `blueprints` or `identifiers`",
            ),
        );
    }
}
