//! Faults on demand: what goes wrong with which call.
//!
//! Not for making it go wrong (`rest`). Invariant: what happens to a call is a
//! function of the seed and of the call's number alone.

use std::time::Duration;

/// How often something goes wrong where nothing else is said.
const OFTEN: f64 = 0.1;

/// How long a slow call takes where nothing else is said.
const SLOW: Duration = Duration::from_secs(1);

/// How long every call takes where nothing else is said.
const LATENCY: Duration = Duration::from_millis(20);

/// After how many calls tokens end where nothing else is said.
const EXPIRE: u64 = 100;

/// What goes wrong, and how often.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Faults {
    seed: u64,
    /// The share of calls that is refused, by status.
    refused: Vec<(u16, f64)>,
    /// The share of calls whose connection is cut.
    cut: f64,
    /// How long a tenth of the calls waits.
    slow: Option<Duration>,
    /// How long every call waits, as for an API that is far away.
    latency: Duration,
    /// After each how many calls every token ends.
    expire: Option<u64>,
    /// The seconds in a `Retry-After`.
    retry_after: u64,
}

/// What goes wrong with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// How long it waits first.
    pub delay: Duration,
    /// Whether every token ends before it.
    pub expires_tokens: bool,
    /// What becomes of it.
    pub end: End,
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It is answered.
    Answered,
    /// It is refused.
    Refused {
        /// With this status.
        status: u16,
        /// After it was carried out.
        carried_out: bool,
        /// The seconds in the answer's `Retry-After`.
        retry_after: Option<u64>,
        /// Whether `x-ratelimit-reset` is a number of seconds from now, in place of
        /// a moment.
        resets_in_seconds: bool,
    },
    /// Its connection ends before it is carried out.
    CutBefore,
    /// It is carried out, and its connection ends without an answer.
    CutAfter,
    /// It is carried out, and its connection ends in the middle of the answer.
    CutWithin,
}

/// Why a text names no faults: a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FaultError {
    /// A name of no fault.
    #[error(
        "`{0}` is no fault; there are 429, 500, 502, 503, 504, cut, slow, latency, expire and retry-after"
    )]
    Unknown(String),
    /// A value that a fault does not take.
    #[error("the fault `{name}` takes {takes}, not `{value}`")]
    Value {
        /// The fault.
        name: String,
        /// What it takes.
        takes: &'static str,
        /// What was given.
        value: String,
    },
    /// More goes wrong than there is.
    #[error("the shares of the faults are more than 1 in all")]
    TooMuch,
}

impl Faults {
    /// Nothing goes wrong.
    pub(crate) fn none() -> Self {
        Self {
            seed: 0,
            refused: Vec::new(),
            cut: 0.0,
            slow: None,
            latency: Duration::ZERO,
            expire: None,
            retry_after: 1,
        }
    }

    /// Reads `429=0.1,500=0.05,slow=2s,cut,expire=100`: shares of the calls (a
    /// tenth where none is given), how long a tenth of them waits (a second),
    /// after how many calls tokens end (100), with `latency=20ms` how long each
    /// waits, and with `retry-after=0` what a `Retry-After` says (1 second).
    ///
    /// # Errors
    /// What is no fault, and shares that are more than all.
    pub(crate) fn parse(text: &str, seed: u64) -> Result<Self, FaultError> {
        let mut faults = Self {
            seed,
            ..Self::none()
        };
        let parts = text.split(',').map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (part, None),
            };
            faults.add(name, value)?;
        }
        let shares: f64 = faults.refused.iter().map(|(_, share)| share).sum();
        match shares + faults.cut > 1.0 {
            true => Err(FaultError::TooMuch),
            false => Ok(faults),
        }
    }

    fn add(&mut self, name: &str, value: Option<&str>) -> Result<(), FaultError> {
        let wrong = |takes| FaultError::Value {
            name: name.to_owned(),
            takes,
            value: value.unwrap_or_default().to_owned(),
        };
        let share = || match value {
            None => Ok(OFTEN),
            Some(value) => {
                let share = value.parse().ok();
                let share = share.filter(|share| (0.0..=1.0).contains(share));
                share.ok_or_else(|| wrong("a share from 0 to 1"))
            }
        };
        let duration = || {
            let delay = value.map(|value| delay(value).ok_or_else(|| wrong("`2s` or `50ms`")));
            delay.transpose()
        };
        let number = || {
            let value = value.map(str::parse);
            value.transpose().map_err(|_| wrong("a whole number"))
        };
        match name {
            "429" => self.refused.push((429, share()?)),
            "500" => self.refused.push((500, share()?)),
            "502" => self.refused.push((502, share()?)),
            "503" => self.refused.push((503, share()?)),
            "504" => self.refused.push((504, share()?)),
            "cut" => self.cut = share()?,
            "slow" => self.slow = Some(duration()?.unwrap_or(SLOW)),
            "latency" => self.latency = duration()?.unwrap_or(LATENCY),
            "expire" => {
                let calls = number()?.unwrap_or(EXPIRE);
                self.expire = Some(
                    Some(calls)
                        .filter(|calls| *calls > 0)
                        .ok_or_else(|| wrong("a number of calls from 1 on"))?,
                );
            }
            "retry-after" => self.retry_after = number()?.unwrap_or(1),
            _ => return Err(FaultError::Unknown(name.to_owned())),
        }
        Ok(())
    }

    /// What goes wrong with the call of this number, from 1 on.
    pub(crate) fn of_call(&self, number: u64) -> Fault {
        let mut random = self.random(number);
        let is_slow = random.f64() < OFTEN;
        Fault {
            delay: self.latency + self.slow.filter(|_| is_slow).unwrap_or_default(),
            expires_tokens: self
                .expire
                .is_some_and(|calls| number.is_multiple_of(calls)),
            end: self.end(&mut random),
        }
    }

    /// Neighbouring numbers must give unlike draws, so both are spread by an odd
    /// factor (that of Knuth's generator).
    fn random(&self, number: u64) -> fastrand::Rng {
        let spread = |value: u64| value.wrapping_mul(6_364_136_223_846_793_005);
        fastrand::Rng::with_seed(spread(spread(self.seed).wrapping_add(number)))
    }

    fn end(&self, random: &mut fastrand::Rng) -> End {
        let mut drawn = random.f64();
        let (after, with, in_seconds) = (random.bool(), random.bool(), random.bool());
        for (status, share) in &self.refused {
            drawn -= share;
            if drawn < 0.0 {
                return End::Refused {
                    status: *status,
                    carried_out: after && matches!(status, 502 | 504),
                    retry_after: (with && *status == 429).then_some(self.retry_after),
                    resets_in_seconds: in_seconds,
                };
            }
        }
        match (drawn < self.cut, after, with) {
            (false, _, _) => End::Answered,
            (true, false, _) => End::CutBefore,
            (true, true, false) => End::CutAfter,
            (true, true, true) => End::CutWithin,
        }
    }
}

/// `2s`, `50ms`.
fn delay(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(millis) => millis.parse().ok().map(Duration::from_millis),
        None => text
            .strip_suffix('s')?
            .parse()
            .ok()
            .map(Duration::from_secs),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::{End, Fault, Faults};

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let error = Faults::parse(text, 1).unwrap_err().to_string();
        assert_eq!(error, expected, "{text}");
    }

    #[test]
    fn faults_are_named_with_their_shares() {
        let faults = Faults::parse("429=0.1, 500=0.05,slow=2s,cut,expire=7,retry-after=0", 3);
        let expected = Faults {
            seed: 3,
            refused: vec![(429, 0.1), (500, 0.05)],
            cut: 0.1,
            slow: Some(Duration::from_secs(2)),
            latency: Duration::ZERO,
            expire: Some(7),
            retry_after: 0,
        };
        assert_eq!(faults, Ok(expected));
        assert_eq!(Faults::parse("", 0), Ok(Faults::none()));
        let slow = Faults::parse("slow=50ms", 0).unwrap().slow;
        assert_eq!(slow, Some(Duration::from_millis(50)));
        let far = Faults::parse("latency", 0).unwrap().of_call(1);
        assert_eq!(far.delay, Duration::from_millis(20));
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        refused(
            "404",
            "`404` is no fault; there are 429, 500, 502, 503, 504, cut, slow, latency, expire and retry-after",
        );
        refused(
            "429=2",
            "the fault `429` takes a share from 0 to 1, not `2`",
        );
        refused(
            "cut=x",
            "the fault `cut` takes a share from 0 to 1, not `x`",
        );
        refused("slow=2", "the fault `slow` takes `2s` or `50ms`, not `2`");
        refused(
            "expire=0",
            "the fault `expire` takes a number of calls from 1 on, not `0`",
        );
        refused(
            "expire=-1",
            "the fault `expire` takes a whole number, not `-1`",
        );
        refused(
            "429=0.6,cut=0.5",
            "the shares of the faults are more than 1 in all",
        );
    }

    #[test]
    fn the_seed_and_the_number_decide() {
        let drawn = |seed| {
            let faults = Faults::parse("429,500,cut,slow=1ms", seed).unwrap();
            (1..=200)
                .map(|number| faults.of_call(number))
                .collect::<Vec<Fault>>()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }

    #[test]
    fn each_fault_comes_as_often_as_its_share_and_in_each_of_its_forms() {
        let faults = Faults::parse("429=0.2,504=0.1,cut=0.2,slow=1ms,expire=10", 42).unwrap();
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for number in 1..=10_000 {
            let Fault {
                delay,
                expires_tokens,
                end,
            } = faults.of_call(number);
            let mut count = |what: &str| *counts.entry(what.to_owned()).or_default() += 1;
            if !delay.is_zero() {
                count("slow");
            }
            if expires_tokens {
                count("expire");
            }
            match end {
                End::Answered => count("answered"),
                End::Refused {
                    status,
                    carried_out,
                    retry_after,
                    resets_in_seconds,
                } => {
                    let after = retry_after.is_some();
                    count(&status.to_string());
                    if status == 429 {
                        count(&format!("429 after={after} seconds={resets_in_seconds}"));
                    } else {
                        count(&format!("504 carried_out={carried_out}"));
                    }
                }
                End::CutBefore => count("cut before"),
                End::CutAfter => count("cut after"),
                End::CutWithin => count("cut within"),
            }
        }
        let counts: Vec<String> = counts
            .iter()
            .map(|(what, n)| format!("{what}: {n}"))
            .collect();
        insta::assert_snapshot!(counts.join("\n"), @"
        429: 2008
        429 after=false seconds=false: 518
        429 after=false seconds=true: 505
        429 after=true seconds=false: 524
        429 after=true seconds=true: 461
        504: 971
        504 carried_out=false: 489
        504 carried_out=true: 482
        answered: 5015
        cut after: 519
        cut before: 970
        cut within: 517
        expire: 1000
        slow: 990
        ");
    }
}
