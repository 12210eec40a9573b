//! The real programs that the tests compare with, and how.
//!
//! `install.sh` builds them into the user's cache and knows their versions. A
//! program that is missing fails the test that asks for it, and never skips it.

mod additions;
mod program;
mod reader;

pub(crate) use additions::difference;
pub(crate) use program::program;
pub(crate) use reader::{Mode, Reader};
