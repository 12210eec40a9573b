//! See `src/fuzzing/archive.rs`. A change of a byte breaks an archive's checksums
//! long before it says anything of interest, so an input is what is packed: a zero
//! byte, then a tar whose headers get their checksums here. Any other first byte
//! belongs to a gzip that is taken as it is.

#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

const BLOCK: usize = 512;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| match bytes {
    [0, tar @ ..] => glint_gitops::fuzzing::archive(&gzip(&sealed(tar))),
    gzip => glint_gitops::fuzzing::archive(gzip),
});

/// The tar with the checksum of each header that a reader would come to.
fn sealed(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    let mut at = 0;
    while let Some(header) = tar.get_mut(at..at + BLOCK) {
        at += BLOCK;
        if header.iter().all(|byte| *byte == 0) {
            continue;
        }
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let size = str::from_utf8(&header[124..135]).ok();
        let size = size.and_then(|it| usize::from_str_radix(it.trim(), 8).ok());
        at += size.unwrap_or(0).next_multiple_of(BLOCK);
    }
    tar
}

fn gzip(tar: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(tar).expect("memory takes it");
    gzip.finish().expect("memory takes it")
}
