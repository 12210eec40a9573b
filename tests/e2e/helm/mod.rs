//! Helm 3 and 4 with our post-renderer against a real API server.

mod fixture;

mod crds;
mod hooks;
mod refusal;
mod release;

pub(crate) use fixture::{CHART, Helm, Version};

/// The names of the ConfigMaps that hold a fragment.
#[track_caller]
fn fragments(helm: &Helm<'_>) -> Vec<String> {
    let names = helm.names("configmaps");
    names
        .into_iter()
        .filter(|name| name.starts_with("glint-"))
        .collect()
}
