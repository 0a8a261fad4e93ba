//! In the test image for the crates it is linked with; it only has to be there.

use smallvec::SmallVec;

fn main() {
    let years: SmallVec<[i32; 4]> = SmallVec::from_slice(&[1999, 2038]);
    let pattern = regex::Regex::new("^[0-9]+$").ok();
    let today = chrono::Utc::now();
    let _ = bumpalo::Bump::new();
    println!("{years:?} {} {today} {}", pattern.is_some(), time::now().tm_year);
}
