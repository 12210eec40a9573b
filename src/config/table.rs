//! The one table of settings: what each is, who may set it, what it is
//! otherwise, and how Argo CD shows it.
//!
//! A new setting is a new `Key`, a row here, a field of `Settings` and, if it is
//! a flag, a field in `cli`; tests hold them together. Invariant: row and key
//! stand in the same order.

use super::choice::{
    Choice, CrdsSetting, FailOn, Format, HostSetting, MappingSetting, MappingStyle, RendererSetting,
};
use super::setting::{Announcement, BuiltIn, Guard, Kind, Setting, Source};
use crate::catalog::Dialect;

/// A setting's identity in code; `name()` is its identity for people. What each
/// variant means is said once, in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    Policy,
    Dialect,
    Host,
    Crds,
    Mapping,
    MappingStyle,
    MappingOutput,
    Application,
    Project,
    SourceRepo,
    SourcePath,
    Deliver,
    AllowEmpty,
    MaxDeletions,
    MaxDeletionShare,
    FailOn,
    Renderer,
    ReleaseName,
    Namespace,
    ValuesFiles,
    Parameters,
    KubeVersion,
    ApiVersions,
    Recurse,
    Include,
    Exclude,
    Timeout,
    InputLimit,
    HelmPath,
    KustomizePath,
    AllowHosts,
    ApiUrl,
    ClientId,
    ClientIdFile,
    ClientSecret,
    ClientSecretFile,
    CaFile,
    Integration,
    Report,
    Format,
    Rules,
}

impl Key {
    /// The setting's row.
    pub(crate) fn setting(self) -> &'static Setting {
        &SETTINGS[self as usize]
    }

    /// The setting's one name.
    pub(crate) fn name(self) -> &'static str {
        self.setting().name
    }

    /// The setting of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        SETTINGS
            .iter()
            .find(|setting| setting.name == name)
            .map(|setting| setting.key)
    }
}

/// Those who run the program, in every way that they have.
const OPERATOR: &[Source] = &[
    Source::Enforced,
    Source::CommandLine,
    Source::Function,
    Source::Environment,
    Source::PolicyDefault,
];

/// The operator, and the repository, which is not the Application.
const OPERATOR_AND_REPOSITORY: &[Source] = &[
    Source::Enforced,
    Source::CommandLine,
    Source::Function,
    Source::Environment,
    Source::Repository,
    Source::PolicyDefault,
];

/// The operator, and the author of the rendered application.
const ANYONE: &[Source] = &[
    Source::Enforced,
    Source::CommandLine,
    Source::Function,
    Source::Object,
    Source::Parameter,
    Source::ApplicationEnv,
    Source::Environment,
    Source::Repository,
    Source::PolicyDefault,
];

/// Anyone, and what the host says where the author says nothing.
const ANYONE_OR_HOST: &[Source] = &[
    Source::Enforced,
    Source::CommandLine,
    Source::Function,
    Source::Object,
    Source::Parameter,
    Source::ApplicationEnv,
    Source::Host,
    Source::Environment,
    Source::Repository,
    Source::PolicyDefault,
];

/// The operator, but no `functionConfig`: a KRM function speaks with no catalog,
/// and others write what it is told.
const CONNECTION: &[Source] = &[
    Source::Enforced,
    Source::CommandLine,
    Source::Environment,
    Source::PolicyDefault,
];

/// Facts about one application: the host says them, else who runs the program.
const PROVENANCE: &[Source] = &[
    Source::CommandLine,
    Source::Function,
    Source::Host,
    Source::Environment,
];

/// Which host it is: an Application can't change that it runs in Argo CD.
const HOST: &[Source] = &[
    Source::Enforced,
    Source::CommandLine,
    Source::Function,
    Source::Host,
    Source::Environment,
    Source::Repository,
    Source::PolicyDefault,
];

/// A row that nobody may set yet.
const fn row(key: Key, name: &'static str, kind: Kind, doc: &'static str) -> Setting {
    Setting {
        key,
        name,
        kind,
        doc,
        sources: &[],
        guard: Guard::Free,
        built_in: BuiltIn::Unset,
        announcement: None,
    }
}

impl Setting {
    const fn by(mut self, sources: &'static [Source]) -> Self {
        self.sources = sources;
        self
    }

    const fn guarded(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    const fn or(mut self, text: &'static str) -> Self {
        self.built_in = BuiltIn::Text(text);
        self
    }

    const fn or_by_host(mut self, argocd: &'static str, elsewhere: &'static str) -> Self {
        self.built_in = BuiltIn::ByHost { argocd, elsewhere };
        self
    }

    const fn or_with_port(mut self, text: &'static str) -> Self {
        self.built_in = BuiltIn::WithPort(text);
        self
    }

    const fn shown(mut self, title: &'static str, tooltip: &'static str) -> Self {
        self.announcement = Some(Announcement { title, tooltip });
        self
    }
}

/// Every setting, in the order of `Key`.
#[rustfmt::skip] // one setting is read as one paragraph
pub(crate) static SETTINGS: [Setting; 41] = [
    row(Key::Policy, "policy", Kind::Path, "the operator's policy file")
        .by(&[Source::CommandLine, Source::Environment]),
    row(Key::Dialect, "dialect", Kind::Word(Dialect::WORDS), "the catalog's API group and mapping key")
        .by(ANYONE).guarded(Guard::FixedByClaims).or("glint")
        .shown("Dialect", "glint: glint.io/v1 | port: getport.io/v1"),
    row(Key::Host, "host", Kind::Word(HostSetting::WORDS), "who applies the stream")
        .by(HOST),
    row(Key::Crds, "crds", Kind::Word(CrdsSetting::WORDS), "whether Glint's CRDs are added")
        .by(ANYONE).or("auto")
        .shown("Glint's CRDs", "auto: added where the application has entities and the cluster lacks them | always | never"),
    row(Key::Mapping, "mapping", Kind::Word(MappingSetting::WORDS), "where the exporter's mapping goes in the stream")
        .by(ANYONE).or("configmap")
        .shown("Mapping", "configmap: one ConfigMap with the exporter's mapping is added | none"),
    row(Key::MappingStyle, "mapping-style", Kind::Word(MappingStyle::WORDS), "one mapping for all blueprints, or one block for each")
        .by(ANYONE).or("generic")
        .shown("Mapping style", "generic: one mapping for all blueprints | explicit: a block for each blueprint"),
    row(Key::MappingOutput, "mapping-output", Kind::Path, "a file that the bare mapping is also written to")
        .by(OPERATOR),
    row(Key::Application, "application", Kind::Text, "the application that the manifests belong to")
        .by(PROVENANCE),
    row(Key::Project, "project", Kind::Text, "the project that the application belongs to")
        .by(PROVENANCE),
    row(Key::SourceRepo, "source-repo", Kind::Url, "the repository's URL, without user and password")
        .by(PROVENANCE),
    row(Key::SourcePath, "source-path", Kind::Text, "the directory inside the repository")
        .by(PROVENANCE),
    row(Key::Deliver, "deliver", Kind::Bool, "whether the entities reach the catalog")
        .by(ANYONE).guarded(Guard::OnlyFalse).or("true")
        .shown("Deliver", "false keeps this application's entities out of the catalog; true is the operator's"),
    row(Key::AllowEmpty, "allow-empty", Kind::Bool, "whether a stream without any object is accepted")
        .by(ANYONE).or("false")
        .shown("Allow empty", "accept an application without any object (a sync with prune then deletes all)"),
    // The lock that these are about is the repository's own, so whoever may write
    // there can accept any deletion, by `lock`, in a commit that lists it. A limit
    // that is raised lists nothing, so an application can only lower it.
    row(Key::MaxDeletions, "max-deletions", Kind::Count, "how many entities of its glint.lock a render may lose")
        .by(ANYONE).guarded(Guard::OnlyLower).or("10")
        .shown("Most deletions", "how many entities of glint.lock a render may lose; no more than the operator's"),
    row(Key::MaxDeletionShare, "max-deletion-share", Kind::Percent, "how much of any one blueprint's or application's entities, from 10 on, a render may lose")
        .by(ANYONE).guarded(Guard::OnlyLower).or("10%")
        .shown("Largest share of deletions", "how much of a blueprint's entities in glint.lock, from 10 on, a render may lose; no more than the operator's"),
    row(Key::FailOn, "fail-on", Kind::Word(FailOn::WORDS), "the severity from which findings fail the run")
        .by(ANYONE).or("never")
        .shown("Fail on", "findings of this severity or worse fail the render: never | info | warning | error"),
    row(Key::Renderer, "renderer", Kind::Word(RendererSetting::WORDS), "what renders the directory")
        .by(ANYONE).or("auto")
        .shown("Renderer", "auto: found out from the files | helm | kustomize | directory"),
    row(Key::ReleaseName, "release-name", Kind::Text, "the Helm release's name")
        .by(ANYONE)
        .shown("Release name", "Helm: the release's name; empty means the application's name"),
    row(Key::Namespace, "namespace", Kind::Text, "the namespace that the manifests are deployed to")
        .by(ANYONE_OR_HOST)
        .shown("Namespace", "Helm: the release's namespace; empty means the destination's"),
    row(Key::ValuesFiles, "values-files", Kind::List, "Helm values files, the last one wins")
        .by(ANYONE)
        .shown("Values files", "Helm: files inside the repository, the last one wins"),
    row(Key::Parameters, "parameters", Kind::Map, "Helm parameters, as `helm --set` takes them")
        .by(ANYONE)
        .shown("Parameters", "Helm: names and values as `helm --set` takes them"),
    row(Key::KubeVersion, "kube-version", Kind::Text, "the cluster's version, for charts that ask for it")
        .by(ANYONE_OR_HOST)
        .shown("Kubernetes version", "Helm: what a chart is told; empty means the cluster's"),
    row(Key::ApiVersions, "api-versions", Kind::List, "the API versions that the cluster serves")
        .by(ANYONE_OR_HOST)
        .shown("API versions", "Helm: what a chart is told; empty means the cluster's"),
    row(Key::Recurse, "recurse", Kind::Bool, "whether a plain directory is read with all that is below")
        .by(ANYONE).or("false")
        .shown("Recurse", "plain directory: read what is below, too"),
    row(Key::Include, "include", Kind::Pattern, "of a plain directory, only the files that match")
        .by(ANYONE)
        .shown("Include", "plain directory: a glob; only files that match are read"),
    row(Key::Exclude, "exclude", Kind::Pattern, "of a plain directory, not the files that match")
        .by(ANYONE)
        .shown("Exclude", "plain directory: a glob; files that match are not read"),
    row(Key::Timeout, "timeout", Kind::Duration, "the deadline of the whole run")
        .by(ANYONE).guarded(Guard::OnlyShorter).or_by_host("40s", "5m")
        .shown("Timeout", "the render's own deadline, such as 20s; no longer than the operator's"),
    row(Key::InputLimit, "input-limit", Kind::Bytes, "the most that is read and rendered")
        .by(OPERATOR).or("512MiB"),
    row(Key::HelmPath, "helm-path", Kind::Path, "the helm program")
        .by(OPERATOR),
    row(Key::KustomizePath, "kustomize-path", Kind::Path, "the kustomize program")
        .by(OPERATOR),
    row(Key::AllowHosts, "allow-hosts", Kind::List, "hosts that charts and bases may be fetched from")
        .by(OPERATOR),
    row(Key::ApiUrl, "api-url", Kind::Url, "where the catalog's API is")
        .by(CONNECTION).or_with_port("https://api.port.io"),
    row(Key::ClientId, "client-id", Kind::Text, "the client that the catalog's API knows")
        .by(CONNECTION),
    row(Key::ClientIdFile, "client-id-file", Kind::Path, "a file with the client id")
        .by(CONNECTION),
    // A flag is in the list of processes, and a policy is a file for all to read.
    row(Key::ClientSecret, "client-secret", Kind::Secret, "the client's secret")
        .by(&[Source::Environment]),
    row(Key::ClientSecretFile, "client-secret-file", Kind::Path, "a file with the client's secret")
        .by(CONNECTION),
    row(Key::CaFile, "ca-file", Kind::Path, "the certificate authorities of the catalog's API, in PEM, instead of the system's")
        .by(CONNECTION),
    row(Key::Integration, "integration", Kind::Text, "the exporter's installation id in the catalog, its state key")
        .by(CONNECTION),
    row(Key::Report, "report", Kind::Path, "a file that the findings are also written to")
        .by(OPERATOR),
    row(Key::Format, "format", Kind::Word(Format::WORDS), "how findings and lists are written")
        .by(OPERATOR).or("text"),
    row(Key::Rules, "rules", Kind::Map, "the severity of findings by rule, for `check`: error, warning, info or off")
        .by(OPERATOR_AND_REPOSITORY),
];

#[cfg(test)]
mod tests {
    use super::{Key, SETTINGS};
    use crate::config::setting::Source;

    #[test]
    fn each_key_finds_its_own_row() {
        for (index, setting) in SETTINGS.iter().enumerate() {
            assert_eq!(setting.key as usize, index, "{}", setting.name);
            assert_eq!(Key::from_name(setting.name), Some(setting.key));
        }
        // The last variant: with it, no key lacks a row.
        assert_eq!(Key::Rules as usize + 1, SETTINGS.len());
    }

    #[test]
    fn what_an_application_may_set_is_announced_and_nothing_else() {
        for setting in &SETTINGS {
            assert_eq!(
                setting.announcement.is_some(),
                setting.accepts(Source::Parameter),
                "{}",
                setting.name
            );
        }
    }

    #[test]
    fn an_applications_env_sets_what_its_parameters_set() {
        for setting in &SETTINGS {
            assert_eq!(
                setting.accepts(Source::ApplicationEnv),
                setting.accepts(Source::Parameter),
                "{}",
                setting.name
            );
        }
    }
}
