//! A Chromium without a window, and as much of its DevTools protocol as the
//! tests need: calls and events as JSON texts, each ended by a zero byte, on two
//! pipes. The pipes are file descriptors 3 and 4, which a shell puts in place;
//! so this needs no crate for it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long an answer may take, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
    "about:blank",
];

/// The window that a page is shown in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// `light` or `dark`.
    pub(crate) scheme: &'static str,
}

/// A browser with one page.
pub(crate) struct Chromium {
    process: Child,
    calls: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    last_call: u64,
    events: Vec<Value>,
    _profile: TempDir,
}

impl Chromium {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut process = Command::new("/bin/sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh"])
            .arg("chromium")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(FLAGS)
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let calls = process.stdin.take().expect("stdin is a pipe");
        let answers = process.stdout.take().expect("stdout is a pipe");
        let (sender, messages) = channel();
        thread::spawn(move || {
            for message in BufReader::new(answers).split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("JSON");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut chromium = Self {
            process,
            calls,
            messages,
            session: None,
            last_call: 0,
            events: Vec::new(),
            _profile: profile,
        };
        chromium.attach();
        chromium
    }

    fn attach(&mut self) {
        let targets = self.call("Target.getTargets", json!({}));
        let targets = targets["targetInfos"].as_array().expect("targets");
        let page = targets.iter().find(|target| target["type"] == "page");
        let page = page.expect("Chromium opens a page")["targetId"].clone();
        let options = json!({"targetId": page, "flatten": true});
        let session = self.call("Target.attachToTarget", options);
        self.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
        self.call(
            "Emulation.setFocusEmulationEnabled",
            json!({"enabled": true}),
        );
    }

    /// Shows a file; returns what the browser said against it, and what the page
    /// asked for besides the file.
    pub(crate) fn open(&mut self, url: &str, screen: Screen) -> Vec<String> {
        let Screen {
            width,
            height,
            scheme,
        } = screen;
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        self.media("", scheme);
        self.events.clear();
        let navigation = self.call("Page.navigate", json!({"url": url}));
        assert_eq!(navigation["errorText"], Value::Null, "{url}");
        while !self
            .events
            .iter()
            .any(|it| it["method"] == "Page.loadEventFired")
        {
            let message = self.receive();
            self.events.push(message);
        }
        let events = self.events.iter();
        events.filter_map(|event| complaint(event, url)).collect()
    }

    /// What the page is shown for: `print`, or nothing for a screen.
    pub(crate) fn media(&mut self, media: &str, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call(
            "Emulation.setEmulatedMedia",
            json!({"media": media, "features": features}),
        );
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let options = json!({"expression": expression, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", options);
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        answer["result"]["value"].clone()
    }

    /// Presses the Tab key.
    pub(crate) fn tab(&mut self) {
        for kind in ["rawKeyDown", "keyUp"] {
            let key =
                json!({"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9});
            self.call("Input.dispatchKeyEvent", key);
        }
    }

    /// The whole page as PNG, in base64.
    pub(crate) fn screenshot(&mut self) -> String {
        let metrics = self.call("Page.getLayoutMetrics", json!({}));
        let size = &metrics["cssContentSize"];
        let height = size["height"].as_f64().unwrap_or_default().min(6_000.0);
        let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1});
        let options = json!({"captureBeyondViewport": true, "clip": clip});
        let picture = self.call("Page.captureScreenshot", options);
        picture["data"].as_str().expect("a picture").to_owned()
    }

    #[track_caller]
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.last_call += 1;
        let mut call = json!({"id": self.last_call, "method": method, "params": params});
        if let Some(session) = &self.session {
            call["sessionId"] = session.as_str().into();
        }
        let sent = write!(self.calls, "{call}\0").and_then(|()| self.calls.flush());
        sent.expect("Chromium listens; is Debian's package `chromium` installed?");
        loop {
            let message = self.receive();
            if message["id"] == self.last_call {
                assert_eq!(message["error"], Value::Null, "{method}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    fn receive(&mut self) -> Value {
        match self.messages.recv_timeout(PATIENCE) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => panic!("no answer within {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => {
                panic!("no Chromium; is Debian's package `chromium` installed?")
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // What it started ends with it.
        let close = json!({"id": 0, "method": "Browser.close"});
        let asked = write!(self.calls, "{close}\0").and_then(|()| self.calls.flush());
        if asked.is_err() || thread::panicking() {
            drop(self.process.kill());
        }
        drop(self.process.wait());
    }
}

/// What an event holds against the page at a URL, if anything.
fn complaint(event: &Value, url: &str) -> Option<String> {
    let params = &event["params"];
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" => Some(params.to_string()),
        "Log.entryAdded" => Some(params["entry"]["text"].to_string()),
        "Network.requestWillBeSent" if params["request"]["url"] != url => {
            Some(format!("asks for {}", params["request"]["url"]))
        }
        _ => None,
    }
}
