//! Argo CD's variables inside of a Helm parameter or a values file's name.
//!
//! After argo-cd 3.6.1 `Env.Envsubst` (pkg/apis/application/v1alpha1/types.go),
//! which is Go's `os.Expand`, and `newEnv` (reposerver/repository). Argo CD does
//! this for `source.helm` and for a plugin's env, and not for a plugin's
//! parameters. Invariant: no variable but those nine is ever put in.

use super::environment::Environment;
use super::value::without_userinfo;

/// What may be named; all else is empty.
const VARIABLES: [&str; 9] = [
    "ARGOCD_APP_NAME",
    "ARGOCD_APP_NAMESPACE",
    "ARGOCD_APP_PROJECT_NAME",
    "ARGOCD_APP_REVISION",
    "ARGOCD_APP_REVISION_SHORT",
    "ARGOCD_APP_REVISION_SHORT_8",
    "ARGOCD_APP_SOURCE_REPO_URL",
    "ARGOCD_APP_SOURCE_PATH",
    "ARGOCD_APP_SOURCE_TARGET_REVISION",
];

/// Puts variables in for `$NAME` and `${NAME}`, and `$` for `$$`.
pub(super) fn expanded(text: &str, environment: &Environment) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('$') {
        expanded.push_str(before);
        let (name, length) = name(behind);
        match name {
            // A dollar that begins nothing is one; of `${}` and of a brace that
            // is never closed nothing is left.
            "" if length == 0 => expanded.push('$'),
            "$" => expanded.push('$'),
            name if VARIABLES.contains(&name) => {
                let value = environment.get(name).unwrap_or_default();
                match name {
                    // The one that may hold a password; Argo CD leaves it in.
                    "ARGOCD_APP_SOURCE_REPO_URL" => expanded.push_str(&without_userinfo(value)),
                    _ => expanded.push_str(value),
                }
            }
            _ => {}
        }
        rest = &behind[length..];
    }
    expanded.push_str(rest);
    expanded
}

/// The name behind a dollar, and how many bytes it takes with its braces (Go's
/// `getShellName`).
fn name(behind: &str) -> (&str, usize) {
    let bytes = behind.as_bytes();
    let is_special = |at: usize| {
        bytes
            .get(at)
            .is_some_and(|byte| b"*#$@!?-0123456789".contains(byte))
    };
    if is_special(0) {
        return (&behind[..1], 1);
    }
    if let Some(inside) = behind.strip_prefix('{') {
        return match inside.find('}') {
            Some(end) => (&inside[..end], end + 2),
            None => ("", 1),
        };
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = bytes.iter().take_while(|byte| is_part(byte)).count();
    (&behind[..length], length)
}

#[cfg(test)]
mod tests {
    use super::expanded;
    use crate::config::Environment;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let environment = Environment::from_iter([
            ("ARGOCD_APP_NAME", "shop"),
            ("ARGOCD_APP_REVISION", "731f00a4"),
            (
                "ARGOCD_APP_SOURCE_REPO_URL",
                "https://ci:hunter2@example.com/shop.git",
            ),
            ("ARGOCD_APP_PARAMETERS", "[]"),
            ("GLINT_CLIENT_SECRET", "hunter2"),
        ]);
        assert_eq!(expanded(text, &environment), expected);
    }

    #[test]
    fn argo_cds_variables_are_put_in() {
        check("", "");
        check("v1.2", "v1.2");
        check("$ARGOCD_APP_NAME", "shop");
        check("${ARGOCD_APP_NAME}-$ARGOCD_APP_REVISION.", "shop-731f00a4.");
        check("ä$ARGOCD_APP_NAMEä", "äshopä");
    }

    #[test]
    fn a_repositorys_user_and_password_stay_out() {
        check(
            "repo=$ARGOCD_APP_SOURCE_REPO_URL",
            "repo=https://example.com/shop.git",
        );
    }

    #[test]
    fn a_dollar_is_written_twice() {
        check("pa$$word", "pa$word");
        check("${$}", "$");
        check("$$$$ARGOCD_APP_NAME", "$$ARGOCD_APP_NAME");
        check("5 $ or 5$", "5 $ or 5$");
        check("$.a$ä", "$.a$ä");
    }

    #[test]
    fn what_is_no_variable_of_the_nine_is_empty() {
        check("<$UNKNOWN>", "<>");
        check("<$ARGOCD_APP_NAME_>", "<>");
        check("<$ARGOCD_APP_PARAMETERS$GLINT_CLIENT_SECRET>", "<>");
        check("<$12><$-><${1}>", "<2><><>");
        check("<${}><${ARGOCD_APP_NAME", "<><ARGOCD_APP_NAME");
    }
}
