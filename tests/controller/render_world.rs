//! What surrounds `controller render` in a scenario: a server of sources and of events,
//! a kustomize of a few lines, and the objects.
//!
//! Invariant: everything is on loopback, and a source's archive is the same bytes for
//! the same files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::fake::FakeCluster;
use crate::fake::kind::{BUCKET, EXTERNAL_ARTIFACT, GIT_REPOSITORY, GLINT_RENDER, OCI_REPOSITORY};
use crate::program::{Controller, Launch, get};

/// An entity, as an author writes it.
pub(crate) const ENTITY: &str = "\
apiVersion: glint.io/v1
kind: Entity
metadata:
  name: pay
  namespace: shop
spec:
  blueprint: service
  identifier: pay
  properties:
    password: hunter2
";

/// Prints every file that it finds in `out/` of the directory that it builds, as the
/// fake kustomizations of these scenarios name none.
const KUSTOMIZE: &str = "#!/bin/sh\nfor last; do :; done\nexec /bin/cat \"$last\"/*.yaml.out\n";

/// Files by path.
pub(crate) type Files<'a> = &'a [(&'a str, &'a str)];

/// A cluster with Flux's sources, and their server.
pub(crate) struct World {
    pub(crate) cluster: FakeCluster,
    pub(crate) server: Server,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            cluster: FakeCluster::with(&[
                GLINT_RENDER,
                GIT_REPOSITORY,
                OCI_REPOSITORY,
                BUCKET,
                EXTERNAL_ARTIFACT,
            ]),
            server: Server::start(),
        }
    }

    /// The controller with what it needs, and may do.
    pub(crate) fn launch(&self) -> Launch {
        self.launch_at("glint-render.flux-system")
    }

    /// The same, reached by an address.
    pub(crate) fn launch_at(&self, address: &str) -> Launch {
        let kustomize = self.cluster.folder().join("kustomize");
        fs::write(&kustomize, KUSTOMIZE).expect("a script");
        fs::set_permissions(&kustomize, fs::Permissions::from_mode(0o755)).expect("a script");
        Controller::render(&self.cluster)
            .flag("--allow-hosts", self.server.address.as_str())
            .flag("--kustomize-path", kustomize)
            .flag("--storage-adv-addr", address)
            .flag(
                "--events-addr",
                format!("http://{}/events", self.server.address),
            )
            .flag("--requeue-dependency", "1s")
    }

    /// A Git repository whose artifact holds files.
    pub(crate) fn git(&self, revision: &str, files: Files<'_>) {
        self.source(revision, &archive(files));
    }

    /// A Git repository whose artifact is some bytes.
    pub(crate) fn source(&self, revision: &str, bytes: &[u8]) {
        let digest = hex(bytes);
        let path = format!("/{digest}.tar.gz");
        self.server.put(&path, bytes);
        let url = format!("http://{}{path}", self.server.address);
        self.cluster.put(repository(&json!({
            "url": url, "path": "x", "revision": revision,
            "digest": format!("sha256:{digest}"),
            "lastUpdateTime": "2026-11-23T10:00:00Z",
        })));
    }

    /// The GlintRender of all scenarios, with fields of its spec.
    pub(crate) fn render(&self, spec: &Value) {
        let mut all = json!({
            "sourceRef": {"kind": "GitRepository", "name": "shop"},
            "path": "./deploy",
            "interval": "1h",
        });
        for (field, value) in spec.as_object().into_iter().flatten() {
            all[field] = value.clone();
        }
        self.cluster.put(json!({
            "apiVersion": "gitops.glint.io/v1alpha1",
            "kind": "GlintRender",
            "metadata": {"namespace": "shop", "name": "checkout"},
            "spec": all,
        }));
    }

    pub(crate) fn object(&self) -> Value {
        let object = self.cluster.get(GLINT_RENDER, "shop", "checkout");
        object.unwrap_or_default()
    }

    pub(crate) fn artifact(&self) -> Option<Value> {
        self.cluster.get(EXTERNAL_ARTIFACT, "shop", "checkout")
    }

    /// `Ready=True Succeeded: …` of each condition, the settled ones alone.
    pub(crate) fn conditions(&self) -> Vec<String> {
        conditions(&self.object())
    }

    /// Waits until the object says this, and answers all its conditions.
    #[track_caller]
    pub(crate) fn wait_for(&self, start: &str) -> Vec<String> {
        self.cluster.wait_for(start, |_| {
            let conditions = self.conditions();
            let is_so = conditions.iter().any(|it| it.starts_with(start));
            is_so.then_some(conditions)
        })
    }

    /// Waits until the artifact's content is another one than before.
    #[track_caller]
    pub(crate) fn wait_for_other(&self, before: &str) -> Value {
        self.cluster.wait_for("another artifact", |_| {
            let artifact = self.artifact()?;
            let digest = artifact["status"]["artifact"]["digest"].as_str()?;
            (digest != before).then(|| artifact.clone())
        })
    }

    /// The digest of the artifact that is published.
    pub(crate) fn digest(&self) -> String {
        let artifact = self.artifact().unwrap_or_default();
        let digest = artifact["status"]["artifact"]["digest"].as_str();
        digest.unwrap_or_default().to_owned()
    }

    /// The files of the artifact that is published, as this controller serves them.
    pub(crate) fn served(&self, controller: &Controller) -> BTreeMap<String, String> {
        let artifact = self.artifact().expect("an ExternalArtifact");
        let path = artifact["status"]["artifact"]["path"]
            .as_str()
            .expect("a path");
        let bytes = fetch(&controller.address("artifacts"), path);
        let digest = artifact["status"]["artifact"]["digest"].as_str();
        assert_eq!(digest, Some(format!("sha256:{}", hex(&bytes)).as_str()));
        unpacked(&bytes)
    }

    /// The status of what a controller answers for the artifact's path.
    pub(crate) fn status_of(&self, controller: &Controller, path: &str) -> u16 {
        get(&controller.address("artifacts"), &format!("/{path}")).0
    }

    /// Events of Flux's form: reason, severity and message of each.
    pub(crate) fn notifications(&self) -> Vec<Value> {
        self.server.posted()
    }
}

pub(crate) fn conditions(object: &Value) -> Vec<String> {
    let conditions = object["status"]["conditions"].as_array();
    let text =
        |condition: &Value, field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    let told = conditions.into_iter().flatten().map(|it| {
        let [kind, status, reason, message] =
            ["type", "status", "reason", "message"].map(|field| text(it, field));
        format!("{kind}={status} {reason}: {message}")
    });
    let mut told: Vec<String> = told.collect();
    // Their order is the API server's.
    told.sort_by_key(|it| (!it.starts_with("Ready="), it.clone()));
    told
}

/// A Git repository with an artifact.
fn repository(artifact: &Value) -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"namespace": "shop", "name": "shop"},
        "spec": {"url": "https://git.example.com/shop", "interval": "1m"},
        "status": {"artifact": artifact},
    })
}

/// The directory `deploy` as kustomize would render it to this stream.
pub(crate) fn deploy(stream: &str) -> [(&'static str, &str); 2] {
    [
        ("deploy/kustomization.yaml", "resources: []\n"),
        ("deploy/all.yaml.out", stream),
    ]
}

/// A tar.gz of files.
pub(crate) fn archive(files: Files<'_>) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, text.as_bytes())
            .expect("a plain file");
    }
    tar.into_inner().and_then(GzEncoder::finish).expect("bytes")
}

/// A tar.gz with a symlink in it.
pub(crate) fn hostile() -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    header.set_entry_type(tar::EntryType::Symlink);
    tar.append_link(&mut header, "deploy/secrets", "/etc/passwd")
        .expect("a link");
    tar.into_inner().and_then(GzEncoder::finish).expect("bytes")
}

fn unpacked(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let entries = tar.entries().expect("an archive");
    let files = entries.map(|entry| {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("a text");
        (path, text)
    });
    files.filter(|(path, _)| !path.ends_with('/')).collect()
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a file that is served.
pub(crate) fn fetch(address: &str, path: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it listens");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n");
    let body = end.expect("a head") + 4;
    let head = String::from_utf8_lossy(&answer[..body]).to_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(!head.contains("content-encoding"), "{head}");
    answer.split_off(body)
}

/// Serves files, and takes what is posted.
pub(crate) struct Server {
    pub(crate) address: String,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    posted: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = Self {
            address: listener.local_addr().expect("a port").to_string(),
            files: Arc::default(),
            posted: Arc::default(),
        };
        let (files, posted) = (Arc::clone(&server.files), Arc::clone(&server.posted));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(stream, &files, &posted);
            }
        });
        server
    }

    /// Serves bytes at a path from now on.
    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        let mut files = self.files.lock().expect("no test panics here");
        files.insert(path.to_owned(), bytes.to_vec());
    }

    /// Answers nobody who asks for a file while this is held.
    pub(crate) fn hold(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.files.lock().expect("no test panics here")
    }

    fn posted(&self) -> Vec<Value> {
        self.posted.lock().expect("no test panics here").clone()
    }
}

/// Answers one request, and closes.
fn answer(stream: TcpStream, files: &Mutex<BTreeMap<String, Vec<u8>>>, posted: &Mutex<Vec<Value>>) {
    let mut reader = BufReader::new(&stream);
    let (mut first, mut length) = (String::new(), 0);
    if reader.read_line(&mut first).is_err() {
        return;
    }
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    drop(reader.read_exact(&mut body));
    let path = first.split(' ').nth(1).unwrap_or_default();
    let (status, bytes) = if first.starts_with("POST") {
        let event = serde_json::from_slice(&body).expect("JSON");
        posted.lock().expect("no test panics here").push(event);
        ("202 Accepted", Vec::new())
    } else {
        match files.lock().expect("no test panics here").get(path) {
            Some(bytes) => ("200 OK", bytes.clone()),
            None => ("404 Not Found", Vec::new()),
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        bytes.len()
    );
    let mut stream = &stream;
    drop(stream.write_all(head.as_bytes()));
    drop(stream.write_all(&bytes));
}
