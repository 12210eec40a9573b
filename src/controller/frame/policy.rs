//! The policy switch: the operator's policy file is read again and again, and where
//! it says `enabled: false` the controller pauses.
//!
//! Reading is cheap, and asking the file itself sees every way in which it changes (a
//! mounted ConfigMap is swapped by a symlink), so nothing is watched.
//! Invariant: what can't be read pauses, says so once, and never ends the process.

use std::sync::Arc;
use std::time::Duration;

use super::activity::Control;
use super::metrics::FrameMetrics;

/// Whether the policy lets the controller act, or why that can't be told. It may block.
pub(crate) type ReadPolicy = Arc<dyn Fn() -> Result<bool, String> + Send + Sync>;

/// How long until the file is read again.
const AGAIN: Duration = Duration::from_secs(2);

/// What the policy said last.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Acts,
    Pauses,
    Broken(String),
}

/// Reads the policy for ever.
pub(super) async fn watch(read: ReadPolicy, control: &Control, metrics: &FrameMetrics) {
    // Whoever starts has read it once, so that it acts is no news.
    let mut last = Said::Acts;
    loop {
        let said = ask(Arc::clone(&read)).await;
        if let Said::Broken(_) = said {
            metrics.policy_failures.inc();
        }
        control.pause(said != Said::Acts);
        if said != last {
            match &said {
                Said::Acts => tracing::info!("the policy lets the controller act"),
                Said::Pauses => tracing::warn!("paused: the policy says `enabled: false`"),
                Said::Broken(why) => tracing::error!("paused: the policy can't be used: {why}"),
            }
            last = said;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn ask(read: ReadPolicy) -> Said {
    match tokio::task::spawn_blocking(move || read()).await {
        Ok(Ok(true)) => Said::Acts,
        Ok(Ok(false)) => Said::Pauses,
        Ok(Err(why)) => Said::Broken(why),
        Err(panicked) => Said::Broken(panicked.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::sync::Arc;

    use prometheus_client::registry::Registry;

    use super::super::activity::channel;
    use super::super::metrics::{FrameMetrics, text};
    use super::{ReadPolicy, watch};

    /// A file that holds a word, read through the symlink of a mounted ConfigMap.
    fn reader(folder: &Path) -> ReadPolicy {
        let path = folder.join("policy");
        Arc::new(move || match fs::read_to_string(&path) {
            Ok(text) if text == "on" => Ok(true),
            Ok(text) if text == "off" => Ok(false),
            Ok(_) => Err("no word".to_owned()),
            Err(_) => Err("can't be read".to_owned()),
        })
    }

    /// As kubelet does: a new folder, and a link that is swapped at once.
    fn mount(folder: &Path, version: &str, text: &str) {
        let data = folder.join(version);
        fs::create_dir(&data).unwrap();
        fs::write(data.join("policy"), text).unwrap();
        symlink(&data, folder.join("..new")).unwrap();
        fs::rename(folder.join("..new"), folder.join("..data")).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_policy_pauses_and_a_broken_one_too() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        mount(folder, "1", "on");
        symlink("..data/policy", folder.join("policy")).unwrap();
        let (control, mut activity) = channel();
        control.lead_alone();
        let mut registry = Registry::default();
        let metrics = FrameMetrics::register(&mut registry, "glint-report");
        let steps = async {
            activity.active().await;
            mount(folder, "2", "off");
            activity.inactive().await;
            mount(folder, "3", "on");
            activity.active().await;
            mount(folder, "4", "nonsense");
            activity.inactive().await;
            mount(folder, "5", "on");
            activity.active().await;
            fs::remove_file(folder.join("..data")).unwrap();
            activity.inactive().await;
        };
        tokio::select! {
            () = watch(reader(folder), &control, &metrics) => {}
            () = steps => {}
        }
        let shown = text(&registry);
        assert!(
            !shown.contains("glint_gitops_policy_reload_failures_total 0"),
            "{shown}"
        );
    }
}
