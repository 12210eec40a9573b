//! `argocd-reading`: text that Argo CD takes for something else than kubectl
//! does.
//!
//! Argo CD's plugin route reads twice, JSON text as YAML the second time: what
//! the first reading leaves raw, the second may fold or refuse (measured,
//! Argo CD 3.6).

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object, ObjectPath, TextEncoding};
use crate::validate::scalars::{self, Scalar};
use crate::validate::{Context, Reader};

const RULE: &str = "argocd-reading";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    match context.reader {
        Reader::ArgoCd => reading(object),
        Reader::Kustomize | Reader::Plain => Vec::new(),
    }
}

fn reading(object: &Object<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |severity, message: &str, field: FieldPath| {
        findings.push(
            Finding::new(RULE, severity, message)
                .on(object.reference())
                .in_field(field),
        );
    };
    if object.document.encoding() == TextEncoding::BrokenComment {
        let message = "bytes that are no UTF-8: Argo CD refuses the document";
        say(Severity::Error, message, FieldPath::root());
    }
    if matches!(object.path, ObjectPath::Item(_)) {
        let message = "an item of a list: Argo CD makes an object of its own of it";
        say(Severity::Info, message, FieldPath::root());
    }
    scalars::for_each(object, &mut |Scalar { text, .. }, path| {
        if text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
            let message = "a line break that is no line feed: Argo CD reads it as a space";
            say(Severity::Warning, message, path.clone());
        }
        let refused = |character| matches!(character, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
        if text.contains(refused) {
            let message = "a control character: Argo CD refuses the document";
            say(Severity::Error, message, path.clone());
        }
    });
    findings
}

#[cfg(test)]
mod tests {
    use crate::validate::Reader;
    use crate::validate::rules::fixture;

    #[test]
    fn argo_cd_reads_line_breaks_and_control_characters_otherwise() {
        fixture::check(
            super::check,
            Reader::ArgoCd,
            "a: \"x\\u2028y\"\nb: \"\\x7f\"\n",
            &[
                "warning argocd-reading .a: a line break that is no line feed: Argo CD reads it as a space",
                "error argocd-reading .b: a control character: Argo CD refuses the document",
            ],
        );
        fixture::check(super::check, Reader::Plain, "a: \"x\\u2028y\"\n", &[]);
    }
}
