//! `lock`: the declared entities of applications, as a file in Git; with
//! `--check`, whether that file is up to date.

mod check;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::collect::{Collection, Input, collect, settings_of};
use super::preview::problems;
use super::render::{format, report_file};
use super::{Exit, console, judged, shown};
use crate::catalog::{BlueprintId, EntityId};
use crate::cli::{Cli, LockArgs};
use crate::config::{Environment, Settings};
use crate::diff::{Body, Counts, Diff, Side, diff};
use crate::exporter::{self, Config, Style};
use crate::finding::Finding;
use crate::input;
use crate::lock::{self, Entry, Key, Lock};
use crate::output::{self, Console};

/// A lock as it should be, and where.
struct Wanted {
    file: PathBuf,
    /// The command that writes it.
    command: String,
    lock: Lock,
    /// What stands in the file now.
    present: Present,
    settings: Settings,
    findings: Vec<Finding>,
}

/// What stands in a lock's file.
enum Present {
    /// A lock.
    Lock(Lock),
    /// Something else, and what is wrong with it.
    Broken(String),
    /// No file.
    Nothing,
}

pub(super) fn run(
    cli: &Cli,
    environment: &Environment,
    arguments: &LockArgs,
) -> anyhow::Result<Exit> {
    let here = [PathBuf::from(".")];
    let paths = match arguments.paths.as_slice() {
        [] => &here,
        paths => paths,
    };
    let first = settings_of(cli, environment, paths.first().map(PathBuf::as_path))?;
    if let Some(exit) = shown(&cli.global, &first)? {
        return Ok(exit);
    }
    let files = files(arguments, paths)?;
    let mut wanted = Vec::new();
    for (file, inputs) in files {
        wanted.push(Wanted::of(cli, environment, file, &inputs)?);
    }
    match arguments.check {
        true => check::check(cli, &wanted),
        false => write(cli, &wanted),
    }
}

/// Each file with what it is the lock of.
fn files(arguments: &LockArgs, paths: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, Vec<Input>)>> {
    let inputs = paths.iter().map(|path| Input::of(path));
    if let Some(output) = &arguments.output {
        return Ok(vec![(output.clone(), inputs.collect())]);
    }
    let files = inputs.map(|input| match input.path.is_dir() {
        true => Ok((input.path.join(lock::FILE), vec![input])),
        false if input.path.exists() => bail!(
            "`{}` is no directory, so `--output` must say where its lock goes",
            input.path.display()
        ),
        false => bail!("no such directory: `{}`", input.path.display()),
    });
    files.collect()
}

impl Wanted {
    fn of(
        cli: &Cli,
        environment: &Environment,
        file: PathBuf,
        inputs: &[Input],
    ) -> anyhow::Result<Self> {
        let collection = collect(cli, environment, inputs)?;
        let (lock, problems) = lock_of(&collection)?;
        let present = Present::read(&file, collection.settings.input_limit)?;
        Ok(Self {
            command: command(&file, inputs),
            present,
            lock,
            file: plain(&file),
            settings: collection.settings,
            findings: [collection.findings, problems].concat(),
        })
    }

    /// Where there is no entity there need be no lock.
    fn is_needless(&self) -> bool {
        matches!(self.present, Present::Nothing) && self.lock.len() == 0
    }

    /// What the file lacks, and has too much.
    fn differences(&self) -> Diff {
        let present = match &self.present {
            Present::Lock(lock) => Side::from(lock),
            Present::Broken(_) | Present::Nothing => Side::default(),
        };
        diff(&present, &Side::from(&self.lock))
    }
}

impl Present {
    fn read(file: &Path, limit: u64) -> anyhow::Result<Self> {
        if !file.exists() {
            return Ok(Self::Nothing);
        }
        let text = input::read_file(file, limit)?;
        Ok(match Lock::parse(&text) {
            Ok(lock) => Self::Lock(lock),
            Err(error) => Self::Broken(error.to_string()),
        })
    }
}

/// A path as a person writes it: `./a` is `a`.
fn plain(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| part.as_os_str() != ".")
        .collect()
}

fn command(file: &Path, inputs: &[Input]) -> String {
    let mut command = "glint-gitops lock".to_owned();
    for input in inputs {
        command.push_str(&format!(" {}", input.path.display()));
    }
    let own = inputs.first().map(|input| input.path.join(lock::FILE));
    if own.as_deref() != Some(file) {
        command.push_str(&format!(" --output {}", file.display()));
    }
    command
}

/// What the exporter sends under the generated mapping, as a lock. What the
/// catalog would refuse for its identity has a finding, and no line; so has what
/// is no object that a cluster takes.
fn lock_of(collection: &Collection) -> anyhow::Result<(Lock, Vec<Finding>)> {
    let mapping = exporter::mapping(Style::Generic, &collection.fragment);
    let config = Config::of(&mapping)?;
    let preview = exporter::preview(&config, &collection.objects, &Default::default());
    let problems = problems::findings(collection, &config, &preview, &BTreeSet::new(), |_| None);
    let mut lock = Lock::default();
    for sent in preview.sent {
        let identity = sent.request.identity();
        let parsed = (
            BlueprintId::parse(&identity.blueprint),
            EntityId::parse(&identity.identifier),
        );
        let (Ok(blueprint), Ok(identifier)) = parsed else {
            continue;
        };
        let key = Key {
            blueprint,
            identifier,
        };
        let entry = Entry {
            digest: Body::of(&sent.request).digest(),
            owner: collection.origins[sent.object].owner(),
        };
        lock.insert(key, entry)?;
    }
    Ok((lock, problems))
}

fn write(cli: &Cli, wanted: &[Wanted]) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for it in wanted {
        let mut console = console(cli, format(&it.settings));
        report_file(&it.settings, &it.findings)?;
        console.report(&it.findings, None);
        // A lock without it would take its deletion for accepted.
        if problems::is_unread(&it.findings) {
            bail!(
                "`{}` is not written: an entity can't be read",
                it.file.display()
            );
        }
        write_one(it, &mut console)?;
        if judged(&it.findings, it.settings.fail_on) == Exit::Findings {
            exit = Exit::Findings;
        }
    }
    Ok(exit)
}

fn write_one(wanted: &Wanted, console: &mut Console) -> anyhow::Result<()> {
    let file = wanted.file.display();
    if wanted.is_needless() {
        console.note(&format!("no entity, so no `{file}`"));
        return Ok(());
    }
    let counts = wanted.differences().counts();
    let is_written = matches!(&wanted.present, Present::Lock(lock) if *lock == wanted.lock);
    if !is_written {
        output::write_file(&wanted.file, &wanted.lock.to_string())
            .with_context(|| format!("cannot write `{file}`"))?;
    }
    let total = match wanted.lock.len() {
        1 => "1 entity".to_owned(),
        count => format!("{count} entities"),
    };
    let verb = match is_written {
        true => "is up to date",
        false => "written",
    };
    console.note(&format!("`{file}` {verb}: {total}{}", told(&counts)));
    Ok(())
}

/// The numbers that are not 0, after those of the whole.
fn told(counts: &Counts) -> String {
    let Counts {
        created,
        changed,
        moved,
        deleted,
        unchanged: _,
        lingering: _,
    } = counts;
    let words = [
        (created, "created"),
        (changed, "changed"),
        (moved, "moved"),
        (deleted, "deleted"),
    ];
    let words = words.into_iter().filter(|(count, _)| **count > 0);
    words
        .map(|(count, word)| format!(", {count} {word}"))
        .collect()
}
