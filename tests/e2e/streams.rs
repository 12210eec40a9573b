//! What the program under test makes of manifests and of the examples, for tests
//! that hand it to a host themselves.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::peers;

/// The output of `kustomize build` or any other renderer, post-rendered.
#[track_caller]
pub(crate) fn post_render(host: &str, manifests: &str, arguments: &[&str]) -> String {
    let mut glint = Command::new(crate::GLINT);
    glint.args(["post-render", "--host", host]).args(arguments);
    output_of(glint, manifests)
}

/// An example, rendered with its own renderer.
#[track_caller]
pub(crate) fn render(host: &str, example: &str, arguments: &[&str]) -> String {
    let mut glint = Command::new(crate::GLINT);
    glint.arg("render");
    glint.arg(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(example),
    );
    glint.args(["--host", host]).args(arguments);
    glint.arg("--helm-path").arg(peers::program("helm3"));
    glint
        .arg("--kustomize-path")
        .arg(peers::program("kustomize"));
    output_of(glint, "")
}

#[track_caller]
pub(crate) fn output_of(mut command: Command, stdin: &str) -> String {
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut glint = command.spawn().expect("the program starts");
    let mut pipe = glint.stdin.take().expect("it has a stdin");
    pipe.write_all(stdin.as_bytes())
        .expect("it reads all of it");
    drop(pipe);
    let output = glint.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("manifests are text")
}
