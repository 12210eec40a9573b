//! Which references of a kustomization lead to another host, by kustomize's
//! own rules.
//!
//! After kustomize api 0.21.1 `internal/git/repospec.go` (`extractHost`) and
//! `internal/loader/fileloader.go` (`IsRemoteFile`). Not for fetching.
//! Invariant: what kustomize would fetch is never taken for a local path; the
//! opposite may happen for odd names.

use std::collections::BTreeSet;

use super::loose_yaml::folded;
use super::redact::redacted;

/// How kustomize would get something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// By its own HTTP client.
    Http,
    /// By `git`, over HTTP.
    Git,
    /// By `git` over ssh, or from a path of this machine: never allowed here,
    /// because there is no key and no border.
    Unsupported,
}

/// A reference that leads to another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remote {
    /// The reference as written, without user information.
    pub(super) url: String,
    /// The host in small letters, with its port if there is one; empty if
    /// there is none.
    pub(super) host: String,
    /// How it would be fetched.
    pub(super) transport: Transport,
}

impl Remote {
    /// A reference to a file: kustomize asks for `http` and `https` URLs.
    pub(super) fn file(reference: &str) -> Option<Self> {
        let scheme_end = reference.find(':')?;
        let scheme = folded(&reference[..scheme_end]);
        (scheme == "http" || scheme == "https").then(|| Self {
            url: redacted(reference),
            host: host_of(&reference[scheme_end + 1..]),
            transport: Transport::Http,
        })
    }

    /// A reference to a file or to a directory: a URL, or what kustomize
    /// takes for a repository of git.
    pub(super) fn file_or_base(reference: &str) -> Option<Self> {
        let remote = |host: String, transport| Self {
            url: redacted(reference),
            host,
            transport,
        };
        let plain = without_prefix(reference, "git::").unwrap_or(reference);
        for scheme in ["https:", "http:"] {
            if let Some(rest) = without_prefix(plain, scheme) {
                // It is asked for as a file first, then cloned.
                return Some(remote(host_of(rest), Transport::Git));
            }
        }
        for scheme in ["ssh://", "file://"] {
            if let Some(rest) = without_prefix(plain, scheme) {
                return Some(remote(
                    host_of(&format!("//{rest}")),
                    Transport::Unsupported,
                ));
            }
        }
        if plain.starts_with('/') {
            return None;
        }
        let plain = plain.split('?').next().unwrap_or_default();
        if let Some((_, rest)) = user_name(plain) {
            let (host, path) = rest.split_once(['/', ':'])?;
            return names_repository(path).then(|| remote(folded(host), Transport::Unsupported));
        }
        let path = ["github.com/", "github.com:"]
            .iter()
            .find_map(|prefix| without_prefix(plain, prefix))?;
        names_repository(path).then(|| remote("github.com".to_owned(), Transport::Git))
    }

    /// Whether the operator lets it be fetched.
    pub(super) fn is_allowed(&self, allow_hosts: &BTreeSet<String>) -> bool {
        match self.transport {
            Transport::Http | Transport::Git => is_allowed(&self.host, allow_hosts),
            Transport::Unsupported => false,
        }
    }
}

/// Whether a host, with its port if it has one, is among the allowed ones. A
/// host that is allowed without a port is allowed on every port.
pub(super) fn is_allowed(host: &str, allow_hosts: &BTreeSet<String>) -> bool {
    let without_port = host.split(':').next().unwrap_or_default();
    allow_hosts.contains(host) || allow_hosts.contains(without_port)
}

/// The host of what follows a scheme's colon: `//user@host:port/path`.
pub(super) fn host_of(rest: &str) -> String {
    let authority = rest.strip_prefix("//").unwrap_or_default();
    let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
    let host = authority[..end].rsplit('@').next().unwrap_or_default();
    host.to_ascii_lowercase()
}

/// What follows a prefix, whatever its case.
fn without_prefix<'r>(text: &'r str, prefix: &str) -> Option<&'r str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Whether the path behind a host can be split into a repository and a path in
/// it (`parsePathParts`); a local path it is otherwise.
fn names_repository(path: &str) -> bool {
    path.contains('/') || path.contains(".git")
}

/// `git@…`: kustomize's `^([a-zA-Z][a-zA-Z0-9-]*)@`.
fn user_name(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('@')?;
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    is_name.then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Remote, Transport, is_allowed};

    #[test]
    fn a_base_is_remote_by_the_rules_of_kustomize() {
        #[track_caller]
        fn check(reference: &str, expected: Option<(&str, Transport)>) {
            let remote = Remote::file_or_base(reference);
            let told = remote
                .as_ref()
                .map(|remote| (remote.host.as_str(), remote.transport));
            assert_eq!(told, expected, "{reference}");
        }
        check(
            "https://github.com/org/repo//path?ref=v1",
            Some(("github.com", Transport::Git)),
        );
        check(
            "HTTPS://User:pw@Git.Example.com:8443/x",
            Some(("git.example.com:8443", Transport::Git)),
        );
        check(
            "git::https://example.com/org/repo.git",
            Some(("example.com", Transport::Git)),
        );
        check(
            "https://allowed.com#@evil.com/x",
            Some(("allowed.com", Transport::Git)),
        );
        check(
            "https://allowed.com@evil.com/x",
            Some(("evil.com", Transport::Git)),
        );
        check("https:evil.com/x", Some(("", Transport::Git)));
        check(
            "github.com/org/repo?ref=main",
            Some(("github.com", Transport::Git)),
        );
        check("GitHub.com:org/repo", Some(("github.com", Transport::Git)));
        check(
            "git@github.com:org/repo.git",
            Some(("github.com", Transport::Unsupported)),
        );
        check(
            "org-1234@gitlab.com/org/repo",
            Some(("gitlab.com", Transport::Unsupported)),
        );
        check(
            "ssh://git@example.com:2222/org/repo",
            Some(("example.com:2222", Transport::Unsupported)),
        );
        check("file:///srv/repo", Some(("", Transport::Unsupported)));
        check("github.com/org", None);
        check("service@v2", None);
        check("service@v2/base", None);
        check("git@host:repo.git", Some(("host", Transport::Unsupported)));
        check("../base", None);
        check("/srv/base", None);
        check("example.com/org/repo", None);
        check("deployment.yaml", None);
    }

    #[test]
    fn a_file_is_remote_only_by_http() {
        #[track_caller]
        fn check(reference: &str, host: Option<&str>) {
            let told = Remote::file(reference).map(|remote| remote.host);
            assert_eq!(told.as_deref(), host, "{reference}");
        }
        check("https://example.com/patch.yaml", Some("example.com"));
        check("hTTp://169.254.169.254/latest", Some("169.254.169.254"));
        check("github.com/org/repo", None);
        check("git@github.com:org/repo", None);
        check("patch.yaml", None);
    }

    #[test]
    fn an_allowed_host_is_allowed_exactly() {
        let allowed = BTreeSet::from(["example.com".to_owned(), "charts.local:8443".to_owned()]);
        assert!(is_allowed("example.com", &allowed));
        assert!(is_allowed("example.com:444", &allowed));
        assert!(is_allowed("charts.local:8443", &allowed));
        assert!(!is_allowed("charts.local", &allowed));
        assert!(!is_allowed("sub.example.com", &allowed));
        assert!(!is_allowed("", &allowed));
        let remote = Remote::file_or_base("git@example.com:a/b").unwrap();
        assert!(!remote.is_allowed(&allowed));
    }
}
