//! See `src/catalog_api/fuzzed.rs`.

#![no_main]

use std::sync::OnceLock;

use glint_gitops::fuzzing::Api;

static API: OnceLock<Api> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| API.get_or_init(Api::start).call(bytes));
