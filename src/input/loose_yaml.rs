//! YAML that a Go program reads into a struct, seen as widely as that program
//! could see it.
//!
//! `sigs.k8s.io/yaml` turns YAML into JSON, and `encoding/json` matches the
//! names of fields without regard to case; so `Resources:` counts as
//! `resources:` in a kustomization, and both may stand there at once. This is
//! for looking at files before Helm or kustomize do; manifests are read by
//! `manifest`. Invariant: what can't be read for certain is refused.

use serde_json::Value;

/// Reads all documents of a text. The reason of an error is one line and holds
/// no text of the document.
pub(super) fn documents(text: &[u8]) -> Result<Vec<Value>, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is not UTF-8".to_owned())?;
    // Go decodes these to text, so that they could hide an address.
    if ["!!binary", "2002:binary", "%TAG"]
        .iter()
        .any(|tag| text.contains(tag))
    {
        return Err("it has a binary value or a `%TAG` directive".to_owned());
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 100,
            max_nodes: 250_000,
            max_aliases: 1_000,
        },
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| first_line(&error.to_string()))
}

/// The values of a field, under whatever case its name is written.
pub(super) fn fields<'v>(object: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    object
        .as_object()
        .into_iter()
        .flatten()
        .filter(move |(key, _)| folded(key) == name)
        .map(|(_, value)| value)
}

/// The first text of a field; empty where there is none.
pub(super) fn text<'v>(object: &'v Value, name: &str) -> &'v str {
    fields(object, name)
        .find_map(Value::as_str)
        .unwrap_or_default()
}

/// A field's name as `encoding/json` compares it: without case, and with the
/// two letters beyond ASCII that fold into it (`ſ` and the Kelvin sign).
pub(super) fn folded(name: &str) -> String {
    name.chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

/// A parser's message, short enough to stand in ours.
fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{documents, fields, folded};

    #[test]
    fn a_field_is_found_under_any_case() {
        let read =
            documents(b"Resources: [a]\nRE\xc5\xbfOURCES: [b]\nresource: [c]\n1: x\n").unwrap();
        let found: Vec<_> = fields(&read[0], "resources").collect();
        assert_eq!(found, [&json!(["b"]), &json!(["a"])]);
        assert_eq!(folded("\u{212a}ind"), "kind");
    }

    #[test]
    fn merge_keys_and_several_documents_are_read() {
        let read = documents(b"a: &a {path: x}\nb:\n  <<: *a\n---\n- 1\n").unwrap();
        assert_eq!(
            read,
            [json!({"a": {"path": "x"}, "b": {"path": "x"}}), json!([1])]
        );
    }

    #[test]
    fn what_is_not_certain_is_refused() {
        #[track_caller]
        fn check(text: &[u8]) {
            let reason = documents(text).unwrap_err();
            assert_eq!(reason.lines().count(), 1, "{reason}");
        }
        check(b"a: 1\na: 2\n");
        check(b"a: [\n");
        check(b"resources: [!!binary aHR0cHM6Ly9leGFtcGxlLmNvbQ==]\n");
        check(b"\xff\xfe");
    }
}
