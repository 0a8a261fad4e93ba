//! Measures programs by what they cost: CPU seconds, wall seconds, peak memory.
//!
//! `bench floor IMAGE.tar` does the least that any honest scanner must do with an image: read
//! every byte, check every digest, inflate what is compressed. `bench compare IMAGE.tar -- A --
//! B …` runs that floor and each command in turn, several times, and prints medians and ratios
//! of one and the same run, which is what a claim may rest on. `bench check` does the same for
//! manifests, which it makes itself, and `bench pod` for one pod alone. `bench reviews` does it for
//! the door of a cluster, `bench door` for the same door as an API server comes to it, `bench server`
//! for the whole server before a large cluster, `bench store` for what is asked of its store, `bench
//! pages` for the pages of its console over HTTP, `bench disk` for what they take on disk, and `bench
//! advisories` for the building of the advisory database.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people at a terminal")]

mod advisories;
mod apiserver;
mod check;
mod company;
mod compare;
mod disk;
mod door;
mod floor;
mod manifests;
mod measure;
mod pages;
mod reviews;
mod rules;
mod scanned;
mod server;
mod store;

use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

/// As `cofferdam` has it, parts of which are measured in this process.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Not 1, which as the exit code of a scanner is a verdict.
const FAILED: u8 = 4;

const USAGE: &str = "bench floor IMAGE.tar | bench measure COMMAND… | \
                     bench compare RUNS IMAGE.tar -- NAME COMMAND… [-- NAME COMMAND…]… | \
                     bench check RUNS FOLDER COFFERDAM [-- NAME COMMAND…]… | bench reviews SECONDS | \
                     bench door APPLICATIONS SECONDS FOLDER COFFERDAM | bench pod | bench rules | bench advisories FOLDER COFFERDAM | bench store ADDRESS ROUNDS | bench pages ADDRESS ROUNDS | bench disk FILE IMAGES NEW_A_DAY | bench server APPLICATIONS CHANGES FOLDER COFFERDAM [IMAGES FINDINGS_EACH [REVIEWS_A_SECOND]]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["floor", image] => floor::run(image),
        ["measure", command @ ..] => measure::print_own_children(command),
        ["compare", runs, image, "--", rest @ ..] => compare::run(runs, image, rest),
        ["store", address, rounds] => store::run(address, rounds),
        ["pages", address, rounds] => pages::run(address, rounds),
        ["server", applications, changes, folder, program, more @ ..] => {
            server::run(applications, changes, folder, program, more)
        }
        ["reviews", seconds] => reviews::run(seconds),
        ["door", applications, seconds, folder, program] => {
            door::run(applications, seconds, folder, program)
        }
        ["disk", file, images, new_a_day] => disk::run(file, images, new_a_day),
        ["rules"] => rules::run(),
        ["advisories", folder, program] => advisories::run(folder, program),
        ["pod"] => check::run_pod().map(drop),
        ["check", runs, folder, program, rest @ ..] => check::run(runs, folder, program, rest),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("bench: {message}");
            ExitCode::from(FAILED)
        }
    }
}
