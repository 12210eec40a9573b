//! Readers that count what goes through them, and end a bomb before it is memory.
//!
//! Not for what single files may be (`unpack`). Invariant: what has reached a limit
//! gives nothing any more, and the fault is kept: the archive's reader wraps errors,
//! and would lose it.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};

use super::{ArchiveFault, ArchiveLimits};

/// What is small does no harm, however well it was packed.
const HARMLESS: u64 = 1 << 20;

/// What is counted while an archive is read.
#[derive(Debug)]
pub(super) struct Bounds {
    total: u64,
    ratio: u64,
    packed: Cell<u64>,
    unpacked: Cell<u64>,
    fault: RefCell<Option<ArchiveFault>>,
}

impl Bounds {
    pub(super) fn new(limits: &ArchiveLimits) -> Self {
        let ArchiveLimits {
            total,
            ratio,
            file: _,
            entries: _,
        } = *limits;
        Self {
            total,
            ratio,
            packed: Cell::new(0),
            unpacked: Cell::new(0),
            fault: RefCell::new(None),
        }
    }

    /// The limit that ended the reading, if one did.
    pub(super) fn take_fault(&self) -> Option<ArchiveFault> {
        self.fault.take()
    }

    fn unpacked(&self, read: usize) -> io::Result<()> {
        let unpacked = self.unpacked.get().saturating_add(read as u64);
        self.unpacked.set(unpacked);
        let fair = self.packed.get().saturating_mul(self.ratio);
        let fault = match unpacked {
            unpacked if unpacked > self.total => ArchiveFault::Total(self.total),
            unpacked if unpacked > fair.max(HARMLESS) => ArchiveFault::Ratio(self.ratio),
            _ => return Ok(()),
        };
        self.fault.replace(Some(fault));
        Err(io::Error::other("a limit is reached"))
    }
}

/// Counts the packed bytes.
#[derive(Debug)]
pub(super) struct Packed<'a, R> {
    pub(super) reader: R,
    pub(super) bounds: &'a Bounds,
}

impl<R: Read> Read for Packed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        let packed = self.bounds.packed.get().saturating_add(read as u64);
        self.bounds.packed.set(packed);
        Ok(read)
    }
}

/// Counts the unpacked bytes, and ends where there are too many.
#[derive(Debug)]
pub(super) struct Unpacked<'a, R> {
    pub(super) reader: R,
    pub(super) bounds: &'a Bounds,
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.bounds.unpacked(read)?;
        Ok(read)
    }
}
