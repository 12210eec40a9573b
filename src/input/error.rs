//! What can stop the reading of an input, in the words that a user sees.
//!
//! Not for findings about what was read. Invariant: no message holds a value
//! of a manifest, a secret of a URL, or an unredacted line of a renderer.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Tool;

/// Why there is no input. Every variant means that the work could not be done:
/// nothing goes to stdout, and the exit code is 2.
///
/// A variant is a different thing for its reader to do; the text of each says
/// what, where, and what next. The source of an error is not part of its text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// The directory to render is not there, or is no directory.
    #[error("{problem}: `{}`; name a directory that holds manifests, a chart or a kustomization", path.display())]
    NoDirectory {
        /// What is wrong with the path.
        problem: &'static str,
        /// The path as the user named it.
        path: PathBuf,
    },

    /// A plain directory without a single file that counts as a manifest. Its
    /// own variant, because a caller may allow an empty result.
    #[error("no manifest in `{}`: {hint}", path.display())]
    NoManifest {
        /// The directory as the user named it.
        path: PathBuf,
        /// Which files would have counted.
        hint: &'static str,
    },

    /// The operating system refused a read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file or directory, as the user would find it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A place of our own (a temporary directory) could not be made or filled.
    #[error("cannot prepare {what} in the temporary directory; set `TMPDIR` to a writable place")]
    Scratch {
        /// What was to be made there.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },

    /// A path leads out of the repository, by `..`, as an absolute path or
    /// through a symlink.
    #[error("{what} leads to `{}`, outside of {border}; keep what is rendered inside the repository", target.display())]
    Outside {
        /// The path as it is written and who names it, or the symlink.
        what: String,
        /// Where it leads.
        target: PathBuf,
        /// The repository in words.
        border: String,
    },

    /// Something would be fetched that the operator has not allowed.
    #[error("{named_by} needs `{url}`, and host `{host}` is not among `allow-hosts`; {remedy}")]
    Remote {
        /// Who names it: a file, or a chart.
        named_by: String,
        /// What is named, without user information.
        url: String,
        /// The host that would be contacted.
        host: String,
        /// What to do about it.
        remedy: &'static str,
    },

    /// Something that a renderer would do, and that is never done here.
    #[error("{what}; {remedy}")]
    Refused {
        /// What it is and where it stands.
        what: String,
        /// What to do about it.
        remedy: String,
    },

    /// A file of ours to read before a renderer runs does not parse.
    #[error("cannot understand `{}`: {reason}", path.display())]
    Malformed {
        /// The file as the user would find it.
        path: PathBuf,
        /// The parser's first line.
        reason: String,
    },

    /// More bytes than allowed.
    #[error("{what} has more than {limit} bytes; raise `input-limit` if that is meant to be")]
    TooLarge {
        /// A file, the directory's files together, the stream, or a renderer's
        /// output.
        what: String,
        /// The limit in bytes.
        limit: u64,
    },

    /// More files than allowed.
    #[error("`{}` has more than {limit} files; narrow it with `include`, `exclude` or a directory further down", path.display())]
    TooManyFiles {
        /// The directory as the user named it.
        path: PathBuf,
        /// How many are allowed.
        limit: usize,
    },

    /// The renderer's program is not there.
    #[error("{problem}; install it or set `--{tool}-path`")]
    NoTool {
        /// What is missing, or what is wrong with the path that was set.
        problem: String,
        /// Which program.
        tool: Tool,
    },

    /// The renderer's program could not be started.
    #[error("cannot start `{step}`")]
    Start {
        /// The step as it was announced.
        step: String,
        /// What the system said.
        source: io::Error,
    },

    /// The renderer ended with an error.
    #[error("`{step}` failed with {status}{}", quoted(stderr))]
    Failed {
        /// The step as it was announced.
        step: String,
        /// How it ended: `exit status 1`, `signal 9`.
        status: String,
        /// The last lines that it printed, redacted.
        stderr: String,
    },

    /// The deadline ended the renderer.
    #[error("`{step}` was stopped at the deadline, after {:.1} s; raise `timeout`, or render less at once{}", after.as_secs_f64(), quoted(stderr))]
    Deadline {
        /// The step as it was announced.
        step: String,
        /// How long it ran.
        after: Duration,
        /// The last lines that it printed, redacted.
        stderr: String,
    },
}

impl InputError {
    /// A closure for `map_err`: the read of this path failed.
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }
}

/// A renderer's last lines as they stand under a message: indented, on lines
/// of their own, nothing where there are none.
fn quoted(stderr: &str) -> String {
    stderr.lines().map(|line| format!("\n  {line}")).collect()
}
