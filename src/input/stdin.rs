//! A manifest stream from a pipe, whole and in one piece of memory.
//!
//! Not for files (`directory`). Invariants: never more than the limit is kept,
//! and the peak of memory is the stream itself, because the buffer grows in
//! place.

use std::os::fd::AsFd;
use std::path::Path;

use rustix::io::{Errno, read};

use super::{InputError, Source, SourceFormat};

/// What a pipe holds after [`widen_pipe`]; Linux lets any user have this much.
const PIPE_BYTES: usize = 1024 * 1024;

/// The name of the stream in messages and locations.
const NAME: &str = "<stdin>";

/// Reads a stream to its end.
///
/// Waiting for the writer is unlimited on purpose: it is not our work that
/// takes the time.
///
/// # Errors
///
/// [`InputError::TooLarge`] for more than `limit` bytes, [`InputError::Read`]
/// if the system refuses.
pub(crate) fn read_stream(input: impl AsFd, limit: u64) -> Result<Source, InputError> {
    widen_pipe(&input);
    let mut text = Vec::with_capacity(expected_bytes(&input, limit));
    loop {
        if text.len() as u64 > limit {
            return Err(InputError::TooLarge {
                what: NAME.to_owned(),
                limit,
            });
        }
        if text.spare_capacity_mut().len() < PIPE_BYTES {
            // glibc and musl both move a large block by `mremap`: no copy, and
            // pages that nobody wrote to take no memory.
            text.reserve_exact(PIPE_BYTES + text.len() / 2);
        }
        match read(&input, rustix::buffer::spare_capacity(&mut text)) {
            Ok(0) => break,
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(InputError::read(Path::new(NAME))(errno.into())),
        }
    }
    Ok(Source {
        name: NAME.to_owned(),
        format: SourceFormat::Stream,
        text,
        renderer: None,
    })
}

/// How much to make room for at first: a redirected file tells its size.
fn expected_bytes(input: impl AsFd, limit: u64) -> usize {
    let size = rustix::fs::fstat(input).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0));
    usize::try_from(size.min(limit)).unwrap_or(0) + PIPE_BYTES
}

/// Makes a pipe hold more, so that fewer switches between the two processes
/// are needed. Whatever is no pipe, or a system that refuses, stays as it is.
pub(crate) fn widen_pipe(pipe: impl AsFd) {
    #[cfg(target_os = "linux")]
    if let Err(errno) = rustix::pipe::fcntl_setpipe_size(&pipe, PIPE_BYTES) {
        tracing::trace!(%errno, "the pipe keeps its size");
    }
    #[cfg(not(target_os = "linux"))]
    drop(pipe);
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Seek, Write};
    use std::thread;

    use super::{Source, read_stream};
    use crate::input::SourceFormat;

    #[test]
    fn a_stream_arrives_with_every_byte() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let text: Vec<u8> = (0..5_000_000_u32).map(|n| (n % 251) as u8).collect();
        let sent = text.clone();
        let sender = thread::spawn(move || writer.write_all(&sent).unwrap());
        let source = read_stream(reader, 5_000_000).unwrap();
        sender.join().unwrap();
        assert_eq!(
            source,
            Source {
                name: "<stdin>".into(),
                format: SourceFormat::Stream,
                text,
                renderer: None,
            }
        );
    }

    #[test]
    fn a_stream_over_the_limit_is_refused_and_names_the_setting() {
        let file = |bytes: usize| {
            let mut file: File = tempfile::tempfile().unwrap();
            file.write_all(&vec![b'a'; bytes]).unwrap();
            file.rewind().unwrap();
            file
        };
        assert_eq!(read_stream(file(10), 10).unwrap().text.len(), 10);
        assert_eq!(
            read_stream(file(11), 10).unwrap_err().to_string(),
            "<stdin> has more than 10 bytes; raise `input-limit` if that is meant to be"
        );
    }
}
