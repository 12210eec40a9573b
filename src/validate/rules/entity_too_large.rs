//! `entity-too-large`: an entity that is larger than a request to the catalog's API
//! may be.
//!
//! The API answers 413, and with it go the up to 19 others of the same request.

use std::io;

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;

const RULE: &str = "entity-too-large";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let limit = context.limits.request_bytes;
    let mut counted = Counted(0);
    let spec = object.value.get("spec");
    // Counting does not fail.
    let is_counted = serde_json::to_writer(&mut counted, &spec).is_ok();
    let Counted(size) = counted;
    if !is_counted || size <= limit {
        return Vec::new();
    }
    let message = format!(
        "the entity is {size} bytes of JSON, and the catalog takes at most {limit} at once"
    );
    vec![
        Finding::new(RULE, Severity::Error, message)
            .with_help("link to what is large instead of holding it")
            .on(object.reference())
            .in_field(FieldPath::of(&["spec"])),
    ]
}

/// The bytes that were written.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn what_does_not_fit_in_a_request_is_told() {
        let fits = format!("spec: {{properties: {{a: {}}}}}", "x".repeat(1 << 20));
        fixture::check_text(
            super::check,
            &fits,
            &[
                "error entity-too-large .spec: the entity is 1048599 bytes of JSON, and the catalog takes at most 1048576 at once (link to what is large instead of holding it)",
            ],
        );
        fixture::check_text(super::check, "spec: {properties: {a: x}}", &[]);
    }
}
