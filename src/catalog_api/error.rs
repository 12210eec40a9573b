//! Why a request to the catalog did not do what it should.
//!
//! A variant is a different thing for the caller to do. Invariants: each message
//! is one line that says what, where and, where that can be told, what next; none
//! holds a secret, the user of a proxy, or a body that was sent.

use std::fmt;
use std::time::Duration;

/// Why a request did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// The connection can't be made as it is set: mend the settings.
    #[error("{0}")]
    Settings(String),
    /// No answer came: look at the network, or try later.
    #[error("{call}: {reason}{}", next(*.tries))]
    Unreachable {
        /// The request.
        call: Call,
        /// What went wrong, and what to do where that is known.
        reason: String,
        /// How often it was tried.
        tries: u32,
    },
    /// The credentials are not taken: mend them.
    #[error("{call}: {answer}; check `client-id` and `client-secret`")]
    Credentials {
        /// The request.
        call: Call,
        /// What the API says.
        answer: Box<Answered>,
    },
    /// The API does not do it, and won't if it is asked again: mend the request,
    /// or the rights of who asks.
    #[error("{call}: {answer}{}", rights(.answer))]
    Refused {
        /// The request.
        call: Call,
        /// What the API says.
        answer: Box<Answered>,
    },
    /// The API can't do it now: try later.
    #[error("{call}: {answer}{}{}", next(*.tries), later(*.wait))]
    Unavailable {
        /// The request.
        call: Call,
        /// What the API says.
        answer: Box<Answered>,
        /// How often it was tried.
        tries: u32,
        /// How long the API asks to wait, where that is longer than the budget.
        wait: Option<Duration>,
    },
    /// What answers is no such API, or one of another version: look at `api-url`.
    #[error("{call}: {reason}; is `api-url` right?")]
    Unintelligible {
        /// The request.
        call: Call,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The request can't be put into words that the API takes; nothing was sent.
    #[error("{0}")]
    Unsendable(String),
}

impl ApiError {
    /// The answer's status, where one came.
    pub(crate) fn status(&self) -> Option<u16> {
        self.answer().map(|answer| answer.status)
    }

    /// Whether the same request may be taken later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Unavailable { .. } => true,
            Self::Settings(_)
            | Self::Credentials { .. }
            | Self::Refused { .. }
            | Self::Unintelligible { .. }
            | Self::Unsendable(_) => false,
        }
    }

    /// The API's own word for what is wrong: `not_found`.
    pub(crate) fn code(&self) -> Option<&str> {
        self.answer()?.code.as_deref()
    }

    /// The API's own sentence, else the whole message.
    pub(crate) fn message(&self) -> String {
        match self.answer().and_then(|answer| answer.message.clone()) {
            Some(message) => message,
            None => self.to_string(),
        }
    }

    fn answer(&self) -> Option<&Answered> {
        match self {
            Self::Credentials { answer, .. }
            | Self::Refused { answer, .. }
            | Self::Unavailable { answer, .. } => Some(answer),
            Self::Settings(_)
            | Self::Unreachable { .. }
            | Self::Unintelligible { .. }
            | Self::Unsendable(_) => None,
        }
    }
}

fn next(tries: u32) -> String {
    match tries {
        0 | 1 => String::new(),
        tries => format!(" (after {tries} tries)"),
    }
}

fn later(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| {
        format!("; the API asks to wait {} s", wait.as_secs_f64().ceil())
    })
}

fn rights(answer: &Answered) -> &'static str {
    match answer.status {
        403 if answer.code.as_deref() == Some("missing_permissions") || answer.code.is_none() => {
            "; the client's rights do not reach that far"
        }
        _ => "",
    }
}

/// A request, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// `GET`.
    pub method: &'static str,
    /// The URL without its query.
    pub url: String,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

/// What an API says of a request that it does not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The API's word for it.
    pub code: Option<String>,
    /// The API's sentence, one line.
    pub message: Option<String>,
    /// The answer's number in the API's own log.
    pub trace: Option<String>,
}

impl fmt::Display for Answered {
    /// `404 not_found: no blueprint is called service (trace 1f3a)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            code,
            message,
            trace,
        } = self;
        write!(f, "{status}")?;
        if let Some(code) = code {
            write!(f, " {code}")?;
        }
        if let Some(message) = message {
            write!(f, ": {message}")?;
        }
        if let Some(trace) = trace {
            write!(f, " (trace {trace})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Answered, ApiError, Call};

    fn call() -> Call {
        Call {
            method: "PATCH",
            url: "https://h/v1/integration/k".to_owned(),
        }
    }

    fn answer(status: u16, code: Option<&str>) -> Box<Answered> {
        Box::new(Answered {
            status,
            code: code.map(str::to_owned),
            message: Some("because".to_owned()),
            trace: Some("1f3a".to_owned()),
        })
    }

    #[test]
    fn each_says_what_where_and_what_next() {
        let errors = [
            ApiError::Credentials {
                call: call(),
                answer: answer(401, None),
            },
            ApiError::Refused {
                call: call(),
                answer: answer(403, Some("missing_permissions")),
            },
            ApiError::Refused {
                call: call(),
                answer: answer(422, Some("invalid_request")),
            },
            ApiError::Unavailable {
                call: call(),
                answer: answer(429, None),
                tries: 2,
                wait: Some(Duration::from_millis(89_500)),
            },
            ApiError::Unreachable {
                call: call(),
                reason: "Connection refused".to_owned(),
                tries: 1,
            },
            ApiError::Unintelligible {
                call: call(),
                reason: "the answer is no JSON".to_owned(),
            },
        ];
        let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "PATCH https://h/v1/integration/k: 401: because (trace 1f3a); check `client-id` and `client-secret`",
                "PATCH https://h/v1/integration/k: 403 missing_permissions: because (trace 1f3a); the client's rights do not reach that far",
                "PATCH https://h/v1/integration/k: 422 invalid_request: because (trace 1f3a)",
                "PATCH https://h/v1/integration/k: 429: because (trace 1f3a) (after 2 tries); the API asks to wait 90 s",
                "PATCH https://h/v1/integration/k: Connection refused",
                "PATCH https://h/v1/integration/k: the answer is no JSON; is `api-url` right?",
            ]
        );
    }

    #[test]
    fn a_caller_gets_at_the_apis_own_words() {
        let refused = ApiError::Refused {
            call: call(),
            answer: answer(422, Some("invalid_request")),
        };
        assert_eq!(refused.status(), Some(422));
        assert_eq!(refused.code(), Some("invalid_request"));
        assert_eq!(refused.message(), "because");
        let other = ApiError::Unsendable("`..` can't be part of a URL".to_owned());
        assert_eq!(other.status(), None);
        assert_eq!(other.message(), "`..` can't be part of a URL");
    }
}
