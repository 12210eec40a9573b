//! Helm calls `post-render`: Helm 3 a program, Helm 4 a plugin.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::{GLINT, chart, check_same, check_touched, home, output_of, path, peers, stdout_of};

#[test]
fn helm_3_runs_us_as_a_program() {
    let home = home();
    let helm = peers::program("helm3");
    let alone = template(&helm, home.path(), &chart(), &[]);
    let mut flags: Vec<OsString> = vec!["--post-renderer".into(), GLINT.into()];
    for argument in ["post-render", "--host=helm", "--application=checkout"] {
        flags.push(format!("--post-renderer-args={argument}").into());
    }
    let ours = template(&helm, home.path(), &chart(), &flags);
    check_same(&alone, &ours);
    check_touched(&ours, &["gitops.glint.io/application", "fragment.json"]);
    check_without_crd(&ours);
}

#[test]
fn helm_4_runs_us_as_a_plugin() {
    let home = home();
    install_plugin(home.path(), "");
    let helm = peers::program("helm4");
    let alone = template(&helm, home.path(), &chart(), &[]);
    let flags = ["--post-renderer".into(), "glint".into()];
    let ours = template(&helm, home.path(), &chart(), &flags);
    check_same(&alone, &ours);
    check_touched(&ours, &["gitops.glint.io/application", "fragment.json"]);
    check_without_crd(&ours);
}

#[test]
fn helm_4_swallows_what_we_say_so_the_report_has_it() {
    let home = home();
    let report = home.path().join("findings.json");
    install_plugin(home.path(), &format!(", \"--report={}\"", report.display()));
    let flags = ["--post-renderer".into(), "glint".into()];
    template(&peers::program("helm4"), home.path(), &chart(), &flags);
    let report = fs::read_to_string(&report).expect("a report was written");
    assert!(report.contains("crds"), "{report}");
}

#[test]
fn a_chart_without_entities_passes_untouched() {
    let home = home();
    install_plugin(home.path(), "");
    let helm = peers::program("helm4");
    let worker = path("tests/renderers/fixtures/hooks");
    let alone = template(&helm, home.path(), &worker, &[]);
    let flags = ["--post-renderer".into(), "glint".into()];
    assert_eq!(
        String::from_utf8_lossy(&template(&helm, home.path(), &worker, &flags)),
        String::from_utf8_lossy(&alone)
    );
}

#[test]
fn helm_3_drops_everything_on_empty_output_so_ours_never_ends_well_with_none() {
    let home = home();
    let helm = peers::program("helm3");
    // Hooks are no business of a post-renderer there.
    let empty = ["--no-hooks", "--post-renderer", "/bin/true"].map(OsString::from);
    let nothing = template(&helm, home.path(), &chart(), &empty);
    assert_eq!(String::from_utf8_lossy(&nothing).trim(), "");
    let ours: [OsString; 4] = [
        "--post-renderer".into(),
        GLINT.into(),
        "--post-renderer-args=post-render".into(),
        "--post-renderer-args=--crds=sometimes".into(),
    ];
    let ours = run(&helm, home.path(), &chart(), &ours);
    let stderr = String::from_utf8_lossy(&ours.stderr);
    assert!(!ours.status.success() && ours.stdout.is_empty(), "{ours:?}");
    assert!(
        stderr.contains("possible values: auto, always, never"),
        "{stderr}"
    );
}

#[test]
fn helm_4_installs_no_plugin_where_helm_plugins_has_it_looked_for() {
    let home = home();
    let helm = peers::program("helm4");
    install_plugin(home.path(), "");
    let installed = home.path().join("plugins/glint");
    let elsewhere = home.path().join("elsewhere");
    fs::rename(&installed, &elsewhere).expect("the plugin is moved away");
    let install = ["plugin", "install"].map(OsStr::new);
    let install = [&install[..], &[elsewhere.as_os_str()]].concat();
    stdout_of(&helm, home.path(), &install);
    assert!(!installed.exists());
    let flags = ["--post-renderer".into(), "glint".into()];
    let lost = run(&helm, home.path(), &chart(), &flags);
    assert!(!lost.status.success(), "{lost:?}");
}

/// With Helm as host a CRD beside entities would fail the release.
#[track_caller]
fn check_without_crd(stream: &[u8]) {
    let text = String::from_utf8_lossy(stream);
    assert!(!text.contains("entities.glint.io"), "{text}");
}

fn template(helm: &Path, home: &Path, chart: &Path, flags: &[OsString]) -> Vec<u8> {
    stdout_of(helm, home, &arguments(chart, flags))
}

fn run(helm: &Path, home: &Path, chart: &Path, flags: &[OsString]) -> Output {
    output_of(helm, home, &arguments(chart, flags))
}

fn arguments<'a>(chart: &'a Path, flags: &'a [OsString]) -> Vec<&'a OsStr> {
    let template = ["template", "checkout"].map(OsStr::new);
    let flags = flags.iter().map(OsString::as_os_str);
    template
        .into_iter()
        .chain([chart.as_os_str()])
        .chain(flags)
        .collect()
}

/// Writes a plugin named `glint` where `HELM_PLUGINS` points: `plugin install`
/// does not look at that variable, the look-up does.
fn install_plugin(home: &Path, more_arguments: &str) {
    let folder = home.join("plugins/glint");
    fs::create_dir_all(&folder).expect("a folder for the plugin");
    let manifest = format!(
        r#"apiVersion: v1
type: postrenderer/v1
name: glint
version: 0.1.0
runtime: subprocess
runtimeConfig:
  platformCommand:
    - command: "{GLINT}"
      args: ["post-render", "--host=helm", "--application=checkout"{more_arguments}]
"#
    );
    fs::write(folder.join("plugin.yaml"), manifest).expect("the plugin is written");
}
