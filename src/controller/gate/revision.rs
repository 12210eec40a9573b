//! A revision as people and programs write it, and whether it is the same as another.
//!
//! Argo CD says `731f00a0…`, Flux `main@sha1:731f00a0…`, Flux before 2.0
//! `main/731f00a0…`, and a chart made of a commit `1.4.0+731f00a0f2b6`. Who asks has the
//! commit, often only its first digits.

/// The fewest digits of a commit that name it, as Git prints them.
const FEWEST: usize = 7;

/// A commit has as many digits.
const COMMIT: usize = 40;

/// A revision, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Revision<'a> {
    text: &'a str,
    /// `sha1` or `sha256`, where it says so.
    algorithm: Option<&'a str>,
    /// The digits, where there are any.
    digest: Option<&'a str>,
}

impl<'a> Revision<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (algorithm, digits) = match text.rsplit_once(':') {
            Some((before, digits)) => (before.rsplit('@').next(), digits),
            None => (None, text.rsplit('/').next().unwrap_or(text)),
        };
        let is_digest =
            digits.len() >= FEWEST && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        Self {
            text,
            algorithm,
            digest: is_digest.then_some(digits),
        }
    }

    /// Whether what is asked for is what is deployed: the same text, or the same commit
    /// or digest however it is written.
    pub(super) fn is_of(self, deployed: &str) -> bool {
        let deployed = Revision::of(deployed);
        let Some(asked) = self.digest else {
            return self.text == deployed.text;
        };
        let is_same = |digest: &str| {
            let shorter = asked.len().min(digest.len());
            asked[..shorter].eq_ignore_ascii_case(&digest[..shorter])
        };
        let is_comparable = match (self.algorithm, deployed.algorithm) {
            (Some(asked), Some(deployed)) => asked == deployed,
            (_, None) | (None, _) => true,
        };
        self.text == deployed.text
            || (is_comparable && deployed.digest.or(deployed.of_chart()).is_some_and(is_same))
    }

    /// What a chart's version says of the commit that it was made of.
    fn of_chart(self) -> Option<&'a str> {
        let (_, build) = self.text.rsplit_once('+')?;
        Self::of(build).digest
    }

    /// The commit, whole.
    pub(super) fn commit(self) -> Option<&'a str> {
        let is_sha1 = self.algorithm.is_none_or(|it| it == "sha1");
        let digest = self.digest.filter(|it| it.len() == COMMIT);
        digest.filter(|_| is_sha1)
    }
}

#[cfg(test)]
mod tests {
    use super::Revision;

    const COMMIT: &str = "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10";

    #[test]
    fn a_commit_is_the_same_however_it_is_written() {
        let deployed = [
            COMMIT.to_owned(),
            format!("main@sha1:{COMMIT}"),
            format!("sha1:{COMMIT}"),
            format!("feature/pay/{COMMIT}"),
        ];
        let asked = deployed
            .iter()
            .cloned()
            .chain(["731f00a".to_owned(), "main@sha1:731F00A0".to_owned()]);
        for asked in asked {
            for deployed in &deployed {
                assert!(Revision::of(&asked).is_of(deployed), "{asked} {deployed}");
            }
        }
    }

    #[test]
    fn what_is_another_revision_or_may_be_is_not_the_same() {
        let deployed = format!("main@sha1:{COMMIT}");
        for asked in [
            "731f00",
            "731f00b",
            "main",
            "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a11",
            "main@sha256:731f00a0",
            "main@sha1:",
            "",
        ] {
            assert!(!Revision::of(asked).is_of(&deployed), "{asked}");
        }
        // A digest that begins with a commit's digits is longer than the commit.
        let digest = format!("latest@sha256:{COMMIT}ab");
        assert!(!Revision::of(&format!("{COMMIT}cd")).is_of(&digest));
    }

    #[test]
    fn charts_have_versions() {
        for (asked, deployed, is_same) in [
            ("1.4.0", "1.4.0", true),
            ("1.4.0", "1.4.1", false),
            (COMMIT, "1.4.0+731f00a0f2b6", true),
            ("731f00a0", "1.4.0+731f00a0f2b6", true),
            ("1.4.0+731f00a0f2b6", "1.4.0+731f00a0f2b6", true),
            ("1.4.1+20261123", "1.4.0+20261123", false),
        ] {
            assert_eq!(
                Revision::of(asked).is_of(deployed),
                is_same,
                "{asked} {deployed}"
            );
        }
    }

    #[test]
    fn a_commit_status_needs_the_whole_commit() {
        for (text, commit) in [
            (COMMIT.to_owned(), Some(COMMIT)),
            (format!("main@sha1:{COMMIT}"), Some(COMMIT)),
            (format!("main/{COMMIT}"), Some(COMMIT)),
            (format!("latest@sha256:{COMMIT}"), None),
            ("731f00a".to_owned(), None),
            ("1.4.0+731f00a0f2b6".to_owned(), None),
        ] {
            assert_eq!(Revision::of(&text).commit(), commit, "{text}");
        }
    }
}
