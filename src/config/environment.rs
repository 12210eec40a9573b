//! A snapshot of the variables that the program reads.
//!
//! Nothing else in this crate asks the process for its environment on behalf of
//! settings, so that tests and two runs in one process see what they are given.

use std::collections::BTreeMap;
use std::fmt;

/// Variables by name.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment(BTreeMap<String, String>);

/// How the names of the variables that are read begin.
const READ: [&str; 12] = [
    "GLINT_",
    "ARGOCD_APP_",
    "ARGOCD_ENV_GLINT_",
    "KUBE_VERSION",
    "KUBE_API_VERSIONS",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    // What a controller's Pod is called, and where it is.
    "RUNTIME_NAMESPACE",
    "POD_NAME",
    "HOSTNAME",
];

impl fmt::Debug for Environment {
    /// The names alone: a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment {
    /// What this process was started with. Only what is read is kept; bytes that
    /// are no UTF-8 are replaced, and fail later as the value that they are in.
    pub(crate) fn of_process() -> Self {
        std::env::vars_os()
            .map(|(name, value)| {
                let text = |it: std::ffi::OsString| it.to_string_lossy().into_owned();
                (text(name), text(value))
            })
            .filter(|(name, _)| READ.iter().any(|start| name.starts_with(start)))
            .collect()
    }

    /// A variable's value. An empty one counts as unset: that is what a shell or
    /// Argo CD makes of a reference to a variable that does not exist.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The variables whose names start with a prefix, without it, in the order
    /// of their names. Empty ones count as unset.
    pub(crate) fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(move |(name, value)| {
            let name = name.strip_prefix(prefix)?;
            (!value.is_empty()).then_some((name, value.as_str()))
        })
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}
