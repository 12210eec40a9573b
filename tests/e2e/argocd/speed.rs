//! What the plugin costs: the time from `kubectl apply` of an Application until
//! it is synced, beside the same files as a plain directory.
//!
//! A measurement, which other work on the machine spoils; so it runs only when
//! it is asked for:
//! `cargo test --release --features e2e --test e2e how_long -- --ignored --nocapture`

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{ArgoCd, spec};

/// How many times each of the two is measured.
const PAIRS: usize = 10;

/// What the plugin may cost, as the median.
const ALLOWED: Duration = Duration::from_millis(500);

#[test]
#[ignore = "a measurement: ask for it on a machine that does nothing else"]
#[expect(clippy::print_stdout, reason = "it is what one runs this for")]
fn how_long_until_synced() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("speed");
    let commit = repository.copy("examples/shop", "app").commit();
    let measure = |name: String, source: Value| {
        // The files name the namespace in which they live.
        let mut spec = spec(source);
        spec["destination"]["namespace"] = "shop".into();
        let application = argo.application(&name);
        let started = Instant::now();
        application.apply(spec).synced(&commit);
        let taken = started.elapsed();
        application.delete();
        taken
    };
    let plain = |turn| measure(format!("plain-{turn}"), repository.native("app"));
    let ours = |turn| measure(format!("plugin-{turn}"), repository.plugin("app"));
    // The clone of the repository belongs to neither.
    plain(PAIRS);
    ours(PAIRS);
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..PAIRS {
        // Each is first as often as second.
        let (plain, ours) = if turn % 2 == 0 {
            (plain(turn), ours(turn))
        } else {
            let ours = ours(turn);
            (plain(turn), ours)
        };
        println!("pair {turn:2}: directory {plain:5.2?}, plugin {ours:5.2?}");
        times[0].push(plain);
        times[1].push(ours);
    }
    let [plain, ours] = times.map(median);
    println!("median:  directory {plain:5.2?}, plugin {ours:5.2?}");
    assert!(ours <= plain + ALLOWED, "{ours:?} against {plain:?}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    let middle = times.len() / 2;
    (times[middle - 1] + times[middle]) / 2
}
