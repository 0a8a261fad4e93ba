//! The command line: wiring only. What it does lives in `assess`, what it says in `report`.

mod advisory;
mod arguments;
mod backup;
mod check;
mod diagnostics;
mod doctor;
mod get;
mod output;
mod places;
mod platform;
mod policy;
mod progress;
mod recording;
mod scan;
mod serve;
mod up;

use arguments::{Arguments, Command};
use clap::Parser as _;
use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

/// A server lives long and its threads free what others made: from the C library's allocator they get
/// memory that is scattered and cold, which took a quarter of a review at the door. How it is set
/// stands in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    diagnostics::on_panic();
    // clap ends the process itself on a usage error, with our code for it: 2.
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Scan(scan) => scan::run(&scan, arguments.quiet),
        Command::Check(check) => check::run(&check, arguments.quiet),
        Command::Up(up) => up::run(&up),
        Command::Serve(serve) => {
            diagnostics::set_format(serve::log(&serve));
            serve::run(&serve)
        }
        Command::Backup(command) => backup::run(&command, arguments.quiet),
        Command::Restore(command) => backup::restore(&command, arguments.quiet),
        Command::Doctor(doctor) => doctor::run(&doctor),
        Command::Get(get) => get::run(&get, arguments.quiet),
        Command::Describe(describe) => get::describe(&describe),
        Command::Policy(command) => policy::run(&command, arguments.quiet),
        Command::Advisory(command) => advisory::run(command, arguments.quiet),
    };
    match result {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(diagnostic) => {
            diagnostics::print(&diagnostic);
            ExitCode::from(diagnostic.exit.code())
        }
    }
}
