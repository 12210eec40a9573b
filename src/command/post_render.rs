//! `post-render`: a stream or a KRM function's `ResourceList` in, the same out
//! with Glint's part.

use std::path::Path;

use anyhow::Context;

use super::render::{format, note_if_off, side_files, stopped};
use super::{Exit, console, judged, layers, options, shown};
use crate::cli::Cli;
use crate::config::{Environment, Settings};
use crate::input;
use crate::output;
use crate::render::{self, Host, Piece, Rendered, Source, SourceFormat};

pub(super) fn run(cli: &Cli, environment: &Environment) -> anyhow::Result<Exit> {
    let layers = layers(cli, environment, None)?;
    let before = layers.resolve()?;
    if let Some(exit) = shown(&cli.global, &before)? {
        return Ok(exit);
    }
    let stream = input::read_stream(rustix::stdio::stdin(), before.input_limit)?;
    let sources = [Source {
        name: &stream.name,
        text: &stream.text,
        format: SourceFormat::Stream,
    }];
    let is_function = render::is_function(&stream.text);
    let settings = match render::function_config(&stream.text).filter(|_| is_function) {
        Some(config) => layers.with_function(&config)?.resolve()?,
        None => before,
    };
    // The clock starts here: waiting for the writer is not our work.
    let deadline = options::deadline(&settings, Path::new("."));
    let mut console = console(cli, format(&settings));
    let options = core_options(&settings, &stream.text);
    let rendered = match (settings.enabled, is_function) {
        (true, true) => render::render_function(&sources, &options),
        (true, false) => render::render(&sources, &options),
        (false, _) => render::pass(&sources, render::Emptiness::Allowed),
    };
    let rendered = stopped(rendered, &settings, &mut console)?;
    if std::time::Instant::now() > deadline {
        anyhow::bail!("not done at the deadline; raise `timeout`, or render less at once");
    }
    note_if_off(&settings, &mut console);
    side_files(&settings, &rendered, &options)?;
    console.report(&rendered.findings, None);
    let pieces = rendered.pieces.iter().map(Piece::as_bytes);
    let nothing = Some(NOTHING).filter(|_| says_nothing(&rendered, options.host));
    output::write_all(pieces.chain(nothing)).context("stdout")?;
    Ok(judged(&rendered.findings, settings.fail_on))
}

/// What Helm gets of us where it has nothing to render: Helm 4 takes an empty
/// answer for a failure, even to an empty question (`pkg/action`, 4.3.1).
const NOTHING: &[u8] = b"# nothing to render\n";

fn says_nothing(rendered: &Rendered<'_>, host: Host) -> bool {
    let is_blank = |piece: &Piece<'_>| piece.as_bytes().iter().all(u8::is_ascii_whitespace);
    host == Host::Helm && rendered.pieces.iter().all(is_blank)
}

fn core_options(settings: &Settings, text: &[u8]) -> render::Options {
    let host = options::host(settings).unwrap_or_else(|| Host::of_stream(text));
    options::render(settings, host, None, None)
}
