//! What may be told of what a host said.
//!
//! A condition quotes whatever went wrong: the standard error of a renderer, the
//! API server with the value that it refused. None of that goes to the catalog.
//! Invariant: what leaves this file is made of words that stand in it, numbers, and
//! names of Kubernetes kinds and objects; of a failed render not even names, as the
//! text is a renderer's.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What of a failed render may be told: which of our own steps it was, and how that
/// ended.
pub(super) fn of_render(text: &str) -> Option<String> {
    let step = STEPS
        .iter()
        .find(|step| text.contains(&format!("`{step}")))?;
    let end = RENDER_ENDS.iter().find_map(|end| end.said(text));
    Some(match end {
        Some(end) => format!("{step} {end}"),
        None => format!("{step} failed"),
    })
}

/// What of any other message may be told; nothing where no part of it is known.
pub(super) fn of_host(text: &str) -> Option<String> {
    let said: Vec<String> = HOST
        .iter()
        .filter_map(|sentence| sentence.said(text))
        .collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// The same, and where the rest is.
pub(super) fn of_render_or_where(text: &str) -> String {
    match of_render(text) {
        Some(said) => format!("{said}; {ELSEWHERE}"),
        None => ELSEWHERE.to_owned(),
    }
}

/// What of a message may be told, or where it is.
pub(super) fn of_host_or_where(text: &str) -> String {
    of_host(text).unwrap_or_else(|| ELSEWHERE.to_owned())
}

/// Where what is not told can be read.
const ELSEWHERE: &str =
    "what was said stands in the object's status, and is not repeated as it may quote values";

/// How the steps of ours that run a program begin (`input`).
const STEPS: [&str; 4] = [
    "helm template",
    "helm package",
    "helm pull",
    "kustomize build",
];

static RENDER_ENDS: LazyLock<Vec<Sentence>> = LazyLock::new(|| {
    sentences(&[
        (
            r"` failed with exit status ([0-9]{1,3})\b",
            "failed with exit status $1",
        ),
        (
            r"` failed with signal ([0-9]{1,2})\b",
            "was ended by signal $1",
        ),
        (
            r"` was stopped at the deadline, after ([0-9]{1,5}\.[0-9]) s\b",
            "was stopped at the deadline, after $1 s",
        ),
    ])
});

/// Argo CD 3.6 (gitops-engine `sync_context.go`, `controller/appcontroller.go`),
/// kustomize-controller 1.9, helm-controller 1.4, kube-apiserver 1.37. `N` is a
/// name of Kubernetes', `K` a kind, `V` a group and version, `D` digits.
static HOST: LazyLock<Vec<Sentence>> = LazyLock::new(|| {
    sentences(&[
        (
            r"resource (N|):(K) is not permitted in project (N)",
            "$2 is not permitted in project $3",
        ),
        (
            r"auto-sync will wipe out all resources",
            "auto-sync would delete every resource, so Argo CD does not sync",
        ),
        (
            r#"no matches for kind "(K)" in version "(V)""#,
            "the cluster has no kind $1 in $2",
        ),
        (
            r#"namespaces "(N)" not found"#,
            "namespace $1 does not exist",
        ),
        (
            r"one or more synchronization tasks are not valid",
            "one or more resources can't be synced",
        ),
        (
            r"one or more objects failed to apply \(dry run\)",
            "the cluster refuses one or more resources in a dry run",
        ),
        (
            r"one or more objects failed to apply(?: [^(]|,|\.|$)",
            "one or more resources could not be applied",
        ),
        (
            r"one or more synchronization tasks completed unsuccessfully",
            "one or more resources or hooks failed",
        ),
        (
            r"waiting for completion of hook (?:N/)?(K)/(N)\b",
            "waits for hook $1 $2",
        ),
        (
            r"waiting for healthy state of (?:N/)?(K)/(N)\b",
            "waits until $1 $2 is healthy",
        ),
        (r"(?i)operation terminated", "the sync was terminated"),
        (r"\(retried (D) times\)", "tried $1 times more"),
        (r"dependency '(N/N)' is not ready", "waits for $1"),
        (
            r"dependency '(N/N)' revision is not up to date",
            "waits for the new revision of $1",
        ),
        (
            r"kustomization path not found",
            "the source has no such path",
        ),
        (
            r"failed to verify archive",
            "the source's archive has another digest than it should",
        ),
        (
            r"(?i)artifact not found",
            "the source's archive can't be had",
        ),
        (r"(?i)source '(K/N(?:/N)?)' not found", "$1 does not exist"),
        (
            r"(?i)source artifact not found",
            "the source has nothing yet",
        ),
        (
            r"variable substitution failed",
            "a variable can't be substituted",
        ),
        (
            r"can't access '(K/N/N)', cross-namespace references",
            "references to another namespace are off, and $1 is in one",
        ),
        (
            r"(?i)health check (?:failed|timed out) after ([0-9hms.µn]{2,20})\b",
            "not healthy after $1",
        ),
        (
            r"timeout waiting for: \[",
            "not all resources became healthy in time",
        ),
        (
            r"Helm (install|upgrade|test|rollback|uninstall) (failed|succeeded) for release (N/N)\.v(D) with chart (N)@",
            "Helm $1 $2 for release $3, version $4",
        ),
        (
            r"Failed to (install|upgrade) after (D) attempt",
            "gave up to $1 after $2 attempts",
        ),
        (
            r"timed out waiting for the condition|context deadline exceeded",
            "ran out of time",
        ),
        (
            r"another operation \(install/upgrade/rollback\) is in progress",
            "Helm believes that another operation is in progress",
        ),
        (
            r#" "(N)" is forbidden: User "[^"]*" cannot (get|list|watch|create|update|patch|delete) resource "(N)""#,
            "may not $2 $3 $1",
        ),
        (r"(?i)connection refused", "a connection was refused"),
    ])
});

/// A pattern, and what is said where it matches.
struct Sentence {
    pattern: Regex,
    says: &'static str,
}

impl Sentence {
    fn said(&self, text: &str) -> Option<String> {
        let found: Captures<'_> = self.pattern.captures(text)?;
        let mut said = String::new();
        found.expand(self.says, &mut said);
        Some(said)
    }
}

fn sentences(table: &[(&str, &'static str)]) -> Vec<Sentence> {
    table
        .iter()
        .filter_map(|(pattern, says)| {
            // One that does not compile would say nothing; a test compiles all.
            let pattern = Regex::new(&spelled(pattern)).ok()?;
            Some(Sentence { pattern, says })
        })
        .collect()
}

/// The short forms `N`, `K`, `V` and `D` of a pattern, written out.
fn spelled(pattern: &str) -> String {
    let mut spelled = String::new();
    let mut previous = ' ';
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        let alone = !previous.is_alphanumeric()
            && previous != '\\'
            && letters.peek().is_none_or(|next| !next.is_alphanumeric());
        match letter {
            'N' if alone => spelled.push_str("[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"),
            'K' if alone => spelled.push_str("[A-Z][A-Za-z0-9]{0,62}"),
            'V' if alone => spelled.push_str("[a-z0-9.-]{1,200}/v[a-z0-9]{1,20}"),
            'D' if alone => spelled.push_str("[0-9]{1,4}"),
            _ => spelled.push(letter),
        }
        previous = letter;
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::{HOST, RENDER_ENDS, of_host, of_render};

    #[track_caller]
    fn host(text: &str, expected: Option<&str>) {
        assert_eq!(of_host(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!((HOST.len(), RENDER_ENDS.len()), (29, 3));
    }

    #[test]
    fn what_is_known_of_a_host_is_said_in_our_words() {
        host(
            "one or more synchronization tasks are not valid: resource apiextensions.k8s.io:CustomResourceDefinition is not permitted in project tight (retried 5 times).",
            Some(
                "CustomResourceDefinition is not permitted in project tight; one or more resources can't be synced; tried 5 times more",
            ),
        );
        host(
            "Skipping sync attempt to [dd9525ee]: auto-sync will wipe out all resources",
            Some("auto-sync would delete every resource, so Argo CD does not sync"),
        );
        host(
            "dependency 'flux-system/infra' is not ready",
            Some("waits for flux-system/infra"),
        );
        host(
            "Helm upgrade failed for release shop/shop.v4 with chart shop@1.2.3: execution error at (shop/templates/a.yaml:3): CANARY",
            Some("Helm upgrade failed for release shop/shop, version 4"),
        );
        host(
            "configmaps \"shop\" is forbidden: User \"system:serviceaccount:a:b\" cannot patch resource \"configmaps\" in API group",
            Some("may not patch configmaps shop"),
        );
        host(
            "health check failed after 30.5s: timeout waiting for: [Deployment/shop/web status: 'InProgress']",
            Some("not healthy after 30.5s; not all resources became healthy in time"),
        );
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        host(
            "Secret \"db\" is invalid: data[password]: Invalid value: \"CANARY\"",
            None,
        );
        host("", None);
        host(
            "no matches for kind \"CANARY VALUE\" in version \"x\"",
            None,
        );
    }

    #[test]
    fn of_a_failed_render_only_our_own_step_is_said() {
        let says = |text: &str, expected: Option<&str>| {
            assert_eq!(of_render(text).as_deref(), expected, "{text}");
        };
        let before = "Failed to load target state: rpc error: code = Unknown desc = error generating manifests: `glint-gitops argocd generate` failed exit status 2: glint-gitops: read the repository …\nglint-gitops: ";
        says(
            &format!(
                "{before}`helm template charts/CANARY` failed with exit status 1\n  Error: CANARY"
            ),
            Some("helm template failed with exit status 1"),
        );
        says(
            &format!(
                "{before}`kustomize build overlays/prod` was stopped at the deadline, after 40.0 s; raise `timeout`"
            ),
            Some("kustomize build was stopped at the deadline, after 40.0 s"),
        );
        says(&format!("{before}cannot read `CANARY`"), None);
        says(
            "rpc error: `/usr/local/bin/plugin generate` failed exit status 1: CANARY",
            None,
        );
    }
}
