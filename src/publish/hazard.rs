//! What a push can do to the exporter that nobody means.
//!
//! Each hazard is one of those that were found in port-k8s-exporter v0.7.9 (its
//! number stands at each), with the words that a person needs. Not here: which
//! entities it costs (`stake`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::makers::Maker;
use super::served::Served;
use crate::exporter::{
    Block, Config, ConfigError, Effect, Preview, ProblemKind, Variables, every_expression,
    key_expressions, shows, variables_read,
};

/// One thing that a push would do, or that is in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hazard {
    /// Its name in kebab case.
    pub name: &'static str,
    /// What follows.
    pub weight: Weight,
    /// What, and where: lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// What follows from a hazard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Good to know.
    Note,
    /// Look at it.
    Warning,
    /// Who publishes must approve it.
    Approvable,
    /// Nobody can approve it.
    Never,
}

impl Hazard {
    /// A hazard without help yet.
    pub(crate) fn new(name: &'static str, weight: Weight, message: impl Into<String>) -> Self {
        Self {
            name,
            weight,
            message: message.into(),
            help: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The integration of something else.
pub(super) fn foreign(installation: &str, app_type: &str) -> Option<Hazard> {
    const EXPORTER: &str = "K8S EXPORTER";
    (app_type != EXPORTER).then(|| {
        Hazard::new(
            "foreign-integration",
            Weight::Never,
            format!(
                "integration `{installation}` is of type `{app_type}`, not the Kubernetes exporter's `{EXPORTER}`"
            ),
        )
        .with_help("`--integration` takes the exporter's state key")
    })
}

/// H2, H5, H6, H7: a config that stops the exporter or empties the catalog.
pub(super) fn of_config(new: &Value, error: Option<&ConfigError>, owned: usize) -> Vec<Hazard> {
    let never = |name, message: String| Hazard::new(name, Weight::Never, message);
    if new.is_null() {
        let message =
            "the new config is null: the exporter would stop and send nothing until it gets one";
        return vec![never("no-config", message.to_owned())];
    }
    if let Some(error) = error {
        return vec![match error.effect {
            Effect::Stops => never(
                "undecodable",
                format!("{error}; the exporter would stop and send nothing until that is mended"),
            ),
            Effect::Unclear => never(
                "undecodable",
                format!("{error}; the exporter may read it otherwise than it is meant"),
            ),
            Effect::Crashes => never(
                "crash",
                format!("{error}, at its first object and again after each restart"),
            ),
        }];
    }
    let blocks = new["resources"].as_array();
    if blocks.is_none_or(Vec::is_empty) {
        let message = format!(
            "the new config has no `resources`: the exporter would delete all that it owns, {}",
            super::plan::entities(owned)
        );
        return vec![never("no-resources", message).with_help(
            "to take an exporter out of service, uninstall it first, then delete its integration",
        )];
    }
    Vec::new()
}

/// H5, H6 of the config that is there now.
pub(super) fn of_current(current: Option<&Value>, error: Option<&ConfigError>) -> Option<Hazard> {
    let message = match (current, error) {
        (None, _) => "the integration has no config: its exporter waits for one, and which entities it would still make can't be told".to_owned(),
        (Some(_), Some(error)) => format!(
            "of the current config, {error}: its exporter is idle, and which entities it would still make can't be told"
        ),
        (Some(_), None) => return None,
    };
    let name = match current {
        None => "no-config",
        Some(_) => "undecodable",
    };
    Some(
        Hazard::new(name, Weight::Warning, message).with_help(
            "give the directories that declare them, so that what they send counts as kept",
        ),
    )
}

/// H1: kinds that the exporter would skip.
pub(super) fn unresolved(config: &Config, served: &Served) -> Vec<Hazard> {
    let mut seen = BTreeSet::new();
    let blocks = config.blocks.iter().enumerate();
    let unresolved = blocks.filter_map(|(index, Block { kind, .. })| {
        let problem = served.problem(kind)?;
        let is_first = seen.insert(kind.as_str());
        is_first.then(|| {
            let message = format!("{}: kind `{kind}` {problem}", Config::block_path(index));
            Hazard::new("unresolved-kind", Weight::Never, message).with_help(served.help(kind))
        })
    });
    unresolved.collect()
}

/// H9: kinds that the exporter did not list before.
pub(super) fn new_kinds(old: Option<&Config>, new: &Config) -> Option<Hazard> {
    let kinds = |config: &Config| -> BTreeSet<String> {
        config.blocks.iter().map(|it| it.kind.clone()).collect()
    };
    let before = old.map(kinds).unwrap_or_default();
    let added: Vec<String> = kinds(new).difference(&before).cloned().collect();
    let first = added.first()?;
    let named: Vec<String> = added.iter().map(|kind| format!("`{kind}`")).collect();
    let message = format!(
        "the exporter will list {}: where its ClusterRole forbids that, it waits for ever and sends none of the later kinds",
        named.join(", ")
    );
    let parts: Vec<&str> = first.rsplitn(3, '/').collect();
    let resource = match parts.as_slice() {
        [resource, _, group] => format!("{resource}.{group}"),
        [resource, ..] => (*resource).to_owned(),
        [] => first.clone(),
    };
    Some(
        Hazard::new("new-kind", Weight::Warning, message).with_help(format!(
            "kubectl auth can-i list {resource} --as system:serviceaccount:NAMESPACE:NAME"
        )),
    )
}

/// H4: variables that identities hang on, and that jq may not see.
pub(super) fn variables(
    config: &Config,
    changed: &[&Maker<'_>],
    given: &BTreeSet<String>,
) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, block) in config.blocks.iter().enumerate() {
        if !changed.iter().any(|maker| maker.block == Some(index)) {
            continue;
        }
        let mappings = block.mappings.iter();
        let keys: BTreeSet<&str> = mappings
            .flat_map(|mapping| key_expressions(block, mapping))
            .flat_map(variables_read)
            .collect();
        let all = every_expression(block).into_iter().flat_map(variables_read);
        for name in all.collect::<BTreeSet<_>>() {
            if seen.insert(name) {
                hazards.extend(variable(name, index, config, keys.contains(name), given));
            }
        }
    }
    hazards
}

fn variable(
    name: &str,
    block: usize,
    config: &Config,
    decides: bool,
    given: &BTreeSet<String>,
) -> Option<Hazard> {
    let place = Config::block_path(block);
    let (weight, reads, costs) = match decides {
        true => (
            Weight::Never,
            "makes identities of",
            "every identity changes: all old entities are deleted and made anew",
        ),
        false => (Weight::Warning, "reads", "what is sent is null or lacks it"),
    };
    if is_hidden(&config.variables, name) {
        let message = format!(
            "{place} {reads} the variable `{name}`, which the new config hides from jq: {costs}"
        );
        return Some(
            Hazard::new("hidden-variable", weight, message).with_help(format!(
                "show it: `allowedEnvironmentVariablesInJQ: [\"^{name}$\"]`, beside what is there"
            )),
        );
    }
    (!given.contains(name)).then(|| {
        let message = format!(
            "{place} {reads} the variable `{name}`, and nobody says that the exporter has it: where it lacks it, {costs}"
        );
        Hazard::new("unknown-variable", weight, message)
            .with_help(format!("give it as the exporter has it: `--env {name}=…`"))
    })
}

/// What can't be computed counts as hidden.
fn is_hidden(variables: &Variables, name: &str) -> bool {
    !shows(variables, name).unwrap_or(false)
}

/// H7, H8: what becomes of the given objects beside being sent.
pub(super) fn failing(preview: &Preview, given: usize) -> Vec<Hazard> {
    let of = |kind: ProblemKind| {
        let problems = preview.problems.iter().filter(move |it| it.kind == kind);
        let mut problems = problems.filter(move |it| it.object.is_none_or(|object| object < given));
        let first = problems.next();
        first.map(|first| (first, 1 + problems.count()))
    };
    let hazard = |kind, name, weight, costs: &str| {
        of(kind).map(|(first, count)| {
            let more = match count {
                1 => String::new(),
                more => format!(", and {} more", more - 1),
            };
            let message = format!("`{}` {}{more}: {costs}", first.field, first.message);
            Hazard::new(name, weight, message)
                .with_help("`glint-gitops preview` says which objects")
        })
    };
    [
        hazard(ProblemKind::Crash, "crash", Weight::Never, "the exporter would crash"),
        hazard(
            ProblemKind::Dropped,
            "failing-object",
            Weight::Warning,
            "while one object fails, the exporter deletes nothing at all, also nothing that is planned here",
        ),
        hazard(
            ProblemKind::Unsendable,
            "failing-object",
            Weight::Warning,
            "the exporter loses it with up to 19 others of its batch, and deletes nothing at all",
        ),
        hazard(
            ProblemKind::Unsupported,
            "not-computable",
            Weight::Warning,
            "what it owns of these objects counts as deleted",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// H3: entities that get another identity.
pub(super) fn moves(count: usize) -> Option<Hazard> {
    (count > 0).then(|| {
        let (get, each) = match count {
            1 => ("gets", "it"),
            _ => ("get", "each"),
        };
        Hazard::new(
            "new-identities",
            Weight::Warning,
            format!(
                "{} {get} another identity: for the catalog {each} is a new one, and relations to the old one, properties of other sources, history and scorecards are lost",
                super::plan::entities(count)
            ),
        )
    })
}

/// H8: what is owned, and mapped no more.
pub(super) fn backlog(count: usize) -> Option<Hazard> {
    (count > 0).then(|| {
        let (are, them) = match count {
            1 => ("is", "it"),
            _ => ("are", "them"),
        };
        Hazard::new(
            "backlog",
            Weight::Warning,
            format!(
                "{} {are} owned by the exporter and made by no block of the current config: an object that fails has kept {them} so far, and the next resync without a failure deletes {them}",
                super::plan::entities(count)
            ),
        )
    })
}

/// What no block makes any more, and no resync deletes either.
pub(super) fn left(count: usize) -> Option<Hazard> {
    (count > 0).then(|| {
        let (are, them, stay) = match count {
            1 => ("is", "it", "stays"),
            _ => ("are", "them", "stay"),
        };
        Hazard::new(
            "never-deleted",
            Weight::Warning,
            format!(
                "{} {are} sent no more, and {stay}: the catalog made {them} because others relate to {them} (`createMissingRelatedEntities`), and the exporter deletes only what it made itself",
                super::plan::entities(count)
            ),
        )
        .with_help("delete by hand what is not wanted")
    })
}

/// H11: objects that come to match no longer.
pub(super) fn stale(config: &Config, changed: &[&Maker<'_>]) -> Option<Hazard> {
    let selective = |index: &usize| {
        let selector = config.blocks.get(*index).map(|it| it.selector.trim());
        selector.is_some_and(|selector| !matches!(selector, "" | "true"))
    };
    let mut blocks = changed.iter().filter_map(|maker| maker.block);
    blocks.any(|index| selective(&index)).then(|| {
        Hazard::new(
            "stale-until-resync",
            Weight::Note,
            "an object that stops matching a selector, or gets another identifier, leaves its old entity until the next full resync",
        )
        .with_help("let the exporter make one by itself: `resyncInterval` in its Helm values")
    })
}

/// H12: the resync that a push causes.
pub(super) fn restart() -> Hazard {
    Hazard::new(
        "restart-during-resync",
        Weight::Note,
        "don't restart the exporter until its resync is over: one that is stopped while it lists deletes what it has not listed yet",
    )
}
