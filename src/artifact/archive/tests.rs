//! Archives that are taken, and those that are not, by the words of the refusal.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::{Just, Strategy, any, proptest};
use proptest::{collection, prop_assert, prop_assert_eq};
use tar::{Builder, EntryType, Header};

use super::*;
use crate::artifact::tree::{FileTree, TreeFile};

/// Small enough for a test to go beyond each of them.
const LIMITS: ArchiveLimits = ArchiveLimits {
    total: 4 << 20,
    file: 3 << 20,
    entries: 8,
    ratio: 100,
};

/// A tar as a test writes it, without a check of its own.
#[derive(Default)]
struct Tar(Vec<u8>);

impl Tar {
    fn new() -> Self {
        Self::default()
    }

    /// Any entry, of whatever name, kind and content.
    fn entry(self, name: &[u8], kind: u8, content: &[u8]) -> Self {
        self.claiming(name, kind, content.len() as u64, content)
    }

    /// The same with a size of its own.
    fn claiming(mut self, name: &[u8], kind: u8, size: u64, content: &[u8]) -> Self {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(EntryType::new(kind));
        header.set_mode(0o600);
        header.set_size(size);
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        self.entry(name.as_bytes(), b'0', content.as_bytes())
    }

    /// An extended header for what follows.
    fn pax(self, kind: u8, records: &[(&str, &str)]) -> Self {
        let records: Vec<_> = records.iter().map(|record| pax_record(*record)).collect();
        self.entry(b"pax", kind, records.concat().as_bytes())
    }

    fn gzip(self) -> Vec<u8> {
        let end = [self.0, vec![0; 1024]].concat();
        gzip(&end)
    }
}

/// A record whose length counts its own digits.
fn pax_record((key, value): (&str, &str)) -> String {
    let rest = format!(" {key}={value}\n");
    let length = (0..).find(|length: &usize| length.to_string().len() + rest.len() == *length);
    format!("{}{rest}", length.unwrap())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tree(files: &[(&str, &str)]) -> FileTree {
    let mut tree = FileTree::default();
    for (path, content) in files {
        tree.insert(path, *content).unwrap();
    }
    tree
}

#[track_caller]
fn check_taken(gzip: &[u8], expected: &[(&str, &str)]) {
    assert_eq!(unpack(gzip, &LIMITS).unwrap(), tree(expected));
}

#[track_caller]
fn check_refused(gzip: &[u8], expected: &str) {
    let refused = unpack(gzip, &LIMITS).unwrap_err();
    assert_eq!(refused.to_string(), expected);
}

#[test]
fn files_are_taken_however_their_names_and_folders_are_written() {
    let archive = Tar::new()
        .entry(b"./", b'5', b"")
        .entry(b"apps", b'5', b"")
        .entry(b"old/", 0, b"")
        .file("./apps/pay.yaml", "kind: Entity")
        .file("lib//x", "x");
    let expected = [("apps/pay.yaml", "kind: Entity"), ("lib/x", "x")];
    check_taken(&archive.gzip(), &expected);
    check_taken(&gzip(b""), &[]);
}

#[test]
fn of_a_file_that_is_there_twice_the_last_counts() {
    let archive = Tar::new().file("a", "first").file("./a", "last");
    check_taken(&archive.gzip(), &[("a", "last")]);
}

#[test]
fn a_gzip_in_two_members_is_one() {
    let archive = [Tar::new().file("a", "x").0, vec![0; 1024]].concat();
    let (front, back) = archive.split_at(700);
    check_taken(&[gzip(front), gzip(back)].concat(), &[("a", "x")]);
}

#[test]
fn what_git_archive_writes_is_taken() {
    let archive = Tar::new()
        .pax(
            b'g',
            &[("comment", "52bf0f0a5ed4bb1b8b8d7e2dd0d3e3e6d3a3ca44")],
        )
        .pax(b'x', &[("path", "apps/pay.yaml"), ("mtime", "1.5")])
        .file("apps/pay.yaml~", "kind: Entity");
    check_taken(&archive.gzip(), &[("apps/pay.yaml", "kind: Entity")]);
}

#[test]
fn a_file_may_be_run_or_not() {
    let mut packed = tree(&[("plain", "x")]);
    let script = TreeFile {
        bytes: b"#!/bin/sh\n".to_vec(),
        is_executable: true,
    };
    packed.insert_file("script", script.clone()).unwrap();
    let taken = unpack(pack(&packed).as_slice(), &LIMITS).unwrap();
    assert_eq!(taken.get("script"), Some(&script));
    assert_eq!(taken, packed);
}

#[test]
fn a_name_that_leads_out_is_refused_by_name() {
    for (name, fault) in [
        ("../../etc/passwd", "its name leads out of the folder"),
        ("apps/../../x", "its name leads out of the folder"),
        ("apps/..", "its name leads out of the folder"),
        ("..", "its name leads out of the folder"),
        ("/etc/passwd", "its name is absolute"),
        ("//x", "its name is absolute"),
        (".", "its name is empty"),
        ("", "its name is empty"),
        ("a\nb", "its name holds a control character"),
        ("a\u{1b}[2J", "its name holds a control character"),
    ] {
        let archive = Tar::new().file("a.yaml", "x").file(name, "x");
        let shown = name.escape_debug();
        let expected = format!("the archive is refused at `{shown}`: {fault}");
        check_refused(&archive.gzip(), &expected);
    }
    let folder = Tar::new().entry(b"../out", b'5', b"");
    check_refused(
        &folder.gzip(),
        "the archive is refused at `../out`: its name leads out of the folder",
    );
}

#[test]
fn a_name_that_is_no_plain_text_is_refused() {
    check_refused(
        &Tar::new().file(r"..\..\x", "x").gzip(),
        r"the archive is refused at `..\\..\\x`: its name holds a backslash",
    );
    check_refused(
        &Tar::new().entry(b"caf\xe9", b'0', b"x").gzip(),
        "the archive is refused at `caf\u{fffd}`: its name is no UTF-8",
    );
}

#[test]
fn a_file_that_is_a_folder_is_refused() {
    let conflict = "it is a file and a folder at once";
    check_refused(
        &Tar::new().file("a", "x").file("a/b", "x").gzip(),
        &format!("the archive is refused at `a/b`: {conflict}"),
    );
    check_refused(
        &Tar::new().file("a/b", "x").file("a", "x").gzip(),
        &format!("the archive is refused at `a`: {conflict}"),
    );
    check_refused(
        &Tar::new().file("a/", "x").gzip(),
        &format!("the archive is refused at `a/`: {conflict}"),
    );
}

#[test]
fn what_is_no_file_is_refused_by_its_kind() {
    for (kind, name) in [
        (b'1', "hard link"),
        (b'2', "symbolic link"),
        (b'3', "character device"),
        (b'4', "block device"),
        (b'6', "named pipe"),
        (b'7', "thing of another kind"),
        (b'V', "thing of another kind"),
    ] {
        let archive = Tar::new().entry(b"apps/x", kind, b"");
        let expected = format!(
            "the archive is refused at `apps/x`: it is a {name}, and only files and folders are taken"
        );
        check_refused(&archive.gzip(), &expected);
    }
}

#[test]
fn a_sparse_file_is_refused_before_it_is_as_large_as_it_says() {
    let mut archive = Builder::new(Vec::new());
    let mut header = Header::new_gnu();
    header.set_path("sparse").unwrap();
    header.set_entry_type(EntryType::GNUSparse);
    header.set_size(0);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.realsize = *b"00000000000\0";
    header.set_cksum();
    archive.append(&header, &b""[..]).unwrap();
    check_refused(
        &gzip(&archive.into_inner().unwrap()),
        "the archive is refused at `sparse`: it is a sparse file, and only files and folders are taken",
    );
}

#[test]
fn an_extended_header_that_two_programs_read_in_two_ways_is_refused() {
    let one = |records: &[(&str, &str)]| Tar::new().pax(b'x', records).file("a", "x").gzip();
    let extension = |place: &str, fault: &str| {
        format!("the archive is refused at `{place}`: its extended header {fault}")
    };
    check_refused(
        &one(&[("path", "b"), ("path", "../c")]),
        &extension("b", "says one thing twice"),
    );
    check_refused(
        &one(&[("size", "0")]),
        &extension("a", "gives the file two sizes"),
    );
    check_refused(
        &one(&[
            ("GNU.sparse.major", "1"),
            ("GNU.sparse.realsize", "99999999"),
        ]),
        &extension("a", "makes it a sparse file"),
    );
    check_refused(
        &Tar::new()
            .entry(b"pax", b'x', b"999 path=../x\n")
            .file("a", "x")
            .gzip(),
        &extension("a", "is malformed"),
    );
    check_refused(
        &Tar::new()
            .pax(b'g', &[("path", "../x")])
            .file("a", "x")
            .gzip(),
        &extension("pax", "is for all files"),
    );
    check_refused(
        &Tar::new()
            .entry(b"././@LongLink", b'L', b"one\0")
            .pax(b'x', &[("path", "two")])
            .file("a", "x")
            .gzip(),
        &extension("one", "names the file twice"),
    );
    check_refused(
        &one(&[("path", "../x")]),
        "the archive is refused at `../x`: its name leads out of the folder",
    );
}

#[test]
fn what_is_larger_than_a_limit_is_refused_at_the_file_that_makes_it_so() {
    let noise: Vec<u8> = noise().take(2 << 20).collect();
    check_refused(
        &Tar::new()
            .claiming(b"huge", b'0', u64::from(u32::MAX), b"")
            .gzip(),
        "the archive is refused at `huge`: it has more than 3145728 bytes, the most that one file may have",
    );
    check_refused(
        &Tar::new()
            .entry(b"half", b'0', &noise)
            .entry(b"other-half", b'0', &noise)
            .gzip(),
        "the archive is refused at `other-half`: there are more than 4194304 bytes in all, the most that may be unpacked",
    );
    let many = (0..9).fold(Tar::new(), |tar, n| tar.file(&format!("f{n}"), ""));
    check_refused(
        &many.gzip(),
        "the archive is refused at `f8`: it is one more than the 8 files and folders that may be in it",
    );
}

#[test]
fn a_bomb_is_refused_wherever_it_lies() {
    let ratio = "it unpacks to more than 100 times its size, as only archives made to do harm do";
    let zeros = vec![0; 3 << 20];
    check_refused(
        &Tar::new().entry(b"bomb", b'0', &zeros).gzip(),
        &format!("the archive is refused at `bomb`: {ratio}"),
    );
    // In a name, and behind the end of the tar.
    check_refused(
        &Tar::new()
            .file("a", "x")
            .entry(b"././@LongLink", b'L', &vec![b'n'; 3 << 20])
            .file("b", "x")
            .gzip(),
        &format!("the archive is refused after `a`: {ratio}"),
    );
    let hidden = [Tar::new().file("a", "x").0, vec![0; 3 << 20]].concat();
    check_refused(
        &gzip(&hidden),
        &format!("the archive is refused after `a`: {ratio}"),
    );
}

#[test]
fn what_is_no_archive_is_refused() {
    check_refused(
        b"",
        "the archive is refused at its start: it can't be read, since it is cut short",
    );
    check_refused(
        b"PK\x03\x04 is a zip, not a gzip",
        "the archive is refused at its start: it can't be read, since it is no sound gzip",
    );
    check_refused(
        &gzip(&[b'x'; 512]),
        "the archive is refused at its start: it can't be read, since it is no sound tar",
    );
}

#[test]
fn what_is_cut_short_or_damaged_is_refused() {
    let tar = Tar::new().file("a", "x").file("b", &"y".repeat(2000));
    check_refused(
        &gzip(&tar.0[..512 + 512 + 512 + 1000]),
        "the archive is refused at `b`: it can't be read, since it is cut short",
    );
    check_refused(
        &gzip(&tar.0[..512 + 512 + 100]),
        "the archive is refused after `a`: it can't be read, since it is no sound tar",
    );
    let mut damaged = tar.gzip();
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    check_refused(
        &damaged,
        "the archive is refused after `b`: it can't be read, since it is no sound gzip",
    );
    let followed = [
        Tar::new().file("a", "x").gzip(),
        b"garbage beyond the end".to_vec(),
    ]
    .concat();
    check_refused(
        &followed,
        "the archive is refused after `a`: it can't be read, since it is no sound gzip",
    );
}

#[test]
fn no_place_to_cut_an_archive_gives_less_than_all_of_it() {
    let whole = pack(&tree(&[("a", "x"), ("b/c", "y")]));
    for length in 0..whole.len() {
        assert!(unpack(&whole[..length], &LIMITS).is_err(), "{length}");
    }
}

#[test]
fn an_archive_holds_nothing_of_its_machine() {
    let packed = pack(&tree(&[("a", "x")]));
    // RFC 1952: no flags, no time, no extra flags, an unknown system.
    assert_eq!(packed[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
    let entry = archive.entries().unwrap().next().unwrap().unwrap();
    let header = entry.header();
    assert_eq!(header.mode().unwrap(), 0o644);
    assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
    assert_eq!(header.mtime().unwrap(), 0);
    assert_eq!(header.username(), Ok(Some("")));
    assert_eq!(header.groupname(), Ok(Some("")));
}

#[test]
fn a_long_name_comes_back_whole() {
    // Cut at the 100th byte, one ends behind `..`, and one within a character.
    for path in [
        "n".repeat(100),
        "n".repeat(101),
        format!("{}/..x/y", "n".repeat(97)),
        format!("{}üü", "n".repeat(99)),
        ["folder"; 140].join("/"),
    ] {
        let packed = tree(&[(&path, "x"), ("z", "after")]);
        assert_eq!(unpack(pack(&packed).as_slice(), &LIMITS).unwrap(), packed);
    }
}

/// Whatever bytes come, they are refused, or are a tree that is packed and read as
/// what it is. For fuzzing as for properties: it panics where that does not hold.
pub(crate) fn hold(bytes: &[u8]) {
    if let Ok(tree) = unpack(bytes, &LIMITS) {
        let larger = ArchiveLimits {
            total: u64::MAX,
            entries: usize::MAX,
            ratio: u64::MAX,
            ..LIMITS
        };
        let again = unpack(pack(&tree).as_slice(), &larger);
        assert_eq!(again.expect("what we packed is read"), tree);
    }
}

/// Bytes that do not get smaller by packing.
fn noise() -> impl Iterator<Item = u8> {
    std::iter::successors(Some(1_u64), |state| {
        Some(
            state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407),
        )
    })
    .map(|state| (state >> 56) as u8)
}

/// Files whose names are of the same length, so that none is another's folder.
fn files() -> impl Strategy<Value = Vec<(String, TreeFile)>> {
    let name = "[a-z]{2}(/[a-zäß. -]{1,60}x){2}";
    let file = (collection::vec(any::<u8>(), 0..700), any::<bool>());
    let file = file.prop_map(|(bytes, is_executable)| TreeFile {
        bytes,
        is_executable,
    });
    collection::btree_map(name, file, 0..8).prop_map(|files| files.into_iter().collect())
}

fn tree_of(files: &[(String, TreeFile)]) -> FileTree {
    let mut tree = FileTree::default();
    for (path, file) in files {
        tree.insert_file(path, file.clone()).unwrap();
    }
    tree
}

proptest! {
    #[test]
    fn what_is_packed_is_unpacked_and_the_order_of_the_files_is_nothing(
        (files, shuffled) in files().prop_flat_map(|files| {
            (Just(files.clone()), Just(files).prop_shuffle())
        })
    ) {
        let tree = tree_of(&files);
        let packed = pack(&tree);
        let roomy = ArchiveLimits::default();
        prop_assert_eq!(&unpack(packed.as_slice(), &roomy).unwrap(), &tree);
        let other = tree_of(&shuffled);
        prop_assert!(pack(&other) == packed);
        prop_assert_eq!(other.content_digest(), tree.content_digest());
    }

    #[test]
    fn no_bytes_do_harm(bytes in collection::vec(any::<u8>(), 0..2000)) {
        hold(&bytes);
        hold(&gzip(&bytes));
    }

    #[test]
    fn no_damage_to_an_archive_does_harm(at in 0..4096_usize, value in any::<u8>(), files in files()) {
        let archive = files.iter().fold(Tar::new().pax(b'x', &[("path", "pax/name")]), |tar, (path, file)| {
            let name = &path.as_bytes()[..path.len().min(100)];
            tar.entry(name, b'0', &file.bytes)
        });
        let mut bytes = archive.0;
        if let Some(byte) = bytes.get_mut(at) {
            *byte = value;
        }
        hold(&gzip(&bytes));
    }
}
