//! Trust and strength: who may set what, over the whole table, and who wins.
//!
//! A new setting or source is in these tests by being in the table.

use std::fs;
use std::path::Path;
use std::time::Duration;

use clap::Parser;
use serde_json::{Value, json};

use super::error::SettingsError;
use super::setting::{Guard, Kind, Setting, Source};
use super::table::{Key, SETTINGS};
use super::{Checkout, CrdsSetting, Environment, Format, HostSetting, Layers, Settings};
use crate::cli::Cli;

/// Every source that a person can write, as they write it.
#[derive(Default)]
struct World {
    flags: Vec<String>,
    parameters: Vec<Value>,
    variables: Vec<(String, String)>,
    repository: String,
    policy: String,
    function: Value,
}

impl World {
    /// Loads all sources as a command would (`argocd generate`, or `render`),
    /// and resolves them.
    fn settings(&self, command: &[&str]) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("policy.yaml");
        fs::write(&policy, &self.policy).unwrap();
        fs::write(folder.path().join(".glint.yaml"), &self.repository).unwrap();
        let mut line = vec!["glint-gitops"];
        line.extend(command);
        line.extend(self.flags.iter().map(String::as_str));
        let cli = Cli::try_parse_from(line).unwrap();
        let mut variables = self.variables.clone();
        if !self.parameters.is_empty() {
            let text = Value::from(self.parameters.clone()).to_string();
            variables.push(("ARGOCD_APP_PARAMETERS".to_owned(), text));
        }
        let repository = Checkout {
            directory: folder.path().to_owned(),
            root: folder.path().to_owned(),
        };
        let environment = Environment::from_iter(variables);
        Layers::load(&cli, &environment, Some(&repository), &policy)?
            .with_function(&self.function)?
            .resolve()
    }

    /// Writes a value into one source. `Host` and `BuiltIn` are nobody's to
    /// write.
    fn set(&mut self, source: Source, setting: &Setting, sample: &Sample) {
        let name = setting.name;
        let yaml = format!("{name}: {}", sample.json);
        match source {
            Source::Enforced => self.policy.push_str(&format!("enforce: {{{yaml}}}\n")),
            Source::PolicyDefault => self.policy.push_str(&format!("defaults: {{{yaml}}}\n")),
            Source::CommandLine => self.flags.push(format!("--{name}={}", sample.line)),
            Source::Function => self.function = json!({"kind": "G", "spec": {name: sample.json}}),
            Source::Parameter => {
                let shape = match &sample.json {
                    Value::Array(_) => "array",
                    Value::Object(_) => "map",
                    _ => "string",
                };
                let parameter = json!({"name": name, shape: sample.json});
                self.parameters.push(parameter);
            }
            Source::ApplicationEnv => self.variable("ARGOCD_ENV_GLINT_", setting, sample),
            Source::Environment => self.variable("GLINT_", setting, sample),
            Source::Repository => self.repository.push_str(&format!("{yaml}\n")),
            // Of an object's spec the tests stand in `object`.
            Source::Object | Source::Host | Source::BuiltIn => {}
        }
    }

    fn variable(&mut self, prefix: &str, setting: &Setting, sample: &Sample) {
        let name = format!("{prefix}{}", setting.variable());
        self.variables.push((name, sample.line.clone()));
    }
}

/// A value that a setting takes, in a structured source and in a line.
struct Sample {
    json: Value,
    line: String,
}

/// A sample that the setting's guard lets through.
fn sample(setting: &Setting) -> Sample {
    let text = |text: &str| Sample {
        json: json!(text),
        line: text.to_owned(),
    };
    match (setting.guard, setting.kind) {
        (Guard::OnlyFalse, _) => text("false"),
        (_, Kind::Word(words)) => text(words[words.len() - 1]),
        (_, Kind::Bool) => text("true"),
        (_, Kind::Bytes) => text("1MiB"),
        (_, Kind::Duration) => text("1s"),
        (_, Kind::Count) => text("1"),
        (_, Kind::Percent) => text("1%"),
        (_, Kind::Text | Kind::Path | Kind::Url | Kind::Pattern) => text("sample"),
        (_, Kind::Secret) => text("hidden"),
        (_, Kind::List) => Sample {
            json: json!(["a", "b"]),
            line: "a,b".to_owned(),
        },
        (_, Kind::Map) if setting.key == Key::Rules => Sample {
            json: json!({"pruned-field": "info"}),
            line: "pruned-field=info".to_owned(),
        },
        (_, Kind::Map) => Sample {
            json: json!({"a": "b"}),
            line: "a=b".to_owned(),
        },
    }
}

const UNTRUSTED: [Source; 3] = [
    Source::Parameter,
    Source::ApplicationEnv,
    Source::Repository,
];

#[test]
fn an_untrusted_source_sets_what_the_table_says_and_nothing_else() {
    for setting in &SETTINGS {
        for source in UNTRUSTED {
            let mut world = World::default();
            let sample = sample(setting);
            world.set(source, setting, &sample);
            let result = world.settings(&["argocd", "generate"]);
            match (setting.accepts(source), result) {
                // What the host says is stronger than the repository's file.
                (true, Ok(_)) if setting.key == Key::Host => {}
                (true, Ok(settings)) => {
                    let origin = settings.origin(setting.key).unwrap();
                    assert_eq!(origin.source, source, "{}", setting.name);
                    let value = settings.value(setting.key).unwrap();
                    assert_eq!(value.to_line(), sample.line, "{}", setting.name);
                }
                (false, Err(error)) => {
                    let text = error.to_string();
                    let expected = format!("`{}` can't be set here, only by ", setting.name);
                    assert!(text.contains(&expected), "{text}");
                }
                (accepts, result) => panic!(
                    "{} from {source:?}: the table says {accepts}, got {result:?}",
                    setting.name
                ),
            }
        }
    }
}

/// The list that the design fixes, apart from the table: a change of one row
/// must not pass unseen.
#[test]
fn what_an_untrusted_source_can_never_set_is_fixed() {
    let never: Vec<_> = SETTINGS
        .iter()
        .filter(|setting| !UNTRUSTED.iter().any(|source| setting.accepts(*source)))
        .map(|setting| setting.name)
        .collect();
    assert_eq!(
        never,
        [
            "policy",
            "mapping-output",
            "application",
            "project",
            "source-repo",
            "source-path",
            "input-limit",
            "helm-path",
            "kustomize-path",
            "allow-hosts",
            "api-url",
            "client-id",
            "client-id-file",
            "client-secret",
            "client-secret-file",
            "ca-file",
            "integration",
            "report",
            "format",
        ]
    );
    for name in ["enabled", "claims", "fragments"] {
        let world = World {
            repository: format!("{name}: false"),
            ..World::default()
        };
        let error = world.settings(&["render"]).unwrap_err().to_string();
        assert!(error.contains("can't be set here"), "{error}");
    }
}

#[test]
fn every_other_source_sets_what_the_table_says_and_nothing_else() {
    for setting in SETTINGS.iter().filter(|it| it.key != Key::Policy) {
        for source in [Source::Enforced, Source::PolicyDefault, Source::Function] {
            let mut world = World::default();
            world.set(source, setting, &sample(setting));
            let accepted = world.settings(&["render"]).is_ok();
            assert_eq!(
                accepted,
                setting.accepts(source),
                "{} {source:?}",
                setting.name
            );
        }
        let mut world = World::default();
        world.set(Source::Environment, setting, &sample(setting));
        let settings = world.settings(&["render"]).unwrap();
        let taken = settings
            .origin(setting.key)
            .is_some_and(|origin| origin.source == Source::Environment);
        assert_eq!(
            taken,
            setting.accepts(Source::Environment),
            "{}",
            setting.name
        );
    }
}

#[test]
fn the_strongest_source_wins_and_then_the_next() {
    let setting = Key::Namespace.setting();
    let mut sources = vec![
        Source::Enforced,
        Source::CommandLine,
        Source::Function,
        Source::Parameter,
        Source::ApplicationEnv,
        Source::Host,
        Source::Environment,
        Source::Repository,
        Source::PolicyDefault,
    ];
    while !sources.is_empty() {
        let mut world = World::default();
        for source in &sources {
            let text = format!("{source:?}").to_lowercase();
            let value = Sample {
                json: json!(text),
                line: text.clone(),
            };
            world.set(*source, setting, &value);
            if *source == Source::Host {
                let name = "ARGOCD_APP_NAMESPACE".to_owned();
                world.variables.push((name, text));
            }
        }
        let settings = world.settings(&["argocd", "generate"]).unwrap();
        let strongest = sources.remove(0);
        let expected = format!("{strongest:?}").to_lowercase();
        assert_eq!(settings.namespace.as_deref(), Some(expected.as_str()));
        assert_eq!(settings.origin(Key::Namespace).unwrap().source, strongest);
    }
    let settings = World::default().settings(&["argocd", "generate"]).unwrap();
    assert_eq!(settings.namespace, None);
}

#[test]
fn nothing_set_is_what_the_manual_says() {
    let settings = World::default().settings(&["render"]).unwrap();
    assert_eq!(settings.crds, CrdsSetting::Auto);
    assert_eq!(settings.host, None);
    assert_eq!(settings.timeout, Duration::from_secs(300));
    assert_eq!(settings.input_limit, 512 << 20);
    assert!(settings.deliver && settings.enabled && !settings.allow_empty);
    assert_eq!(
        (settings.max_deletions, settings.max_deletion_share),
        (10, 10)
    );
    let settings = World::default().settings(&["argocd", "generate"]).unwrap();
    assert_eq!(settings.host, Some(HostSetting::ArgoCd));
    assert_eq!(settings.timeout, Duration::from_secs(40));
}

#[track_caller]
fn fails(world: &World, expected: &str) {
    let error = world.settings(&["argocd", "generate"]).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

fn repository(text: &str) -> World {
    World {
        repository: text.to_owned(),
        ..World::default()
    }
}

#[test]
fn a_repository_shortens_the_deadline_and_never_lengthens_it() {
    let mut world = repository("timeout: 50s");
    fails(
        &world,
        ".glint.yaml:1:10: `timeout` can only be shortened here: `50s` is longer than 40s (built-in)",
    );
    let limit = ("GLINT_TIMEOUT".to_owned(), "45s".to_owned());
    world.variables.push(limit);
    fails(
        &world,
        ".glint.yaml:1:10: `timeout` can only be shortened here: `50s` is longer than 45s (GLINT_TIMEOUT)",
    );
    world.parameters = vec![json!({"name": "timeout", "string": "20s"})];
    world.repository = "timeout: 45s".to_owned();
    let settings = world.settings(&["argocd", "generate"]).unwrap();
    assert_eq!(settings.timeout, Duration::from_secs(20));
}

#[test]
fn an_application_lowers_what_may_be_deleted_and_never_raises_it() {
    fails(
        &repository("max-deletions: 11"),
        ".glint.yaml:1:16: `max-deletions` can only be lowered here: `11` is more than 10 (built-in)",
    );
    fails(
        &repository("max-deletion-share: 100%"),
        ".glint.yaml:1:21: `max-deletion-share` can only be lowered here: `100%` is more than 10% (built-in)",
    );
    let mut world = repository("max-deletion-share: 5");
    world.policy = "defaults: {max-deletions: 50}".to_owned();
    world.parameters = vec![json!({"name": "max-deletions", "string": "20"})];
    let settings = world.settings(&["argocd", "generate"]).unwrap();
    assert_eq!(
        (settings.max_deletions, settings.max_deletion_share),
        (20, 5)
    );
    let limit = ("GLINT_MAX_DELETIONS".to_owned(), "3".to_owned());
    world.variables.push(limit);
    fails(
        &world,
        "parameter max-deletions: `max-deletions` can only be lowered here: `20` is more than 3 (GLINT_MAX_DELETIONS)",
    );
}

#[test]
fn a_repository_turns_delivery_off_and_never_on() {
    fails(
        &repository("deliver: true"),
        ".glint.yaml:1:10: `deliver` can only be set to false here: turning it on is the operator's",
    );
    let settings = repository("deliver: false").settings(&["render"]).unwrap();
    assert!(!settings.deliver);
}

#[test]
fn a_repository_does_not_slip_away_from_claims_by_another_dialect() {
    let mut world = repository("dialect: port");
    assert!(world.settings(&["render"]).is_ok());
    world.policy = "claims: []".to_owned();
    fails(
        &world,
        ".glint.yaml:1:10: `dialect` can't be changed here, as the policy has claims: it is `glint` (built-in)",
    );
    world.policy = "claims: []\ndefaults: {dialect: port}".to_owned();
    assert!(world.settings(&["render"]).is_ok());
}

#[test]
fn the_policy_says_which_applications_deliver() {
    let mut world = World {
        policy: "deliver:\n- application: '*-prod'\n".to_owned(),
        ..World::default()
    };
    let name = |name: &str| vec![("ARGOCD_APP_NAME".to_owned(), name.to_owned())];
    world.variables = name("web-prod");
    assert!(world.settings(&["argocd", "generate"]).unwrap().deliver);
    world.variables = name("web-pr-17");
    world.flags = vec!["--deliver".to_owned()];
    let settings = world.settings(&["argocd", "generate"]).unwrap();
    assert!(!settings.deliver);
    let origin = settings.origin(Key::Deliver).unwrap().to_string();
    assert!(origin.ends_with("policy.yaml:1:1 (enforced)"), "{origin}");
}

#[test]
fn a_claimant_is_who_the_host_says_whatever_the_repository_says() {
    let mut world = repository("namespace: theirs\napi-versions: [none/v1]");
    world.parameters = vec![json!({"name": "namespace", "string": "theirs"})];
    let settings = world.settings(&["argocd", "generate"]).unwrap();
    assert_eq!(settings.namespace.as_deref(), Some("theirs"));
    assert_eq!(settings.claimant.namespace, None);
    assert_eq!(settings.served_api_versions, None);
    let facts = [
        ("ARGOCD_APP_NAMESPACE", "ours"),
        ("KUBE_API_VERSIONS", "v1"),
    ];
    world.variables = facts.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
    let settings = world.settings(&["argocd", "generate"]).unwrap();
    assert_eq!(settings.claimant.namespace.as_deref(), Some("ours"));
    assert_eq!(settings.served_api_versions, Some(vec!["v1".to_owned()]));
}

#[test]
fn a_value_that_loses_is_checked_all_the_same() {
    let mut world = repository("crds: sometimes");
    world.flags = vec!["--crds=never".to_owned()];
    fails(
        &world,
        ".glint.yaml:1:7: `crds` takes auto, always or never, not `sometimes`",
    );
}

#[test]
fn an_unknown_variable_of_ours_is_someone_elses() {
    let mut world = World::default();
    let port = ("GLINT_PORT".to_owned(), "tcp://10.0.0.1:80".to_owned());
    world.variables.push(port);
    assert!(world.settings(&["render"]).is_ok());
    let wrong = ("GLINT_CRDS".to_owned(), "sometimes".to_owned());
    world.variables.push(wrong);
    fails(
        &world,
        "GLINT_CRDS: `crds` takes auto, always or never, not `sometimes`",
    );
}

#[test]
fn another_plugins_parameters_are_not_read() {
    let mut world = World {
        parameters: vec![json!({"name": "overlay", "string": "prod"})],
        ..World::default()
    };
    let name = ("ARGOCD_APP_NAME".to_owned(), "checkout".to_owned());
    world.variables.push(name);
    let settings = world.settings(&["post-render"]).unwrap();
    assert_eq!(settings.application.as_deref(), Some("checkout"));
    fails(&world, "parameter overlay: no setting is called `overlay`");
    assert!(world.settings(&["argocd", "parameters"]).is_ok());
}

#[test]
fn a_named_policy_must_be_there() {
    let load = |line: &[&str], variables: &[(&str, &str)]| {
        let cli = Cli::try_parse_from(line).unwrap();
        let environment = Environment::from_iter(variables.iter().copied());
        Layers::load(&cli, &environment, None, Path::new("/nowhere/fixed.yaml"))
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert_eq!(load(&["glint-gitops", "render"], &[]), Ok(()));
    assert_eq!(
        load(&["glint-gitops", "render", "--policy=/nowhere/p.yaml"], &[]),
        Err("policy /nowhere/p.yaml: can't be read".to_owned())
    );
    assert_eq!(
        load(
            &["glint-gitops", "argocd", "parameters"],
            &[("GLINT_POLICY", "/nowhere/q.yaml")]
        ),
        Err("policy /nowhere/q.yaml: can't be read".to_owned())
    );
}

#[test]
fn the_policy_at_the_fixed_path_is_shown() {
    let world = World {
        policy: "enabled: false\nclaims: []".to_owned(),
        ..World::default()
    };
    let settings = world.settings(&["render"]).unwrap();
    assert!(!settings.enabled);
    let shown = settings.show(Format::Text);
    let words = |name: &str| {
        let line = shown.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(words("policy")[2..], ["fixed", "path"]);
    assert_eq!(words("enabled")[1..3], ["false", "policy"]);
    assert_eq!(words("claims")[1..5], ["0", "in", "all", "policy"]);
}

#[test]
fn a_shown_setting_has_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    let text = "parameters: {image.tag: 1.30}";
    fs::write(folder.path().join(".glint.yaml"), text).unwrap();
    let repository = Checkout {
        directory: folder.path().to_owned(),
        root: folder.path().to_owned(),
    };
    let line = [
        "glint-gitops",
        "render",
        "--crds=never",
        "--values-files=a,b",
    ];
    let cli = Cli::try_parse_from(line).unwrap();
    let nowhere = Path::new("/nowhere/policy.yaml");
    let layers = Layers::load(&cli, &Environment::default(), Some(&repository), nowhere).unwrap();
    let settings = layers.resolve().unwrap();
    insta::assert_snapshot!(settings.show(Format::Text), @r"
    policy              -               unset
    dialect             glint           built-in
    host                -               unset
    crds                never           --crds
    mapping             configmap       built-in
    mapping-style       generic         built-in
    mapping-output      -               unset
    application         -               unset
    project             -               unset
    source-repo         -               unset
    source-path         -               unset
    deliver             true            built-in
    allow-empty         false           built-in
    max-deletions       10              built-in
    max-deletion-share  10%             built-in
    fail-on             never           built-in
    renderer            auto            built-in
    release-name        -               unset
    namespace           -               unset
    values-files        a,b             --values-files
    parameters          image.tag=1.30  .glint.yaml:1:13
    kube-version        -               unset
    api-versions        -               unset
    recurse             false           built-in
    include             -               unset
    exclude             -               unset
    timeout             5m              built-in
    input-limit         512MiB          built-in
    helm-path           -               unset
    kustomize-path      -               unset
    allow-hosts         -               unset
    api-url             -               unset
    client-id           -               unset
    client-id-file      -               unset
    client-secret       -               unset
    client-secret-file  -               unset
    ca-file             -               unset
    integration         -               unset
    report              -               unset
    format              text            built-in
    rules               -               unset
    enabled             true            built-in
    claims              -               unset
    fragments           -               unset
    ");
    let rows: Value = serde_json::from_str(&settings.show(Format::Json)).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), SETTINGS.len() + 3);
    assert_eq!(
        rows[Key::ValuesFiles as usize],
        json!({"name": "values-files", "doc": Key::ValuesFiles.setting().doc, "value": ["a", "b"], "origin": "--values-files"})
    );
    assert_eq!(
        rows[Key::Host as usize],
        json!({"name": "host", "doc": Key::Host.setting().doc, "value": null, "origin": null})
    );
}
