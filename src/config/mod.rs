//! Settings: from what was typed and what stands around it to what will be done.
//!
//! Strongest first: the policy's `enforce`, flags (and a KRM function's
//! `functionConfig`), Application parameters (and a `GlintRender`'s spec), `ARGOCD_ENV_GLINT_*`, what the host
//! states, `GLINT_*`, the repository's `.glint.yaml`, the policy's `defaults`,
//! the built-in value. Who may set what is one table, `table.rs`.
//!
//! All that can fail on the environment fails here. Not for what a setting does.
//! Invariant: what the rendered repository says never names an executable, a
//! file to write, a host, the policy, or a longer deadline than the operator's.

mod announcement;
mod argocd;
mod assignment;
mod choice;
mod command_line;
mod environment;
mod error;
mod expansion;
mod function;
mod layers;
mod name;
#[cfg(feature = "controller")]
mod object;
mod policy;
mod repository;
mod rules;
mod setting;
mod settings;
mod table;
mod value;
mod yaml;

pub(crate) use announcement::announcement;
pub(crate) use choice::{
    CrdsSetting, FailOn, Format, HostSetting, MappingSetting, MappingStyle, RendererSetting,
};
pub(crate) use environment::Environment;
pub(crate) use layers::Layers;
#[cfg(feature = "controller")]
pub(crate) use object::Said;
pub(crate) use policy::FIXED_PATH as FIXED_POLICY;
pub(crate) use repository::Checkout;
pub(crate) use settings::Settings;
#[cfg(feature = "controller")]
pub(crate) use value::typed_duration;

#[cfg(test)]
mod tests;
