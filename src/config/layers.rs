//! Every source's settings, one layer upon the other.
//!
//! `load` is where files and the environment are read; what follows is a
//! function of what was read. Invariant: all sources are checked, also those
//! that a stronger one outshines, so that a wrong value never waits for the day
//! on which it wins.

use std::path::Path;

use serde_json::Value;

use super::assignment::Assignment;
use super::choice::HostSetting;
use super::environment::Environment;
use super::error::{Problem, SettingsError};
#[cfg(feature = "controller")]
use super::object::{self, Said};
use super::policy::{self, Policy};
use super::repository::{self, Checkout};
use super::setting::{BuiltIn, Guard, Origin, Source};
use super::settings::Settings;
use super::table::{Key, SETTINGS};
use super::value::{self, Given, Mismatch, Raw};
use super::{argocd, command_line, function};
use crate::catalog::{Claimant, Claims, Dialect, FragmentSources};
use crate::cli::{ArgocdCommand, Cli, Command};

/// What was read of every source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layers {
    assignments: Vec<Assignment>,
    policy: Policy,
}

impl Layers {
    /// Reads the sources that a command has: its flags, the policy, the
    /// environment, and the repository where it renders one.
    ///
    /// `fixed_policy` is [`super::FIXED_POLICY`] but in tests. Under `argocd
    /// parameters` nothing of the Application is read, as that page is where its
    /// author would mend it.
    pub(crate) fn load(
        cli: &Cli,
        environment: &Environment,
        repository: Option<&Checkout>,
        fixed_policy: &Path,
    ) -> Result<Self, SettingsError> {
        let mut layers = Self::default();
        layers.read_policy(cli, environment, fixed_policy)?;
        layers.extend(command_line::assignments(&cli.command)?);
        layers.extend(of_environment(environment)?);
        let hosted = match &cli.command {
            #[cfg(feature = "catalog")]
            Command::Publish(_) => argocd::is_present(environment),
            Command::Argocd(ArgocdCommand::Generate(_)) => {
                layers.extend(argocd::parameters(environment)?);
                layers.extend([argocd_host("argocd generate")?]);
                true
            }
            Command::Argocd(ArgocdCommand::Parameters) => {
                layers.extend([argocd_host("argocd parameters")?]);
                return Ok(layers);
            }
            #[cfg(feature = "catalog")]
            Command::Report(_) => argocd::is_present(environment),
            Command::Render(_)
            | Command::PostRender(_)
            | Command::Mapping(_)
            | Command::Preview(_)
            | Command::Why(_)
            | Command::Lock(_)
            | Command::Check(_)
            | Command::Explain(_)
            | Command::Schema(_)
            | Command::Crds(_)
            | Command::Evaluate
            | Command::Install(_)
            | Command::Completions(_)
            | Command::Man(_) => argocd::is_present(environment),
            #[cfg(feature = "catalog")]
            Command::Sandbox(_) => argocd::is_present(environment),
            // It cares for all applications, and stands in none.
            #[cfg(feature = "controller")]
            Command::Controller(_) => false,
        };
        if hosted {
            layers.extend(argocd::facts(environment)?);
            layers.extend(argocd::application_env(environment)?);
        }
        if let Some(repository) = repository {
            layers.extend(repository::assignments(repository)?);
        }
        Ok(layers)
    }

    /// The layers of texts that stand for files, and of an Argo CD render's
    /// environment: for the fuzzers.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn of_texts(
        policy: &str,
        repository: &str,
        environment: &Environment,
    ) -> Result<Self, SettingsError> {
        let mut layers = Self {
            assignments: Vec::new(),
            policy: policy::parse(policy, "policy")?,
        };
        layers.extend(of_environment(environment)?);
        layers.extend(argocd::parameters(environment)?);
        layers.extend([argocd_host("argocd generate")?]);
        layers.extend(argocd::facts(environment)?);
        layers.extend(argocd::application_env(environment)?);
        layers.extend(repository::parse(repository, ".glint.yaml")?);
        Ok(layers)
    }

    /// Adds a KRM function's `functionConfig`, which is known only once stdin is
    /// read.
    pub(crate) fn with_function(mut self, function_config: &Value) -> Result<Self, SettingsError> {
        self.extend(function::assignments(function_config)?);
        Ok(self)
    }

    /// Adds what a `GlintRender` says, and the repository that its source's
    /// artifact holds, where it is unpacked.
    #[cfg(feature = "controller")]
    pub(crate) fn with_object(
        mut self,
        said: Said<'_>,
        repository: Option<&Checkout>,
    ) -> Result<Self, SettingsError> {
        self.extend(object::assignments(said)?);
        if let Some(repository) = repository {
            self.extend(repository::assignments(repository)?);
        }
        Ok(self)
    }

    /// The settings in force.
    pub(crate) fn resolve(&self) -> Result<Settings, SettingsError> {
        Settings::of(&self.ranked()?)
    }

    /// The policy is named by flag, else by variable, else looked for at the
    /// fixed path.
    fn read_policy(
        &mut self,
        cli: &Cli,
        environment: &Environment,
        fixed_policy: &Path,
    ) -> Result<(), SettingsError> {
        let flag = cli.global.policy.as_deref();
        let variable = environment.get("GLINT_POLICY");
        let (path, origin) = match (flag, variable) {
            (Some(path), _) => (path, Origin::new(Source::CommandLine, "--policy")),
            (None, Some(path)) => (path, Origin::new(Source::Environment, "GLINT_POLICY")),
            (None, None) => {
                let Some(policy) = policy::fixed(fixed_policy)? else {
                    return Ok(());
                };
                self.policy = policy;
                let path = Given::Text(fixed_policy.display().to_string());
                let origin = Origin::new(Source::BuiltIn, "fixed path");
                self.extend([Assignment::new(Key::Policy, &path, origin)?]);
                return Ok(());
            }
        };
        let given = Given::Text(path.to_owned());
        self.extend([Assignment::new(Key::Policy, &given, origin)?]);
        self.policy = policy::named(Path::new(path))?;
        Ok(())
    }

    fn extend(&mut self, assignments: impl IntoIterator<Item = Assignment>) {
        self.assignments.extend(assignments);
    }

    /// All layers in order, complete and checked against each other.
    fn ranked(&self) -> Result<Ranked, SettingsError> {
        let Self {
            assignments,
            policy,
        } = self;
        let Policy {
            place,
            enabled,
            assignments: of_policy,
            claims,
            deliver,
            fragments,
        } = policy;
        let mut ranked = Ranked {
            assignments: [of_policy.as_slice(), assignments].concat(),
            enabled: *enabled,
            claims: claims.clone(),
            fragments: fragments.clone(),
            policy_place: place.clone(),
        };
        ranked.sort();
        ranked.add_built_ins()?;
        if let Some((deliver, place)) = deliver
            && !deliver.allows(&ranked.claimant()?)
        {
            let raw = Raw::Text("false".to_owned());
            let origin = Origin::new(Source::Enforced, place);
            let key = Key::Deliver;
            ranked
                .assignments
                .insert(0, Assignment { key, raw, origin });
        }
        ranked.check_guards()?;
        Ok(ranked)
    }
}

/// `GLINT_*`. An unknown name is no error: Kubernetes puts `GLINT_PORT` and the
/// like into every pod beside a Service that is named `glint`.
fn of_environment(environment: &Environment) -> Result<Vec<Assignment>, SettingsError> {
    SETTINGS
        .iter()
        .filter(|setting| setting.accepts(Source::Environment) && setting.key != Key::Policy)
        .filter_map(|setting| {
            let variable = format!("GLINT_{}", setting.variable());
            let given = Given::Line(environment.get(&variable)?.to_owned());
            let origin = Origin::new(Source::Environment, variable);
            Some(Assignment::new(setting.key, &given, origin))
        })
        .collect()
}

fn argocd_host(command: &str) -> Result<Assignment, SettingsError> {
    let given = Given::Text("argocd".to_owned());
    Assignment::new(Key::Host, &given, Origin::new(Source::Host, command))
}

/// Every assignment, the strongest first, with the built-in ones at the end.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    assignments: Vec<Assignment>,
    pub(super) enabled: bool,
    pub(super) claims: Option<Claims>,
    pub(super) fragments: Option<FragmentSources>,
    pub(super) policy_place: Option<String>,
}

impl Ranked {
    /// The assignment in force.
    pub(super) fn winner(&self, key: Key) -> Option<&Assignment> {
        self.assignments.iter().find(|it| it.key == key)
    }

    /// Every assignment of a setting, the strongest first.
    pub(super) fn all(&self, key: Key) -> impl DoubleEndedIterator<Item = &Assignment> {
        self.assignments.iter().filter(move |it| it.key == key)
    }

    /// What would be in force if the rendered repository said nothing.
    pub(super) fn operators(&self, key: Key) -> Option<&Assignment> {
        self.assignments
            .iter()
            .find(|it| it.key == key && !it.origin.source.is_untrusted())
    }

    /// On whose behalf this is, as no repository can say it.
    pub(super) fn claimant(&self) -> Result<Claimant, SettingsError> {
        let text = |key| read(self.operators(key), value::text);
        Ok(Claimant {
            project: text(Key::Project)?,
            namespace: text(Key::Namespace)?,
            application: text(Key::Application)?,
        })
    }

    fn sort(&mut self) {
        // Stable: of two in one source, the first stays the stronger.
        self.assignments.sort_by_key(|it| it.origin.source);
    }

    fn add_built_ins(&mut self) -> Result<(), SettingsError> {
        let host = read(self.winner(Key::Host), value::word::<HostSetting>)?;
        // A repository never names a host, not even by its dialect.
        let dialect = read(self.operators(Key::Dialect), value::word::<Dialect>)?;
        for setting in &SETTINGS {
            let text = match (setting.built_in, host) {
                (BuiltIn::Unset, _) => continue,
                (BuiltIn::Text(text), _) => text,
                (BuiltIn::ByHost { argocd, .. }, Some(HostSetting::ArgoCd)) => argocd,
                (BuiltIn::ByHost { elsewhere, .. }, _) => elsewhere,
                (BuiltIn::WithPort(text), _) if dialect == Some(Dialect::Port) => text,
                (BuiltIn::WithPort(_), _) => continue,
            };
            let given = Given::Text(text.to_owned());
            let origin = Origin::new(Source::BuiltIn, "built-in");
            let built_in = Assignment::new(setting.key, &given, origin)?;
            self.assignments.push(built_in);
        }
        Ok(())
    }

    fn check_guards(&self) -> Result<(), SettingsError> {
        self.assignments
            .iter()
            .filter(|it| it.origin.source.is_untrusted())
            .try_for_each(|it| match self.breach(it) {
                Some(problem) => Err(SettingsError::at(&it.origin.place, problem)),
                None => Ok(()),
            })
    }

    /// What an untrusted assignment does that its setting's guard forbids.
    fn breach(&self, untrusted: &Assignment) -> Option<Problem> {
        let setting = untrusted.key.setting();
        let operators = self.operators(untrusted.key);
        match setting.guard {
            Guard::Free => None,
            Guard::OnlyFalse => value::boolean(&untrusted.raw)
                .is_ok_and(|on| on)
                .then_some(Problem::OnlyFalse { name: setting.name }),
            Guard::OnlyShorter => {
                let operators = operators?;
                let limit = value::duration(&operators.raw).ok()?;
                let asked = value::duration(&untrusted.raw).ok()?;
                (asked > limit).then(|| Problem::OnlyShorter {
                    name: setting.name,
                    given: untrusted.raw.to_line(),
                    limit: operators.raw.to_line(),
                    origin: operators.origin.to_string(),
                })
            }
            Guard::OnlyLower => {
                let operators = operators?;
                let limit = amount(&operators.raw)?;
                let asked = amount(&untrusted.raw)?;
                (asked > limit).then(|| Problem::OnlyLower {
                    name: setting.name,
                    given: untrusted.raw.to_line(),
                    limit: operators.raw.to_line(),
                    origin: operators.origin.to_string(),
                })
            }
            Guard::FixedByClaims => {
                let operators = operators?;
                let hides = self.claims.is_some() && operators.raw != untrusted.raw;
                hides.then(|| Problem::FixedByClaims {
                    name: setting.name,
                    value: operators.raw.to_line(),
                    origin: operators.origin.to_string(),
                })
            }
        }
    }
}

/// A number or a share, to be compared with others of its setting.
fn amount(raw: &Raw) -> Option<u64> {
    let share = || value::percent(raw).map(u64::from);
    value::count(raw).or_else(|_| share()).ok()
}

/// Reads an assignment's value as its type, `None` where there is no assignment.
pub(super) fn read<T>(
    assignment: Option<&Assignment>,
    reader: impl Fn(&Raw) -> Result<T, Mismatch>,
) -> Result<Option<T>, SettingsError> {
    assignment
        .map(|it| {
            reader(&it.raw).map_err(|mismatch| {
                let problem = Problem::takes(it.key.setting(), mismatch);
                SettingsError::at(&it.origin.place, problem)
            })
        })
        .transpose()
}
