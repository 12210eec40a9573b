//! Which object declares an entity, and whose application it belongs to.
//!
//! Written as one word: `Entity/shop/checkout@shop`. Invariant: whatever the
//! names hold, the word has no blank in it and reads as the same owner.

use std::fmt::{self, Write as _};

use crate::manifest::ResourceRef;

/// The object that declares an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Owner {
    /// `Entity` or `ClusterEntity`; any kind where another mapping sends it.
    pub kind: String,
    /// `metadata.namespace`, where one is stated.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// The application, where it is known.
    pub application: Option<String>,
}

impl Owner {
    /// An object of an application.
    pub(crate) fn new(resource: &ResourceRef, application: Option<&str>) -> Self {
        Self {
            kind: resource.kind.clone(),
            namespace: resource.namespace.clone(),
            name: resource.name.clone(),
            application: application.map(str::to_owned),
        }
    }

    /// Whether both are one object of one cluster. An object without a namespace
    /// goes to its application's, so that then the applications must be one, too.
    pub(crate) fn is_object(&self, other: &Self) -> bool {
        let Self {
            kind,
            namespace,
            name,
            application,
        } = self;
        let is_named = *kind == other.kind && *name == other.name && *namespace == other.namespace;
        let placed = namespace.is_some() || kind == "ClusterEntity";
        is_named && (placed || *application == other.application)
    }

    /// The object, as findings name it; a lock does not keep its API version.
    pub(crate) fn resource(&self) -> ResourceRef {
        ResourceRef {
            api_version: String::new(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }

    /// From its one word.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let (object, application) = match word.split_once('@') {
            Some((object, application)) => (object, Some(decoded(application)?)),
            None => (word, None),
        };
        let parts: Vec<&str> = object.split('/').collect();
        let (kind, namespace, name) = match parts.as_slice() {
            [kind, name] => (kind, None, name),
            [kind, namespace, name] => (kind, Some(decoded(namespace)?), name),
            _ => return None,
        };
        let kind = decoded(kind).filter(|kind| !kind.is_empty())?;
        Some(Self {
            kind,
            namespace,
            name: decoded(name)?,
            application,
        })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            namespace,
            name,
            application,
        } = self;
        write!(f, "{}/", encoded(kind, "/@"))?;
        if let Some(namespace) = namespace {
            write!(f, "{}/", encoded(namespace, "/@"))?;
        }
        f.write_str(&encoded(name, "/@"))?;
        match application {
            Some(application) => write!(f, "@{}", encoded(application, "")),
            None => Ok(()),
        }
    }
}

/// A text without blanks and without the given signs, as URLs encode it.
fn encoded(text: &str, signs: &str) -> String {
    let mut word = String::new();
    for character in text.chars() {
        let plain = !character.is_whitespace()
            && !character.is_control()
            && character != '%'
            && !signs.contains(character);
        if plain {
            word.push(character);
            continue;
        }
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            // Writing to a String does not fail.
            write!(word, "%{byte:02X}").ok();
        }
    }
    word
}

fn decoded(word: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = tail;
            continue;
        }
        let (digits, tail) = tail.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::Owner;

    fn owner(parts: [Option<&str>; 4]) -> Owner {
        let [kind, namespace, name, application] = parts.map(|part| part.map(str::to_owned));
        Owner {
            kind: kind.unwrap_or_default(),
            namespace,
            name: name.unwrap_or_default(),
            application,
        }
    }

    #[track_caller]
    fn check(parts: [Option<&str>; 4], word: &str) {
        let owner = owner(parts);
        assert_eq!(owner.to_string(), word);
        assert_eq!(Owner::parse(word), Some(owner));
    }

    #[test]
    fn an_owner_is_one_word() {
        let kind = Some("Entity");
        check(
            [kind, Some("shop"), Some("web"), Some("shop")],
            "Entity/shop/web@shop",
        );
        check([kind, None, Some("web"), None], "Entity/web");
        check([kind, None, Some(""), Some("a/b@c d")], "Entity/@a/b@c%20d");
        check(
            [kind, Some("a@b/c"), Some("100%\n"), None],
            "Entity/a%40b%2Fc/100%25%0A",
        );
        check([kind, None, Some("\u{2028}"), None], "Entity/%E2%80%A8");
    }

    #[test]
    fn what_is_no_owner_is_refused() {
        for word in [
            "",
            "Entity",
            "/a",
            "a/b/c/d",
            "Entity/%",
            "Entity/%+1",
            "Entity/%FF",
        ] {
            assert_eq!(Owner::parse(word), None, "{word}");
        }
    }

    #[test]
    fn an_object_without_a_namespace_is_its_applications() {
        let web =
            |namespace, application| owner([Some("Entity"), namespace, Some("web"), application]);
        let shop = Some("shop");
        assert!(web(shop, None).is_object(&web(shop, shop)));
        assert!(!web(None, Some("a")).is_object(&web(None, shop)));
        assert!(web(None, shop).is_object(&web(None, shop)));
        assert!(!web(None, shop).is_object(&web(shop, shop)));
    }
}
