//! Where an application comes from: repository addresses without anything secret,
//! and links to commits.
//!
//! Invariant: no user information, no query and no fragment of an address leaves
//! this file, whatever its form; any of them can hold a token.

/// The address that may be shown: `git@github.com:shop/apps.git` and
/// `https://user:token@github.com/shop/apps` are both of
/// `https://github.com/shop/apps`. Nothing where no host can be made out.
pub(crate) fn address(url: &str) -> Option<String> {
    let url = url.trim();
    if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest.to_owned()),
        // Git's short form of ssh. The user goes; the path starts at the colon.
        None => {
            let (host, path) = url.split_once(':')?;
            if host.contains('/') {
                return None;
            }
            (
                "ssh".to_owned(),
                format!("{host}/{}", path.trim_start_matches('/')),
            )
        }
    };
    let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // The last of several: what stands before it is all user information.
    let host = authority.rsplit('@').next().unwrap_or_default();
    // A path can hold a second address, as a proxy's does.
    if path.contains('@') || (host.is_empty() && scheme != "file") {
        return None;
    }
    let named = host.split(':').next().unwrap_or_default();
    let is_web = matches!(
        scheme.as_str(),
        "http" | "https" | "ssh" | "git" | "git+ssh"
    );
    match service(named) {
        Some(_) if is_web => {
            let path = path.trim_end_matches('/');
            let path = path.strip_suffix(".git").unwrap_or(path);
            Some(format!("https://{named}{path}"))
        }
        Some(_) | None => Some(format!("{scheme}://{host}{path}")),
    }
}

/// A commit's page, for services whose addresses are known.
pub(crate) fn commit_url(address: &str, commit: &str) -> Option<String> {
    let host = address.strip_prefix("https://")?.split('/').next()?;
    let page = match service(host)? {
        Service::GitHub | Service::Gitea | Service::Azure => "commit",
        Service::GitLab => "-/commit",
        Service::Bitbucket => "commits",
    };
    Some(format!("{address}/{page}/{commit}"))
}

enum Service {
    GitHub,
    GitLab,
    Bitbucket,
    Gitea,
    Azure,
}

/// Which service answers at a host. A company's own GitLab is called so often
/// enough that its name tells.
fn service(host: &str) -> Option<Service> {
    Some(match host {
        "github.com" => Service::GitHub,
        "gitlab.com" => Service::GitLab,
        "bitbucket.org" => Service::Bitbucket,
        "codeberg.org" | "gitea.com" => Service::Gitea,
        "dev.azure.com" => Service::Azure,
        _ if host.starts_with("gitlab.") => Service::GitLab,
        _ if host.starts_with("github.") && !host.ends_with(".io") => Service::GitHub,
        _ => return None,
    })
}

/// The commit in a revision: Argo CD gives it alone, Flux as
/// `main@sha1:731f…`.
pub(super) fn commit(revision: &str) -> Option<&str> {
    let digest = match revision.rsplit_once(':') {
        Some((before, digest)) => {
            let is_sha1 = before == "sha1" || before.ends_with("@sha1");
            // Flux before 2.0 wrote `main/731f…`; of other digests none is a commit.
            is_sha1.then_some(digest)?
        }
        None => revision.rsplit('/').next()?,
    };
    let is_hex = digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex && digest.len() == 40).then_some(digest)
}

/// A revision as people call it: seven digits of a commit or of another digest,
/// else the text itself.
pub(crate) fn short(revision: &str) -> &str {
    let name = revision.rsplit(':').next().unwrap_or(revision);
    let is_digest = name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_digest {
        true => &name[..7],
        false => revision,
    }
}

#[cfg(test)]
mod tests {
    use super::{address, commit, commit_url, short};

    #[track_caller]
    fn check(url: &str, expected: Option<&str>) {
        assert_eq!(address(url).as_deref(), expected, "{url}");
    }

    #[test]
    fn nothing_secret_stays_in_an_address() {
        for url in [
            "https://github.com/shop/apps",
            "https://github.com/shop/apps.git",
            "https://user:s3cret@github.com/shop/apps.git/",
            "https://u:s@x@github.com/shop/apps?token=s3cret#s3cret",
            "git@github.com:shop/apps.git",
            "ssh://git@github.com:22/shop/apps",
        ] {
            check(url, Some("https://github.com/shop/apps"));
        }
        check(
            "https://s3cret@git.example/a/b.git",
            Some("https://git.example/a/b.git"),
        );
        check("git@git.example:a/b.git", Some("ssh://git.example/a/b.git"));
        check(
            "oci://ghcr.io/shop/charts",
            Some("oci://ghcr.io/shop/charts"),
        );
        check("file:///srv/git/shop", Some("file:///srv/git/shop"));
        check(
            "https://proxy.example/https://u:s3cret@github.com/a/b",
            None,
        );
        check("s3cret", None);
        check("https://", None);
        check("https://a b", None);
    }

    #[test]
    fn a_commit_has_a_page_where_the_service_is_known() {
        let page = |address| commit_url(address, "731f00a");
        let is = |address, expected: &str| assert_eq!(page(address).as_deref(), Some(expected));
        is(
            "https://github.com/a/b",
            "https://github.com/a/b/commit/731f00a",
        );
        is(
            "https://gitlab.com/a/b/c",
            "https://gitlab.com/a/b/c/-/commit/731f00a",
        );
        is(
            "https://gitlab.corp.example/a/b",
            "https://gitlab.corp.example/a/b/-/commit/731f00a",
        );
        is(
            "https://bitbucket.org/a/b",
            "https://bitbucket.org/a/b/commits/731f00a",
        );
        is(
            "https://dev.azure.com/o/p/_git/r",
            "https://dev.azure.com/o/p/_git/r/commit/731f00a",
        );
        assert_eq!(page("https://git.example/a/b"), None);
        assert_eq!(page("ssh://github.com/a/b"), None);
    }

    #[test]
    fn a_revision_is_shortened_and_its_commit_found() {
        let sha = "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10";
        assert_eq!(commit(sha), Some(sha));
        assert_eq!(commit(&format!("main@sha1:{sha}")), Some(sha));
        assert_eq!(commit(&format!("sha1:{sha}")), Some(sha));
        assert_eq!(commit("v1@sha256:aaaa"), None);
        assert_eq!(commit("main"), None);
        assert_eq!(short(&format!("main@sha1:{sha}")), "731f00a");
        assert_eq!(short("6.5.3"), "6.5.3");
        assert_eq!(short("v1@sha256:aaaa"), "v1@sha256:aaaa");
    }
}
