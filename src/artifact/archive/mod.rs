//! Archives: tar in gzip, as Flux's controllers give and take them.
//!
//! The one module that names the archive format and the compression. Invariants:
//! what others packed is taken for files and folders only, below its own root and
//! within limits, and refused as a whole otherwise, by the name of the file; what
//! is packed here depends on the tree alone.

mod bounds;
mod pack;
#[cfg(test)]
mod tests;
mod unpack;

use std::fmt;

pub(crate) use pack::pack;
pub(crate) use unpack::unpack;

use super::tree::PathFault;

/// How much an archive of others may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArchiveLimits {
    /// Bytes when unpacked, those between the files included.
    pub total: u64,
    /// Bytes of one file.
    pub file: u64,
    /// Files and folders.
    pub entries: usize,
    /// How many times as large as packed it may be, beyond the first MiB. Plain
    /// manifests become 5 to 20 times smaller, gzip at its utmost 1032 times.
    pub ratio: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            total: 100 << 20, // as much as Flux's Untar takes by default
            file: 20 << 20,
            entries: 20_000,
            ratio: 200,
        }
    }
}

/// An archive that is not taken, and the file for which it is not.
#[derive(Debug, thiserror::Error)]
#[error("the archive is refused {place}: {fault}")]
pub(crate) struct ArchiveError {
    /// Where in it.
    pub place: Place,
    /// Why.
    pub fault: ArchiveFault,
}

/// How far an archive was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Before its first file.
    Start,
    /// At a file, by its name as the archive has it, made legible.
    At(String),
    /// After that file, before the next one's name was known.
    After(String),
}

/// Why an archive is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveFault {
    /// No gzip, no tar, cut short or damaged.
    #[error("it can't be read, since it is {0}")]
    Unreadable(&'static str),
    /// No file can have that name.
    #[error(transparent)]
    Path(PathFault),
    /// A link, a device and the like.
    #[error("it is a {0}, and only files and folders are taken")]
    Kind(&'static str),
    /// Extended headers that two readers may read in two ways.
    #[error("its extended header {0}")]
    Extension(&'static str),
    /// More bytes in one file than the limit.
    #[error("it has more than {0} bytes, the most that one file may have")]
    File(u64),
    /// More bytes in all than the limit.
    #[error("there are more than {0} bytes in all, the most that may be unpacked")]
    Total(u64),
    /// More files and folders than the limit.
    #[error("it is one more than the {0} files and folders that may be in it")]
    Entries(usize),
    /// More bytes for each packed one than the limit.
    #[error("it unpacks to more than {0} times its size, as only archives made to do harm do")]
    Ratio(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("at its start"),
            Self::At(file) => write!(f, "at `{file}`"),
            Self::After(file) => write!(f, "after `{file}`"),
        }
    }
}
