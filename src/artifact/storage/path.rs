//! Where an artifact lies, on the disk and in its URL.

use std::fmt;

use crate::artifact::digest::is_digit;

/// The first part of every path, as Flux has it: the kind in small letters.
pub(in crate::artifact) const KIND: &str = "externalartifact";

/// How many digits the part of a path has that can't be guessed: 128 bits.
pub(super) const SEGMENT_DIGITS: usize = 32;

/// How many bytes the name of an object may have, as Kubernetes has it.
const LONGEST_NAME: usize = 253;

/// Where an artifact lies. Invariant: its `Display` is a relative path of five plain
/// names, each of them with no character that a URL or a file system has a use for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ArtifactPath {
    pub(super) namespace: String,
    pub(super) name: String,
    /// What can't be guessed.
    pub(super) segment: String,
    /// The digits of the SHA-256 of its bytes.
    pub(super) hex: String,
}

impl ArtifactPath {
    pub(super) fn parse(path: &str) -> Option<Self> {
        let parts: Vec<_> = path.split('/').collect();
        let [KIND, namespace, name, segment, file] = parts[..] else {
            return None;
        };
        let hex = file.strip_suffix(".tar.gz")?;
        let is_hex = |text: &str, digits| text.len() == digits && text.bytes().all(is_digit);
        let is_path = is_name(namespace)
            && is_name(name)
            && is_hex(segment, SEGMENT_DIGITS)
            && is_hex(hex, 64);
        is_path.then(|| Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            segment: segment.to_owned(),
            hex: hex.to_owned(),
        })
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            namespace,
            name,
            segment,
            hex,
        } = self;
        write!(f, "{KIND}/{namespace}/{name}/{segment}/{hex}.tar.gz")
    }
}

/// Whether Kubernetes lets an object be named so (RFC 1123's subdomains).
pub(super) fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    let is_inner = |byte: u8| is_plain(byte) || matches!(byte, b'-' | b'.');
    text.len() <= LONGEST_NAME
        && text.bytes().all(is_inner)
        && text.bytes().next().is_some_and(is_plain)
        && text.bytes().next_back().is_some_and(is_plain)
}
