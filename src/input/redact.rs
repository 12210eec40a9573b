//! A program's own words, made fit to be shown: secrets hidden, control
//! characters gone, only the last lines.
//!
//! Not for our own messages, which hold no secret to begin with. Invariant:
//! rather too much is hidden than too little; file names and line numbers stay.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// How many lines are worth a place in an error message.
const LINES: usize = 20;

/// What stands where something was hidden.
const HIDDEN: &str = "***";

/// The last lines of what a program printed, redacted.
pub(super) fn last_lines(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    let lines: Vec<String> = text
        .lines()
        .map(|line| redacted(&printable(line)))
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// A text without the user and password of each URL in it.
pub(crate) fn without_userinfo(text: &str) -> Cow<'_, str> {
    USER_INFO.replace_all(text, "${1}***@")
}

/// A line, or any other text of others, without what looks like a secret.
pub(crate) fn redacted(line: &str) -> String {
    let line = without_userinfo(line);
    let line = CREDENTIAL.replace_all(&line, "${1} ***");
    let line = SECRET_KEY.replace_all(&line, "${1}***");
    LONG_RUN
        .replace_all(&line, |run: &Captures<'_>| hide_if_random(&run[0]))
        .into_owned()
}

/// `https://user:password@host`; a password may hold an `@` itself.
static USER_INFO: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/\s]+@"));

/// `Authorization: Basic …`, `bearer eyJ…`.
static CREDENTIAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)(\bauthorization["']?\s*[:=]\s*(?:basic|bearer)?|\bbearer)\s+[^\s"',]+"#)
});

/// `db.password=…`, `"apiToken": "…"`. The colon or equals sign must follow
/// the key at once, so that `templates/secret.yaml:3:5` stays readable.
static SECRET_KEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)([\w-]*(?:password|passwd|passphrase|secret|token|credential|api[_-]?key|private[_-]?key|access[_-]?key)[\w-]*["']?\s*[:=]\s*)(?:"[^"]*"?|'[^']*'?|[^\s"',]+)"#,
    )
});

/// Enough characters of base64 to be a key.
static LONG_RUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"[A-Za-z0-9+/_=-]{32,}"));

/// A pattern that is written above.
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("every pattern of this file is compiled by its tests")
}

/// Hides a run that has all of the small and capital letters and digits, as
/// keys do. Digests have no capitals, words and paths mostly no digits.
fn hide_if_random(run: &str) -> Cow<'static, str> {
    let has = |wanted: fn(&u8) -> bool| run.bytes().any(|byte| wanted(&byte));
    if has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit) {
        Cow::Borrowed(HIDDEN)
    } else {
        Cow::Owned(run.to_owned())
    }
}

/// A line without what a terminal would act on.
fn printable(line: &str) -> String {
    line.chars()
        .map(|letter| match letter {
            '\t' => ' ',
            control if control.is_control() => '\u{fffd}',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{last_lines, redacted};

    #[test]
    fn what_looks_like_a_secret_is_hidden() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            assert_eq!(redacted(line), expected);
        }
        check(
            "failed to fetch https://ann:hunter2@charts.example.com/index.yaml",
            "failed to fetch https://***@charts.example.com/index.yaml",
        );
        check(
            "get ssh://ann:p@ss@host/a?b=c@d",
            "get ssh://***@host/a?b=c@d",
        );
        check("db.password=hunter2 next", "db.password=*** next");
        check(
            r#"{"apiToken": "a b c", "x": 1}"#,
            r#"{"apiToken": ***, "x": 1}"#,
        );
        check("Authorization: Bearer abc.def", "Authorization: Bearer ***");
        check(
            "Authorization: Basic dXNlcjpw x",
            "Authorization: Basic *** x",
        );
        check("authorization: abc x", "authorization: *** x");
        check("invalid bearer abc", "invalid bearer ***");
        check("token: abc", "token: ***");
        check("key AKIAz8Qx7Kp2Lm9Rt4Wv6Yb1Nc3Df5Gh0Js=", "key ***");
    }

    #[test]
    fn names_positions_and_digests_stay_readable() {
        #[track_caller]
        fn check(line: &str) {
            assert_eq!(redacted(line), line);
        }
        check("basic validation failed");
        check("Error: template: pay/templates/secret.yaml:3:5: executing");
        check("at <.Values.db.password>: nil pointer evaluating interface {}.password");
        check("accumulating resources from 'base/kubernetes-deployments/very/long/path/of/names'");
        check("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    }

    #[test]
    fn the_last_lines_are_kept_without_control_characters() {
        let many: String = (1..=30).map(|n| format!("line {n}\n\n")).collect();
        let kept = last_lines(many.as_bytes());
        assert_eq!(kept.lines().count(), 20);
        assert!(kept.starts_with("line 11\n") && kept.ends_with("line 30"));
        assert_eq!(
            last_lines(b"\x1b[31mred\xff\tx\n"),
            "\u{fffd}[31mred\u{fffd} x"
        );
        assert_eq!(last_lines(b""), "");
    }
}
