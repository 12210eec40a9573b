//! What is on the disk, and where.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::artifact::digest::Digest;
use crate::artifact::storage::{PathKey, Storage, StorageError, StorageOptions, Stored};

/// With an HMAC of `shop/pay` by the key `key`, as openssl has it.
const PATH: &str = "externalartifact/shop/pay/ec32a525097abff56dd287a291395542/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881.tar.gz";

const OPTIONS: StorageOptions = StorageOptions {
    retention_ttl: Duration::from_secs(60),
    retention_records: 2,
};

fn storage(folder: &TempDir) -> Storage {
    Storage::open(folder.path(), OPTIONS).unwrap()
}

impl Storage {
    /// With the key of these tests.
    fn keep(&self, namespace: &str, name: &str, bytes: &[u8]) -> Result<Stored, StorageError> {
        self.put(namespace, name, &PathKey::new("key"), bytes)
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = files
        .map(Result::unwrap)
        .filter(|file| !file.file_type().is_dir());
    files
        .map(|file| file.path().strip_prefix(folder).unwrap().to_owned())
        .collect()
}

#[test]
fn an_artifact_lies_where_its_object_its_bytes_and_the_key_say() {
    let folder = tempfile::tempdir().unwrap();
    let stored = storage(&folder).keep("shop", "pay", b"x").unwrap();
    assert_eq!(stored.path, PATH);
    assert_eq!(stored.digest, Digest::sha256(b"x"));
    assert_eq!(stored.size, 1);
    assert_eq!(files(folder.path()), [Path::new(PATH)]);
    assert_eq!(fs::read(folder.path().join(PATH)).unwrap(), b"x");
}

#[test]
fn two_objects_share_no_part_that_can_be_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    let segment = |namespace, name| {
        let stored = storage.keep(namespace, name, b"x").unwrap();
        stored.path.split('/').nth(3).unwrap().to_owned()
    };
    assert_eq!(segment("shop", "pay"), segment("shop", "pay"));
    assert_ne!(segment("shop", "pay"), segment("shop", "pay2"));
    assert_ne!(segment("shop", "pay"), segment("shop2", "pay"));
    let key = PathKey::new("another");
    let stored = storage.put("shop", "pay", &key, b"x").unwrap();
    assert_ne!(
        stored.path.split('/').nth(3),
        Some(segment("shop", "pay").as_str())
    );
}

#[test]
fn what_is_not_there_or_is_something_else_is_not_verified() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    let stored = storage.keep("shop", "pay", b"x").unwrap();
    assert!(storage.verify(PATH, &stored.digest));
    assert!(!storage.verify(PATH, &Digest::sha256(b"y")));
    for path in [
        "",
        "externalartifact",
        "externalartifact/shop/pay",
        &format!("/{PATH}"),
        &format!("./{PATH}"),
        &PATH.replace("shop", "../externalartifact/shop"),
        &PATH.replace("externalartifact", "gitrepository"),
    ] {
        assert!(!storage.verify(path, &stored.digest), "{path}");
    }
    fs::write(folder.path().join(PATH), "y").unwrap();
    assert!(!storage.verify(PATH, &stored.digest));
}

#[test]
fn nothing_is_written_for_what_is_no_object() {
    let outside = tempfile::tempdir().unwrap();
    let storage = Storage::open(&outside.path().join("root"), OPTIONS).unwrap();
    let long = "n".repeat(254);
    for (namespace, name) in [
        ("..", ".."),
        ("shop", "../../../out"),
        ("shop", "a/b"),
        ("/tmp", "pay"),
        ("", "pay"),
        ("shop", ""),
        ("shop", ".hidden"),
        ("shop", "Pay"),
        ("shop", "a\0"),
        ("shop", &long),
    ] {
        assert!(
            storage.keep(namespace, name, b"x").is_err(),
            "{namespace}/{name}"
        );
        assert!(
            storage.remove(namespace, name).is_err(),
            "{namespace}/{name}"
        );
        assert!(storage.collect_garbage(namespace, name, &[]).is_err());
    }
    assert_eq!(files(outside.path()), [] as [&Path; 0]);
    let refused = storage.keep("shop", "a\nb", b"x").unwrap_err();
    assert!(refused.to_string().contains(r"externalartifact/shop/a\nb/"));
}

#[test]
fn what_is_not_whole_is_gone_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let kept = storage(&folder).keep("shop", "pay", b"x").unwrap();
    let damaged = storage(&folder).keep("shop", "pay", b"y").unwrap();
    fs::write(folder.path().join(&damaged.path), "cut").unwrap();
    let beside = folder.path().join(PATH).with_file_name(".unfinished-1a2b");
    fs::write(beside, "half").unwrap();
    assert_eq!(files(folder.path()).len(), 3);
    let storage = storage(&folder);
    assert_eq!(files(folder.path()), [Path::new(&kept.path)]);
    assert!(storage.verify(&kept.path, &kept.digest));
}

#[test]
fn a_link_in_the_place_of_an_artifact_leads_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    let stored = storage.keep("shop", "pay", b"x").unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "x").unwrap();
    fs::remove_file(folder.path().join(PATH)).unwrap();
    symlink(&secret, folder.path().join(PATH)).unwrap();
    assert!(!storage.verify(PATH, &stored.digest));
    storage.keep("shop", "pay", b"x").unwrap();
    assert!(storage.verify(PATH, &stored.digest));
    assert!(
        fs::symlink_metadata(folder.path().join(PATH))
            .unwrap()
            .is_file()
    );
}

#[test]
fn garbage_is_taken_from_the_object_alone() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    let other = storage.keep("shop", "other", b"x").unwrap();
    let of = |bytes: &[u8]| storage.keep("shop", "pay", bytes).unwrap().path;
    let paths = [b"a", b"b", b"c"].map(|bytes| of(bytes));
    let gone = storage
        .collect_garbage("shop", "pay", &[&paths[2]])
        .unwrap();
    assert_eq!(gone.len(), 1);
    assert!(paths[..2].contains(&gone[0]));
    assert_eq!(
        storage
            .collect_garbage("shop", "pay", &[&paths[2]])
            .unwrap(),
        [""; 0]
    );
    assert_eq!(files(folder.path()).len(), 3);
    assert!(storage.verify(&other.path, &other.digest));
    assert_eq!(
        storage.collect_garbage("shop", "none", &[]).unwrap(),
        [""; 0]
    );
}

#[test]
fn a_removed_object_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    let stored = storage.keep("shop", "pay", b"x").unwrap();
    storage.keep("shop", "other", b"x").unwrap();
    let objects = |names: &[&str]| {
        names
            .iter()
            .map(|name| ("shop".to_owned(), (*name).to_owned()))
            .collect()
    };
    assert_eq!(storage.objects().unwrap(), objects(&["other", "pay"]));
    storage.remove("shop", "pay").unwrap();
    storage.remove("shop", "pay").unwrap();
    assert!(!storage.verify(&stored.path, &stored.digest));
    assert_eq!(storage.objects().unwrap(), objects(&["other"]));
}

#[test]
fn a_disk_that_can_not_be_used_is_said_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("file");
    fs::write(&root, "").unwrap();
    let refused = Storage::open(&root, OPTIONS).unwrap_err();
    let expected = format!(
        "the storage `{}/externalartifact` can't be used",
        root.display()
    );
    assert_eq!(refused.to_string(), expected);
}
