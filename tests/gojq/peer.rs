//! gojq as a process that answers one program after another.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::program::program;

/// The environment of every program, in both.
pub(crate) const ENVIRONMENT: [(&str, &str); 2] = [("CLUSTER_NAME", "c1"), ("PORT_X", "a b")];

/// What gojq makes of one program and one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The first output, as gojq writes it.
    Value(String),
    /// No program; holds the message, as the next does.
    Compile(String),
    Runtime(String),
    /// No output.
    Nothing,
    /// Too slow, or a crash of gojq's: nothing to compare with.
    Other(String),
}

pub(crate) struct Gojq {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Gojq {
    pub(crate) fn start() -> Self {
        let program = program("gojq-runner");
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
            answers: BufReader::new(answers),
        }
    }

    /// One answer for each input.
    pub(crate) fn run(&mut self, query: &str, inputs: &[Value]) -> Vec<Answer> {
        let environment = ENVIRONMENT.map(|(name, value)| format!("{name}={value}"));
        let request = json!({"query": query, "inputs": inputs, "environment": environment});
        let answer = self
            .ask(&request)
            .unwrap_or_else(|error| panic!("gojq broke off at {query}: {error}"));
        let answers = answer["answers"].as_array().expect("answers is an array");
        answers.iter().map(read).collect()
    }

    fn ask(&mut self, request: &Value) -> std::io::Result<Value> {
        writeln!(self.requests, "{request}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

fn read(answer: &Value) -> Answer {
    let text = answer["text"].as_str().unwrap_or_default().to_owned();
    match answer["kind"].as_str().unwrap_or_default() {
        "value" => Answer::Value(text),
        "compile" => Answer::Compile(text),
        "runtime" => Answer::Runtime(text),
        "none" => Answer::Nothing,
        kind => Answer::Other(format!("{kind} {text}")),
    }
}

impl Drop for Gojq {
    fn drop(&mut self) {
        // It ends by itself when its stdin does, which is closed after this.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
