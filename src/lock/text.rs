//! A lock as text.
//!
//! Written sorted; read in any order, since a merge may have put lines anywhere.

use std::fmt::{self, Write as _};

use super::{Digest, Entry, Key, Lock, Owner, Taken};
use crate::catalog::{BlueprintId, EntityId, IdentifierError};

/// What the first line begins with; the version is that of the form.
const HEAD: &str = "# glint.lock v";
const VERSION: &str = "1";
const REST: &str = ": blueprint, identifier, digest, owner; written by `glint-gitops lock`";

/// The lines by which Git marks a conflict.
const CONFLICT: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// Why a text is no lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {problem}")]
pub(crate) struct LockError {
    /// Counted from 1.
    line: usize,
    problem: Problem,
}

/// What is wrong with a line. Messages repeat nothing of it but what is known to
/// be a name: the file may be something else altogether.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("no UTF-8")]
    Encoding,
    #[error("no lock: its first line does not begin with `{HEAD}{VERSION}`")]
    Head,
    #[error("a lock of a version that this program does not read; it reads {VERSION}")]
    Version,
    #[error("a merge conflict")]
    Conflict,
    #[error("{0} words; a line has a blueprint, an identifier, a digest and an owner")]
    Words(usize),
    #[error("the blueprint {}", without_value(.0))]
    Blueprint(IdentifierError),
    #[error("the identifier {}", without_value(.0))]
    Identifier(IdentifierError),
    #[error("the digest is no 16 hexadecimal digits")]
    Digest,
    #[error("the owner is no object such as `Entity/shop/checkout@shop`")]
    Owner,
    #[error("{0}")]
    Taken(Box<Taken>),
}

/// Only the one error that would repeat a character says less.
fn without_value(error: &IdentifierError) -> String {
    match error {
        IdentifierError::Character { .. } => {
            "has a character that the catalog does not accept".to_owned()
        }
        IdentifierError::Empty | IdentifierError::TooLong { .. } | IdentifierError::Dots => {
            error.to_string()
        }
    }
}

impl fmt::Display for Lock {
    /// The whole file, its last line ended.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}{VERSION}{REST}")?;
        for (
            Key {
                blueprint,
                identifier,
            },
            Entry { digest, owner },
        ) in &self.entries
        {
            f.write_fmt(format_args!("{blueprint} {identifier} {digest} {owner}"))?;
            f.write_char('\n')?;
        }
        Ok(())
    }
}

impl Lock {
    /// Reads a file.
    ///
    /// # Errors
    /// The first line that is none of a lock, with its number.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, LockError> {
        let at = |line, problem| LockError { line, problem };
        let text = std::str::from_utf8(text).map_err(|error| {
            let before = text[..error.valid_up_to()].iter();
            let line = before.filter(|byte| **byte == b'\n').count() + 1;
            at(line, Problem::Encoding)
        })?;
        let mut lines = text.lines().enumerate();
        head(lines.next().map_or("", |(_, line)| line)).map_err(|problem| at(1, problem))?;
        let mut lock = Self::default();
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            lock.read(line).map_err(|problem| at(index + 1, problem))?;
        }
        Ok(lock)
    }

    fn read(&mut self, line: &str) -> Result<(), Problem> {
        if CONFLICT.iter().any(|mark| line.starts_with(mark)) {
            return Err(Problem::Conflict);
        }
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [blueprint, identifier, digest, owner] = words.as_slice() else {
            return Err(Problem::Words(words.len()));
        };
        let key = Key {
            blueprint: BlueprintId::parse(blueprint).map_err(Problem::Blueprint)?,
            identifier: EntityId::parse(identifier).map_err(Problem::Identifier)?,
        };
        let entry = Entry {
            digest: Digest::parse(digest).ok_or(Problem::Digest)?,
            owner: Owner::parse(owner).ok_or(Problem::Owner)?,
        };
        self.insert(key, entry).map_err(Problem::Taken)
    }
}

fn head(line: &str) -> Result<(), Problem> {
    if CONFLICT.iter().any(|mark| line.starts_with(mark)) {
        return Err(Problem::Conflict);
    }
    let version = line.strip_prefix(HEAD).ok_or(Problem::Head)?;
    let end = version.find(|it: char| !it.is_ascii_digit());
    match &version[..end.unwrap_or(version.len())] {
        VERSION => Ok(()),
        "" => Err(Problem::Head),
        _ => Err(Problem::Version),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Lock;

    const HEAD: &str =
        "# glint.lock v1: blueprint, identifier, digest, owner; written by `glint-gitops lock`\n";

    #[test]
    fn a_lock_is_sorted_lines() {
        let web = "service web 0000000000000001 Entity/shop/web@shop\n";
        let shop = "system shop 00000000000000ff ClusterEntity/shop\n";
        let written = format!("{HEAD}{web}{shop}");
        for text in [
            written.clone(),
            format!("{HEAD}{shop}{web}"),
            format!("# glint.lock v1\r\n\r\n{shop}\n{}", web.trim_end()),
        ] {
            assert_eq!(Lock::parse(text.as_bytes()).unwrap().to_string(), written);
        }
        assert_eq!(Lock::default().to_string(), HEAD);
    }

    #[track_caller]
    fn fails(lines: &str, expected: &str) {
        let text = format!("{HEAD}{lines}");
        let error = Lock::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn what_is_no_entity_is_said_with_its_line() {
        let web = "service web 0000000000000001 Entity/web\n";
        fails("<<<<<<< ours\n", "2: a merge conflict");
        fails(&format!("{web}=======\n"), "3: a merge conflict");
        fails(
            "hunter2\n",
            "2: 1 words; a line has a blueprint, an identifier, a digest and an owner",
        );
        fails(
            "service we\u{2603}b 0000000000000001 Entity/web",
            "2: the identifier has a character that the catalog does not accept",
        );
        fails(
            "a=b web 0000000000000001 Entity/web",
            "2: the blueprint has a character that the catalog does not accept",
        );
        fails(
            "service web 1 Entity/web",
            "2: the digest is no 16 hexadecimal digits",
        );
        fails(
            "service web 0000000000000001 web",
            "2: the owner is no object such as `Entity/shop/checkout@shop`",
        );
        fails(
            &format!("{web}service web 0000000000000001 Entity/old"),
            "3: `service/web` is declared twice, by Entity/web and by Entity/old; keep one",
        );
    }

    #[test]
    fn another_file_is_no_lock() {
        let says = |text: &[u8]| Lock::parse(text).unwrap_err().to_string();
        let none = "1: no lock: its first line does not begin with `# glint.lock v1`";
        assert_eq!(says(b""), none);
        assert_eq!(says(b"# glint.lock v\n"), none);
        assert_eq!(says(b"root:x:0:0\n"), none);
        assert_eq!(
            says(b"# glint.lock v12: more\n"),
            "1: a lock of a version that this program does not read; it reads 1"
        );
        assert_eq!(says(b"<<<<<<< a\n"), "1: a merge conflict");
        assert_eq!(says(b"# glint.lock v1\n\xff"), "2: no UTF-8");
    }
}
