//! libFuzzer's entry: `FUZZ_TARGET` names the target.
#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    #[expect(clippy::disallowed_methods, reason = "libFuzzer owns the command line")]
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    cofferdam_fuzz::targets()
        .find(|(target, _)| *target == name)
        .map_or_else(|| std::process::exit(2), |(_, target)| target)
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
