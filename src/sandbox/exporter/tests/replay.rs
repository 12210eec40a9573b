//! A recorded trace as the API: each request must be the next that was recorded, and
//! is answered as it was then.
//!
//! What the exporter does in no order: kinds that sync at once. Between the config and
//! the look for what is stale, their requests may come in any order where more than one
//! kind syncs. Nothing else is loose; how often the exporter polled is the recording's.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::sandbox::exporter::Transport;
use crate::sandbox::store::{Answer, Call};

/// One line of a trace.
pub(super) struct Row {
    /// From 1.
    pub(super) number: usize,
    method: String,
    path: String,
    query: String,
    agent: String,
    token: Option<String>,
    pub(super) body: Value,
    status: u16,
    response: Value,
}

/// A trace, and how far it is.
pub(super) struct Replay {
    pub(super) rows: Vec<Row>,
    sent: BTreeSet<usize>,
}

/// What the trace has next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// What was done then.
    Mark(String),
    /// A poll, which time brings.
    Poll,
    /// The entities of a batch, which time brings.
    Batch(usize),
    /// The end.
    End,
}

impl Replay {
    pub(super) fn of(text: &str) -> Self {
        let rows = text.lines().map(|line| {
            let row: Value = serde_json::from_str(line).expect("a line is JSON");
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let authorization = text(&row["headers"]["Authorization"]);
            Row {
                number: row["n"].as_u64().expect("a number") as usize,
                method: text(&row["method"]),
                path: text(&row["path"]),
                query: text(&row["query"]),
                agent: text(&row["headers"]["User-Agent"]),
                token: authorization.strip_prefix("Bearer ").map(str::to_owned),
                body: row["body"].clone(),
                status: row["status"].as_u64().expect("a status") as u16,
                response: row["response"].clone(),
            }
        });
        Self {
            rows: rows.collect(),
            sent: BTreeSet::new(),
        }
    }

    /// What comes next; a mark is taken by this.
    #[track_caller]
    pub(super) fn next(&mut self) -> Next {
        let Some(at) = self.at() else {
            return Next::End;
        };
        let row = &self.rows[at];
        if row.path == "/__mark" {
            let mark = row.body.as_str().unwrap_or_default().to_owned();
            self.sent.insert(at);
            return Next::Mark(mark);
        }
        if row.query == "isPolling=true" {
            return Next::Poll;
        }
        assert!(
            row.path.ends_with("/entities/bulk"),
            "row {} was not sent: {} {}",
            row.number,
            row.method,
            row.path
        );
        Next::Batch(row.number)
    }

    /// An object of the examples in a row.
    pub(super) fn example(&self, row: usize, name: &str) -> Value {
        let examples = self.rows[row - 1].body["examples"].as_array();
        let mut examples = examples.into_iter().flatten();
        let found = examples.find(|example| example["metadata"]["name"] == name);
        found.expect("an example of that name").clone()
    }

    fn at(&self) -> Option<usize> {
        (0..self.rows.len()).find(|at| !self.sent.contains(at))
    }

    /// The rows of which any may be sent now.
    fn open(&self) -> Vec<usize> {
        let Some(at) = self.at() else {
            return Vec::new();
        };
        // Of one kind there is one token: what was sent of the run counts, too.
        let sent = (0..at).rev().take_while(|at| self.rows[*at].is_of_kind());
        let begin = sent.last().unwrap_or(at);
        let run = (begin..self.rows.len()).take_while(|at| self.rows[*at].is_of_kind());
        let kinds = run.clone();
        let kinds = kinds.filter(|at| self.rows[*at].path.ends_with("/access_token"));
        match self.rows[at].is_of_kind() && kinds.count() > 1 {
            true => run.filter(|at| !self.sent.contains(at)).collect(),
            false => vec![at],
        }
    }
}

impl Row {
    /// Whether it is of the sync of one kind.
    fn is_of_kind(&self) -> bool {
        let ends = ["/access_token", "/entities/bulk", "/examples"];
        ends.iter().any(|end| self.path.ends_with(end))
    }

    fn is(&self, call: &Call) -> bool {
        self.method == call.method.as_str()
            && self.path == call.path
            && pairs(&self.query) == pairs(&call.query)
            && self.agent == call.user_agent
            && self.token == call.token
            && self.body == call.body.clone().unwrap_or_default()
    }
}

fn pairs(query: &str) -> BTreeSet<&str> {
    query.split('&').collect()
}

impl Transport for Replay {
    fn call(&mut self, call: Call) -> Answer {
        let open = self.open();
        let found = open.iter().find(|at| self.rows[**at].is(&call));
        let Some(at) = found.copied() else {
            let wanted = open.first().map(|at| {
                let row = &self.rows[*at];
                format!(
                    "row {}: {} {} {} {}",
                    row.number, row.method, row.path, row.query, row.body
                )
            });
            panic!("sent {call:?}\nwanted {wanted:?}");
        };
        self.sent.insert(at);
        let row = &self.rows[at];
        Answer {
            status: row.status,
            headers: Vec::new(),
            body: row.response.clone(),
        }
    }
}
