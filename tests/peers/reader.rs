//! The Go reader as a process that answers one stream after another.

use std::fmt;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// How a stream is read. The letters are those of `go/reader/main.go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As kubectl does, lists flattened however deep.
    Kubectl,
    /// In Argo CD's two steps, lists as they are.
    ArgoCd,
    /// By Argo CD's whole plugin route.
    ArgoCdRoute,
}

impl Mode {
    pub(crate) const ALL: [Self; 3] = [Self::Kubectl, Self::ArgoCd, Self::ArgoCdRoute];

    fn letter(self) -> u8 {
        match self {
            Self::Kubectl => b'k',
            Self::ArgoCd => b'a',
            Self::ArgoCdRoute => b'r',
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kubectl => "kubectl",
            Self::ArgoCd => "Argo CD's two steps",
            Self::ArgoCdRoute => "Argo CD's plugin route",
        })
    }
}

pub(crate) struct Reader {
    process: Child,
    requests: ChildStdin,
    answers: ChildStdout,
}

impl Reader {
    pub(crate) fn start() -> Self {
        let program = super::program("reader");
        let mut process = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let requests = process.stdin.take().expect("stdin is piped");
        let answers = process.stdout.take().expect("stdout is piped");
        Self {
            process,
            requests,
            answers,
        }
    }

    /// Gives the objects that Go sees, or why it refuses the stream.
    pub(crate) fn read(&mut self, mode: Mode, stream: &[u8]) -> Result<Vec<Value>, String> {
        let answer = self
            .ask(mode, stream)
            .unwrap_or_else(|error| panic!("the Go reader broke off: {error}"));
        let mut answer: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
        if let Some(error) = answer["error"].as_str() {
            return Err(error.to_owned());
        }
        match answer["documents"].take() {
            Value::Array(documents) => Ok(documents),
            other => panic!("documents is {other}"),
        }
    }

    fn ask(&mut self, mode: Mode, stream: &[u8]) -> std::io::Result<Vec<u8>> {
        let length = u32::try_from(stream.len()).expect("a test stream is small");
        self.requests.write_all(&[mode.letter()])?;
        self.requests.write_all(&length.to_be_bytes())?;
        self.requests.write_all(stream)?;
        self.requests.flush()?;
        let mut length = [0; 4];
        self.answers.read_exact(&mut length)?;
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        self.answers.read_exact(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It ends by itself when its stdin does, which is closed after this.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
