//! The command line: wiring only. What it does lives in `assess`, what it says in `report`.

mod advisory;
mod arguments;
mod check;
mod diagnostics;
mod doctor;
mod output;
mod places;
mod policy;
mod progress;
mod scan;

use arguments::{Arguments, Command};
use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    diagnostics::on_panic();
    // clap ends the process itself on a usage error, with our code for it: 2.
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Scan(scan) => scan::run(&scan, arguments.quiet),
        Command::Check(check) => check::run(&check, arguments.quiet),
        Command::Doctor(doctor) => doctor::run(&doctor),
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
