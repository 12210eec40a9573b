//! The settings in force: a plain struct, with each value's origin beside it.
//!
//! Not for what a value does: `command` maps these to the core's own options.
//! Invariants: every setting of the table is a field, but the client secret: its
//! text stays in the environment, and is taken from there where it is sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::choice::{
    CrdsSetting, FailOn, Format, HostSetting, MappingSetting, MappingStyle, RendererSetting,
};
use super::error::{Problem, SettingsError};
use super::layers::{Ranked, read};
use super::rules;
use super::setting::{Origin, Source};
use super::table::{Key, SETTINGS};
use super::value::{self, Mismatch, Raw};
use crate::catalog::{Claimant, Claims, Dialect, FragmentSources};
use crate::validate::Levels;

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `false`: the operator has switched the program off, and a stream passes
    /// untouched.
    pub enabled: bool,
    /// Who may declare what; `None` means anyone anything.
    pub claims: Option<Claims>,
    /// Whose fragments the kept mapping is made of; `None` means nobody's.
    pub fragments: Option<FragmentSources>,
    /// On whose behalf this is: never as the rendered repository says it.
    pub claimant: Claimant,
    /// The API versions of the cluster as its host or operator says them, never
    /// as the rendered repository does; `None` means unknown.
    pub served_api_versions: Option<Vec<String>>,
    /// The policy file that someone named.
    pub policy: Option<PathBuf>,
    /// The catalog's API group and mapping key.
    pub dialect: Dialect,
    /// Who applies the stream; `None` means found out from the stream.
    pub host: Option<HostSetting>,
    /// Whether Glint's CRDs are added.
    pub crds: CrdsSetting,
    /// Where the mapping goes in the stream.
    pub mapping: MappingSetting,
    /// How the mapping is written.
    pub mapping_style: MappingStyle,
    /// A file that the bare mapping is also written to.
    pub mapping_output: Option<PathBuf>,
    /// The application that the manifests belong to.
    pub application: Option<String>,
    /// The project that the application belongs to.
    pub project: Option<String>,
    /// The repository's URL, without user and password.
    pub source_repo: Option<String>,
    /// The directory inside the repository.
    pub source_path: Option<String>,
    /// Whether the entities reach the catalog; what the policy says of this
    /// application is in it.
    pub deliver: bool,
    /// Whether a stream without any object is accepted.
    pub allow_empty: bool,
    /// How many entities of its lock a render may lose.
    pub max_deletions: u64,
    /// How much of any one blueprint's or application's entities of its lock a
    /// render may lose, in percent.
    pub max_deletion_share: u8,
    /// From which severity on findings make the exit code 1.
    pub fail_on: FailOn,
    /// What renders a directory.
    pub renderer: RendererSetting,
    /// The Helm release's name.
    pub release_name: Option<String>,
    /// The namespace that the manifests are deployed to.
    pub namespace: Option<String>,
    /// Helm values files, relative to the rendered directory; the last one wins.
    pub values_files: Vec<String>,
    /// Helm parameters, as `helm --set` takes them.
    pub parameters: BTreeMap<String, String>,
    /// The cluster's version that a chart is told.
    pub kube_version: Option<String>,
    /// The API versions that a chart is told; `None` means unknown.
    pub api_versions: Option<Vec<String>>,
    /// Whether a plain directory is read with all that is below.
    pub recurse: bool,
    /// Of a plain directory, only the files that match this glob.
    pub include: Option<String>,
    /// Of a plain directory, not the files that match this glob.
    pub exclude: Option<String>,
    /// The deadline of the whole run.
    pub timeout: Duration,
    /// The most that is read and rendered, in bytes.
    pub input_limit: u64,
    /// The helm program; `None` means found on `PATH`.
    pub helm_path: Option<PathBuf>,
    /// The kustomize program; `None` means found on `PATH`.
    pub kustomize_path: Option<PathBuf>,
    /// Hosts that charts and bases may be fetched from.
    pub allow_hosts: Vec<String>,
    /// Where the catalog's API is; `command` reads it as an address.
    pub api_url: Option<String>,
    /// The client that the API knows.
    pub client_id: Option<String>,
    /// A file with the client's id.
    pub client_id_file: Option<PathBuf>,
    /// A file with the client's secret.
    pub client_secret_file: Option<PathBuf>,
    /// The API's certificate authorities, in PEM; `None` means the system's.
    pub ca_file: Option<PathBuf>,
    /// The exporter's installation id.
    pub integration: Option<String>,
    /// A file that the findings are also written to.
    pub report: Option<PathBuf>,
    /// How findings and lists are written.
    pub format: Format,
    /// The severity of findings by rule.
    pub levels: Levels,
    /// Each setting's value and origin, in the order of the table.
    shown: Vec<Shown>,
}

/// A row of `--show-settings`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    name: &'static str,
    doc: &'static str,
    /// `None` where nobody set it and there is no built-in value.
    value: Option<(Raw, Origin)>,
}

impl Settings {
    /// Takes the winner of each setting.
    pub(super) fn of(ranked: &Ranked) -> Result<Self, SettingsError> {
        let from = Winners { ranked };
        Ok(Self {
            enabled: ranked.enabled,
            claims: ranked.claims.clone(),
            fragments: ranked.fragments.clone(),
            claimant: ranked.claimant()?,
            served_api_versions: read(ranked.operators(Key::ApiVersions), value::list)?,
            policy: from.path(Key::Policy)?,
            dialect: from.needed(Key::Dialect, value::word)?,
            host: from.optional(Key::Host, value::word)?,
            crds: from.needed(Key::Crds, value::word)?,
            mapping: from.needed(Key::Mapping, value::word)?,
            mapping_style: from.needed(Key::MappingStyle, value::word)?,
            mapping_output: from.path(Key::MappingOutput)?,
            application: from.optional(Key::Application, value::text)?,
            project: from.optional(Key::Project, value::text)?,
            source_repo: from.optional(Key::SourceRepo, value::text)?,
            source_path: from.optional(Key::SourcePath, value::text)?,
            deliver: from.needed(Key::Deliver, value::boolean)?,
            allow_empty: from.needed(Key::AllowEmpty, value::boolean)?,
            max_deletions: from.needed(Key::MaxDeletions, value::count)?,
            max_deletion_share: from.needed(Key::MaxDeletionShare, value::percent)?,
            fail_on: from.needed(Key::FailOn, value::word)?,
            renderer: from.needed(Key::Renderer, value::word)?,
            release_name: from.optional(Key::ReleaseName, value::text)?,
            namespace: from.optional(Key::Namespace, value::text)?,
            values_files: from
                .optional(Key::ValuesFiles, value::list)?
                .unwrap_or_default(),
            parameters: from
                .optional(Key::Parameters, value::map)?
                .unwrap_or_default(),
            kube_version: from.optional(Key::KubeVersion, value::text)?,
            api_versions: from.optional(Key::ApiVersions, value::list)?,
            recurse: from.needed(Key::Recurse, value::boolean)?,
            include: from.optional(Key::Include, value::text)?,
            exclude: from.optional(Key::Exclude, value::text)?,
            timeout: from.needed(Key::Timeout, value::duration)?,
            input_limit: from.needed(Key::InputLimit, value::bytes)?,
            helm_path: from.path(Key::HelmPath)?,
            kustomize_path: from.path(Key::KustomizePath)?,
            allow_hosts: from
                .optional(Key::AllowHosts, value::list)?
                .unwrap_or_default(),
            api_url: from.optional(Key::ApiUrl, value::text)?,
            client_id: from.optional(Key::ClientId, value::text)?,
            client_id_file: from.path(Key::ClientIdFile)?,
            client_secret_file: from.path(Key::ClientSecretFile)?,
            ca_file: from.path(Key::CaFile)?,
            integration: from.optional(Key::Integration, value::text)?,
            report: from.path(Key::Report)?,
            format: from.needed(Key::Format, value::word)?,
            levels: rules::levels(ranked.all(Key::Rules))?,
            shown: shown(ranked),
        })
    }

    /// A setting's value in its untyped form.
    pub(super) fn value(&self, key: Key) -> Option<&Raw> {
        self.shown(key).map(|(raw, _)| raw)
    }

    /// `fail_on`, unless it is only the built-in value: then a command has its
    /// own.
    pub(crate) fn chosen_fail_on(&self) -> Option<FailOn> {
        let (_, origin) = self.shown(Key::FailOn)?;
        (origin.source != Source::BuiltIn).then_some(self.fail_on)
    }

    /// Where a setting's value comes from; `None` where it has none.
    #[cfg(test)]
    pub(crate) fn origin(&self, key: Key) -> Option<&Origin> {
        self.shown(key).map(|(_, origin)| origin)
    }

    fn shown(&self, key: Key) -> Option<&(Raw, Origin)> {
        let shown = self.shown.iter().find(|shown| shown.name == key.name())?;
        shown.value.as_ref()
    }

    /// What `--show-settings` prints: every setting with its value and origin,
    /// as a table or as a JSON array of `{name, doc, value, origin}`.
    pub(crate) fn show(&self, format: Format) -> String {
        match format {
            Format::Text => self.to_table(),
            Format::Json => self.to_json(),
        }
    }

    /// A value in what is shown; one that looks like a secret is hidden.
    fn hidden(raw: &Raw) -> Raw {
        raw.without_secrets(|_| Some("***".to_owned()))
    }

    fn to_table(&self) -> String {
        let rows: Vec<[String; 3]> = self
            .shown
            .iter()
            .map(|Shown { name, value, .. }| {
                let (value, origin) = match value {
                    Some((raw, origin)) => (Self::hidden(raw).to_line(), origin.to_string()),
                    None => ("-".to_owned(), "unset".to_owned()),
                };
                [(*name).to_owned(), value, origin]
            })
            .collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            // One long list must not push every origin off the screen.
            cells.filter(|width| *width <= 40).max().unwrap_or(0)
        };
        let (name_width, value_width) = (width(0), width(1));
        let mut table = String::new();
        for [name, value, origin] in &rows {
            // Writing to a String does not fail.
            writeln!(table, "{name:name_width$}  {value:value_width$}  {origin}").ok();
        }
        table
    }

    fn to_json(&self) -> String {
        let rows = self.shown.iter().map(|Shown { name, doc, value }| {
            let (value, origin) = value.as_ref().map(|(raw, origin)| (raw, origin)).unzip();
            json!({
                "name": name,
                "doc": doc,
                "value": value.map(|raw| Self::hidden(raw).to_json()),
                "origin": origin.map(ToString::to_string),
            })
        });
        format!("{:#}\n", serde_json::Value::Array(rows.collect()))
    }
}

fn shown(ranked: &Ranked) -> Vec<Shown> {
    let settings = SETTINGS.iter().map(|setting| Shown {
        name: setting.name,
        doc: setting.doc,
        value: ranked.winner(setting.key).map(|winner| {
            let raw = match setting.key == Key::Rules {
                true => rules::merged(ranked.all(Key::Rules)),
                false => winner.raw.clone(),
            };
            (raw, winner.origin.clone())
        }),
    });
    let origin = match &ranked.policy_place {
        Some(place) => Origin::new(Source::Enforced, place),
        None => Origin::new(Source::BuiltIn, "built-in"),
    };
    let listed = |count: usize, origin: &Origin| {
        let count = Raw::Text(format!("{count} in all"));
        (count, origin.clone())
    };
    let claims = ranked.claims.as_ref();
    let fragments = ranked.fragments.as_ref();
    let of_policy = [
        Shown {
            name: "enabled",
            doc: "Whether the operator lets the program do anything",
            value: Some((Raw::Text(ranked.enabled.to_string()), origin.clone())),
        },
        Shown {
            name: "claims",
            doc: "Who may declare what",
            value: claims.map(|it| listed(it.0.len(), &origin)),
        },
        Shown {
            name: "fragments",
            doc: "Whose fragments the kept mapping is made of",
            value: fragments.map(|it| listed(it.0.len(), &origin)),
        },
    ];
    settings.chain(of_policy).collect()
}

/// The winners, read as their types.
struct Winners<'a> {
    ranked: &'a Ranked,
}

impl Winners<'_> {
    fn optional<T>(
        &self,
        key: Key,
        reader: impl Fn(&Raw) -> Result<T, Mismatch>,
    ) -> Result<Option<T>, SettingsError> {
        read(self.ranked.winner(key), reader)
    }

    fn needed<T>(
        &self,
        key: Key,
        reader: impl Fn(&Raw) -> Result<T, Mismatch>,
    ) -> Result<T, SettingsError> {
        self.optional(key, reader)?.ok_or_else(|| {
            let problem = Problem::Unset { name: key.name() };
            SettingsError::at("built-in", problem)
        })
    }

    fn path(&self, key: Key) -> Result<Option<PathBuf>, SettingsError> {
        self.optional(key, |raw| value::text(raw).map(PathBuf::from))
    }
}
