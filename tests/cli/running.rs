//! A sandbox as a user starts it: a process that follows a directory.
//!
//! Not for a catalog alone, which `LocalSandbox` is: here the exporter's part is
//! played, too.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::program::program;

/// A running one; it ends with this.
pub(crate) struct Sandbox {
    process: Child,
    /// What it says that a shell should export.
    pub(crate) variables: Vec<(String, String)>,
}

impl Sandbox {
    /// Starts one on a free port, and waits until it serves.
    pub(crate) fn start(directory: &str, flags: &[&str]) -> Self {
        let mut command = program();
        command.args(["sandbox", directory, "--port", "0"]);
        command.args(["--blueprints", "examples/blueprints.json"]);
        let started = command
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = started.expect("the sandbox starts");
        let stdout = process.stdout.take().expect("stdout is a pipe");
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let exports = lines.find_map(|line| line.strip_prefix("export ").map(str::to_owned));
        let exports = exports.expect("it says what to export");
        let pairs = exports.split(' ').filter_map(|pair| pair.split_once('='));
        let variables = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            process,
            variables: variables.collect(),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}
