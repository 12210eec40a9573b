//! Runs `kustomize build`.
//!
//! Not for what it may reach: `kustomization` looks at that first. Invariant:
//! load restrictions are on, plugins and Helm are off.

use super::environment::{Home, explained};
use super::kustomization::{Needs, inspect};
use super::place::Place;
use super::process::{Step, run};
use super::{InputError, Options, Tool};

/// Builds the kustomization of a directory.
pub(super) fn build(place: &Place, options: &Options<'_>) -> Result<Vec<u8>, InputError> {
    let needs = inspect(place, &options.allow_hosts, options.limits)?;
    let program = options.tools.find(Tool::Kustomize)?;
    let home = Home::new()?;
    let mut variables = home.variables(&options.allow_hosts);
    match needs {
        Needs::Nothing => {}
        // `git` runs programs of its own; so it sees the whole `PATH`.
        Needs::Git => drop(variables.insert("PATH", options.tools.search_path.clone())),
    }
    let step = Step {
        name: format!("kustomize build {}", place.given.display()),
        program,
        arguments: vec![
            "build".into(),
            "--load-restrictor=LoadRestrictionsRootOnly".into(),
            "--".into(),
            place.path.clone().into(),
        ],
        variables,
        home: home.path().to_owned(),
        input: None,
        output_limit: options.limits.total_bytes,
        deadline: options.deadline,
    };
    (options.announce)(&step.name);
    run(step).map_err(explained)
}
