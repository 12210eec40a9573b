//! `sandbox DIR` as a user meets it: the program, a directory that changes, and the API.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Came, request_to};

/// Long enough for any machine; a test that passes does not wait for it.
const PATIENCE: Duration = Duration::from_secs(30);

const SHOP: &str = "\
apiVersion: glint.io/v1
kind: Entity
metadata: {name: pay}
spec:
  blueprint: service
  identifier: pay
  properties: {tier: 1}
  relations: {system: shop}
---
apiVersion: glint.io/v1
kind: Entity
metadata: {name: shop}
spec: {blueprint: system, identifier: shop}
";

/// The running program.
struct Running {
    child: Child,
    url: String,
    token: String,
    /// What it has printed.
    welcome: String,
}

impl Running {
    fn on(directory: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_glint-gitops"))
            .env_clear()
            .args(["sandbox", "--port", "0"])
            .arg(directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut line = || lines.next().expect("a line").expect("a text");
        let (url, exports) = (line(), line());
        let credentials = json!({"clientId": "sandbox", "clientSecret": "sandbox"});
        let came = request_to(
            &url,
            "POST /v1/auth/access_token",
            "Content-Type: application/json\r\n",
            &credentials.to_string(),
        );
        let token = came.json()["accessToken"]
            .as_str()
            .expect("a token")
            .to_owned();
        Self {
            child,
            welcome: format!("{url}\n{exports}"),
            url,
            token,
        }
    }

    fn call(&self, line: &str, body: &Value) -> Came {
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
            self.token
        );
        request_to(&self.url, line, &headers, &body.to_string())
    }

    /// `service/pay tier=1`, for all entities.
    fn entities(&self) -> Vec<String> {
        let query = json!({"combinator": "and", "rules": []});
        let came = self.call("POST /v1/entities/search", &query).json();
        let entities = came["entities"].as_array().expect("a list").iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        entities
            .map(|it| {
                let (blueprint, identifier) = (text(&it["blueprint"]), text(&it["identifier"]));
                let tier = &it["properties"]["tier"];
                format!("{blueprint}/{identifier} tier={tier}")
            })
            .collect()
    }

    /// Waits until the entities are these.
    #[track_caller]
    fn comes_to(&self, expected: &[&str]) {
        let began = Instant::now();
        while self.entities() != expected {
            assert!(began.elapsed() < PATIENCE, "{:?}", self.entities());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it as ctrl-c does; what it said on stderr, and its exit code.
    fn end(mut self) -> (String, Option<i32>) {
        let id = self.child.id().cast_signed();
        let pid = rustix::process::Pid::from_raw(id).expect("a process");
        rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it is there");
        let stderr = self.child.stderr.take().expect("a pipe");
        let said = std::io::read_to_string(stderr).expect("a text");
        let status = self.child.wait().expect("it ends");
        (said, status.code())
    }
}

#[test]
fn a_directory_is_followed_until_somebody_ends_it() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let shop = scratch.path().join("shop");
    let file = shop.join("shop.yaml");
    fs::create_dir(&shop).expect("a directory");
    fs::write(&file, SHOP).expect("a file");
    let sandbox = Running::on(&shop);
    let url = &sandbox.url;
    assert_eq!(
        sandbox.welcome,
        format!(
            "{url}\nexport GLINT_API_URL={url} GLINT_CLIENT_ID=sandbox \
             GLINT_CLIENT_SECRET=sandbox GLINT_INTEGRATION=k8s-sandbox"
        )
    );
    // All is there before the address is printed.
    let both = ["service/pay tier=1", "system/shop tier=null"];
    assert_eq!(sandbox.entities(), both);

    fs::write(&file, SHOP.replace("tier: 1", "tier: 2")).expect("a file");
    sandbox.comes_to(&["service/pay tier=2", "system/shop tier=null"]);

    // What the catalog refuses stays there as it was.
    fs::write(&file, SHOP.replace("tier: 1", "tier: gold")).expect("a file");
    let web = SHOP
        .replace("pay", "web")
        .replace("name: shop", "name: twin");
    fs::write(
        shop.join("web.yaml"),
        web.replace("identifier: shop", "identifier: twin"),
    )
    .expect("a file");
    sandbox.comes_to(&[
        "service/pay tier=2",
        "service/web tier=1",
        "system/shop tier=null",
        "system/twin tier=null",
    ]);

    // What can't be read deletes nothing, nor does it hold anything back once it is gone.
    let broken = "apiVersion: glint.io/v1\nkind: Entity\nspec: [";
    fs::write(shop.join("web.yaml"), broken).expect("a file");
    fs::write(&file, SHOP.replace("tier: 1", "tier: 3")).expect("a file");
    fs::remove_file(shop.join("web.yaml")).expect("a file");
    sandbox.comes_to(&["service/pay tier=3", "system/shop tier=null"]);

    // A mapping without blocks does here what it does to any catalog.
    let config = json!({"config": {"resources": []}});
    let came = sandbox.call("PATCH /v1/integration/k8s-sandbox/config", &config);
    assert_eq!(came.status, 200);
    sandbox.comes_to(&[]);

    let (said, code) = sandbox.end();
    assert_eq!(code, Some(0), "{said}");
    let shop = shop.display();
    for line in [
        format!("{shop}: 2 entities"),
        "exporter: service/pay rejected 422: properties/tier must be number".to_owned(),
        "exporter: service/web deleted".to_owned(),
        "exporter: service/pay deleted".to_owned(),
        format!("{shop}: 2 entities, 2 vanished"),
    ] {
        let line = format!("glint-gitops: {line}\n");
        assert!(said.contains(&line), "{line}{said}");
    }
}
