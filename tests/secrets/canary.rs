//! The secrets that lie around in a scene, and the search for them.
//!
//! Each text is there for nothing else, so that wherever it is found, it came
//! from the place that its name says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A secret: where it lies, and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Canary(pub(crate) &'static str, pub(crate) &'static str);

pub(crate) const SECRET: Canary = Canary("a Secret's stringData", "canary-string-data");
pub(crate) const SECRET_DATA: Canary = Canary("a Secret's data, in base64", "canary-encoded-data");
pub(crate) const LISTED: Canary = Canary("a Secret beside an entity in a List", "canary-listed");
pub(crate) const BROKEN: Canary = Canary("a Secret that is no YAML", "canary-broken-secret");
pub(crate) const HELM_VALUE: Canary = Canary("a chart's values", "canary-helm-value");
pub(crate) const PARAMETER: Canary = Canary("a Helm parameter", "canary-helm-parameter");
/// In the form of a key: of a program's own words only what looks like a secret
/// can be known for one.
pub(crate) const STDERR: Canary = Canary(
    "a renderer's stderr",
    "Zq7Xk2Vw9Lm4Pc8Rt3Hd6Nf1Jb5Gs0CanaryStderr",
);
pub(crate) const STDERR_WORD: Canary = Canary("a password on stderr", "canary-stderr-word");
pub(crate) const USERINFO: Canary = Canary("a URL's user and password", "canary-userinfo");
pub(crate) const VARIABLE: Canary = Canary("a variable of the environment", "canary-variable");
pub(crate) const EXPORTER: Canary = Canary("a variable of the exporter", "canary-exporter-env");
pub(crate) const CLIENT_ID: Canary = Canary("the client's id", "canary-client-id");
pub(crate) const CLIENT_SECRET: Canary = Canary("the client's secret", "canary-client-secret");
pub(crate) const SECRET_FILE: Canary = Canary("the secret's file", "canary-secret-file");

/// All that nobody may tell.
pub(crate) const ALL: [Canary; 14] = [
    SECRET,
    SECRET_DATA,
    LISTED,
    BROKEN,
    HELM_VALUE,
    PARAMETER,
    STDERR,
    STDERR_WORD,
    USERINFO,
    VARIABLE,
    EXPORTER,
    CLIENT_ID,
    CLIENT_SECRET,
    SECRET_FILE,
];

/// The base64 of a text.
pub(crate) fn encoded(text: &str) -> String {
    STANDARD.encode(text)
}

/// Which secrets a text holds, plain or in base64, and around what.
pub(crate) fn found(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for Canary(place, secret) in ALL {
        // The end is left out: it hangs on what follows.
        let encoded = encoded(secret);
        let encoded = encoded[..encoded.len() - 4].to_owned();
        for form in [secret.to_owned(), encoded] {
            if let Some(at) = text.find(&form) {
                let line = text[..at].rfind('\n').map_or(0, |start| start + 1);
                let line = text[line..].lines().next().unwrap_or_default();
                found.push(format!("{place}: {line}"));
            }
        }
    }
    found
}

#[test]
fn a_secret_is_found_in_each_of_its_forms() {
    let texts = [SECRET.1.to_owned(), format!("x: {}", encoded(SECRET.1))];
    for text in texts {
        assert_eq!(found(&text), [format!("a Secret's stringData: {text}")]);
    }
    assert_eq!(found("nothing"), Vec::<String>::new());
}
