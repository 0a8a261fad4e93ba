//! Everything a script would do.
fn main() {}
