//! The secret that makes paths of artifacts unguessable.
//!
//! Invariant: it is in no output, its `Debug` included.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

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
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key has any length");
        hex(&mac.chain_update(message).finalize().into_bytes())
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
