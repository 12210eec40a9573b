//! The variables of the exporter's environment that its jq may read.
//!
//! They are given, never taken from this program's own environment: what the
//! preview says would depend on who runs it.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

/// What was typed as `NAME=VALUE`.
pub(in crate::command) fn given(pairs: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for pair in pairs {
        // The value may be a secret, so it is not repeated.
        let (name, value) = pair
            .split_once('=')
            .context("`--env` takes NAME=VALUE, not a text without `=`")?;
        if name.is_empty() {
            bail!("`--env` takes NAME=VALUE, not an empty name");
        }
        variables.insert(name.to_owned(), value.to_owned());
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn a_value_is_not_repeated() {
        let says = |pair: &str| given(&[pair.to_owned()]).unwrap_err().to_string();
        assert_eq!(
            says("hunter2"),
            "`--env` takes NAME=VALUE, not a text without `=`"
        );
        assert_eq!(
            says("=hunter2"),
            "`--env` takes NAME=VALUE, not an empty name"
        );
    }
}
