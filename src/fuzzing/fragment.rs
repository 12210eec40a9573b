//! Fragments, which whoever may write a ConfigMap writes.

use crate::exporter::{Config, FRAGMENT_LIMIT, Fragment, Style, mapping};

/// A fragment is written as it was read, merged with itself it is itself, and
/// its mappings are ones that the exporter decodes.
pub fn fragment(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let fragment = match Fragment::parse(text) {
        Ok(fragment) => fragment,
        Err(error) => return super::check_message(&error.to_string()),
    };
    let json = fragment.to_json();
    match Fragment::parse(&json) {
        Ok(again) => assert_eq!(again, fragment),
        Err(error) => assert!(json.len() > FRAGMENT_LIMIT, "{error}"),
    }
    let merged = fragment.clone().merge(fragment.clone());
    assert_eq!(merged.expect("one dialect"), fragment);
    for style in Style::ALL {
        let mapping = mapping(style, &fragment);
        let decoded = Config::decode(mapping.to_json(), fragment.dialect());
        decoded.expect("the exporter decodes what we write");
    }
}
