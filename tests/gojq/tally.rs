//! What a run found, in figures.

use std::collections::BTreeMap;
use std::fmt;

use crate::compare::Verdict;

#[derive(Default)]
pub(crate) struct Tally {
    same: BTreeMap<&'static str, u64>,
    unsupported: BTreeMap<String, u64>,
    skipped: BTreeMap<String, u64>,
    /// Each for a person, with the smallest program.
    pub(crate) failures: Vec<String>,
}

/// Of a hundred pairs at most so many may be unsupported.
const MOST_UNSUPPORTED: u64 = 2;

impl Tally {
    pub(crate) fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Same(kind) => *self.same.entry(kind).or_default() += 1,
            Verdict::Unsupported(name) => *self.unsupported.entry(name).or_default() += 1,
            Verdict::Skipped(why) => *self.skipped.entry(why).or_default() += 1,
            Verdict::Wrong { .. } => {}
        }
    }

    fn pairs(&self) -> u64 {
        self.same.values().sum::<u64>() + self.unsupported.values().sum::<u64>()
    }

    /// # Panics
    /// Where too much is unsupported, or too few programs give a value to prove
    /// anything.
    pub(crate) fn check(&self) {
        let unsupported: u64 = self.unsupported.values().sum();
        assert!(
            unsupported * 100 <= self.pairs() * MOST_UNSUPPORTED,
            "too much is unsupported"
        );
        let values = self.same.get("value").copied().unwrap_or_default();
        assert!(values * 3 >= self.pairs(), "too few values");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unsupported: u64 = self.unsupported.values().sum();
        let pairs = self.pairs();
        writeln!(
            f,
            "jq: {} of {pairs} pairs as in gojq, {unsupported} unsupported ({:.2} %)",
            pairs - unsupported,
            unsupported as f64 * 100.0 / pairs.max(1) as f64
        )?;
        for (kind, count) in &self.same {
            writeln!(f, "  {count:7} {kind}")?;
        }
        for (name, count) in &self.unsupported {
            writeln!(f, "  {count:7} unsupported: {name}")?;
        }
        for (why, count) in &self.skipped {
            writeln!(f, "  {count:7} not compared: {why}")?;
        }
        Ok(())
    }
}
