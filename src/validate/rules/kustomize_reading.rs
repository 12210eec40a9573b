//! `kustomize-reading`: text that kustomize takes for something else than kubectl
//! does.
//!
//! kustomize reads with goyaml v3: words as text, dates as times.

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{Object, ScalarStyle};
use crate::manifest::{is_date, is_plain_text};
use crate::validate::scalars::{self, Place, Scalar};
use crate::validate::{Context, Reader};

const RULE: &str = "kustomize-reading";
/// YAML 1.1's booleans beyond `true` and `false`.
const WORDS: [&str; 16] = [
    "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off",
    "OFF",
];

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    match context.reader {
        Reader::Kustomize => reading(object),
        Reader::ArgoCd | Reader::Plain => Vec::new(),
    }
}

fn reading(object: &Object<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    scalars::for_each(object, &mut |scalar, path| {
        let Some((severity, message)) = kustomize_reads(scalar) else {
            return;
        };
        let help = match scalar.place {
            Place::Key => "put the key in quotes",
            Place::Value => "put it in quotes, or write `true`, `false` or a number",
        };
        findings.push(
            Finding::new(RULE, severity, message)
                .with_help(help)
                .on(object.reference())
                .in_field(path.clone()),
        );
    });
    findings
}

/// What kustomize 5.8 makes of a scalar, where it is not what Go's plain
/// reader makes of it.
fn kustomize_reads(scalar: &Scalar<'_>) -> Option<(Severity, &'static str)> {
    let tag = scalar.node.tag.as_deref();
    let plain = scalar.style == ScalarStyle::Plain && tag.is_none();
    let time = is_time(scalar.text) && (plain || tag == Some("tag:yaml.org,2002:timestamp"));
    let word = plain && WORDS.contains(&scalar.text);
    match scalar.place {
        Place::Value if time => Some((
            Severity::Warning,
            "kustomize reads this value as a point in time",
        )),
        Place::Value if word => Some((
            Severity::Warning,
            "kustomize reads this value as text, not as a boolean",
        )),
        Place::Key if word => Some((
            Severity::Warning,
            "kustomize reads this key as text, not as a boolean",
        )),
        Place::Key if time || (plain && scalar.text != "<<" && !is_plain_text(scalar.text)) => {
            Some((Severity::Error, "kustomize refuses a key that is no text"))
        }
        Place::Key | Place::Value => None,
    }
}

/// goyaml v3 takes a plain date, alone or with a time behind it, for a time.
fn is_time(text: &str) -> bool {
    match text.split_once(['T', 't', ' ']) {
        None => is_date(text),
        Some((date, time)) => {
            let digits = |part: &str| part.starts_with(|found: char| found.is_ascii_digit());
            is_date(date) && digits(time) && time.matches(':').count() >= 2
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::Reader;
    use crate::validate::rules::fixture;

    #[test]
    fn kustomize_reads_words_dates_and_keys_otherwise() {
        fixture::check(
            super::check,
            Reader::Kustomize,
            "a: yes\nb: 2001-01-01\nc: 'no'\nd: !!str on\ne: 2001-13-45\n1: x\non: x\n",
            &[
                "warning kustomize-reading .a: kustomize reads this value as text, not as a boolean",
                "warning kustomize-reading .b: kustomize reads this value as a point in time",
                "error kustomize-reading .1: kustomize refuses a key that is no text",
                "warning kustomize-reading .on: kustomize reads this key as text, not as a boolean",
            ],
        );
    }

    #[test]
    fn our_own_annotations_are_not_judged() {
        let text = "metadata: {annotations: {gitops.glint.io/source-path: 2001-01-01}}\n";
        fixture::check(super::check, Reader::Kustomize, text, &[]);
    }
}
