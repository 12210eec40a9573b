//! A directory with secrets wherever a user has them, and the program run there.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::canary::{
    BROKEN, CLIENT_ID, CLIENT_SECRET, HELM_VALUE, LISTED, SECRET, SECRET_DATA, SECRET_FILE, STDERR,
    STDERR_WORD, USERINFO, VARIABLE, encoded, found,
};
use crate::program::{program, run};

/// An entity with a finding, in the same file as a Secret.
const ENTITY: &str = "\
apiVersion: glint.io/v1
kind: Entity
metadata:
  name: shop
  namespace: shop
  annotations: {argocd.argoproj.io/hook: PreSync}
spec:
  blueprint: service
  identifier: shop
  properties: {tier: 1, tier: 2}
  relations: {system: nowhere}
";

/// A config of the exporter's, which reads none of the variables it has.
const EXPORTER: &str = "\
resources:
- kind: glint.io/v1/entities
  selector: {query: 'true'}
  glint: {entity: {mappings: [{identifier: .spec.identifier, blueprint: .spec.blueprint}]}}
";

/// How the stand-ins for renderers end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Renderers {
    /// With manifests.
    Succeed,
    /// With manifests, and an error.
    Fail,
}

impl Renderers {
    /// The folder of the programs.
    const fn folder(self) -> &'static str {
        match self {
            Self::Succeed => "good",
            Self::Fail => "bad",
        }
    }
}

/// A scene, and what lay there before the program ran.
pub(crate) struct Scene {
    folder: TempDir,
    before: BTreeMap<PathBuf, String>,
}

/// The text of the Secret that passes through every render.
pub(crate) fn secret() -> String {
    let data = encoded(SECRET_DATA.1);
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: shop, namespace: shop}}\n\
         stringData: {{password: {}}}\ndata: {{token: {data}}}\n",
        SECRET.1
    )
}

/// The Secret in that List.
pub(crate) fn listed() -> String {
    format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{{\"name\":\"web\"}},\
         \"stringData\":{{\"key\":\"{}\"}}}}",
        LISTED.1
    )
}

/// A List on one line, in which a Secret stands beside an entity with a finding.
pub(crate) fn list() -> String {
    format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{},\
         {{\"apiVersion\":\"glint.io/v1\",\"kind\":\"Entity\",\"metadata\":{{\"name\":\"web\",\
         \"annotations\":{{\"argocd.argoproj.io/hook\":\"Sync\"}}}},\
         \"spec\":{{\"blueprint\":\"service\",\"identifier\":\"web\",\"unknown\":1}}}},{}]}}\n",
        listed(),
        listed(),
    )
}

/// A List with a Secret on whose line a comment stands.
fn commented() -> String {
    format!(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {{name: web}}\n  \
         stringData: {{key: {}}} # glint: allow(no-such-rule)\n- {{apiVersion: glint.io/v1, kind: Entity, \
         metadata: {{name: web, annotations: {{argocd.argoproj.io/hook: Sync}}}}, \
         spec: {{blueprint: service, identifier: web, unknown: 1}}}}\n",
        LISTED.1
    )
}

/// A stand-in for a renderer: it says secrets and prints manifests with one.
fn renderer(status: i32) -> String {
    let (word, key, userinfo) = (STDERR_WORD.1, STDERR.1, USERINFO.1);
    let secret = secret();
    format!(
        "#!/bin/sh\n\
         echo 'password: {word}' >&2\n\
         echo 'WARNING: cannot use {key}' >&2\n\
         echo 'get https://ann:{userinfo}@charts.example.com/index.yaml' >&2\n\
         echo 'Authorization: Bearer {key}' >&2\n\
         while IFS= read -r line; do echo \"$line\"; done <<'END'\n{secret}---\n{ENTITY}END\n\
         exit {status}\n",
    )
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch directory");
        let scene = Self {
            folder,
            before: BTreeMap::new(),
        };
        let secret = secret();
        scene.write(
            "shop/shop.yaml",
            &format!("{secret}---\n{ENTITY}---\n{secret}"),
        );
        scene.write("listed/list.json", &list());
        scene.write("commented/list.yaml", &commented());
        let unread = format!(
            "apiVersion: v1\nkind: List\nitems:\n- {{kind: Secret, stringData: {{key: {}}}, broken: [}}\n\
             - apiVersion: glint.io/v1\n  kind: Entity\n",
            LISTED.1
        );
        // A directory needs an object that can be read.
        scene.write("unread/entity.yaml", ENTITY);
        scene.write("unread/list.yaml", &unread);
        let broken = format!(
            "{ENTITY}---\napiVersion: v1\nkind: Secret\nstringData:\n  a: \"{}\n  b: [\n",
            BROKEN.1
        );
        scene.write("broken/secret.yaml", &broken);
        scene.write(
            "chart/Chart.yaml",
            "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        );
        let values = format!("database: {{password: {}}}\n", HELM_VALUE.1);
        scene.write("chart/values.yaml", &values);
        scene.write("chart/values-production.yaml", &values);
        scene.write("chart/templates/shop.yaml", "{{ .Values.database }}\n");
        scene.write("built/kustomization.yaml", "resources: []\n");
        scene.write("secret", SECRET_FILE.1);
        scene.write("exporter.yaml", EXPORTER);
        for (renderers, status) in [(Renderers::Succeed, 0), (Renderers::Fail, 3)] {
            for name in ["helm", "kustomize"] {
                let path = format!("{}/{name}", renderers.folder());
                scene.program(&path, &renderer(status));
            }
        }
        scene.laid_out()
    }

    /// The scene as it is now: what lies there was not written by the program.
    pub(crate) fn laid_out(mut self) -> Self {
        self.before = self.files();
        self
    }

    /// The directory's real path.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        let folder = path.parent().expect("a file is in a folder");
        fs::create_dir_all(folder).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn program(&self, name: &str, text: &str) {
        self.write(name, text);
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path().join(name), mode).expect("a mode");
    }

    fn files(&self) -> BTreeMap<PathBuf, String> {
        let entries = WalkDir::new(self.path()).into_iter();
        let paths = entries.map(|entry| entry.expect("an entry").into_path());
        paths
            .filter(|path| path.is_file())
            .map(|path| {
                let text = fs::read(&path).expect("a file can be read");
                (path, String::from_utf8_lossy(&text).into_owned())
            })
            .collect()
    }

    /// What was written since the scene was laid out.
    pub(crate) fn written(&self) -> BTreeMap<PathBuf, String> {
        let mut files = self.files();
        files.retain(|path, text| self.before.get(path) != Some(text));
        files
    }

    /// Runs a command line at the most verbose level, with secrets in the
    /// environment.
    pub(crate) fn run(&self, line: &str, renderers: Renderers, stdin: &str) -> Output {
        self.run_with(line, renderers, stdin, &[])
    }

    /// The same with more variables.
    pub(crate) fn run_with(
        &self,
        line: &str,
        renderers: Renderers,
        stdin: &str,
        more: &[(&str, &str)],
    ) -> Output {
        let mut command = self.command(line, renderers);
        command.envs(more.iter().copied());
        run(&mut command, stdin.as_bytes())
    }

    /// A command line, not started yet.
    pub(crate) fn command(&self, line: &str, renderers: Renderers) -> Command {
        let userinfo = |host: &str| format!("https://ann:{}@{host}", USERINFO.1);
        let mut command = program();
        command
            .args(line.split(' '))
            .arg("-vv")
            .env("PATH", self.path().join(renderers.folder()))
            .env("GLINT_LOG", "trace")
            .env("AWS_SECRET_ACCESS_KEY", VARIABLE.1)
            // Kubernetes makes such a one for a Service named `glint`.
            .env("GLINT_SERVICE_PASSWORD", VARIABLE.1)
            .env("ARGOCD_ENV_DATABASE_PASSWORD", VARIABLE.1)
            .env(
                "ARGOCD_APP_SOURCE_REPO_URL",
                userinfo("git.example.com/shop"),
            )
            .env("HTTPS_PROXY", userinfo("proxy.example.com:3128"))
            .env("GLINT_CLIENT_ID", CLIENT_ID.1)
            .env("GLINT_CLIENT_SECRET", CLIENT_SECRET.1)
            .current_dir(self.path());
        command
    }

    /// Holds a run to its exit code and to silence, on stdout, on stderr and in
    /// every file; `passed` is what stdout may hold.
    #[track_caller]
    pub(crate) fn check(&self, line: &str, output: &Output, status: i32, passed: &[String]) {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{line}\n{stderr}");
        let mut stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        for text in passed {
            stdout = stdout.replace(text, "");
        }
        let mut leaks = found(&stdout);
        leaks.extend(found(&stderr));
        for (path, text) in self.written() {
            let name = path.strip_prefix(self.path()).unwrap_or(&path).display();
            let found = found(&text);
            leaks.extend(found.into_iter().map(|leak| format!("{name}: {leak}")));
        }
        assert!(leaks.is_empty(), "{line}\n{}", leaks.join("\n"));
    }
}
