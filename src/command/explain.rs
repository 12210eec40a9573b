//! `explain`: a rule's page, or the list of all rules.

use anyhow::bail;

use super::{Exit, print};
use crate::cli::ExplainArgs;
use crate::output;
use crate::validate::{nearest, rule};

pub(super) fn run(arguments: &ExplainArgs) -> anyhow::Result<Exit> {
    let Some(id) = &arguments.rule else {
        return print(output::rules().as_bytes());
    };
    match (rule(id), nearest(id)) {
        (Some(rule), _) => print(rule.page.as_bytes()),
        (None, Some(meant)) => bail!("no rule is called `{id}`; did you mean `{meant}`?"),
        (None, None) => bail!("no rule is called `{id}`; `glint-gitops explain` lists them"),
    }
}
