//! The flags that were typed, as settings.
//!
//! Invariant: each group is taken apart without `..`, so that a flag that is no
//! setting yet does not compile.

use super::assignment::Assignment;
use super::error::{Problem, SettingsError};
use super::setting::{Origin, Source};
use super::table::Key;
use super::value::{Given, member};
use crate::cli::{
    ArgocdCommand, CatalogArgs, CheckArgs, CheckFindingArgs, ClusterArgs, Command, CrdsArgs,
    DeletionArgs, DialectArgs, FindingArgs, GenerateArgs, LimitArgs, LockArgs, MappingArgs,
    MappingCommand, MergeArgs, PostRenderArgs, PreviewArgs, ProvenanceArgs, RenderArgs,
    RendererArgs, SchemaArgs, StreamArgs, WhyArgs,
};
#[cfg(feature = "catalog")]
use crate::cli::{ConnectionArgs, PublishArgs, ReportArgs, SandboxArgs};
#[cfg(feature = "controller")]
use crate::cli::{ControllerCommand, ControllerRenderArgs, ControllerReportArgs, KeeperArgs};

/// The settings that a command's flags set.
pub(super) fn assignments(command: &Command) -> Result<Vec<Assignment>, SettingsError> {
    let mut typed = Typed::default();
    match command {
        Command::Render(args) => typed.render(args)?,
        Command::PostRender(args) => typed.post_render(args),
        Command::Argocd(ArgocdCommand::Generate(args)) => typed.generate(args)?,
        Command::Mapping(args) => typed.mapping_command(args)?,
        Command::Preview(args) => typed.preview(args)?,
        Command::Why(args) => typed.why(args)?,
        Command::Lock(args) => typed.lock(args)?,
        Command::Check(args) => typed.check(args)?,
        #[cfg(feature = "catalog")]
        Command::Publish(args) => typed.publish(args)?,
        #[cfg(feature = "catalog")]
        Command::Sandbox(args) => typed.sandbox(args)?,
        Command::Schema(SchemaArgs {
            blueprints: _,
            blueprint: _,
            admission: _,
            dialect,
        }) => typed.dialect(dialect),
        Command::Crds(CrdsArgs {
            kind: _,
            diff: _,
            format: _,
            dialect,
        }) => typed.dialect(dialect),
        #[cfg(feature = "catalog")]
        Command::Report(args) => typed.report(args)?,
        #[cfg(feature = "controller")]
        Command::Controller(ControllerCommand::Report(args)) => typed.controller_report(args),
        #[cfg(feature = "controller")]
        Command::Controller(ControllerCommand::Render(args)) => typed.controller_render(args),
        Command::Argocd(ArgocdCommand::Parameters)
        | Command::Evaluate
        | Command::Explain(_)
        | Command::Install(_)
        | Command::Completions(_)
        | Command::Man(_) => {}
    }
    let Typed(settings) = typed;
    settings
        .into_iter()
        .map(|(key, given)| Assignment::new(key, &given, origin(key)))
        .collect()
}

fn origin(key: Key) -> Origin {
    Origin::new(Source::CommandLine, format!("--{}", key.name()))
}

/// What was typed, in no order that matters.
#[derive(Default)]
struct Typed(Vec<(Key, Given)>);

impl Typed {
    fn text(&mut self, key: Key, typed: Option<&String>) {
        let given = typed.map(|text| (key, Given::Text(text.clone())));
        self.0.extend(given);
    }

    fn boolean(&mut self, key: Key, typed: Option<bool>) {
        let given = typed.map(|value| (key, Given::Text(value.to_string())));
        self.0.extend(given);
    }

    fn list(&mut self, key: Key, typed: &[String]) {
        if !typed.is_empty() {
            let items = typed.iter().cloned().map(Given::Text).collect();
            self.0.push((key, Given::List(items)));
        }
    }

    fn map(&mut self, key: Key, typed: &[String]) -> Result<(), SettingsError> {
        if typed.is_empty() {
            return Ok(());
        }
        let members = typed
            .iter()
            .map(|pair| member(pair).map(|(name, value)| (name, Given::Text(value))))
            .collect::<Result<_, _>>()
            .map_err(|mismatch| {
                let problem = Problem::takes(key.setting(), mismatch);
                SettingsError::at(origin(key).place, problem)
            })?;
        self.0.push((key, Given::Map(members)));
        Ok(())
    }

    fn render(&mut self, args: &RenderArgs) -> Result<(), SettingsError> {
        let RenderArgs {
            directory: _,
            catalog,
            stream,
            provenance,
            cluster,
            renderer,
            limits,
            deletions,
            findings,
        } = args;
        self.catalog(catalog);
        self.stream(stream);
        self.provenance(provenance);
        self.cluster(cluster);
        self.limits(limits);
        self.deletions(deletions);
        self.findings(findings);
        self.renderer(renderer)
    }

    fn post_render(&mut self, args: &PostRenderArgs) {
        let PostRenderArgs {
            catalog,
            stream,
            provenance,
            cluster,
            limits,
            findings,
        } = args;
        self.catalog(catalog);
        self.stream(stream);
        self.provenance(provenance);
        self.cluster(cluster);
        self.limits(limits);
        self.findings(findings);
    }

    fn generate(&mut self, args: &GenerateArgs) -> Result<(), SettingsError> {
        let GenerateArgs {
            dialect,
            stream,
            cluster,
            renderer,
            limits,
            deletions,
            findings,
        } = args;
        self.dialect(dialect);
        self.stream(stream);
        self.cluster(cluster);
        self.limits(limits);
        self.deletions(deletions);
        self.findings(findings);
        self.renderer(renderer)
    }

    fn preview(&mut self, args: &PreviewArgs) -> Result<(), SettingsError> {
        let PreviewArgs {
            paths: _,
            against: _,
            mapping: _,
            env: _,
            format: _,
            output: _,
            link: _,
            dialect,
            mapping_style,
            provenance,
            cluster,
            renderer,
            #[cfg(feature = "catalog")]
            connection,
            limits,
            fail_on,
            report,
        } = args;
        #[cfg(feature = "catalog")]
        self.connection(connection);
        self.dialect(dialect);
        self.text(Key::MappingStyle, mapping_style.as_ref());
        self.provenance(provenance);
        self.cluster(cluster);
        self.limits(limits);
        self.text(Key::FailOn, fail_on.as_ref());
        self.text(Key::Report, report.as_ref());
        self.renderer(renderer)
    }

    #[cfg(feature = "catalog")]
    fn report(&mut self, args: &ReportArgs) -> Result<(), SettingsError> {
        let ReportArgs {
            object: _,
            cluster_name: _,
            install: _,
            target: _,
            deleted: _,
            dry_run: _,
            entities: _,
            wait: _,
            before: _,
            env: _,
            format,
            connection,
            dialect,
            mapping_style,
            provenance,
            cluster,
            renderer,
            limits,
        } = args;
        self.text(Key::Format, format.as_ref());
        self.connection(connection);
        self.dialect(dialect);
        self.text(Key::MappingStyle, mapping_style.as_ref());
        self.provenance(provenance);
        self.cluster(cluster);
        self.limits(limits);
        self.renderer(renderer)
    }

    #[cfg(feature = "catalog")]
    fn sandbox(&mut self, args: &SandboxArgs) -> Result<(), SettingsError> {
        let SandboxArgs {
            directory: _,
            #[cfg(feature = "controller")]
                cluster: _,
            #[cfg(feature = "controller")]
                context: _,
            port: _,
            data: _,
            blueprints: _,
            mapping_style,
            integration: _,
            cluster_name: _,
            env: _,
            fault: _,
            fault_seed: _,
            dialect,
            provenance,
            renderer,
            limits,
        } = args;
        self.dialect(dialect);
        self.text(Key::MappingStyle, mapping_style.as_ref());
        self.provenance(provenance);
        self.limits(limits);
        self.renderer(renderer)
    }

    #[cfg(feature = "controller")]
    fn controller_report(&mut self, args: &ControllerReportArgs) {
        let ControllerReportArgs {
            cluster_name: _,
            report: _,
            target: _,
            gate_addr: _,
            delivery: _,
            keeper,
            frame: _,
            connection,
            dialect,
        } = args;
        let KeeperArgs {
            keep_mapping: _,
            keep_grace: _,
            argocd_namespace: _,
            argocd_tracking_label: _,
            flux_namespace: _,
            mapping_style,
            backup: _,
            env: _,
            deletions,
        } = keeper;
        self.text(Key::MappingStyle, mapping_style.as_ref());
        self.deletions(deletions);
        self.connection(connection);
        self.dialect(dialect);
    }

    #[cfg(feature = "controller")]
    fn controller_render(&mut self, args: &ControllerRenderArgs) {
        let ControllerRenderArgs {
            storage_path: _,
            storage_addr: _,
            storage_adv_addr: _,
            artifact_retention_ttl: _,
            artifact_retention_records: _,
            requeue_dependency: _,
            http_retry: _,
            allow_hosts,
            kustomize_path,
            frame: _,
            dialect,
        } = args;
        self.list(Key::AllowHosts, allow_hosts);
        self.text(Key::KustomizePath, kustomize_path.as_ref());
        self.dialect(dialect);
    }

    fn why(&mut self, args: &WhyArgs) -> Result<(), SettingsError> {
        let WhyArgs {
            identifier: _,
            field: _,
            blueprint: _,
            path: _,
            mapping: _,
            env: _,
            dialect,
            mapping_style,
            provenance,
            cluster,
            renderer,
            limits,
            format,
        } = args;
        self.dialect(dialect);
        self.text(Key::MappingStyle, mapping_style.as_ref());
        self.provenance(provenance);
        self.cluster(cluster);
        self.limits(limits);
        self.text(Key::Format, format.as_ref());
        self.renderer(renderer)
    }

    fn lock(&mut self, args: &LockArgs) -> Result<(), SettingsError> {
        let LockArgs {
            paths: _,
            check: _,
            output: _,
            dialect,
            provenance,
            cluster,
            renderer,
            limits,
            findings,
        } = args;
        self.dialect(dialect);
        self.provenance(provenance);
        self.cluster(cluster);
        self.limits(limits);
        self.findings(findings);
        self.renderer(renderer)
    }

    #[cfg(feature = "catalog")]
    fn publish(&mut self, args: &PublishArgs) -> Result<(), SettingsError> {
        let PublishArgs {
            paths: _,
            mapping: _,
            fragments: _,
            replace: _,
            dry_run: _,
            yes: _,
            approve: _,
            rollback: _,
            conformance: _,
            backup: _,
            #[cfg(feature = "controller")]
                reads_cluster: _,
            #[cfg(feature = "controller")]
                context: _,
            served_kinds: _,
            exporter: _,
            env: _,
            no_wait: _,
            connection,
            deletions,
            dialect,
            mapping_style,
            provenance,
            cluster,
            renderer,
            limits,
            format,
        } = args;
        self.connection(connection);
        self.deletions(deletions);
        self.dialect(dialect);
        self.text(Key::MappingStyle, mapping_style.as_ref());
        self.provenance(provenance);
        self.cluster(cluster);
        self.limits(limits);
        self.text(Key::Format, format.as_ref());
        self.renderer(renderer)
    }

    fn mapping_command(&mut self, args: &MappingArgs) -> Result<(), SettingsError> {
        let MappingArgs {
            command,
            paths: _,
            dialect,
            mapping_style,
            cluster,
            renderer,
            limits,
            findings,
        } = args;
        if let Some(MappingCommand::Merge(merge)) = command {
            let MergeArgs {
                files: _,
                into: _,
                dialect,
                mapping_style,
                input_limit,
            } = merge;
            self.dialect(dialect);
            self.text(Key::MappingStyle, mapping_style.as_ref());
            self.text(Key::InputLimit, input_limit.as_ref());
        }
        self.dialect(dialect);
        self.text(Key::MappingStyle, mapping_style.as_ref());
        self.cluster(cluster);
        self.limits(limits);
        self.findings(findings);
        self.renderer(renderer)
    }

    fn check(&mut self, args: &CheckArgs) -> Result<(), SettingsError> {
        let CheckArgs {
            paths: _,
            blueprints: _,
            known: _,
            mapping: _,
            env: _,
            locks: _,
            catalog,
            provenance,
            cluster,
            renderer,
            limits,
            findings,
        } = args;
        let CheckFindingArgs {
            fail_on,
            format: _,
            report,
            rules,
        } = findings;
        self.catalog(catalog);
        self.provenance(provenance);
        self.cluster(cluster);
        self.limits(limits);
        self.text(Key::FailOn, fail_on.as_ref());
        self.text(Key::Report, report.as_ref());
        self.map(Key::Rules, rules)?;
        self.renderer(renderer)
    }

    fn catalog(&mut self, args: &CatalogArgs) {
        let CatalogArgs { dialect, host } = args;
        self.text(Key::Dialect, dialect.as_ref());
        self.text(Key::Host, host.as_ref());
    }

    fn dialect(&mut self, args: &DialectArgs) {
        let DialectArgs { dialect } = args;
        self.text(Key::Dialect, dialect.as_ref());
    }

    fn stream(&mut self, args: &StreamArgs) {
        let StreamArgs {
            crds,
            mapping,
            mapping_style,
            mapping_output,
            deliver,
            allow_empty,
        } = args;
        self.text(Key::Crds, crds.as_ref());
        self.text(Key::Mapping, mapping.as_ref());
        self.text(Key::MappingStyle, mapping_style.as_ref());
        self.text(Key::MappingOutput, mapping_output.as_ref());
        self.boolean(Key::Deliver, *deliver);
        self.boolean(Key::AllowEmpty, *allow_empty);
    }

    fn provenance(&mut self, args: &ProvenanceArgs) {
        let ProvenanceArgs {
            application,
            project,
            source_repo,
            source_path,
        } = args;
        self.text(Key::Application, application.as_ref());
        self.text(Key::Project, project.as_ref());
        self.text(Key::SourceRepo, source_repo.as_ref());
        self.text(Key::SourcePath, source_path.as_ref());
    }

    fn cluster(&mut self, args: &ClusterArgs) {
        let ClusterArgs {
            namespace,
            kube_version,
            api_versions,
        } = args;
        self.text(Key::Namespace, namespace.as_ref());
        self.text(Key::KubeVersion, kube_version.as_ref());
        self.list(Key::ApiVersions, api_versions);
    }

    fn renderer(&mut self, args: &RendererArgs) -> Result<(), SettingsError> {
        let RendererArgs {
            renderer,
            release_name,
            values_files,
            parameters,
            recurse,
            include,
            exclude,
            helm_path,
            kustomize_path,
            allow_hosts,
        } = args;
        self.text(Key::Renderer, renderer.as_ref());
        self.text(Key::ReleaseName, release_name.as_ref());
        self.list(Key::ValuesFiles, values_files);
        self.boolean(Key::Recurse, *recurse);
        self.text(Key::Include, include.as_ref());
        self.text(Key::Exclude, exclude.as_ref());
        self.text(Key::HelmPath, helm_path.as_ref());
        self.text(Key::KustomizePath, kustomize_path.as_ref());
        self.list(Key::AllowHosts, allow_hosts);
        self.map(Key::Parameters, parameters)
    }

    fn limits(&mut self, args: &LimitArgs) {
        let LimitArgs {
            timeout,
            input_limit,
        } = args;
        self.text(Key::Timeout, timeout.as_ref());
        self.text(Key::InputLimit, input_limit.as_ref());
    }

    #[cfg(feature = "catalog")]
    fn connection(&mut self, args: &ConnectionArgs) {
        let ConnectionArgs {
            api_url,
            client_id,
            client_id_file,
            client_secret_file,
            ca_file,
            integration,
        } = args;
        self.text(Key::ApiUrl, api_url.as_ref());
        self.text(Key::ClientId, client_id.as_ref());
        self.text(Key::ClientIdFile, client_id_file.as_ref());
        self.text(Key::ClientSecretFile, client_secret_file.as_ref());
        self.text(Key::CaFile, ca_file.as_ref());
        self.text(Key::Integration, integration.as_ref());
    }

    fn deletions(&mut self, args: &DeletionArgs) {
        let DeletionArgs {
            max_deletions,
            max_deletion_share,
        } = args;
        self.text(Key::MaxDeletions, max_deletions.as_ref());
        self.text(Key::MaxDeletionShare, max_deletion_share.as_ref());
    }

    fn findings(&mut self, args: &FindingArgs) {
        let FindingArgs {
            fail_on,
            format,
            report,
        } = args;
        self.text(Key::FailOn, fail_on.as_ref());
        self.text(Key::Format, format.as_ref());
        self.text(Key::Report, report.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::assignments;
    use crate::cli::Cli;
    use crate::config::setting::{Kind, Source};
    use crate::config::table::{Key, SETTINGS};

    /// Every setting flag of every command, with the command it belongs to. Five
    /// have the name of a setting and are none: how CRDs, previews and checks are
    /// written, and the mapping that is previewed or checked.
    fn flags() -> Vec<(String, clap::Arg)> {
        fn collect(path: &str, command: &clap::Command, flags: &mut Vec<(String, clap::Arg)>) {
            let of_setting = |arg: &&clap::Arg| {
                arg.get_long()
                    .is_some_and(|long| Key::from_name(long).is_some())
                    && !matches!(
                        (path, arg.get_long()),
                        ("crds" | "preview" | "check", Some("format"))
                            | ("preview" | "check" | "why" | "publish", Some("mapping"))
                            // Whose exporter is played, not whom a catalog is asked for.
                            | ("sandbox", Some("integration"))
                            // Which applications, not where findings go.
                            | ("controller report", Some("report"))
                    )
            };
            for arg in command.get_arguments().filter(of_setting) {
                flags.push((path.to_owned(), arg.clone()));
            }
            // `install` has names of its own for what it writes.
            let settable = |command: &&clap::Command| command.get_name() != "install";
            for subcommand in command.get_subcommands().filter(settable) {
                let path = format!("{path} {}", subcommand.get_name());
                collect(path.trim_start(), subcommand, flags);
            }
        }
        let mut flags = Vec::new();
        collect("", &Cli::command(), &mut flags);
        // The group itself, whichever commands have it.
        #[cfg(feature = "catalog")]
        {
            use clap::Args as _;
            let group = clap::Command::new("connection");
            let group = crate::cli::ConnectionArgs::augment_args(group);
            collect("connection", &group, &mut flags);
        }
        flags
    }

    #[test]
    fn a_flag_takes_the_words_of_its_setting() {
        for (command, arg) in flags() {
            let long = arg.get_long().unwrap();
            let words: Vec<_> = arg
                .get_possible_values()
                .iter()
                .map(|value| value.get_name().to_owned())
                .collect();
            let expected: &[&str] = match Key::from_name(long).unwrap().setting().kind {
                Kind::Word(words) => words,
                Kind::Bool => &["true", "false"],
                Kind::Bytes
                | Kind::Duration
                | Kind::Count
                | Kind::Percent
                | Kind::Text
                | Kind::Path
                | Kind::Url
                | Kind::Secret
                | Kind::Pattern
                | Kind::List
                | Kind::Map => &[],
            };
            assert_eq!(words, expected, "{command} --{long}");
        }
    }

    #[test]
    fn a_setting_is_a_flag_exactly_where_the_table_says_so() {
        for setting in &SETTINGS {
            let of_catalog = (Key::ApiUrl..=Key::Integration).contains(&setting.key);
            if of_catalog && cfg!(not(feature = "catalog")) {
                continue; // no command here speaks with one
            }
            let is_flag = flags()
                .iter()
                .any(|(_, arg)| arg.get_long() == Some(setting.name));
            assert_eq!(
                is_flag,
                setting.accepts(Source::CommandLine),
                "{}",
                setting.name
            );
        }
    }

    #[test]
    fn a_flags_help_names_the_built_in_value() {
        use crate::config::setting::BuiltIn;
        for (command, arg) in flags() {
            let long = arg.get_long().unwrap();
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            if matches!((command.as_str(), long), ("check" | "preview", "fail-on")) {
                continue; // which exist to fail, and have their own
            }
            let expected = match Key::from_name(long).unwrap().setting().built_in {
                BuiltIn::Unset => continue,
                BuiltIn::Text(text) => format!("[default: {text}]"),
                BuiltIn::ByHost { argocd, elsewhere } => {
                    format!("[default: {elsewhere}; {argocd} under Argo CD]")
                }
                BuiltIn::WithPort(text) => format!("[default: `{text}` with --dialect port]"),
            };
            assert!(help.ends_with(&expected), "{command} --{long}: {help}");
        }
    }

    /// What a flag of each kind may be given.
    fn sample(kind: Kind) -> &'static str {
        match kind {
            Kind::Word(words) => words[0],
            Kind::Bool => "true",
            Kind::Bytes => "1MiB",
            Kind::Duration => "10s",
            Kind::Count | Kind::Percent => "1",
            Kind::Text | Kind::Path | Kind::Url | Kind::Secret | Kind::Pattern | Kind::List => "a",
            Kind::Map => "a=b",
        }
    }

    #[test]
    fn every_flag_arrives_as_its_setting() {
        for (command, arg) in flags() {
            let key = Key::from_name(arg.get_long().unwrap()).unwrap();
            if key == Key::Policy {
                continue; // read before the others, with the file that it names
            }
            if command == "connection" {
                continue; // a group, and no command
            }
            let flag = format!("--{}={}", key.name(), sample(key.setting().kind));
            let mut line = vec!["glint-gitops"];
            match command.as_str() {
                "mapping merge" => line.extend(["mapping", "merge", "file"]),
                "why" => line.extend(["why", "checkout"]),
                "report" => line.extend(["report", "file", "--cluster-name=c"]),
                "controller report" => line.extend(["controller", "report", "--cluster-name=c"]),
                other => line.extend(other.split(' ')),
            }
            line.push(&flag);
            let typed = assignments(&Cli::try_parse_from(line).unwrap().command).unwrap();
            let keys: Vec<_> = typed.iter().map(|assignment| assignment.key).collect();
            assert_eq!(keys, [key], "{command} {flag}");
        }
    }

    #[test]
    fn a_parameter_without_a_value_is_not_repeated() {
        let cli =
            Cli::try_parse_from(["glint-gitops", "render", "--parameters", "hunter2"]).unwrap();
        assert_eq!(
            assignments(&cli.command).unwrap_err().to_string(),
            "--parameters: `parameters` takes names with values, not a text without `=`"
        );
    }
}
