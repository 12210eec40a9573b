//! The forms in which streams come: line ends, byte order marks, missing last
//! newlines, JSON. All of them leave as they came, with our bytes in between.

use crate::program::post_rendered;

/// Renders a stream to what is expected, without additions in front.
#[track_caller]
fn check(stream: &str, expected: &str) {
    let output = post_rendered(stream.as_bytes(), &["--crds", "never", "--mapping", "none"]);
    let rendered = String::from_utf8_lossy(&output.stdout);
    assert_eq!(rendered, expected);
    let again = post_rendered(&output.stdout, &["--crds", "never", "--mapping", "none"]);
    assert_eq!(String::from_utf8_lossy(&again.stdout), expected);
}

const OURS: &str = "\"argocd.argoproj.io/sync-options\": \"SkipDryRunOnMissingResource=true\"";

#[test]
fn dos_line_ends_stay() {
    check(
        "kind: Service\r\n---\r\napiVersion: glint.io/v1\r\nkind: Entity\r\nmetadata:\r\n  name: pay\r\nspec:\r\n  blueprint: service\r\n  identifier: pay\r\n",
        &format!(
            "kind: Service\r\n---\r\napiVersion: glint.io/v1\r\nkind: Entity\r\nmetadata:\r\n  annotations:\r\n    {OURS}\r\n  name: pay\r\nspec:\r\n  blueprint: service\r\n  identifier: pay\r\n"
        ),
    );
}

#[test]
fn a_byte_order_mark_stays() {
    check(
        "\u{feff}apiVersion: glint.io/v1\nkind: Entity\nmetadata:\n  name: pay\nspec:\n  blueprint: service\n  identifier: pay\n",
        &format!(
            "\u{feff}apiVersion: glint.io/v1\nkind: Entity\nmetadata:\n  annotations:\n    {OURS}\n  name: pay\nspec:\n  blueprint: service\n  identifier: pay\n"
        ),
    );
}

#[test]
fn a_missing_last_newline_stays_missing() {
    check(
        "apiVersion: glint.io/v1\nkind: Entity\nspec: {blueprint: service, identifier: pay}\nmetadata: {name: pay}",
        &format!(
            "apiVersion: glint.io/v1\nkind: Entity\nspec: {{blueprint: service, identifier: pay}}\nmetadata: {{\"annotations\": {{{OURS}}}, name: pay}}"
        ),
    );
}

#[test]
fn empty_documents_and_comments_stay() {
    check(
        "---\n---\n# nothing\n---\nkind: Service # a service\n---\n\n",
        "---\n---\n# nothing\n---\nkind: Service # a service\n---\n\n",
    );
}

#[test]
fn json_values_on_one_line_stay_there() {
    check(
        "{\"kind\":\"Service\"}{\"apiVersion\":\"glint.io/v1\",\"kind\":\"Entity\",\"metadata\":{\"name\":\"pay\"},\"spec\":{\"blueprint\":\"service\",\"identifier\":\"pay\"}}",
        &format!(
            "{{\"kind\":\"Service\"}}{{\"apiVersion\":\"glint.io/v1\",\"kind\":\"Entity\",\"metadata\":{{\"annotations\": {{{OURS}}}, \"name\":\"pay\"}},\"spec\":{{\"blueprint\":\"service\",\"identifier\":\"pay\"}}}}"
        ),
    );
}

/// Every value of a JSON stream is read as JSON, so what is added must be, too.
#[test]
fn a_json_stream_gets_json_added() {
    let stream = "{\"apiVersion\":\"glint.io/v1\",\"kind\":\"Entity\",\"metadata\":{\"name\":\"pay\",\"namespace\":\"shop\"},\"spec\":{\"blueprint\":\"service\",\"identifier\":\"pay\"}}\n";
    let output = post_rendered(stream.as_bytes(), &["--application", "pay"]);
    let kinds: Vec<String> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter::<serde_json::Value>()
        .map(|value| value.expect("JSON")["kind"].to_string())
        .collect();
    let expected = [
        "CustomResourceDefinition",
        "CustomResourceDefinition",
        "ConfigMap",
        "Entity",
    ];
    assert_eq!(kinds, expected.map(|kind| format!("\"{kind}\"")));
}
