//! `substitution`: text that Flux's post-build substitution would change or
//! stumble over.
//!
//! Where a Kustomization has `postBuild`, its controller runs every resource's
//! text through `envsubst` (fluxcd/pkg, measured): a valid `${name}` is
//! replaced, `$$` becomes `$`, and a form that it can't parse fails the whole
//! Kustomization.

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{Annotations, Object};
use crate::validate::scalars;
use crate::validate::{Context, Reader};

/// The annotation or label by which an author keeps an object from it.
pub(crate) const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";
const DISABLED: &str = "disabled";
const RULE: &str = "substitution";

/// What a text holds for the substitution, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Unparsable,
    Variable,
    Escape,
}

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    if context.reader != Reader::Kustomize {
        return Vec::new();
    }
    let asked = object.annotation(SUBSTITUTE).or(object.label(SUBSTITUTE));
    let kept = asked == Some(DISABLED);
    let (severity, message) = match worst(object) {
        None => return Vec::new(),
        Some(Form::Variable | Form::Escape) if kept => return Vec::new(),
        Some(Form::Unparsable) if kept || asked.is_none() => (
            Severity::Info,
            "it holds a `${…}` that Flux's substitution can't parse, so it is kept from it",
        ),
        Some(Form::Unparsable) => (
            Severity::Error,
            "it holds a `${…}` that Flux's substitution can't parse: the Kustomization fails where `postBuild` is set",
        ),
        Some(Form::Variable) => (
            Severity::Warning,
            "it holds a `${…}` that Flux's substitution replaces where `postBuild` is set",
        ),
        Some(Form::Escape) => (
            Severity::Warning,
            "it holds a `$$` that Flux's substitution turns into `$` where `postBuild` is set",
        ),
    };
    let help = "the annotation `kustomize.toolkit.fluxcd.io/substitute: disabled` keeps the text";
    let finding = Finding::new(RULE, severity, message).on(object.reference());
    vec![match severity {
        Severity::Info => finding,
        Severity::Warning | Severity::Error => finding.with_help(help),
    }]
}

/// Whether an object must be kept from the substitution: it, or what is added
/// to it, holds a form that fails there, and its author has not said what he
/// wants.
pub(crate) fn needs_keeping(object: &Object<'_>, added: &Annotations) -> bool {
    let asked = object.annotation(SUBSTITUTE).or(object.label(SUBSTITUTE));
    let mut added = added.values();
    asked.is_none()
        && (worst(object) == Some(Form::Unparsable)
            || added.any(|text| form(text) == Some(Form::Unparsable)))
}

fn worst(object: &Object<'_>) -> Option<Form> {
    let tree = object.document.tree();
    let span = tree.node(object.path.node(tree)?).span.clone();
    // Cheap first: most documents hold no dollar sign at all, in any spelling.
    if !object.document.text()[span].contains(['$', '\\', '!']) {
        return None;
    }
    let mut worst = None;
    scalars::for_each(object, &mut |scalar, _| {
        worst = the_worse(worst, form(scalar.text));
    });
    worst
}

fn the_worse(left: Option<Form>, right: Option<Form>) -> Option<Form> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}

fn form(text: &str) -> Option<Form> {
    let mut worst = None;
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        let found = if let Some(after) = rest.strip_prefix('$') {
            rest = after;
            Some(Form::Escape)
        } else if let Some(inside) = rest.strip_prefix('{') {
            rest = inside;
            Some(braces(inside))
        } else {
            None
        };
        worst = the_worse(worst, found);
    }
    worst
}

/// What stands behind `${`: a name, then `}` or an operator and a later `}`.
fn braces(inside: &str) -> Form {
    let inside = inside.strip_prefix('#').unwrap_or(inside);
    let name_length = inside
        .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .unwrap_or(inside.len());
    let behind = &inside[name_length..];
    let operator = behind.starts_with([':', '=', ',', '^', '/', '#', '%']);
    let closed = behind.starts_with('}') || (operator && behind.contains('}'));
    if name_length > 0 && closed {
        Form::Variable
    } else {
        Form::Unparsable
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, form};

    #[test]
    fn forms_are_told_apart_as_envsubst_does() {
        let cases = [
            ("no dollar", None),
            ("$env and \\(.x)", None),
            ("${env}", Some(Form::Variable)),
            ("${env:=x}", Some(Form::Variable)),
            ("^foo$$", Some(Form::Escape)),
            ("$${env}", Some(Form::Escape)),
            ("${{ github.sha }}", Some(Form::Unparsable)),
            ("${.metadata.name}", Some(Form::Unparsable)),
            ("${my-var}", Some(Form::Unparsable)),
            ("${env.FOO}", Some(Form::Unparsable)),
            ("${env", Some(Form::Unparsable)),
            ("${a} ${", Some(Form::Unparsable)),
        ];
        for (text, expected) in cases {
            assert_eq!(form(text), expected, "{text:?}");
        }
    }
}
