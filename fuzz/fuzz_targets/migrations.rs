//! Real SQL, changed by tokens and statements and crossed with other files of the corpus.
#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use rehearsal_lints_fuzz::{
    check,
    mutate::{Choice, mutate, splice},
};

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        check(text);
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    match std::str::from_utf8(&data[..size]) {
        Ok(text) if !seed.is_multiple_of(8) => {
            let text = mutate(text, &mut Choice::new(seed));
            put(&text, data, max_size)
        }
        // libFuzzer's own changes find what no token does.
        _ => fuzzer_mutate(data, size, max_size),
    }
});

fuzz_crossover!(|one: &[u8], two: &[u8], out: &mut [u8], seed: u32| {
    let (one, two) = (String::from_utf8_lossy(one), String::from_utf8_lossy(two));
    let text = splice(&one, &two, &mut Choice::new(seed));
    let most = out.len();
    put(&text, out, most)
});

/// Writes as much of the text as fits, and gives its length.
fn put(text: &str, out: &mut [u8], most: usize) -> usize {
    let length = text.floor_char_boundary(most);
    out[..length].copy_from_slice(&text.as_bytes()[..length]);
    length
}
