//! A source of Flux's, as far as a render needs it.
//!
//! Read from the object's JSON: of three kinds only a few fields are needed. Nothing
//! is fetched here.

use serde_json::Value;

use super::failure::{Failure, Next};
use super::resource::{SourceKind, SourceRef};
use super::words::ORIGIN_REVISION;
use crate::artifact::Digest;
use crate::reason::Reason;

/// A source that has an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// `GitRepository shop`.
    pub(super) named: String,
    /// What people know the source by: the repository's URL, user information in it
    /// perhaps; `None` where there is none.
    pub(super) url: Option<String>,
    /// Where the artifact is.
    pub(super) artifact_url: String,
    /// The artifact's digest.
    pub(super) digest: Digest,
    /// The artifact's bytes, where that is known.
    pub(super) size: Option<u64>,
    /// The artifact's revision: `main@sha1:…`, `v1.2@sha256:…`, `sha256:…`.
    pub(super) revision: String,
    /// The revision in Git, where the source tells another one than its own, as an
    /// image does.
    pub(super) origin: Option<String>,
}

/// What messages call a source.
pub(super) fn named(reference: &SourceRef) -> String {
    format!("{} {}", reference.kind.as_str(), reference.name)
}

impl Source {
    /// Reads a source; `None` for one that is not there.
    ///
    /// # Errors
    /// A source that has no artifact, or not a usable one.
    pub(super) fn of(reference: &SourceRef, object: Option<&Value>) -> Result<Self, Failure> {
        let named = named(reference);
        let wait = |message| Failure {
            reason: Reason::DependencyNotReady,
            message,
            next: Next::Dependency,
        };
        let Some(object) = object else {
            return Err(wait(format!(
                "{named} is not there; a source is looked for in this namespace only"
            )));
        };
        let artifact = &object["status"]["artifact"];
        let text = |field: &str| artifact[field].as_str().unwrap_or_default();
        if text("url").is_empty() {
            return Err(wait(format!(
                "{named} has no artifact yet; its own status says why"
            )));
        }
        let digest = Digest::parse(text("digest")).map_err(|error| Failure {
            reason: Reason::FetchFailed,
            message: format!("the artifact of {named} can't be verified: {error}"),
            next: Next::Change,
        })?;
        let origin = artifact["metadata"][ORIGIN_REVISION].as_str();
        Ok(Self {
            url: url(reference.kind, &object["spec"]),
            artifact_url: text("url").to_owned(),
            digest,
            size: artifact["size"].as_u64(),
            revision: text("revision").to_owned(),
            origin: origin.map(str::to_owned),
            named,
        })
    }

    /// The revision that people look for: the one in Git, where there is one.
    pub(super) fn origin_revision(&self) -> &str {
        self.origin.as_deref().unwrap_or(&self.revision)
    }

    /// The revision of what is made of the source: of its revision what people know,
    /// a branch or a tag, and the content's digest.
    ///
    /// Consumers act when this text changes, so that nothing else may be in it, and
    /// only one `:`, which helm-controller reads as its last part's beginning.
    pub(super) fn revision_of(&self, content: &Digest) -> String {
        let human = match self.revision.split_once('@') {
            Some((human, _)) => human,
            // A bucket's or a bare commit's is a digest alone.
            None => "",
        };
        let human = human.replace(':', "-");
        match human.is_empty() {
            true => format!("latest@{content}"),
            false => format!("{human}@{content}"),
        }
    }
}

/// What people know a source by.
fn url(kind: SourceKind, spec: &Value) -> Option<String> {
    match kind {
        SourceKind::GitRepository | SourceKind::OciRepository => {
            spec["url"].as_str().map(str::to_owned)
        }
        SourceKind::Bucket => {
            let (endpoint, bucket) = (spec["endpoint"].as_str()?, spec["bucketName"].as_str()?);
            let scheme = match spec["insecure"].as_bool() {
                Some(true) => "http",
                Some(false) | None => "https",
            };
            Some(format!("{scheme}://{endpoint}/{bucket}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Source;
    use crate::artifact::Digest;
    use crate::controller::render::resource::{SourceKind, SourceRef};

    fn read(kind: SourceKind, object: Option<&Value>) -> Result<Source, String> {
        let reference = SourceRef {
            api_version: None,
            kind,
            name: "shop".to_owned(),
        };
        Source::of(&reference, object)
            .map_err(|failure| format!("{:?}: {}", failure.reason, failure.message))
    }

    fn git(revision: &str) -> Value {
        json!({
            "spec": {"url": "https://git.example.com/shop"},
            "status": {"artifact": {
                "url": "http://source-controller/shop.tar.gz",
                "digest": format!("sha256:{}", "0".repeat(64)),
                "revision": revision,
                "size": 12,
            }},
        })
    }

    #[test]
    fn a_source_without_an_artifact_is_waited_for() {
        let check = |object: Option<&Value>, expected: &str| {
            assert_eq!(read(SourceKind::Bucket, object).unwrap_err(), expected);
        };
        check(
            None,
            "DependencyNotReady: Bucket shop is not there; a source is looked for in this namespace only",
        );
        check(
            Some(&json!({"status": {}})),
            "DependencyNotReady: Bucket shop has no artifact yet; its own status says why",
        );
        check(
            Some(&json!({"status": {"artifact": {"url": "http://s/x", "digest": "md5:0"}}})),
            "FetchFailed: the artifact of Bucket shop can't be verified: the digest's algorithm is none of sha256, sha384 and sha512",
        );
    }

    #[track_caller]
    fn revision(of: &str, expected: &str) {
        let source = read(SourceKind::GitRepository, Some(&git(of))).unwrap();
        let content = Digest::sha256(b"");
        let made = source.revision_of(&content);
        assert_eq!(made.replace(content.hex(), "…"), expected);
    }

    #[test]
    fn a_revision_keeps_what_people_know_and_one_colon() {
        revision("main@sha1:0b1c", "main@sha256:…");
        revision("refs/pull/7/head@sha1:0b1c", "refs/pull/7/head@sha256:…");
        revision("sha1:0b1c", "latest@sha256:…");
        revision("sha256:0b1c", "latest@sha256:…");
        revision("a:b@sha1:0b1c", "a-b@sha256:…");
    }

    #[test]
    fn the_revision_in_git_is_kept_beside_an_images() {
        let mut object = git("v1@sha256:0b1c");
        let source = |object: &Value| read(SourceKind::OciRepository, Some(object)).unwrap();
        assert_eq!(source(&object).origin_revision(), "v1@sha256:0b1c");
        object["status"]["artifact"]["metadata"] =
            json!({"org.opencontainers.image.revision": "main@sha1:0b1c"});
        assert_eq!(source(&object).origin_revision(), "main@sha1:0b1c");
    }

    #[test]
    fn a_bucket_is_known_by_its_endpoint() {
        let mut object = git("sha256:0b1c");
        object["spec"] = json!({"endpoint": "s3.example.com", "bucketName": "shop"});
        let source = read(SourceKind::Bucket, Some(&object)).unwrap();
        assert_eq!(source.url.as_deref(), Some("https://s3.example.com/shop"));
    }
}
