//! Digests of artifacts, written `sha256:…` as in the status of Flux's sources.
//!
//! Invariant: a digest is always one that can be computed here: a known algorithm
//! and as many lower-case hexadecimal digits as it gives.

use std::fmt;
use std::io::{self, Read};

use sha2::digest::DynDigest;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// How much of a file is hashed at a time.
const PIECE: usize = 64 << 10;

/// The digest of an artifact's bytes, or of the files in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digest {
    algorithm: Algorithm,
    hex: String,
}

/// Those that Flux uses and that need no crate of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

/// Why a text is no digest.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DigestError {
    /// An algorithm that is not known here, such as `blake3`.
    #[error("the digest's algorithm is none of sha256, sha384 and sha512")]
    Algorithm,
    /// Too few digits, too many, or others than hexadecimal ones.
    #[error("the digest does not have the {digits} lower-case hexadecimal digits of {algorithm}")]
    Digits {
        /// Which it says it is.
        algorithm: &'static str,
        /// How many that has.
        digits: usize,
    },
}

impl Digest {
    /// From `sha256:…`, `sha384:…` or `sha512:…`; digits alone are of SHA-256, as
    /// Flux reads them (fluxcd/pkg, http/fetch/archive_fetcher.go).
    ///
    /// # Errors
    /// Any other text.
    pub(crate) fn parse(text: &str) -> Result<Self, DigestError> {
        let (algorithm, hex) = text.split_once(':').unwrap_or(("sha256", text));
        let algorithm = match algorithm {
            "sha256" => Algorithm::Sha256,
            "sha384" => Algorithm::Sha384,
            "sha512" => Algorithm::Sha512,
            _ => return Err(DigestError::Algorithm),
        };
        let digits = algorithm.digits();
        match hex.len() == digits && hex.bytes().all(is_digit) {
            true => Ok(Self {
                algorithm,
                hex: hex.to_owned(),
            }),
            false => Err(DigestError::Digits {
                algorithm: algorithm.name(),
                digits,
            }),
        }
    }

    /// The SHA-256 of some bytes.
    pub(crate) fn sha256(bytes: &[u8]) -> Self {
        Self {
            algorithm: Algorithm::Sha256,
            hex: hex(&Sha256::digest(bytes)),
        }
    }

    /// Its digits, without the algorithm.
    pub(crate) fn hex(&self) -> &str {
        &self.hex
    }

    /// Takes bytes piece by piece, to be compared with this digest.
    pub(super) fn check(&self) -> Check {
        Check {
            algorithm: self.algorithm,
            hash: self.algorithm.hash(),
        }
    }

    /// Whether it is the digest of all that a reader gives.
    pub(super) fn is_of(&self, mut reader: impl Read) -> io::Result<bool> {
        let mut check = self.check();
        let mut piece = vec![0; PIECE];
        loop {
            match reader.read(&mut piece)? {
                0 => return Ok(check.digest() == *self),
                read => check.take(&piece[..read]),
            }
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex)
    }
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }

    fn hash(self) -> Box<dyn DynDigest + Send> {
        match self {
            Self::Sha256 => Box::new(Sha256::new()),
            Self::Sha384 => Box::new(Sha384::new()),
            Self::Sha512 => Box::new(Sha512::new()),
        }
    }
}

/// A digest in the making.
pub(super) struct Check {
    algorithm: Algorithm,
    hash: Box<dyn DynDigest + Send>,
}

impl Check {
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    /// Of all that was taken.
    pub(super) fn digest(self) -> Digest {
        Digest {
            algorithm: self.algorithm,
            hex: hex(&self.hash.finalize()),
        }
    }
}

pub(super) fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Lower-case hexadecimal digits, two a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_digest_is_written_as_it_is_read() {
        let sha256 = format!("sha256:{EMPTY}");
        for text in [
            sha256.as_str(),
            &format!("sha384:{}", "0a".repeat(48)),
            &format!("sha512:{}", "f9".repeat(64)),
        ] {
            assert_eq!(Digest::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Digest::parse(EMPTY).unwrap().to_string(), sha256);
        assert_eq!(Digest::sha256(b"").to_string(), sha256);
    }

    #[test]
    fn what_is_no_digest_says_why() {
        check(
            "blake3:00",
            "the digest's algorithm is none of sha256, sha384 and sha512",
        );
        let digits = "the digest does not have the 64 lower-case hexadecimal digits of sha256";
        check("", digits);
        check("sha256:", digits);
        check("sha256:00", digits);
        check(&format!("sha256:{}", EMPTY.to_uppercase()), digits);
        check(&format!("sha256:{EMPTY}0"), digits);
        check(&format!("sha256:../{}", &EMPTY[3..]), digits);
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(Digest::parse(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn each_algorithm_knows_its_own_bytes() {
        // As sha256sum, sha384sum and sha512sum have the word `glint`.
        for text in [
            "sha256:00cf4f1616c9a31c272130a87a222988a798b4b6240f28e953c3877473331487",
            "sha384:bb133a5ff30b54b3888491b77983b6b2a1d3e0b1a13eb8c58ba8c329e25c6d6e065561f9b13ccd97859d99eb21a188c0",
            "sha512:3d1d01d13e488da8e51fd831fae28b022de1c79dfe81438748e0b3a4a840027114627b014e11fad058f7720817d762d5cf20292a2f16ca694406f634bc5ec855",
        ] {
            let digest = Digest::parse(text).unwrap();
            assert!(digest.is_of(&b"glint"[..]).unwrap(), "{text}");
            assert!(!digest.is_of(&b"Glint"[..]).unwrap(), "{text}");
        }
    }
}
