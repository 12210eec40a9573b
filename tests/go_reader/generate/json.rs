//! Objects written as JSON, with the freedom that JSON leaves.

use super::object::Node;
use super::random::Random;

pub(crate) fn write(node: &Node, random: &mut Random) -> String {
    let text = write_readable(node, random);
    // Go's YAML reader refuses this escape, its JSON reader takes it.
    if random.chance(100) {
        return text.replace('/', "\\/");
    }
    text
}

fn write_readable(node: &Node, random: &mut Random) -> String {
    let layout = match random.below(3) {
        0 => Layout::Compact,
        1 => Layout::Spaced,
        _ => Layout::Lines,
    };
    let mut out = String::new();
    value(&mut out, node, layout, 1, random);
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Compact,
    Spaced,
    Lines,
}

fn value(out: &mut String, node: &Node, layout: Layout, depth: usize, random: &mut Random) {
    match node {
        Node::Text(text) => out.push_str(&quote(text, random)),
        Node::Plain(_) => out.push_str(random.pick(&[
            "null",
            "true",
            "1",
            "-0.5",
            "1e3",
            "18446744073709551615",
            "\"yes\"",
            "12345678901234567890123",
        ])),
        Node::Map(members) => {
            out.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                separate(out, index, layout, depth);
                out.push_str(&quote(key, random));
                out.push_str(if layout == Layout::Compact { ":" } else { ": " });
                value(out, member, layout, depth + 1, random);
            }
            close(out, members.is_empty(), layout, depth);
            out.push('}');
        }
        Node::Seq(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(out, index, layout, depth);
                value(out, item, layout, depth + 1, random);
            }
            close(out, items.is_empty(), layout, depth);
            out.push(']');
        }
    }
}

fn separate(out: &mut String, index: usize, layout: Layout, depth: usize) {
    if index > 0 {
        out.push(',');
    }
    match layout {
        Layout::Compact => {}
        Layout::Spaced => out.push(' '),
        Layout::Lines => {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
    }
}

fn close(out: &mut String, empty: bool, layout: Layout, depth: usize) {
    if layout == Layout::Lines && !empty {
        out.push('\n');
        out.push_str(&"  ".repeat(depth - 1));
    }
}

/// A string in JSON's quotes; characters are escaped that need not be.
pub(crate) fn quote(text: &str, random: &mut Random) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            character if random.chance(8) && character.len_utf16() == 1 => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}
