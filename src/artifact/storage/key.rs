//! The secret that makes paths of artifacts unguessable.
//!
//! Invariant: it is in no output, its `Debug` included.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::path::SEGMENT_DIGITS;
use crate::artifact::digest::hex;

/// What makes the paths of an object's artifacts unguessable: something that those know
/// who may read the URL, and nobody else. Replicas with the same key give it the same
/// path.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PathKey(Vec<u8>);

impl PathKey {
    /// From some bytes that nobody else knows.
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The part of an object's paths that can't be guessed.
    pub(crate) fn segment(&self, namespace: &str, name: &str) -> String {
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
