//! The command line: what a user may type, typed.
//!
//! Not for: what it means (`config`) or doing it (`command`). Building these
//! values needs nothing but the arguments, so `--help` works where nothing else
//! does. The environment is not read here: a setting's sources are layered in
//! one place, `config`.
//! Invariant: a setting that was not typed is `None` (or an empty list).

mod arguments;
#[cfg(feature = "controller")]
mod controller;
mod document;
mod examples;
mod flags;
#[cfg(feature = "controller")]
mod keeper;
mod preview;
#[cfg(feature = "catalog")]
mod publish;
#[cfg(feature = "catalog")]
mod report;
#[cfg(feature = "catalog")]
mod sandbox;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use arguments::{
    ArgocdCommand, ArgocdPart, CheckArgs, CompletionsArgs, CrdFormat, CrdKind, CrdsArgs,
    ExplainArgs, FluxPart, GenerateArgs, InstallArgocdArgs, InstallCommand, InstallFluxArgs,
    InstallHelmArgs, InstallOutputArgs, ManArgs, MappingArgs, MappingCommand, MergeArgs,
    PostRenderArgs, RenderArgs, SchemaArgs, WhyArgs,
};
#[cfg(feature = "controller")]
pub(crate) use controller::{
    ControllerCommand, ControllerRenderArgs, ControllerReportArgs, DeliveryArgs, FrameArgs,
    Reported,
};
pub(crate) use document::{completions, man_page, man_pages};
#[cfg(feature = "catalog")]
pub(crate) use flags::ConnectionArgs;
pub(crate) use flags::{
    CatalogArgs, CheckFindingArgs, CheckFormat, ClusterArgs, DeletionArgs, DialectArgs,
    FindingArgs, LimitArgs, ProvenanceArgs, RendererArgs, StreamArgs,
};
#[cfg(feature = "controller")]
pub(crate) use keeper::{KeeperArgs, KeptMapping};
pub(crate) use preview::{LockArgs, PreviewArgs, PreviewFormat};
#[cfg(feature = "catalog")]
pub(crate) use publish::PublishArgs;
#[cfg(feature = "catalog")]
pub(crate) use report::ReportArgs;
#[cfg(feature = "catalog")]
pub(crate) use sandbox::SandboxArgs;

/// Glint's catalog inside the GitOps render step.
///
/// Renders an application's directory, or takes a stream of manifests, and gives
/// the same manifests back with Glint's CRDs, annotated entities and the
/// exporter's mapping. Manifests go to stdout, everything else to stderr.
///
/// Settings come, strongest first, from the operator's policy file, flags,
/// Argo CD's Application parameters, ARGOCD_ENV_GLINT_* and GLINT_* variables,
/// and the repository's .glint.yaml. They have one name everywhere: --crds,
/// parameter `crds`, GLINT_CRDS, key `crds`. --show-settings tells each one's
/// value and origin.
///
/// Exit codes: 0 done, 1 findings at --fail-on or above, 2 could not do it.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "glint-gitops",
    version,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = examples::PROGRAM
)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Global")]
pub struct GlobalArgs {
    /// The operator's policy file [default: /etc/glint-gitops/policy.yaml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub policy: Option<String>,
    /// Print every setting with its value and origin, and do nothing else
    #[arg(long, global = true)]
    pub show_settings: bool,
    /// Colour stderr: auto, always or never; NO_COLOR is honoured [default: auto]
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub color: Color,
    /// Say more on stderr; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// When stderr is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// The commands.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Render a directory and add Glint's part
    ///
    /// Finds out by itself whether the directory is a Helm chart, a kustomization
    /// or plain YAML and JSON, renders it, and post-renders the result. Nothing is
    /// fetched from anywhere unless --allow-hosts names the host. Where a glint.lock
    /// lies in the directory, a render that loses more of it than --max-deletions and
    /// --max-deletion-share allow stops, and says how to accept that.
    #[command(after_help = examples::RENDER)]
    Render(Box<RenderArgs>),
    /// Add Glint's part to a stream: stdin to stdout
    ///
    /// Takes the output of any renderer, or a KRM function's ResourceList (whose
    /// functionConfig then holds settings). What is no Glint resource leaves with
    /// the bytes it came with.
    #[command(after_help = examples::POST_RENDER)]
    PostRender(Box<PostRenderArgs>),
    /// The two commands of Argo CD's config management plugin
    #[command(subcommand, after_help = examples::ARGOCD)]
    Argocd(ArgocdCommand),
    /// Print the exporter's mapping for directories or files
    ///
    /// Renders each path as `render` does and prints the mapping alone, as YAML, or
    /// with --format json as JSON.
    #[command(after_help = examples::MAPPING, args_conflicts_with_subcommands = true)]
    Mapping(Box<MappingArgs>),
    /// Show what reaches the catalog, and what changes there
    ///
    /// Renders each path as `render` does and computes what the exporter sends: each
    /// entity with its fields. With --against it says what is created, changed, moved
    /// and deleted, field by field, and what a deletion or a new name costs. What is
    /// said is what the exporter does; what can't be computed is said by name. With a
    /// catalog as --against it is what changes in it as it is, and what it refuses
    /// itself; nothing is written there. Otherwise no network.
    ///
    /// Exit codes: 0 done, 1 where something is not sent (dropped, a crash of the
    /// exporter) or can't be computed, or at --fail-on; 2 could not do it.
    #[command(after_help = examples::PREVIEW)]
    Preview(Box<PreviewArgs>),
    /// Say where a value in the catalog comes from
    ///
    /// For an entity, or one field of it: the file and line (and the Helm template)
    /// that the value stands in, the expression of the exporter's mapping, each step
    /// of its evaluation, and the value. What can't be traced is said so.
    ///
    /// Exit codes: 0 done, 1 the entity is not sent, and why; 2 could not do it.
    #[command(after_help = examples::WHY)]
    Why(Box<WhyArgs>),
    /// Write glint.lock: the entities that applications declare
    ///
    /// Renders each path as `render` does and writes the lock beside it: one entity a
    /// line, with a digest of what the exporter sends and the object that declares it.
    /// Commit it. It is a baseline for previews, and a render that loses more of it
    /// than --max-deletions and --max-deletion-share allow stops. --check writes
    /// nothing: exit code 1 where a lock is missing or out of date.
    #[command(after_help = examples::LOCK)]
    Lock(Box<LockArgs>),
    /// Find every problem before the merge, each at its line
    ///
    /// Renders each path as `render` does and holds what it declares against the
    /// rules, the catalog's blueprints and the other paths, all in one run. Findings
    /// go to stdout. A comment `# glint: allow(RULE) reason` behind or above a field,
    /// or above an object, takes a finding for what it is; `rules:` in .glint.yaml
    /// sets a rule's severity for all. No network.
    #[command(after_help = examples::CHECK)]
    Check(Box<CheckArgs>),
    /// Print what a rule finds, why it matters and how to mend it
    #[command(after_help = examples::EXPLAIN)]
    Explain(ExplainArgs),
    /// Try it all out: a catalog on this machine, with a web page
    ///
    /// Serves the catalog's API and a page on 127.0.0.1, and prints the address and the
    /// variables by which other commands reach it. With a directory, renders it, plays
    /// the exporter on it, and follows its changes: edit a file and watch the page. With
    /// --cluster it plays on what is in a cluster, which is only read. A mapping that is
    /// published there does what it does to the exporter, its deletions included. Nothing
    /// leaves this machine. Ends with ctrl-c.
    #[cfg(feature = "catalog")]
    #[command(after_help = examples::SANDBOX)]
    Sandbox(Box<SandboxArgs>),
    /// Print a JSON Schema of entity files, or a policy for the API server
    ///
    /// By the schema editors complete entity files and mark what is wrong in them,
    /// each by the blueprint that it names; without --blueprints it says what holds
    /// for every entity. With --admission it is the policy's claims for the API
    /// server, which then refuses what no claim allows, however it is applied. What
    /// of the claims the API server can't tell is said on stderr and at the top.
    #[command(after_help = examples::SCHEMA)]
    Schema(SchemaArgs),
    /// Print Glint's CRDs, or how a cluster's differ from them
    ///
    /// Apply them once for each cluster, and set `crds: never` in the policy where
    /// no host tells what the cluster has. --diff says before an upgrade what it
    /// would change and whether that is safe: exit code 0 for no difference, 1 for
    /// differences, 2 where nothing could be compared.
    #[command(after_help = examples::CRDS)]
    Crds(CrdsArgs),
    /// Push a mapping to the exporter's integration, guarded
    ///
    /// The exporter deletes what its mapping no longer maps, without a limit of its own.
    /// So this says first what a push creates, changes and deletes; refuses more than
    /// --max-deletions and --max-deletion-share allow, and whatever would stop the
    /// exporter or empty the catalog; backs up the config and all entities at stake;
    /// and watches what comes of it. A merge leaves the blocks of others as they are.
    /// --rollback takes a push back.
    ///
    /// Exit codes: 0 done, 1 refused, or not as planned; 2 could not do it.
    #[cfg(feature = "catalog")]
    #[command(after_help = examples::PUBLISH)]
    Publish(Box<PublishArgs>),
    /// Report an application's last sync to the catalog
    ///
    /// Takes the object of one application of Argo CD or Flux and writes its target
    /// (how it is) and its run (how its last sync went) to the catalog; the same object
    /// twice changes nothing. --install makes the blueprints first. --deleted removes
    /// both; an object that is only on its way out is reported as such. With --entities,
    /// each declared entity is looked for: delivered, pending, rejected and why,
    /// overwritten, lingering; --wait waits for them. What the host said is not
    /// repeated, as it may quote values.
    ///
    /// Exit codes: 0 done, 1 not all declared entities are in the catalog; 2 could not
    /// do it.
    #[cfg(feature = "catalog")]
    #[command(after_help = examples::REPORT)]
    Report(Box<ReportArgs>),
    /// Run in a cluster: watch syncs and report them, or render for Flux
    ///
    /// Two programs with two service accounts: who renders what tenants wrote holds no
    /// token of the catalog. Of several replicas one acts, by a Lease; shards are made by
    /// --watch-label-selector. `enabled: false` in the operator's policy, which is read
    /// again and again, pauses everything; so does a policy that can't be read. SIGTERM
    /// ends it once what is under way is done. Logs go to stderr; -v tells more.
    #[cfg(feature = "controller")]
    #[command(subcommand, after_help = examples::CONTROLLER)]
    Controller(ControllerCommand),
    /// Evaluate a mapping of others: lines in, lines out
    ///
    /// Not for people: other commands run it as a process of its own.
    #[command(hide = true)]
    Evaluate,
    /// Print or write what to apply, for your own names
    ///
    /// The folders argocd/, flux/ and helm/ of the project, which are shipped in the
    /// program, so that what is installed fits its version.
    #[command(subcommand, after_help = examples::INSTALL)]
    Install(InstallCommand),
    /// Print a shell's completion script
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print a man page, or write all of them to a directory
    #[command(after_help = examples::MAN)]
    Man(ManArgs),
}

impl Command {
    /// The file that a command also reports findings to, as it was typed; the outer
    /// `None` where the command has none to report.
    pub(crate) fn report(&self) -> Option<Option<&str>> {
        let report = match self {
            Self::Render(args) => &args.findings.report,
            Self::PostRender(args) => &args.findings.report,
            Self::Argocd(ArgocdCommand::Generate(args)) => &args.findings.report,
            Self::Mapping(args) => &args.findings.report,
            Self::Preview(args) => &args.report,
            Self::Lock(args) => &args.findings.report,
            Self::Check(args) => &args.findings.report,
            #[cfg(feature = "catalog")]
            Self::Publish(_) => return None,
            #[cfg(feature = "catalog")]
            Self::Report(_) | Self::Sandbox(_) => return None,
            #[cfg(feature = "controller")]
            Self::Controller(_) => return None,
            Self::Argocd(ArgocdCommand::Parameters)
            | Self::Explain(_)
            | Self::Schema(_)
            | Self::Crds(_)
            | Self::Evaluate
            | Self::Install(_)
            | Self::Completions(_)
            | Self::Why(_)
            | Self::Man(_) => return None,
        };
        Some(report.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Command, MappingCommand, examples};

    #[track_caller]
    fn parse(line: &str) -> Cli {
        match Cli::try_parse_from(line.split_whitespace()) {
            Ok(cli) => cli,
            Err(error) => panic!("{line}: {error}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_was_not_typed_is_not_there() {
        let Command::PostRender(args) = parse("glint-gitops post-render").command else {
            panic!("not post-render");
        };
        assert_eq!(*args, super::PostRenderArgs::default());
    }

    #[test]
    fn a_switch_may_be_turned_off() {
        let Command::Render(args) =
            parse("glint-gitops render --deliver=false --allow-empty apps").command
        else {
            panic!("not render");
        };
        assert_eq!(args.stream.deliver, Some(false));
        assert_eq!(args.stream.allow_empty, Some(true));
        assert_eq!(args.directory.to_str(), Some("apps"));
    }

    #[test]
    fn merge_is_a_command_and_no_path() {
        let Command::Mapping(args) = parse("glint-gitops mapping merge a.yaml b.yaml").command
        else {
            panic!("not mapping");
        };
        let Some(MappingCommand::Merge(merge)) = args.command else {
            panic!("not merge");
        };
        assert_eq!(merge.files.len(), 2);
    }

    #[test]
    fn every_example_can_be_typed() {
        for text in examples::ALL {
            let lines: Vec<_> = text
                .lines()
                .flat_map(|line| line.split(" | "))
                .flat_map(|part| part.split(" && "))
                .filter_map(|part| part.trim().split(" > ").next())
                .filter(|part| part.starts_with("glint-gitops "))
                .collect();
            assert!(!lines.is_empty(), "{text}");
            lines.into_iter().map(parse).for_each(drop);
        }
    }

    #[test]
    fn every_command_has_examples() {
        #[track_caller]
        fn check(command: &clap::Command) {
            assert!(
                command.get_after_help().is_some(),
                "{} has none",
                command.get_name()
            );
            let shown = command.get_subcommands().filter(|it| !it.is_hide_set());
            shown.for_each(check);
        }
        check(&Cli::command());
    }
}
