//! Streams, rendered.

use crate::catalog::Dialect;
use crate::exporter::Style;
use crate::render::{
    self, ClusterKinds, CrdPolicy, Delivery, Emptiness, Host, MappingPlacement, Options, Piece,
    Provenance, Source, SourceFormat,
};

/// How the streams are rendered: for each host, with the settings under which
/// most is added.
pub const RENDERS: [(Host, CrdPolicy, MappingPlacement); 4] = [
    (Host::Pipe, CrdPolicy::Auto, MappingPlacement::ConfigMap),
    (Host::ArgoCd, CrdPolicy::Never, MappingPlacement::ConfigMap),
    (Host::Flux, CrdPolicy::Never, MappingPlacement::None),
    (Host::Helm, CrdPolicy::Never, MappingPlacement::ConfigMap),
];

/// A stream, and how to render it: the first byte chooses.
#[derive(Clone, Copy, Debug)]
pub struct Stream<'a> {
    /// Its index in [`RENDERS`].
    pub render: usize,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl<'a> From<&'a [u8]> for Stream<'a> {
    fn from(input: &'a [u8]) -> Self {
        let (first, bytes) = input.split_first().unwrap_or((&0, &[]));
        Self {
            render: usize::from(*first) % RENDERS.len(),
            bytes,
        }
    }
}

/// The options of one of [`RENDERS`].
pub fn options(index: usize) -> Options {
    let (host, crds, mapping) = RENDERS[index];
    Options {
        dialect: Dialect::Glint,
        host,
        crds,
        cluster: ClusterKinds::Unknown,
        provenance: Provenance {
            application: Some("shop".to_owned()),
            ..Provenance::default()
        },
        delivery: Delivery::Delivered,
        mapping,
        style: Style::Explicit,
        claims: None,
        claimant: Default::default(),
        emptiness: Emptiness::Allowed,
    }
}

/// The bytes of a stream leave in their order, and rendering the output gives
/// the output; or the render is refused, with a reason.
pub fn render(bytes: &[u8]) {
    let Stream { render, bytes } = Stream::from(bytes);
    let options = options(render);
    let texts = [source(bytes)];
    let rendered = match render::render(&texts, &options) {
        Ok(rendered) => rendered,
        Err(error) => return super::check_message(&error.to_string()),
    };
    let mut rest = bytes;
    for piece in &rendered.pieces {
        if let Piece::Kept(kept) = piece {
            let start = kept.as_ptr() as usize - rest.as_ptr() as usize;
            rest = &rest[start + kept.len()..];
        }
    }
    let once = rendered.to_bytes();
    let texts = [source(&once)];
    let twice = render::render(&texts, &options).expect("what was rendered can be rendered");
    assert!(
        once == twice.to_bytes(),
        "once:\n{}\ntwice:\n{}",
        String::from_utf8_lossy(&once),
        String::from_utf8_lossy(&twice.to_bytes())
    );
}

fn source(text: &[u8]) -> Source<'_> {
    Source {
        name: "<stdin>",
        text,
        format: SourceFormat::Stream,
    }
}
