//! Artifacts, which whoever may write a source's status serves.

use std::collections::BTreeSet;

use crate::artifact::{ArchiveLimits, pack, unpack};

/// Limits that an input of a few kilobytes can reach.
const LIMITS: ArchiveLimits = ArchiveLimits {
    total: 1 << 20,
    file: 64 << 10,
    entries: 32,
    ratio: 100,
};

/// An archive is refused, with a reason, or it is files below its own root and
/// within the limits. Packed, they are the same files, in the same bytes each
/// time, and of the same digest.
pub fn archive(gzip: &[u8]) {
    let tree = match unpack(gzip, &LIMITS) {
        Ok(tree) => tree,
        Err(error) => return super::check_message(&error.to_string()),
    };
    let paths: BTreeSet<&str> = tree.iter().map(|(path, _)| path).collect();
    assert!(paths.len() <= LIMITS.entries);
    let mut total = 0;
    for (path, file) in tree.iter() {
        check_path(path);
        let size = file.bytes.len() as u64;
        assert!(size <= LIMITS.file);
        total += size;
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        for folder in folders {
            assert!(!paths.contains(folder), "{folder}: file and folder");
        }
    }
    assert!(total <= LIMITS.total);
    let packed = pack(&tree);
    let again = unpack(packed.as_slice(), &ArchiveLimits::default());
    let again = again.expect("what is packed here is taken");
    assert_eq!(again, tree);
    assert_eq!(again.content_digest(), tree.content_digest());
    assert_eq!(pack(&again), packed);
}

/// A path that leads nowhere but below the root, on any system.
fn check_path(path: &str) {
    let is_name = |name: &str| !matches!(name, "" | "." | "..") && name.len() <= 255;
    assert!(path.split('/').all(is_name), "{path:?}");
    let is_plain = |it: char| !it.is_control() && it != '\\';
    assert!(path.chars().all(is_plain), "{path:?}");
}
