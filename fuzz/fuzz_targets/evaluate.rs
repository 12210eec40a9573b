//! See `src/fuzzing/preview.rs`. The process that evaluates is this program, called
//! as it calls itself.

#![no_main]

use glint_gitops::{Cli, Exit, Parser};

libfuzzer_sys::fuzz_target!(
    init: {
        if std::env::args().nth(1).as_deref() == Some("evaluate") {
            let is_done = glint_gitops::run(&Cli::parse()) == Exit::Done;
            std::process::exit(i32::from(!is_done));
        }
    },
    |bytes: &[u8]| glint_gitops::fuzzing::evaluate(bytes)
);
