//! jq, which whoever writes the exporter's config writes.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use crate::exporter::jq_first;

/// An expression, in `EXPRESSION\0INPUT`, on an input of JSON: its first output is
/// JSON, or there is none for a stated reason, and each time the same. Its end is
/// never far: the machine counts its steps, which are fewer where it is fuzzed.
pub fn jq(bytes: &[u8]) {
    let [query, input] = super::parts(bytes);
    let (Ok(query), Ok(input)) = (str::from_utf8(query), str::from_utf8(input)) else {
        return;
    };
    let input = serde_json::from_str(input).unwrap_or_default();
    let environment = BTreeMap::from([("CLUSTER_NAME".to_owned(), "c1".to_owned())]);
    let output = jq_first(query, &input, environment.clone());
    if let Ok(output) = &output {
        let json = serde_json::from_str::<IgnoredAny>(output);
        assert!(json.is_ok(), "{output:?}");
    }
    assert_eq!(jq_first(query, &input, environment), output);
}
