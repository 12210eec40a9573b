//! Writes an object in one of the many ways in which people and tools write
//! YAML: blocks, flows, JSON, quotes, comments, anchors, tags.

use crate::dice::Dice;

/// What is written.
#[derive(Clone, Debug)]
pub(crate) enum Model {
    /// A token as it stands.
    Raw(String),
    /// A text, in any style that reads as this text.
    Text(String),
    /// A mapping, in this order.
    Map(Vec<(String, Self)>),
    /// A sequence.
    List(Vec<Self>),
}

impl Model {
    pub(crate) fn raw(token: &str) -> Self {
        Self::Raw(token.to_owned())
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn map(entries: Vec<(&str, Self)>) -> Self {
        let entries = entries.into_iter();
        Self::Map(
            entries
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }
}

/// A document as block YAML.
pub(crate) fn block(model: &Model, dice: &mut Dice) -> String {
    let mut writer = Writer {
        step: 2 - dice.below(2) + 2 * dice.below(2),
        anchors: 0,
        out: String::new(),
        dice,
    };
    let indent = if writer.dice.once_in(12) { 2 } else { 0 };
    if let Model::Map(entries) = model {
        writer.mapping(entries, indent);
    }
    writer.out
}

/// A value in brackets, with YAML's freedoms.
pub(crate) fn flow(model: &Model, dice: &mut Dice) -> String {
    let space = dice.pick(&[" ", "", "\n    ", "  "]);
    match model {
        Model::Raw(token) => token.clone(),
        Model::Text(text) => scalar(text, dice),
        Model::List(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(item, dice)).collect();
            format!("[{space}{}{space}]", items.join(&format!(",{space}")))
        }
        Model::Map(entries) => {
            let pairs: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", self::key(key, dice), flow(value, dice)))
                .collect();
            let comma = if dice.once_in(8) && !pairs.is_empty() {
                ","
            } else {
                ""
            };
            format!(
                "{{{space}{}{comma}{space}}}",
                pairs.join(&format!(",{space}"))
            )
        }
    }
}

/// A value as JSON; tokens of YAML become texts.
pub(crate) fn json(model: &Model, dice: &mut Dice) -> String {
    let space = dice.pick(&["", " ", "\n\t", "\r\n"]);
    match model {
        Model::Raw(token) => match token.as_str() {
            "null" | "true" | "false" | "1" | "1.5" | "{}" | "[]" => token.clone(),
            other => json_text(other, dice),
        },
        Model::Text(text) => json_text(text, dice),
        Model::List(items) => {
            let items: Vec<String> = items.iter().map(|item| json(item, dice)).collect();
            format!("[{space}{}]", items.join(&format!(",{space}")))
        }
        Model::Map(entries) => {
            let pairs: Vec<String> = entries
                .iter()
                .map(|(key, value)| {
                    format!("{}:{space}{}", json_text(key, dice), json(value, dice))
                })
                .collect();
            format!("{{{space}{}}}", pairs.join(&format!(",{space}")))
        }
    }
}

fn json_text(text: &str, dice: &mut Dice) -> String {
    let mut quoted = glint_gitops::quote(text);
    if dice.once_in(6) {
        quoted = quoted.replace('/', "\\/");
    }
    if dice.once_in(8) {
        quoted = quoted.replace('i', "\\u0069");
    }
    quoted
}

fn key(text: &str, dice: &mut Dice) -> String {
    match dice.below(8) {
        6 => format!("\"{text}\""),
        7 => format!("'{text}'"),
        _ => text.to_owned(),
    }
}

fn is_safe_plain(text: &str) -> bool {
    let plain = |found: char| found.is_alphanumeric() || "-./ ".contains(found);
    text.starts_with(|first: char| first.is_alphabetic())
        && text.chars().all(plain)
        && !text.ends_with(' ')
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text)
}

/// A scalar on one line.
fn scalar(text: &str, dice: &mut Dice) -> String {
    match dice.below(6) {
        0..=2 if is_safe_plain(text) => text.to_owned(),
        3 if !text.contains(['\n', '\r']) => format!("'{}'", text.replace('\'', "''")),
        4 => glint_gitops::quote(text)
            .replace('n', "\\x6e")
            .replace("\\\\x6e", "\\n"),
        _ => glint_gitops::quote(text),
    }
}

struct Writer<'d> {
    dice: &'d mut Dice,
    step: usize,
    anchors: usize,
    out: String,
}

impl Writer<'_> {
    fn mapping(&mut self, entries: &[(String, Model)], indent: usize) {
        for (name, value) in entries {
            self.between(indent);
            self.out.push_str(&" ".repeat(indent));
            self.entry(name, value, indent);
        }
    }

    /// `key: value`, from the key on.
    fn entry(&mut self, name: &str, value: &Model, indent: usize) {
        if self.dice.once_in(40) {
            self.out.push_str("? ");
        }
        let explicit = self.out.ends_with("? ");
        let name = key(name, self.dice);
        self.out.push_str(&name);
        if explicit {
            self.out.push_str(&format!("\n{}", " ".repeat(indent)));
        }
        let blank = if self.dice.once_in(12) { " " } else { "" };
        self.out.push_str(&format!("{blank}:"));
        self.value(value, indent);
    }

    fn between(&mut self, indent: usize) {
        match self.dice.below(10) {
            7 => self.out.push('\n'),
            8 => self
                .out
                .push_str(&format!("{}# a comment: {{x\n", " ".repeat(indent))),
            9 => self.out.push_str("# at the margin\n"),
            _ => {}
        }
    }

    fn value(&mut self, value: &Model, indent: usize) {
        let collection = matches!(value, Model::Map(_) | Model::List(_));
        if collection {
            self.anchor();
        }
        match value {
            Model::Map(entries) if !entries.is_empty() && !self.dice.once_in(6) => {
                self.line_end();
                let deeper = indent + self.step;
                self.mapping(entries, deeper);
            }
            Model::List(items) if !items.is_empty() && !self.dice.once_in(6) => {
                self.line_end();
                let deeper = indent + if self.dice.once_in(2) { self.step } else { 0 };
                for item in items {
                    self.item(item, deeper);
                }
            }
            Model::Text(text) if self.dice.once_in(6) && is_block(text) => {
                self.block_scalar(text, indent);
            }
            Model::Map(_) | Model::List(_) | Model::Raw(_) | Model::Text(_) => {
                let flow = flow(value, self.dice);
                let deeper = format!("\n{}", " ".repeat(indent + 1));
                let flow = flow.replace('\n', &deeper);
                let separator = if flow.is_empty() {
                    ""
                } else {
                    self.dice.pick(&[" ", "  "])
                };
                self.out.push_str(&format!("{separator}{flow}"));
                self.line_end();
            }
        }
    }

    /// An anchor that nothing refers to.
    fn anchor(&mut self) {
        if self.dice.once_in(30) {
            self.anchors += 1;
            self.out.push_str(&format!(" &n{}", self.anchors));
        }
    }

    fn line_end(&mut self) {
        match self.dice.below(10) {
            9 => self.out.push_str(" # why: because\n"),
            8 => self.out.push_str("  \n"),
            _ => self.out.push('\n'),
        }
    }

    fn item(&mut self, item: &Model, indent: usize) {
        self.between(indent);
        self.out.push_str(&format!("{}-", " ".repeat(indent)));
        match item {
            Model::Map(entries) if !entries.is_empty() && !self.dice.once_in(5) => {
                self.out.push(' ');
                let deeper = indent + 2;
                let (name, value) = &entries[0];
                self.entry(name, value, deeper);
                self.mapping(&entries[1..], deeper);
            }
            Model::Map(_) | Model::List(_) | Model::Raw(_) | Model::Text(_) => {
                self.value(item, indent);
            }
        }
    }

    fn block_scalar(&mut self, text: &str, indent: usize) {
        let deeper = " ".repeat(indent + self.step);
        let (header, body) = match text.strip_suffix('\n') {
            Some(body) => ("|", body),
            None => ("|-", text),
        };
        self.out.push_str(&format!(" {header}"));
        self.line_end();
        for line in body.split('\n') {
            self.out.push_str(&format!("{deeper}{line}\n"));
        }
    }
}

/// Whether a literal block reads as the text without more thought.
fn is_block(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && !text.contains('\r')
        && text != "\n"
}
