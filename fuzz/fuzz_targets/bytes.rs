//! Any bytes: what is no UTF-8 never reaches the linter, so it is replaced as editors do.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| rehearsal_lints_fuzz::check(&String::from_utf8_lossy(data)));
