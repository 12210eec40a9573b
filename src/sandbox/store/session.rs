//! Who may call, and how often.
//!
//! Tokens live three hours, and one pair of credentials has one token at a time:
//! asking again gives the same one, which may be about to end (Port's API).
//! Invariant: a token says nothing about the next one.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

/// How long a token lives.
const TOKEN_LIFE: Duration = Duration::from_secs(3 * 60 * 60);

/// How many calls the API takes in a period of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimit {
    /// The calls.
    pub calls: u32,
    /// The period, in whole seconds.
    pub period: Duration,
}

impl RateLimit {
    /// What an answer says of it.
    pub(super) fn headers(self, left: u32, reset: u64) -> [(&'static str, String); 4] {
        [
            ("x-ratelimit-period", self.period.as_secs().to_string()),
            ("x-ratelimit-limit", self.calls.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-reset", reset.to_string()),
        ]
    }
}

/// Tokens and the count of calls.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// By client id and secret.
    tokens: BTreeMap<(String, String), Token>,
    issued: u64,
    window: Option<SystemTime>,
    used: u32,
    /// How many answers were numbered.
    pub(super) traces: u64,
}

#[derive(Debug)]
struct Token {
    text: String,
    ends: SystemTime,
}

impl Session {
    /// The token of a pair of credentials, and how long it lives still.
    pub(super) fn token(
        &mut self,
        credentials: (&str, &str),
        key: &str,
        now: SystemTime,
    ) -> (String, Duration) {
        let pair = (credentials.0.to_owned(), credentials.1.to_owned());
        if let Some(token) = self.tokens.get(&pair)
            && let Ok(left) = token.ends.duration_since(now)
            && left > Duration::ZERO
        {
            return (token.text.clone(), left);
        }
        self.issued += 1;
        let text = digest(&format!("{key} {}", self.issued));
        let token = Token {
            text: text.clone(),
            ends: now + TOKEN_LIFE,
        };
        self.tokens.insert(pair, token);
        (text, TOKEN_LIFE)
    }

    /// The client id that a token was given to; `None` where it has ended.
    pub(super) fn client(&self, token: &str, now: SystemTime) -> Option<&str> {
        let mut tokens = self.tokens.iter();
        let (pair, _) = tokens.find(|(_, it)| it.text == token && it.ends > now)?;
        Some(&pair.0)
    }

    /// Ends every token.
    pub(super) fn expire(&mut self) {
        self.tokens.clear();
    }

    /// Counts a call; what is left of the limit, `None` where it was used up, and
    /// when all of it is there again.
    pub(super) fn count(&mut self, limit: RateLimit, now: SystemTime) -> (Option<u32>, SystemTime) {
        let start = self.window.filter(|start| {
            let since = now.duration_since(*start);
            since.is_ok_and(|since| since < limit.period)
        });
        if start.is_none() {
            self.used = 0;
        }
        let start = start.unwrap_or(now);
        self.window = Some(start);
        self.used = self.used.saturating_add(1);
        (limit.calls.checked_sub(self.used), start + limit.period)
    }
}

/// Whole seconds since 1970, rounded up.
pub(super) fn epoch_seconds(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs() + u64::from(since.subsec_nanos() > 0)
}

/// 40 hexadecimal digits of a text's digest.
pub(super) fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .take(20)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{RateLimit, Session, TOKEN_LIFE};

    #[test]
    fn a_pair_of_credentials_has_one_token_until_it_ends() {
        let mut session = Session::default();
        let (first, life) = session.token(("id", "secret"), "key", UNIX_EPOCH);
        assert_eq!(life, TOKEN_LIFE);
        let later = UNIX_EPOCH + Duration::from_secs(60);
        let (again, left) = session.token(("id", "secret"), "key", later);
        assert_eq!(
            (again, left),
            (first.clone(), TOKEN_LIFE - Duration::from_secs(60))
        );
        let (other, _) = session.token(("id", "other"), "key", later);
        assert_ne!(other, first);
        assert_eq!(session.client(&first, later), Some("id"));
        let end = UNIX_EPOCH + TOKEN_LIFE;
        assert_eq!(session.client(&first, end), None);
        assert_ne!(session.token(("id", "secret"), "key", end).0, first);
    }

    #[test]
    fn the_limit_is_there_again_after_its_period() {
        let mut session = Session::default();
        let limit = RateLimit {
            calls: 2,
            period: Duration::from_secs(10),
        };
        let reset = UNIX_EPOCH + Duration::from_secs(10);
        assert_eq!(session.count(limit, UNIX_EPOCH), (Some(1), reset));
        assert_eq!(session.count(limit, UNIX_EPOCH), (Some(0), reset));
        assert_eq!(session.count(limit, UNIX_EPOCH), (None, reset));
        let next = reset + Duration::from_secs(10);
        assert_eq!(session.count(limit, reset), (Some(1), next));
    }
}
