//! Manifest streams by chance, the same for the same seed on every machine.

mod json;
mod object;
mod random;
mod yaml;

use random::Random;

/// A stream in pieces, each a document with the separator before it, so that a
/// smaller stream can be tried by leaving some out.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) pieces: Vec<Vec<u8>>,
}

impl Stream {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.pieces.concat()
    }
}

pub(crate) fn stream(seed: u64) -> Stream {
    let random = &mut Random::new(seed);
    let mut pieces = match random.below(10) {
        0 => json_stream(random),
        1 => json_then_yaml(random),
        _ => yaml_stream(random),
    };
    line_ends(&mut pieces, random);
    if let Some(last) = pieces.last_mut()
        && last.ends_with(b"\n")
        && random.chance(200)
    {
        last.pop();
    }
    Stream { pieces }
}

fn yaml_stream(random: &mut Random) -> Vec<Vec<u8>> {
    let count = 1 + random.below(5);
    let mut pieces = Vec::new();
    for index in 0..count {
        let separator = separator(index, random);
        let mut piece = separator.into_bytes();
        if random.chance(15) {
            piece.extend("\u{feff}".bytes());
        }
        piece.extend(document(random).into_bytes());
        pieces.push(piece);
    }
    if random.chance(100) {
        let end = random.pick(&["---\n", "...\n", "---", "--- \n\n", "...\n---\n"]);
        pieces.push(end.as_bytes().to_vec());
    }
    pieces
}

fn separator(index: usize, random: &mut Random) -> String {
    if index == 0 {
        let start = match random.below(60) {
            0..30 => "",
            30..50 => "---\n",
            50 => "\n\n",
            51 => "# head\n---\n",
            52 => "# head\n",
            53 => "---\n---\n",
            54 => "  \n---\n",
            55 => "\u{feff}---\n",
            56 => "\u{feff}",
            57 => "%YAML 1.1\n---\n",
            58 => "...\n",
            _ => "---#x\n",
        };
        return start.to_owned();
    }
    let line = match random.below(200) {
        55..60 => "--- \n",
        60..64 => "--- # Source: chart/templates/x.yaml\n",
        64 | 65 => "---#x\n",
        66 => "---\t\n",
        67..70 => "---\n---\n",
        70 | 71 => "\n---\n\n",
        72 => "...\n---\n",
        73 => "---\n# only a comment\n---\n",
        74 => "---\nnull\n---\n",
        75 => "---\n~\n---\n",
        76 => "--- !!map\n",
        77 => "----\n",
        78 => " ---\n",
        79 => "...\n",
        _ => "---\n",
    };
    line.to_owned()
}

fn document(random: &mut Random) -> String {
    match random.below(60) {
        0 => "# nothing\n".to_owned(),
        1 => "\n \n".to_owned(),
        2 => random
            .pick(&["null\n", "~\n", "text\n", "- a\n"])
            .to_owned(),
        3..8 => json::write(&object::object(random), random) + "\n",
        _ => {
            let object = object::object(random);
            let mut text = yaml::write(&object, random);
            if random.chance(15) {
                text.push_str("...\nleft: over\n");
            }
            if random.chance(30) {
                text.insert_str(0, "# Source: chart/templates/entity.yaml\n");
            }
            text
        }
    }
}

fn json_stream(random: &mut Random) -> Vec<Vec<u8>> {
    let count = 1 + random.below(4);
    let objects = (0..count).map(|index| {
        let gap = match index {
            0 => random.pick(&["", "", " ", "\n"]),
            _ => random.pick(&["\n", "\n", "", " ", "\n\n", "\t"]),
        };
        let object = object::object(random);
        (gap.to_owned() + &json::write(&object, random)).into_bytes()
    });
    let mut pieces: Vec<_> = objects.collect();
    if random.chance(600) {
        pieces.push(b"\n".to_vec());
    }
    pieces
}

/// One object by which Go takes the stream for JSON, then YAML.
fn json_then_yaml(random: &mut Random) -> Vec<Vec<u8>> {
    let mut pieces = vec![json::write(&object::object(random), random).into_bytes()];
    if random.chance(50) {
        pieces.push(json::write(&object::object(random), random).into_bytes());
    }
    for _ in 0..=random.below(3) {
        let document = document(random);
        pieces.push(format!("\n---\n{document}").into_bytes());
    }
    pieces
}

/// Makes CRLF of some or all line ends, and, seldom, a lone CR of one.
fn line_ends(pieces: &mut [Vec<u8>], random: &mut Random) {
    let share = match random.below(100) {
        0..85 => return,
        85..96 => 1000,
        96..99 => 500,
        _ => 0,
    };
    for piece in pieces {
        let mut text = Vec::with_capacity(piece.len());
        for byte in piece.iter().copied() {
            if byte == b'\n' && share == 0 && random.chance(50) {
                text.push(b'\r');
                continue;
            }
            if byte == b'\n' && random.chance(share) {
                text.push(b'\r');
            }
            text.push(byte);
        }
        *piece = text;
    }
}
