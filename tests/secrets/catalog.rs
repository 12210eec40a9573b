//! The commands that speak with a catalog: what they say, what they write, and what
//! they send.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Output, Stdio};
use std::thread;

use glint_gitops::{LocalOptions, LocalSandbox};
use serde_json::{Value, json};

use crate::canary::{CLIENT_ID, CLIENT_SECRET, PARAMETER, SECRET_FILE, USERINFO, found};
use crate::scene::{Renderers, Scene};
use crate::wire::Wire;

const EXPORTER: &str = "port-k8s-exporter/^0.3.4 (statekey/k8s-prod)";

/// A scene beside a catalog that has the shop's blueprint and an integration.
struct Stage {
    scene: Scene,
    wire: Wire,
    _sandbox: LocalSandbox,
}

impl Stage {
    fn new() -> Self {
        Self::with(LocalOptions::default())
    }

    fn with(options: LocalOptions) -> Self {
        let sandbox = LocalSandbox::start_with(options);
        let service = json!({"identifier": "service", "title": "Service", "relations": {},
            "schema": {"properties": {"tier": {"type": "number"}}}});
        let old = (
            "service",
            json!({"identifier": "old", "properties": {"tier": 1}}),
        );
        sandbox.seed_as(EXPORTER, &[service], &[old]);
        let integration = json!({"installationId": "k8s-prod", "installationAppType": "K8S EXPORTER",
            "title": "k8s-prod", "version": "0.7.9", "config": {"resources": [other_block()]}});
        let line = "POST /v1/integration";
        let (status, answer) = sandbox.call_as(EXPORTER, line, Some(integration));
        assert!(status < 300, "{answer}");
        let scene = Scene::new();
        fs::write(
            scene.path().join("application.json"),
            application().to_string(),
        )
        .expect("an object");
        Self {
            wire: Wire::start(sandbox.url()),
            scene: scene.laid_out(),
            _sandbox: sandbox,
        }
    }

    fn run(&self, line: &str) -> Output {
        let url = [("GLINT_API_URL", self.wire.url.as_str())];
        self.scene.run_with(line, Renderers::Succeed, "", &url)
    }

    /// Holds a run to its exit code, and to silence: of what it says, writes and
    /// sends.
    #[track_caller]
    fn check(&self, line: &str, status: i32) {
        let output = self.run(line);
        self.scene.check(line, &output, status, &[]);
        let sent = self.wire.sent([CLIENT_ID.1, CLIENT_SECRET.1]);
        assert!(found(&sent).is_empty(), "{line}\n{:?}", found(&sent));
        let written = self.scene.written().into_values();
        let said =
            [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
        let all: Vec<String> = said.into_iter().chain(written).collect();
        for token in self.wire.tokens() {
            assert!(
                !all.iter().any(|text| text.contains(&token)),
                "{line} tells a token"
            );
        }
    }
}

/// A block of others'.
fn other_block() -> Value {
    json!({"kind": "v1/pods", "selector": {"query": "true"}, "glint": {"entity": {"mappings": [
        {"identifier": ".metadata.name", "blueprint": "\"service\""}]}}})
}

/// An Application whose source and messages hold a password, and a parameter.
fn application() -> Value {
    let url = format!("https://ann:{}@git.example.com/shop.git", USERINFO.1);
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd", "uid": "4711"},
        "spec": {"project": "shop", "destination": {"server": "https://kubernetes.default.svc"},
            "source": {"repoURL": url, "path": "shop", "targetRevision": "main",
                "helm": {"parameters": [{"name": "database.password", "value": PARAMETER.1}]}}},
        "status": {
            "conditions": [{"type": "ComparisonError", "message": format!("failed to list refs of {url}"),
                "lastTransitionTime": "2026-11-20T10:00:03Z"}],
            "sync": {"status": "OutOfSync", "revision": "731f00a"}, "health": {"status": "Healthy"},
            "operationState": {"phase": "Failed", "message": format!("cannot clone {url}"),
                "startedAt": "2026-11-20T10:00:00Z", "finishedAt": "2026-11-20T10:00:03Z",
                "operation": {"sync": {"revision": "731f00a"}},
                "syncResult": {"revision": "731f00a", "source": {"repoURL": url}}}},
    })
}

#[test]
fn a_preview_against_a_catalog_tells_and_sends_no_secret() {
    let stage = Stage::new();
    for format in ["text", "json", "markdown", "html"] {
        let line = format!("preview shop --against sandbox --format {format}");
        stage.check(&line, 1);
        let more = "--against listed --integration k8s-prod --report report --output preview";
        stage.check(&format!("{line} {more}"), 1);
    }
}

#[test]
fn a_publish_tells_and_sends_no_secret_and_neither_does_its_backup() {
    let kinds = "--served-kinds glint.io/v1/entities,glint.io/v1/clusterentities,v1/pods";
    let stage = Stage::new();
    let line = format!("publish shop --integration k8s-prod {kinds} --backup backups --no-wait");
    stage.check(&format!("{line} --dry-run"), 0);
    stage.check(&format!("{line} --dry-run --format json"), 0);
    stage.check(&format!("{line} --yes"), 0);
    let backups = fs::read_dir(stage.scene.path().join("backups")).expect("backups");
    let backup = backups.flatten().next().expect("a backup").path();
    let backup = backup.display();
    stage.check(
        &format!("publish --rollback {backup} --yes --backup backups --timeout 5s"),
        0,
    );
}

#[test]
fn a_report_tells_and_sends_no_secret() {
    let stage = Stage::new();
    stage.check("report --install", 0);
    let line = "report application.json --cluster-name prod";
    let dry = stage.run(&format!("{line} --dry-run"));
    stage.scene.check(line, &dry, 0, &[]);
    stage.check(line, 0);
    stage.check(&format!("{line} --format json"), 0);
    stage.check(
        &format!("{line} --entities shop --integration k8s-prod --wait --timeout 3s"),
        1,
    );
    stage.check(&format!("{line} --deleted"), 0);
}

#[test]
fn a_catalog_that_fails_is_told_of_without_the_credentials() {
    let failing = Stage::with(LocalOptions {
        faults: "500=1".to_owned(),
        ..LocalOptions::default()
    });
    failing.check(
        "report application.json --cluster-name prod --timeout 2s",
        2,
    );
    failing.check("preview shop --against sandbox --timeout 2s", 2);
}

#[test]
fn a_connection_that_is_set_wrongly_is_told_of_without_its_secrets() {
    let scene = Scene::new();
    let closed = "http://127.0.0.1:1";
    let url = format!("https://ann:{}@127.0.0.1:1", USERINFO.1);
    let proxy = format!("http://ann:{}@127.0.0.1:1", USERINFO.1);
    let api = |url| ("GLINT_API_URL", url);
    let no_secret = ("GLINT_CLIENT_SECRET", "");
    let ways: [(String, Vec<(&str, &str)>); 6] = [
        (String::new(), vec![api(closed)]),
        (format!("--api-url {url}"), vec![]),
        (
            "--client-secret-file secret".to_owned(),
            vec![api(closed), no_secret],
        ),
        ("--client-secret-file secret".to_owned(), vec![api(closed)]),
        ("--ca-file secret".to_owned(), vec![api(closed)]),
        // By way of a proxy with a password, which is not there either.
        (
            String::new(),
            vec![api("https://api.example.com"), ("HTTPS_PROXY", &proxy)],
        ),
    ];
    let commands = [
        "report --install --timeout 1s",
        "publish shop --integration k8s-prod --dry-run --timeout 1s",
        "preview shop --against http://127.0.0.1:1 --timeout 1s",
    ];
    // Each waits for its deadline.
    thread::scope(|scope| {
        for command in commands {
            for (flags, variables) in &ways {
                let scene = &scene;
                scope.spawn(move || {
                    let line = format!("{command} {flags}");
                    let output = scene.run_with(line.trim(), Renderers::Succeed, "", variables);
                    scene.check(&line, &output, 2, &[]);
                });
            }
        }
    });
    fs::write(
        scene.path().join("secret"),
        format!("{0}\n{0}\n", SECRET_FILE.1),
    )
    .expect("a file");
    let scene = scene.laid_out();
    let line = "report --install --client-secret-file secret";
    let more = [("GLINT_API_URL", closed), ("GLINT_CLIENT_SECRET", "")];
    let output = scene.run_with(line, Renderers::Succeed, "", &more);
    scene.check(line, &output, 2, &[]);
}

#[test]
fn settings_of_a_connection_are_shown_without_the_secret() {
    let scene = Scene::new();
    let url = format!("https://ann:{}@api.example.com", USERINFO.1);
    for format in ["text", "json"] {
        for command in ["report", "publish", "preview"] {
            let line = format!("{command} --api-url {url} --format {format} --show-settings");
            let line = line.replace("report --api", "report --install --api");
            let output = scene.run(&line, Renderers::Succeed, "");
            // Who asks is no secret.
            scene.check(&line, &output, 0, &[CLIENT_ID.1.to_owned()]);
        }
    }
}

/// One page of the sandbox.
fn page(url: &str, path: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the sandbox listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}

/// The paths that a page links to, but the one that never ends.
fn links(page: &str) -> Vec<String> {
    let links = page.split("href=\"/").skip(1);
    let links = links.filter_map(|rest| rest.split('"').next());
    let links = links.map(|link| format!("/{}", link.replace("&amp;", "&")));
    links.filter(|link| !link.contains("events")).collect()
}

/// All pages that are reached from the first, at most so many.
fn pages(url: &str) -> Vec<(String, String)> {
    let mut pages = vec![("/".to_owned(), page(url, "/"))];
    let mut at = 0;
    while let Some((_, found)) = pages.get(at) {
        for link in links(found) {
            if pages.len() < 40 && !pages.iter().any(|(path, _)| *path == link) {
                let text = page(url, &link);
                pages.push((link, text));
            }
        }
        at += 1;
    }
    pages
}

#[test]
fn the_sandbox_and_its_pages_tell_no_secret() {
    let scene = Scene::new();
    fs::write(
        scene.path().join("application.json"),
        application().to_string(),
    )
    .expect("a file");
    let scene = scene.laid_out();
    let mut command = scene.command("sandbox shop --port 0 --data data.json", Renderers::Succeed);
    let started = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut sandbox = started.expect("the sandbox starts");
    let stdout = BufReader::new(sandbox.stdout.take().expect("a pipe"));
    let lines: Vec<String> = stdout.lines().map_while(Result::ok).take(2).collect();
    let url = lines[0].clone();
    for line in [
        "preview shop --against sandbox",
        "report --install",
        "report application.json --cluster-name prod",
    ] {
        scene.run_with(line, Renderers::Succeed, "", &[("GLINT_API_URL", &url)]);
    }
    let pages = pages(&url);
    sandbox.kill().expect("it runs until it is ended");
    let output = sandbox.wait_with_output().expect("it ends");
    assert!(pages.len() > 2, "{pages:?}");
    let written = scene.written().into_iter();
    let written = written.map(|(path, text)| (path.display().to_string(), text));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = [
        ("stdout".to_owned(), lines.join("\n")),
        ("stderr".to_owned(), stderr),
    ];
    for (name, text) in pages.into_iter().chain(said).chain(written) {
        // Who wrote an entity is no secret.
        let text = text.replace(CLIENT_ID.1, "");
        assert_eq!(found(&text), Vec::<String>::new(), "{name}");
    }
}
