//! A Chromium without a window, and as much of its DevTools protocol as the
//! tests need: calls and events as JSON texts, each ended by a zero byte, on two
//! pipes. The pipes are file descriptors 3 and 4, which a shell puts in place;
//! so this needs no crate for it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

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

    /// Shows a page; returns what the browser said against it, and what the page
    /// asked for besides itself and, of a server, the server's own.
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
        self.wait_for("Page.loadEventFired");
        self.complaints(url)
    }

    /// What the browser has said against the page since it was opened.
    pub(crate) fn complaints(&self, url: &str) -> Vec<String> {
        let events = self.events.iter();
        events.filter_map(|event| complaint(event, url)).collect()
    }

    /// Waits until the browser tells of something, such as that a page is loaded.
    pub(crate) fn wait_for(&mut self, event: &str) {
        while !self.events.iter().any(|it| it["method"] == event) {
            let message = self.receive();
            self.events.push(message);
        }
    }

    /// Forgets what the browser has told so far.
    pub(crate) fn forget(&mut self) {
        self.events.clear();
    }

    /// Lets pages run no script, as some people do.
    pub(crate) fn without_scripts(&mut self) {
        let options = json!({"value": true});
        self.call("Emulation.setScriptExecutionDisabled", options);
    }

    /// What the page is shown for: `print`, or nothing for a screen.
    pub(crate) fn media(&mut self, media: &str, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call(
            "Emulation.setEmulatedMedia",
            json!({"media": media, "features": features}),
        );
    }

    /// The value of an expression in the page, or of what it promises.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let options = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true,
        });
        let answer = self.call("Runtime.evaluate", options);
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        answer["result"]["value"].clone()
    }

    /// Presses the Tab key.
    pub(crate) fn tab(&mut self) {
        self.press("Tab", 9);
    }

    /// Presses a key, by its name and its number on Windows.
    pub(crate) fn press(&mut self, key: &str, number: u32) {
        let text = match key {
            "Enter" => "\r",
            key if key.len() == 1 => key,
            _ => "",
        };
        let kind = if text.is_empty() {
            "rawKeyDown"
        } else {
            "keyDown"
        };
        for kind in [kind, "keyUp"] {
            let mut event = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": number,
            });
            if kind == "keyDown" {
                event["text"] = text.into();
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Writes a text where the focus is.
    pub(crate) fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text}));
    }

    /// Moves the mouse over these places with its button pressed.
    pub(crate) fn drag(&mut self, places: &[(f64, f64)]) {
        for (at, (x, y)) in places.iter().enumerate() {
            let kind = if at == 0 {
                "mousePressed"
            } else {
                "mouseMoved"
            };
            let event = json!({
                "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", event);
        }
        if let Some((x, y)) = places.last() {
            let event = json!({
                "type": "mouseReleased", "x": x, "y": y, "button": "left", "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Turns the mouse's wheel with the Ctrl key pressed; up with less than 0.
    pub(crate) fn wheel_with_ctrl(&mut self, (x, y): (f64, f64), by: f64) {
        let event = json!({
            "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by, "modifiers": 2,
        });
        self.call("Input.dispatchMouseEvent", event);
    }

    /// Lays two fingers on the screen, and moves them apart or together.
    pub(crate) fn pinch(&mut self, middle: (f64, f64), from: f64, to: f64) {
        let fingers = |apart: f64| {
            json!([
                {"x": middle.0, "y": middle.1 - apart / 2.0, "id": 0},
                {"x": middle.0, "y": middle.1 + apart / 2.0, "id": 1},
            ])
        };
        for (kind, fingers) in [
            ("touchStart", fingers(from)),
            ("touchMove", fingers(f64::midpoint(from, to))),
            ("touchMove", fingers(to)),
            ("touchEnd", json!([])),
        ] {
            let event = json!({"type": kind, "touchPoints": fingers});
            self.call("Input.dispatchTouchEvent", event);
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
        let started = Instant::now();
        loop {
            // A page that is alive goes on telling, whatever the call waits for.
            assert!(started.elapsed() < PATIENCE, "no answer: {call}");
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
        "Network.requestWillBeSent" => {
            let asked = params["request"]["url"].as_str()?;
            (!is_own(asked, url)).then(|| format!("asks for {asked}"))
        }
        _ => None,
    }
}

/// Whether a page may ask for that: for itself, and for what is its server's.
fn is_own(asked: &str, page: &str) -> bool {
    let server = page
        .strip_prefix("http://")
        .and_then(|rest| rest.split('/').next());
    asked == page || server.is_some_and(|it| asked.starts_with(&format!("http://{it}/")))
}
