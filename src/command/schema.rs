//! `schema`: what editors hold entity files against; with `--admission`, what the
//! API server holds entities against.

use anyhow::Context;

use super::check::blueprints;
use super::{Exit, print};
use crate::catalog::{Blueprint, Blueprints, nearest};
use crate::cli::SchemaArgs;
use crate::config::Settings;
use crate::output::Console;
use crate::schema::{Admission, admission, blueprint_schema, entity_schema};

pub(super) fn run(
    settings: &Settings,
    arguments: &SchemaArgs,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    match arguments.admission {
        true => for_the_api_server(settings, console),
        false => for_editors(settings, arguments),
    }
}

fn for_editors(settings: &Settings, arguments: &SchemaArgs) -> anyhow::Result<Exit> {
    let blueprints = blueprints(&arguments.blueprints, settings.input_limit)?;
    let blueprints = blueprints.unwrap_or_default();
    let schema = match &arguments.blueprint {
        Some(name) => blueprint_schema(named(&blueprints, name)?, settings.dialect),
        None => entity_schema(&blueprints, settings.dialect),
    };
    print(format!("{schema:#}\n").as_bytes())
}

fn named<'b>(blueprints: &'b Blueprints, name: &str) -> anyhow::Result<&'b Blueprint> {
    blueprints.get(name).with_context(|| {
        let known = blueprints.iter().map(|known| known.identifier.as_str());
        let meant = nearest(name, known).map(|meant| format!("; did you mean `{meant}`?"));
        format!(
            "no blueprint is called `{name}`{}",
            meant.unwrap_or_default()
        )
    })
}

fn for_the_api_server(settings: &Settings, console: &mut Console) -> anyhow::Result<Exit> {
    let claims = settings.claims.as_ref().context(
        "no policy with `claims`, so that anyone may declare anything; `--policy` names one",
    )?;
    let Admission { yaml, gaps } = admission(claims, settings.dialect)?;
    for gap in gaps {
        console.note(&gap);
    }
    print(yaml.as_bytes())
}
