//! The smallest part of a failing stream that still fails.

/// Leaves out pieces, then lines, one after another, as long as it still fails.
pub(crate) fn shrink(pieces: &[Vec<u8>], fails: &mut dyn FnMut(&[u8]) -> bool) -> Vec<u8> {
    let stream = without_parts(pieces.to_vec(), fails).concat();
    let lines = stream.split_inclusive(|byte| *byte == b'\n');
    without_parts(lines.map(<[u8]>::to_vec).collect(), fails).concat()
}

fn without_parts(mut parts: Vec<Vec<u8>>, fails: &mut dyn FnMut(&[u8]) -> bool) -> Vec<Vec<u8>> {
    let mut at = 0;
    while at < parts.len() {
        let part = parts.remove(at);
        if !fails(&parts.concat()) {
            parts.insert(at, part);
            at += 1;
        }
    }
    parts
}

#[test]
fn only_what_makes_it_fail_is_left() {
    let pieces = [b"a\nb\n".to_vec(), b"c\nx\nd\n".to_vec(), b"e\n".to_vec()];
    let shrunk = shrink(&pieces, &mut |stream| stream.contains(&b'x'));
    assert_eq!(shrunk, b"x\n");
}
