//! What can only be seen from outside: of the sources as text, and of the
//! program as a process.
//!
//! - `architecture`: who may import whom, and what the core never touches
//! - `documents`: the files that CONTRIBUTING.md and SECURITY.md name
//! - `image`: the image's definition
//! - `packages`: what is shipped to be applied, and `install`
//! - `promises`: the tests that the README and SECURITY.md name
//! - `runbook`: a page for each reason and alert of the controllers

mod architecture;
mod documents;
mod image;
mod packages;
mod promises;
mod runbook;
