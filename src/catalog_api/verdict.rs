//! Which answer is which error.

use std::time::Duration;

use serde_json::Value;

use super::answer;
use super::backoff;
use super::error::ApiError;
use super::request::Request;
use super::secret::Secret;
use super::session::Session;
use super::transport::{Broken, Reply};

impl Session {
    /// The body of an answer that says yes; the error of any other.
    pub(super) fn judge(
        &self,
        request: &Request,
        reply: &Reply,
        token: Option<&Secret>,
    ) -> Result<Value, ApiError> {
        let body = answer::json(reply);
        let call = request.call(self.api());
        match reply.status {
            200..=299 => body.map_err(|reason| ApiError::Unintelligible { call, reason }),
            300..=399 => {
                let reason = format!("it redirects{}", answer::elsewhere(&reply.headers));
                Err(ApiError::Unintelligible { call, reason })
            }
            status if backoff::is_passing(status) => {
                Err(self.unavailable(request, reply, token, 1, None))
            }
            // What is not the API has no such page either, and says so in HTML.
            404 if !body.as_ref().is_ok_and(Value::is_object) => {
                let reason = "404, and not in the API's words".to_owned();
                Err(ApiError::Unintelligible { call, reason })
            }
            status => {
                let answer = Box::new(answer::said(
                    reply,
                    body.as_ref().ok(),
                    &self.secrets(token),
                ));
                let wrong_credentials = status == 401 || (status == 403 && token.is_none());
                Err(match wrong_credentials {
                    true => ApiError::Credentials { call, answer },
                    false => ApiError::Refused { call, answer },
                })
            }
        }
    }

    pub(super) fn unavailable(
        &self,
        request: &Request,
        reply: &Reply,
        token: Option<&Secret>,
        tries: u32,
        wait: Option<Duration>,
    ) -> ApiError {
        let body = answer::json(reply).ok();
        ApiError::Unavailable {
            call: request.call(self.api()),
            answer: Box::new(answer::said(reply, body.as_ref(), &self.secrets(token))),
            tries,
            wait,
        }
    }

    pub(super) fn unreachable(&self, request: &Request, broken: Broken, tries: u32) -> ApiError {
        let Broken {
            reason,
            permanent: _,
        } = broken;
        ApiError::Unreachable {
            call: request.call(self.api()),
            reason,
            tries,
        }
    }

    /// The error of an answer without a field that it should have.
    pub(super) fn lacks(&self, request: &Request, field: &str) -> ApiError {
        ApiError::Unintelligible {
            call: request.call(self.api()),
            reason: format!("the answer has no `{field}`"),
        }
    }

    /// What the API may repeat in an answer and no output may hold.
    pub(super) fn own_secrets(&self) -> Vec<&Secret> {
        self.secrets(None)
    }

    fn secrets<'a>(&'a self, token: Option<&'a Secret>) -> Vec<&'a Secret> {
        let own = self.client_secret();
        std::iter::once(own).chain(token).collect()
    }
}
