//! A sandbox that runs: the program's own, following a folder of the test's.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a start may take, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sandbox and what it follows. It ends when it is dropped.
pub(crate) struct Running {
    process: Child,
    /// `http://127.0.0.1:40123`.
    pub(crate) url: String,
    /// The folder `shop` that is followed, and nothing else in it.
    folder: TempDir,
}

impl Running {
    /// Follows a copy of the example shop, with the example's blueprints.
    pub(crate) fn shop() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shop = folder.path().join("shop");
        fs::create_dir(&shop).unwrap();
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        for file in fs::read_dir(examples.join("shop")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), shop.join(file.file_name())).unwrap();
        }
        let blueprints = examples.join("blueprints.json");
        let blueprints = ["--blueprints", blueprints.to_str().unwrap()];
        Self::start(folder, &[&["shop"], &blueprints[..]].concat())
    }

    /// Follows one file with this text.
    pub(crate) fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("shop")).unwrap();
        fs::write(folder.path().join("shop/all.yaml"), text).unwrap();
        Self::start(folder, &["shop"])
    }

    /// Follows nothing.
    pub(crate) fn empty() -> Self {
        Self::start(tempfile::tempdir().unwrap(), &[])
    }

    fn start(folder: TempDir, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glint-gitops"));
        command.env_clear().current_dir(folder.path());
        command.arg("sandbox").args(arguments).args(["--port", "0"]);
        let pipes = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = pipes.stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let mut stderr = process.stderr.take().unwrap();
        let (sender, first_line) = channel();
        thread::spawn(move || {
            let mut lines = stdout.lines().map_while(Result::ok);
            let told = lines.next().and_then(|line| sender.send(line).ok());
            // Whoever prints must not wait for a reader.
            if told.is_some() {
                lines.for_each(drop);
            }
        });
        let Ok(url) = first_line.recv_timeout(PATIENCE) else {
            drop(process.kill());
            let mut said = String::new();
            stderr.read_to_string(&mut said).unwrap();
            panic!("the sandbox does not start: {said}");
        };
        thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Self {
            process,
            url,
            folder,
        }
    }

    /// The address of a page.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// A file that is followed.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("shop").join(name)
    }

    /// Puts one text in the place of another in a file that is followed.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.file(name)).unwrap();
        assert!(text.contains(from), "{from} in {name}");
        fs::write(self.file(name), text.replace(from, to)).unwrap();
    }

    /// Calls the API with a token; the body of the answer.
    pub(crate) fn call(&self, line: &str, body: &Value) -> Value {
        let credentials = json!({"clientId": "sandbox", "clientSecret": "sandbox"});
        let token = self.send("POST /v1/auth/access_token", "", &credentials);
        let token = token["accessToken"].as_str().unwrap();
        let answer = self.send(line, &format!("Authorization: Bearer {token}\r\n"), body);
        assert_eq!(answer["ok"], true, "{line}: {answer}");
        answer
    }

    fn send(&self, line: &str, headers: &str, body: &Value) -> Value {
        let body = body.to_string();
        let headers = format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n{headers}",
            body.len()
        );
        let answer = self.ask(line, "127.0.0.1", &format!("{headers}\r\n{body}"));
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    /// Sends a request to a host's name; the answer with its head.
    pub(crate) fn ask(&self, line: &str, host: &str, rest: &str) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        stream
            .write_all(format!("{head}{rest}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
