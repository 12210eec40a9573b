//! See `src/fuzzing/fragment.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glint_gitops::fuzzing::fragment(bytes));
