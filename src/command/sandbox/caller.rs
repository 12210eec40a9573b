//! Calls to the sandbox's own catalog, in the same process: no connection, no faults.

use serde_json::{Value, json};

use crate::sandbox::{Answer, Call, Method, Store, Transport};

/// Who the sandbox is to its catalog, where it is not the exporter.
const USER_AGENT: &str = concat!("glint-gitops/", env!("CARGO_PKG_VERSION"), " (sandbox)");

/// The catalog as the exporter reaches it.
pub(super) struct InProcess(pub(super) Store);

impl Transport for InProcess {
    fn call(&mut self, call: Call) -> Answer {
        self.0.handle(&call)
    }
}

/// The catalog as the sandbox itself reaches it.
pub(super) struct Caller {
    store: Store,
}

impl Caller {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }

    /// A call with a token of its own; the body of the answer, or the API's words.
    pub(super) fn call(&self, method: Method, path: &str, body: Value) -> Result<Value, String> {
        let credentials = json!({"clientId": "sandbox", "clientSecret": "sandbox"});
        let answer = self.send(Method::Post, "/v1/auth/access_token", credentials, None)?;
        let token = answer["accessToken"].as_str().map(str::to_owned);
        self.send(method, path, body, token)
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        body: Value,
        token: Option<String>,
    ) -> Result<Value, String> {
        let Answer { status, body, .. } = self.store.handle(&Call {
            method,
            path: path.to_owned(),
            query: String::new(),
            user_agent: USER_AGENT.to_owned(),
            token,
            body: Some(body),
        });
        match status {
            200..300 => Ok(body),
            _ => Err(format!(
                "{status}: {}",
                body["message"].as_str().unwrap_or("no message")
            )),
        }
    }
}
