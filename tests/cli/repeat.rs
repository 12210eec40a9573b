//! The same input gives the same bytes, whatever else differs.

use std::fs;
use std::process::Output;

use crate::program::{program, root, run, said};

/// `argocd generate` in the example's folder, as Argo CD calls it for a commit.
fn generated(revision: &str) -> Output {
    let mut command = program();
    command
        .args(["argocd", "generate"])
        .current_dir(root().join("examples/shop"))
        .env("ARGOCD_APP_NAME", "shop")
        .env("ARGOCD_APP_REVISION", revision)
        .env("ARGOCD_APP_REVISION_SHORT", revision);
    let output = run(&mut command, b"");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    output
}

#[test]
fn two_runs_give_the_same_bytes() {
    let (first, second) = (generated("731f00a"), generated("731f00a"));
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(first.stderr, second.stderr);
}

#[test]
fn another_commit_gives_the_same_bytes() {
    assert_eq!(generated("731f00a").stdout, generated("0c4de1b").stdout);
    assert_eq!(generated("731f00a").stdout, generated("streamed").stdout);
}

/// A host would take any other difference for a change of the application.
#[test]
fn a_comment_above_an_entity_changes_that_line_alone() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let app = scratch.path().join("app");
    fs::create_dir(&app).expect("a directory is made");
    let rendered = |text: &str| {
        fs::write(app.join("odd.yaml"), text).expect("a file is written");
        let mut command = program();
        command.arg("render").arg(&app);
        let output = run(&mut command, b"");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(said(&output).contains("pruned-field"), "{}", said(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let entity = "apiVersion: glint.io/v1\nkind: Entity\nmetadata:\n  name: odd\n  namespace: shop\nspec:\n  blueprint: service\n  identifier: odd\n  title: Odd\n";
    let without = rendered(entity);
    let with = rendered(&format!("# Why it is there.\n{entity}"));
    let kept: Vec<&str> = with
        .lines()
        .filter(|line| *line != "# Why it is there.")
        .collect();
    assert_eq!(with.lines().count(), without.lines().count() + 1);
    assert_eq!(kept, without.lines().collect::<Vec<_>>());
}

/// What leaves is a fixed point, also with CRDs and the mapping in front.
#[test]
fn rendering_the_output_again_gives_the_output() {
    let first = generated("731f00a");
    let mut command = program();
    command.args(["post-render", "--host", "argocd", "--application", "shop"]);
    let again = run(&mut command, &first.stdout);
    assert_eq!(
        String::from_utf8_lossy(&again.stdout),
        String::from_utf8_lossy(&first.stdout)
    );
}
