//! Mappings of others: the hidden command `evaluate` that computes what one
//! makes of objects, and who runs it.
//!
//! A mapping that we did not write may never end, or take all memory. So it is
//! evaluated in a process of its own, and what ends that process is a problem of
//! the block that was at work. Ours are evaluated where they are.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use serde_json::Value;

use super::Exit;
use crate::catalog::Dialect;
use crate::exporter::{self, Config, Preview, Problem, Task, Told};
use crate::input::{self, Work, WorkEnd, WorkLimits, Worked};
use crate::manifest::ResourceRef;

/// The words of the command line.
pub(super) const COMMAND: &str = "evaluate";

/// How long an evaluation may take until something is wrong with it: 10,000
/// objects take a quarter of a second.
const TIME: Duration = Duration::from_secs(10);

const MEMORY: u64 = 2 << 30;

/// Deep enough for whatever fits the memory otherwise: jq itself recurses in
/// the heap.
const STACK: usize = 512 << 20;

/// More than any catalog takes.
const OUTPUT: u64 = 1 << 30;

/// A mapping of others, and what it is for.
#[derive(Debug)]
pub(super) struct Foreign<'a> {
    /// The exporter's whole config.
    pub(super) config: &'a Value,
    /// Whose exporter.
    pub(super) dialect: Dialect,
    /// The exporter's environment.
    pub(super) variables: &'a BTreeMap<String, String>,
    /// What is in the cluster.
    pub(super) objects: Vec<&'a Value>,
    /// When the command has to be done.
    pub(super) deadline: Instant,
}

/// The hidden command: lines in, lines out.
pub(super) fn run() -> anyhow::Result<Exit> {
    let limits = WorkLimits {
        memory: MEMORY,
        time: TIME,
    };
    input::confine(limits).context("cannot limit the evaluation")?;
    let lines = std::io::read_to_string(std::io::stdin()).context("stdin")?;
    let work = move || Task::run(&lines, &tell);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work)?;
    let done = thread.join().map_err(|_| anyhow!("the evaluation broke"))?;
    done.map_err(anyhow::Error::msg)?;
    Ok(Exit::Done)
}

/// Says something at once: nobody knows how much longer this process has. A
/// reader that went away has lost its interest.
fn tell(lines: &str) {
    let mut stdout = std::io::stdout().lock();
    drop(stdout.write_all(lines.as_bytes()));
    drop(stdout.flush());
}

impl Foreign<'_> {
    /// What the exporter sends, whatever the cluster adds to the objects. A block
    /// whose evaluation does not end well is one problem for all its objects.
    ///
    /// # Errors
    ///
    /// Where the config can't be decoded or no evaluation can be had at all.
    pub(super) fn preview(&self) -> anyhow::Result<Preview> {
        let in_cluster = self.objects.iter().map(|it| exporter::in_cluster(it));
        let in_cluster: Vec<[Value; 2]> = in_cluster.collect();
        let rows = [0, 1].map(|row| in_cluster.iter().map(move |both| &both[row]));
        let given = self.objects.iter().copied();
        let objects = given.chain(rows.into_iter().flatten()).collect();
        let all = Foreign { objects, ..*self };
        let [given, others @ ..] = all.as_given()?.rows::<3>(self.objects.len());
        Ok(given.agreed(&others))
    }

    /// What the exporter sends of the objects as they are: for those that have what
    /// the cluster sets.
    ///
    /// # Errors
    ///
    /// As for [`Self::preview`].
    pub(super) fn as_given(&self) -> anyhow::Result<Preview> {
        let config = Config::decode(self.config.clone(), self.dialect)?;
        if let Err(name) = exporter::environment(&config.variables, self.variables) {
            bail!("which variables jq may read can't be computed here: {name}");
        }
        let mut preview = Preview::default();
        let mut waiting: Vec<usize> = (0..config.blocks.len()).collect();
        while !waiting.is_empty() {
            let (told, reason) = self.attempt(&waiting)?;
            waiting.retain(|block| !told.complete.contains(block));
            // The first that is not complete was at work.
            if !waiting.is_empty() {
                let stuck = waiting.remove(0);
                preview.problems.push(self.problem(stuck, &told, &reason));
            }
            preview.extend(told.preview);
        }
        Ok(preview.in_order())
    }

    /// Evaluates blocks as far as they can be; and why no further.
    fn attempt(&self, blocks: &[usize]) -> anyhow::Result<(Told, String)> {
        let task = Task::new(self.config, self.dialect, self.variables, blocks.to_vec());
        let Worked { printed, end } = input::work(Work {
            name: "the evaluation of the mapping".to_owned(),
            arguments: vec![COMMAND.into()],
            input: task.to_lines(self.objects.iter().copied()).into_bytes(),
            output_limit: OUTPUT,
            deadline: self.deadline.min(Instant::now() + TIME),
        })?;
        let reason = match end {
            WorkEnd::Late => "does not end in the time that it may have".to_owned(),
            WorkEnd::Killed(how) => format!("needs more memory or stack than it may have ({how})"),
            WorkEnd::Failed(how) => format!("can't be evaluated here ({how})"),
            WorkEnd::Done => "can't be evaluated here".to_owned(),
        };
        Ok((Told::of(&printed), reason))
    }

    /// The block that was at work, at its expression.
    fn problem(&self, block: usize, told: &Told, reason: &str) -> Problem {
        let object = told.object.and_then(|index| self.objects.get(index));
        let message = match object {
            Some(object) => format!("{reason} for {}", name(object)),
            None => reason.to_owned(),
        };
        let field = told.expression.clone();
        let field = field.unwrap_or_else(|| Config::block_path(block));
        Problem::unsupported(None, block, field, message)
    }
}

/// What another process makes of objects as they are: for the fuzzers.
#[cfg(feature = "fuzzing")]
pub(crate) fn evaluated(
    config: &Value,
    dialect: Dialect,
    variables: &BTreeMap<String, String>,
    objects: &[Value],
) -> anyhow::Result<Preview> {
    let foreign = Foreign {
        config,
        dialect,
        variables,
        objects: objects.iter().collect(),
        deadline: Instant::now() + TIME,
    };
    foreign.as_given()
}

/// An object by kind and name.
fn name(object: &Value) -> String {
    let text = |path: &[&str]| {
        let value = path.iter().try_fold(object, |value, key| value.get(key));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let namespace = Some(text(&["metadata", "namespace"])).filter(|text| !text.is_empty());
    let resource = ResourceRef {
        api_version: text(&["apiVersion"]),
        kind: text(&["kind"]),
        namespace,
        name: text(&["metadata", "name"]),
    };
    format!("`{resource}`")
}
