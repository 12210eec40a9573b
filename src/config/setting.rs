//! What a setting is: its name, its value's form, and who may set it.
//!
//! The settings themselves stand in `table`. Invariant: a source that a setting
//! does not name can't set it, so that a new source starts with no rights.

use std::fmt;

/// Where a value may come from, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    /// The operator's policy file, under `enforce:` (and what follows from its
    /// other keys).
    Enforced,
    /// A flag.
    CommandLine,
    /// A KRM function's `functionConfig`, which is that host's command line.
    Function,
    /// The spec of a `GlintRender`. Untrusted.
    Object,
    /// A parameter of an Argo CD Application. Untrusted.
    Parameter,
    /// `ARGOCD_ENV_GLINT_…`: the env of an Argo CD Application. Untrusted.
    ApplicationEnv,
    /// What the host says about the application and the cluster.
    Host,
    /// `GLINT_…`: the environment of whoever runs the program.
    Environment,
    /// `.glint.yaml` in the rendered repository. Untrusted.
    Repository,
    /// The operator's policy file, under `defaults:`.
    PolicyDefault,
    /// The program's own.
    BuiltIn,
}

impl Source {
    /// Whether who writes the rendered repository writes this source too.
    /// (`.argocd-source.yaml` in Git sets an Application's parameters and env.)
    pub(crate) fn is_untrusted(self) -> bool {
        match self {
            Self::Object | Self::Parameter | Self::ApplicationEnv | Self::Repository => true,
            Self::Enforced
            | Self::CommandLine
            | Self::Function
            | Self::Host
            | Self::Environment
            | Self::PolicyDefault
            | Self::BuiltIn => false,
        }
    }
}

/// Where a value came from, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Which source, and so how strong the value is.
    pub source: Source,
    /// The place: `flag --crds`, `parameter crds`, `GLINT_CRDS`,
    /// `.glint.yaml:3:7`, `policy /etc/…:4:3`.
    pub place: String,
}

impl Origin {
    /// An origin from its two parts.
    pub(crate) fn new(source: Source, place: impl Into<String>) -> Self {
        Self {
            source,
            place: place.into(),
        }
    }
}

impl fmt::Display for Origin {
    /// The place, and for the policy file in which of its two maps.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        match self.source {
            Source::Enforced => f.write_str(" (enforced)"),
            Source::PolicyDefault => f.write_str(" (default)"),
            Source::CommandLine
            | Source::Function
            | Source::Object
            | Source::Parameter
            | Source::ApplicationEnv
            | Source::Host
            | Source::Environment
            | Source::Repository
            | Source::BuiltIn => Ok(()),
        }
    }
}

/// The form of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Bool,
    /// A number of bytes: `512MiB`.
    Bytes,
    /// A time: `1m30s`.
    Duration,
    /// A whole number, 0 among them.
    Count,
    /// A whole number of percent, up to 100: `10%`.
    Percent,
    /// A name or another text that fits one line and is no flag.
    Text,
    /// A file's path.
    Path,
    /// A URL; a user and password in it are dropped at once.
    Url,
    /// A text that no setting holds: only that it is there is known here.
    Secret,
    /// A glob over file names.
    Pattern,
    /// A list of texts.
    List,
    /// Names with texts.
    Map,
}

/// What an untrusted source must keep to, where it may set a setting at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Any value.
    Free,
    /// Only `false`: turning it on is the operator's.
    OnlyFalse,
    /// No longer than the operator's value.
    OnlyShorter,
    /// No more than the operator's value.
    OnlyLower,
    /// Only the operator's own value where the policy has claims, because
    /// another one would hide entities from them.
    FixedByClaims,
}

/// The value of a setting that nobody set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    /// None.
    Unset,
    /// This text.
    Text(&'static str),
    /// One text under Argo CD, another elsewhere.
    ByHost {
        /// With the host `argocd`.
        argocd: &'static str,
        /// With any other.
        elsewhere: &'static str,
    },
    /// This text where the operator's dialect is `port`, else none.
    WithPort(&'static str),
}

/// How a setting is shown in Argo CD's user interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Announcement {
    /// The label of the field.
    pub title: &'static str,
    /// The help beside it.
    pub tooltip: &'static str,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// Which setting.
    pub key: super::table::Key,
    /// Its one name: as a parameter and a key of files; `--name` as a flag.
    pub name: &'static str,
    /// The form of its value.
    pub kind: Kind,
    /// One line that says what it is.
    pub doc: &'static str,
    /// Who may set it.
    pub sources: &'static [Source],
    /// What untrusted sources must keep to.
    pub guard: Guard,
    /// What it is otherwise.
    pub built_in: BuiltIn,
    /// Its field in Argo CD's user interface, where it is a parameter.
    pub announcement: Option<Announcement>,
}

impl Setting {
    /// The name in environment variables, without a prefix: `MAPPING_STYLE`.
    pub(crate) fn variable(&self) -> String {
        self.name.to_ascii_uppercase().replace('-', "_")
    }

    /// Whether the source may set it.
    pub(crate) fn accepts(&self, source: Source) -> bool {
        source == Source::BuiltIn || self.sources.contains(&source)
    }

    /// The sources that a person may use for it, as they would write them.
    pub(crate) fn ways(&self) -> Vec<String> {
        let way = |source| match source {
            Source::Enforced => Some("the policy file".to_owned()),
            Source::CommandLine => Some(format!("--{}", self.name)),
            Source::Environment => Some(format!("GLINT_{}", self.variable())),
            Source::Parameter => Some(format!("parameter {}", self.name)),
            Source::ApplicationEnv => Some(format!("ARGOCD_ENV_GLINT_{}", self.variable())),
            Source::Repository => Some(".glint.yaml".to_owned()),
            // Each of these is another one's twin, or nobody's to write.
            Source::Function
            | Source::Object
            | Source::Host
            | Source::PolicyDefault
            | Source::BuiltIn => None,
        };
        self.sources.iter().copied().filter_map(way).collect()
    }
}
