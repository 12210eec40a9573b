//! Groups: capturing ones, named ones, those with flags.

use super::flags::Flags;
use super::translate::{Group, Operand, Syntax, Translator};

impl Translator<'_> {
    pub(super) fn open(&mut self) -> Result<(), Syntax> {
        if self.cursor.second() == Some('?') {
            return self.open_special();
        }
        self.cursor.bump();
        self.names.push(None);
        self.text.push('(');
        self.push_group(self.flags);
        Ok(())
    }

    fn push_group(&mut self, inner: Flags) {
        self.groups.push(Group {
            flags: self.flags,
            weight: self.weight,
        });
        self.flags = inner;
        self.weight = 1;
        self.operand = Operand::Missing;
    }

    pub(super) fn close(&mut self) -> Result<(), Syntax> {
        let Some(group) = self.groups.pop() else {
            return Err(Syntax::invalid("unexpected )", self.cursor.whole()));
        };
        self.cursor.bump();
        self.text.push(')');
        self.flags = group.flags;
        self.operand = Operand::Weight(self.weight);
        self.weight = self.weight.max(group.weight);
        Ok(())
    }

    /// `(?…`: a named group, flags, or a group with flags.
    fn open_special(&mut self) -> Result<(), Syntax> {
        let start = self.cursor.at();
        let rest = self.cursor.rest();
        if rest.len() > 4 && rest.starts_with("(?P<") {
            return self.open_named(4);
        }
        if rest.len() > 3 && rest.starts_with("(?<") {
            return self.open_named(3);
        }
        self.cursor.skip(2);
        let mut flags = self.flags;
        let mut value = true;
        let mut named = false;
        while let Some(c) = self.cursor.bump() {
            match c {
                '-' if value => {
                    value = false;
                    named = false;
                }
                ':' | ')' if value || named => {
                    self.set(flags, c == ':');
                    return Ok(());
                }
                c => match flags.flag(c) {
                    Some(flag) => {
                        *flag = value;
                        named = true;
                    }
                    None => break,
                },
            }
        }
        let part = self.cursor.since(start);
        Err(Syntax::invalid("invalid or unsupported Perl syntax", part))
    }

    fn set(&mut self, flags: Flags, group: bool) {
        self.text.push_str("(?");
        self.text.push_str(&flags.written());
        if group {
            self.text.push(':');
            self.push_group(flags);
        } else {
            self.text.push(')');
            self.flags = flags;
            self.leave_no_trace();
        }
    }

    fn open_named(&mut self, name_at: usize) -> Result<(), Syntax> {
        let rest = self.cursor.rest();
        let Some(end) = rest.find('>') else {
            return Err(Syntax::invalid("invalid named capture", rest));
        };
        let name = &rest[name_at..end];
        let is_valid = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_valid {
            return Err(Syntax::invalid("invalid named capture", &rest[..=end]));
        }
        self.names.push(Some(name.to_owned()));
        self.cursor.skip(end + 1);
        self.text.push('(');
        self.push_group(self.flags);
        Ok(())
    }
}
