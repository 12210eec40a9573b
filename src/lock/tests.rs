//! What holds for every lock.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof};
use proptest::proptest;

use super::{Digest, Entry, Key, Lock, Owner};
use crate::catalog::{BlueprintId, EntityId};

/// Texts that the catalog accepts, letters of other scripts among them.
fn identifier() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9@_+:\\\\/\u{e4}\u{3b1}-][a-z0-9@_.+:\\\\/\u{e4}-]{0,12}"
}

/// Names as nobody should write them.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-z0-9.-]{1,12}", 1 => any::<String>()]
}

fn entry() -> impl Strategy<Value = (Key, Entry)> {
    let names = (
        name(),
        any::<Option<String>>(),
        name(),
        any::<Option<String>>(),
    );
    let owner = names.prop_map(|(kind, namespace, name, application)| Owner {
        kind: format!("K{kind}"),
        namespace,
        name,
        application,
    });
    let content = any::<u64>().prop_map(|number| Digest::of(&number.into()));
    (identifier(), identifier(), content, owner).prop_map(
        |(blueprint, identifier, digest, owner)| {
            let key = Key {
                blueprint: BlueprintId::parse(&blueprint).expect("a blueprint"),
                identifier: EntityId::parse(&identifier).expect("an identifier"),
            };
            (key, Entry { digest, owner })
        },
    )
}

fn lock(entries: &[(Key, Entry)]) -> Lock {
    let mut lock = Lock::default();
    for (key, entry) in entries {
        // The same identity once more is refused, which is fine here.
        lock.insert(key.clone(), entry.clone()).ok();
    }
    lock
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_lock_reads_as_it_is_written(entries in vec(entry(), 0..12)) {
        let lock = lock(&entries);
        let text = lock.to_string();
        prop_assert_eq!(text.lines().count(), lock.len() + 1);
        prop_assert_eq!(Lock::parse(text.as_bytes()), Ok(lock));
    }

    #[test]
    fn the_order_of_lines_does_not_matter(entries in vec(entry(), 0..12)) {
        let lock = lock(&entries);
        let text = lock.to_string();
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        prop_assert_eq!(Lock::parse(lines.join("\r\n").as_bytes()), Ok(lock));
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text in any::<Vec<u8>>(), line in ".{0,40}") {
        Lock::parse(&text).ok();
        let text = format!("# glint.lock v1\n{line}\n");
        if let Ok(lock) = Lock::parse(text.as_bytes()) {
            prop_assert_eq!(Lock::parse(lock.to_string().as_bytes()), Ok(lock));
        }
    }
}
