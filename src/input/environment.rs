//! What surrounds a renderer: its program, its variables, and a home of its
//! own that is gone afterwards.
//!
//! Not for arguments (`helm`, `kustomize`) or for running (`process`).
//! Invariants: nothing of our own environment is passed on; the program finds
//! no other program; it reaches no host but the allowed ones.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{InputError, Tool, Tools};

/// An address at which nothing can listen. Go's HTTP clients, and so Helm's
/// and kustomize's, send what is not exempted to their proxy; so a host that
/// a scan could not see, a redirect's for instance, is refused at once.
/// Go exempts loopback addresses always (`net/http` `ProxyFromEnvironment`).
const DEAD_PROXY: &str = "http://127.0.0.1:0";

/// A renderer's home: one temporary directory for one run.
#[derive(Debug)]
pub(super) struct Home {
    directory: TempDir,
}

impl Home {
    /// Makes an empty home, readable for this user alone.
    pub(super) fn new() -> Result<Self, InputError> {
        let scratch = |source| InputError::Scratch {
            what: "a home for the renderer",
            source,
        };
        let directory = tempfile::Builder::new()
            .prefix("glint-gitops-")
            .tempdir()
            .map_err(scratch)?;
        for part in ["home", "tmp", "bin", "charts"] {
            fs::create_dir(directory.path().join(part)).map_err(scratch)?;
        }
        Ok(Self { directory })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A part of the home: `home`, `tmp`, `bin`, `charts`, or below them.
    pub(super) fn part(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// All variables that a renderer sees. Its `PATH` leads to an empty
    /// directory.
    pub(super) fn variables(
        &self,
        allow_hosts: &BTreeSet<String>,
    ) -> BTreeMap<&'static str, OsString> {
        let part = |name: &str| self.part(name).into_os_string();
        let proxy = || OsString::from(DEAD_PROXY);
        let direct: Vec<&str> = allow_hosts.iter().map(String::as_str).collect();
        let without_ports: Vec<&str> = direct
            .iter()
            .filter_map(|host| host.split(':').next())
            .collect();
        BTreeMap::from([
            ("HOME", part("home")),
            ("TMPDIR", part("tmp")),
            ("PATH", part("bin")),
            ("LANG", "C".into()),
            ("HELM_CACHE_HOME", part("home/helm-cache")),
            ("HELM_CONFIG_HOME", part("home/helm-config")),
            ("HELM_DATA_HOME", part("home/helm-data")),
            ("HELM_PLUGINS", part("home/helm-plugins")),
            ("KUSTOMIZE_PLUGIN_HOME", part("home/kustomize-plugins")),
            // Go and curl (git's) read different ones of these.
            ("HTTP_PROXY", proxy()),
            ("http_proxy", proxy()),
            ("HTTPS_PROXY", proxy()),
            ("https_proxy", proxy()),
            // Go knows ports here; curl, which looks at the second, does not.
            ("NO_PROXY", direct.join(",").into()),
            ("no_proxy", without_ports.join(",").into()),
            // In effect only where a renderer may use git, for an allowed base.
            ("GIT_ALLOW_PROTOCOL", "https:http".into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_TERMINAL_PROMPT", "0".into()),
        ])
    }
}

/// Adds to a renderer's failure what the dead proxy's error stands for, in the
/// words of Go and of curl.
pub(super) fn explained(error: InputError) -> InputError {
    let is_proxy =
        |stderr: &str| stderr.contains("127.0.0.1:0:") || stderr.contains("127.0.0.1 port 0 ");
    match error {
        InputError::Failed {
            step,
            status,
            stderr,
        } if is_proxy(&stderr) => InputError::Failed {
            step,
            status,
            stderr: format!("{stderr}\n(it asked for a host that is not among `allow-hosts`)"),
        },
        other => other,
    }
}

impl Tools {
    /// Finds a renderer's program.
    pub(super) fn find(&self, tool: Tool) -> Result<PathBuf, InputError> {
        let set = match tool {
            Tool::Helm => &self.helm,
            Tool::Kustomize => &self.kustomize,
        };
        match set {
            Some(path) if is_program(path) => {
                // It runs in another directory than ours.
                std::path::absolute(path).map_err(InputError::read(path))
            }
            Some(path) => Err(InputError::NoTool {
                problem: format!("`{}` is not a program", path.display()),
                tool,
            }),
            None => {
                search_in(&self.search_path, &tool.to_string()).ok_or_else(|| InputError::NoTool {
                    problem: format!("{tool} is not on PATH"),
                    tool,
                })
            }
        }
    }
}

/// The first program of a name in a value of `PATH`. A relative entry does not
/// count: it could name a place in the repository.
fn search_in(search_path: &OsStr, name: &str) -> Option<PathBuf> {
    env::split_paths(search_path)
        .filter(|entry| entry.is_absolute())
        .map(|entry| entry.join(name))
        .find(|candidate| is_program(candidate))
}

/// Whether a path is a file that somebody may execute.
fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::OsStr;
    use std::path::Path;

    use super::{Home, Tools, explained, search_in};
    use crate::input::{InputError, Tool};

    #[test]
    fn a_missing_program_is_named_with_the_setting() {
        let temporary = tempfile::tempdir().unwrap();
        let tools = Tools {
            helm: None,
            kustomize: Some(temporary.path().join("kustomize")),
            search_path: temporary.path().as_os_str().to_owned(),
        };
        assert_eq!(
            tools.find(Tool::Helm).unwrap_err().to_string(),
            "helm is not on PATH; install it or set `--helm-path`"
        );
        assert_eq!(
            tools.find(Tool::Kustomize).unwrap_err().to_string(),
            format!(
                "`{}` is not a program; install it or set `--kustomize-path`",
                temporary.path().join("kustomize").display()
            )
        );
    }

    #[test]
    fn a_relative_entry_of_path_is_not_searched() {
        let search = |search_path: &str| search_in(OsStr::new(search_path), "sh");
        assert_eq!(search("bin:.::/bin").as_deref(), Some(Path::new("/bin/sh")));
        assert_eq!(search("bin:.:"), None);
    }

    #[test]
    fn hosts_that_are_not_allowed_go_to_a_proxy_that_is_dead() {
        let home = Home::new().unwrap();
        let allowed = BTreeSet::from([
            "charts.example.com".to_owned(),
            "git.example.com:8443".to_owned(),
        ]);
        let variables = home.variables(&allowed);
        assert_eq!(
            variables["NO_PROXY"],
            "charts.example.com,git.example.com:8443"
        );
        assert_eq!(variables["no_proxy"], "charts.example.com,git.example.com");
        assert_eq!(variables["HTTPS_PROXY"], "http://127.0.0.1:0");
        assert_eq!(home.variables(&BTreeSet::new())["no_proxy"], "");
    }

    #[test]
    fn the_dead_proxy_is_explained() {
        #[track_caller]
        fn check(stderr: &str, expected: &str) {
            let failed = InputError::Failed {
                step: "helm pull x".into(),
                status: "exit status 1".into(),
                stderr: stderr.into(),
            };
            let head = "`helm pull x` failed with exit status 1";
            assert_eq!(explained(failed).to_string(), format!("{head}{expected}"));
        }
        let meaning = "(it asked for a host that is not among `allow-hosts`)";
        for refusal in [
            "dial tcp 127.0.0.1:0: connect: connection refused",
            "Failed to connect to 127.0.0.1 port 0 after 0 ms",
        ] {
            check(refusal, &format!("\n  {refusal}\n  {meaning}"));
        }
        check("no such chart", "\n  no such chart");
    }
}
