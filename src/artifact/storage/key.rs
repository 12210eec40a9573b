//! The secret that makes paths of artifacts unguessable.
//!
//! Invariant: it is in no output, its `Debug` included.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::path::SEGMENT_DIGITS;
use crate::artifact::digest::hex;

/// How many bytes a key has that is made here.
const KEY_BYTES: usize = 32;

/// What makes the paths of artifacts unguessable. Replicas with the same key give
/// an object the same path.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PathKey(Vec<u8>);

impl PathKey {
    /// From some bytes that nobody else knows.
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The key in a file, which is made where there is none.
    pub(super) fn kept(path: &Path) -> io::Result<Self> {
        match fs::read(path) {
            Ok(bytes) if bytes.len() == KEY_BYTES => Ok(Self(bytes)),
            Ok(_) => Self::made(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::made(path),
            Err(error) => Err(error),
        }
    }

    fn made(path: &Path) -> io::Result<Self> {
        let mut bytes = vec![0; KEY_BYTES];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut unfinished = NamedTempFile::new_in(folder)?; // readable by us alone
        unfinished.write_all(&bytes)?;
        unfinished.as_file().sync_all()?;
        unfinished.persist(path)?;
        Ok(Self(bytes))
    }

    /// The part of an object's paths that can't be guessed.
    pub(super) fn segment(&self, namespace: &str, name: &str) -> String {
        let mut segment = self.hmac(format!("{namespace}/{name}").as_bytes());
        segment.truncate(SEGMENT_DIGITS);
        segment
    }

    /// HMAC-SHA-256 as in RFC 2104.
    fn hmac(&self, message: &[u8]) -> String {
        let mut key = [0; 64];
        match self.0.as_slice() {
            short if short.len() <= key.len() => key[..short.len()].copy_from_slice(short),
            long => key[..32].copy_from_slice(&Sha256::digest(long)),
        }
        let inner = Sha256::new()
            .chain_update(key.map(|byte| byte ^ 0x36))
            .chain_update(message);
        let outer = Sha256::new()
            .chain_update(key.map(|byte| byte ^ 0x5c))
            .chain_update(inner.finalize());
        hex(&outer.finalize())
    }
}

impl fmt::Debug for PathKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PathKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_key_is_used_as_rfc_4231_has_it() {
        for (key, message, expected) in [
            (
                b"Jefe".to_vec(),
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 131],
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            assert_eq!(PathKey(key).hmac(message.as_bytes()), expected);
        }
        let debug = format!("{:?}", PathKey::new("canary"));
        assert_eq!(debug, "PathKey(…)");
    }
}
