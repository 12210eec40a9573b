//! Where the real programs are.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The path of a peer by its name in `install.sh`. `GLINT_PEERS` may name a
/// folder that holds programs of these names; else `install.sh` builds what is
/// not in the cache.
///
/// # Panics
/// Where there is no such program and it can't be built.
pub(crate) fn program(name: &str) -> PathBuf {
    if let Some(folder) = std::env::var_os("GLINT_PEERS") {
        let program = PathBuf::from(folder).join(name);
        assert!(program.is_file(), "{} is missing", program.display());
        return program;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/install.sh");
    let output = Command::new(script)
        .arg(name)
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{script}: {error}"));
    assert!(
        output.status.success(),
        "{script} {name}: {}",
        output.status
    );
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}
