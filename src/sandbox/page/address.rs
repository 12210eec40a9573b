//! The addresses of the pages: what a person bookmarks, so they never change.
//!
//! Invariant: an address holds only letters, digits and `-_.~/?=&%`, whatever the
//! names in it, and leads back to them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::catalog::Identity;

/// All entities.
pub(super) const ENTITIES: &str = "/";
/// The drawing of relations.
pub(super) const GRAPH: &str = "/graph";
/// Targets and runs.
pub(super) const RUNS: &str = "/runs";
/// What the exporter goes by.
pub(super) const MAPPING: &str = "/mapping";
/// What was asked of the API.
pub(super) const CALLS: &str = "/calls";

/// What stands as it is (RFC 3986, 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The entities of a blueprint.
pub(super) fn blueprint(identifier: &str) -> String {
    format!("/blueprints/{}", escaped(identifier))
}

/// One entity.
pub(super) fn entity(identity: &Identity) -> String {
    let Identity {
        blueprint,
        identifier,
    } = identity;
    let (blueprint, identifier) = (escaped(blueprint), escaped(identifier));
    match is_segment(&blueprint) && is_segment(&identifier) {
        true => format!("/entities/{blueprint}/{identifier}"),
        false => format!("/entity?blueprint={blueprint}&id={identifier}"),
    }
}

/// A target with its runs.
pub(super) fn target(identifier: &str) -> String {
    let identifier = escaped(identifier);
    match is_segment(&identifier) {
        true => format!("/targets/{identifier}"),
        false => format!("/target?id={identifier}"),
    }
}

/// A page of a list; the first and an empty search have no parameter.
pub(super) fn list(of: &str, search: &str, state: Option<&str>, page: usize) -> String {
    let mut address = of.to_owned();
    let mut sign = '?';
    let page = (page > 1).then(|| page.to_string());
    let search = (!search.is_empty()).then_some(search);
    for (name, value) in [("q", search), ("state", state), ("page", page.as_deref())] {
        if let Some(value) = value {
            address.push_str(&format!("{sign}{name}={}", escaped(value)));
            sign = '&';
        }
    }
    address
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Browsers take `..` in a path for the folder above, escaped or not.
fn is_segment(escaped: &str) -> bool {
    !matches!(escaped, "" | "." | "..")
}

#[cfg(test)]
mod tests {
    use super::{entity, list, target};
    use crate::catalog::Identity;

    #[track_caller]
    fn check(blueprint: &str, identifier: &str, expected: &str) {
        let identity = Identity {
            blueprint: blueprint.to_owned(),
            identifier: identifier.to_owned(),
        };
        assert_eq!(entity(&identity), expected);
    }

    #[test]
    fn every_identifier_has_an_address() {
        check("service", "checkout", "/entities/service/checkout");
        check("a/b", "?x=1&y#z", "/entities/a%2Fb/%3Fx%3D1%26y%23z");
        check(
            "service",
            "שלום",
            "/entities/service/%D7%A9%D7%9C%D7%95%D7%9D",
        );
        check("service", "..", "/entity?blueprint=service&id=..");
        check("service", "", "/entity?blueprint=service&id=");
        assert_eq!(target("k8s-shop"), "/targets/k8s-shop");
        assert_eq!(target("."), "/target?id=.");
    }

    #[test]
    fn a_list_says_only_what_is_not_as_always() {
        assert_eq!(list("/", "", None, 1), "/");
        assert_eq!(
            list("/", "a b", Some("rejected"), 2),
            "/?q=a%20b&state=rejected&page=2"
        );
    }
}
