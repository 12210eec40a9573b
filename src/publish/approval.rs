//! The digest by which one set of deletions is let through, and no other.
//!
//! Over the installation, the current config, the new config and the deletions, as
//! JSON in its one form: whoever approves it has seen exactly this. A change of the
//! config by someone else, another mapping or one entity more makes it another.

use std::fmt::{self, Write as _};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::catalog::Identity;
use crate::lock::canonical;

/// A SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Approval([u8; 32]);

impl Approval {
    /// Of one push; the order in which the deletions are given does not matter.
    pub(crate) fn of<'i>(
        installation: &str,
        current: Option<&Value>,
        new: &Value,
        deletions: impl IntoIterator<Item = &'i Identity>,
    ) -> Self {
        let mut deletions: Vec<[&str; 2]> = deletions
            .into_iter()
            .map(|it| [it.blueprint.as_str(), it.identifier.as_str()])
            .collect();
        deletions.sort_unstable();
        let all = json!({
            "installation": installation,
            "current": current,
            "new": new,
            "deletions": deletions,
        });
        Self(Sha256::digest(canonical(&all).as_bytes()).into())
    }

    /// Whether a text is this digest, whole.
    pub(crate) fn is(&self, text: &str) -> bool {
        text.trim().eq_ignore_ascii_case(&self.to_string())
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = String::new();
        for byte in self.0 {
            write!(digits, "{byte:02x}")?;
        }
        f.write_str(&digits)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Approval;
    use crate::catalog::Identity;

    fn of(installation: &str, current: &Value, new: &Value, deletions: &[&str]) -> String {
        let deletions: Vec<Identity> = deletions
            .iter()
            .map(|identifier| Identity {
                blueprint: "service".to_owned(),
                identifier: (*identifier).to_owned(),
            })
            .collect();
        Approval::of(installation, Some(current), new, &deletions).to_string()
    }

    #[test]
    fn only_the_very_set_has_its_digest() {
        let (old, new) = (json!({"a": 1}), json!({"a": 2}));
        let meant = of("k8s", &old, &new, &["x", "y"]);
        assert_eq!(meant, of("k8s", &json!({"a": 1.0}), &new, &["y", "x"]));
        for other in [
            of("other", &old, &new, &["x", "y"]),
            of("k8s", &new, &new, &["x", "y"]),
            of("k8s", &old, &old, &["x", "y"]),
            of("k8s", &old, &new, &["x"]),
            of("k8s", &old, &new, &["x", "y", "z"]),
            of("k8s", &old, &new, &["x/y"]),
        ] {
            assert_ne!(meant, other);
        }
    }

    #[test]
    fn a_part_of_a_digest_approves_nothing() {
        let approval = Approval::of("k8s", None, &json!({}), []);
        let digest = approval.to_string();
        assert!(approval.is(&digest));
        assert!(approval.is(&format!(" {}\n", digest.to_uppercase())));
        assert!(!approval.is(&digest[..63]));
        assert!(!approval.is(""));
    }
}
