//! Drains the two pipes of a program: all of what it prints, and the end of
//! what it says about itself.
//!
//! Not for showing either (`redact`). Invariant: neither takes more memory than
//! its limit.

use std::io::{self, Read};

/// How much of what a program says is kept.
const END_BYTES: usize = 8 * 1024;

/// In a single line, how far a value may stand behind the beginning of its key.
const KEY_BYTES: usize = 256;

/// Reads to the end; `None` if that is more than `limit` bytes away.
pub(super) fn whole(stdout: impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    stdout
        .take(limit.saturating_add(1))
        .read_to_end(&mut text)?;
    Ok((text.len() as u64 <= limit).then_some(text))
}

/// Reads to the end, and keeps the last of it. A read that fails is an end too:
/// the program's status says what there is to say.
pub(super) fn end(mut stderr: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut block = [0; END_BYTES];
    let mut is_cut = false;
    loop {
        match stderr.read(&mut block) {
            Ok(0) => break,
            Ok(count) => {
                kept.extend_from_slice(&block[..count]);
                let over = kept.len().saturating_sub(END_BYTES);
                kept.drain(..over);
                is_cut |= over > 0;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    if is_cut { without_start(kept) } else { kept }
}

/// What was cut, without the rest of its first line: a value whose key was cut
/// off could not be recognized as a secret any more.
fn without_start(mut kept: Vec<u8>) -> Vec<u8> {
    let line_end = memchr::memchr(b'\n', &kept).filter(|end| end + 1 < kept.len());
    let start = line_end.map_or(KEY_BYTES.min(kept.len()), |end| end + 1);
    kept.drain(..start);
    kept
}

#[cfg(test)]
mod tests {
    use super::{end, whole};

    #[test]
    fn what_is_printed_is_whole_or_too_much() {
        assert_eq!(whole(&b"abc"[..], 3).unwrap(), Some(b"abc".to_vec()));
        assert_eq!(whole(&b"abcd"[..], 3).unwrap(), None);
    }

    #[test]
    fn the_end_begins_with_a_whole_line() {
        let lines = |count: usize| "line\n".repeat(count).into_bytes();
        assert_eq!(end(&lines(10)[..]), lines(10));
        let kept = end(&lines(10_000)[..]);
        assert_eq!(kept, lines(kept.len() / 5));
        assert!(kept.len() > 8000);
    }

    #[test]
    fn a_value_whose_key_was_cut_off_is_not_kept() {
        let line = format!("password={}the end", "s".repeat(8180));
        let kept = end(line.as_bytes());
        assert_eq!(kept.len(), 8192 - 256);
        assert!(kept.ends_with(b"sthe end"));
    }
}
