//! Everything a script would do. `cargo xtask help` lists it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people at a terminal")]
#![expect(clippy::disallowed_methods, reason = "it reads this repository, which is not hostile")]

mod bench;
mod command;
mod console;
mod fuzz;
mod images;
mod oracles;
mod package;
mod prove;
mod quickstart;
mod rig;
mod schema;
mod setup;
mod test;
#[cfg(test)]
mod tidy;
mod toolchain;
mod tools;

use quickstart::Wish;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  run [rig|CONTEXT]       build, and open the console while advisories are fetched: on the
                          recorded sample, on a real cluster made here with the shop in it, or on
                          yours
  scan [IMAGE]            build, load advisories, scan IMAGE (or a Debian image made here)
  test                    set up, lint and run every test that needs no cluster
  prove                   the long proof; writes its results into SPECIFICATION.md
  bench                   the scanner against its floor and installed peers
  setup                   check for the system packages that tests need; install them when root
  tools                   build helm and kustomize from their Go modules (target/tools)
  oracles                 download the test data of reference implementations (target/oracles)
  oracles ask             ask Kubernetes' own code afresh for the goldens made with it
  console                 build the web console (console/dist)
  console pictures        open it in a browser, and take the pictures of the documentation
  package                 build the image of the chart, without Docker (target/package)
  schema                  read Kubernetes' types anew from its Go modules (rules/schema)
  fuzz TARGET SECONDS     search for inputs that break one parser (`fuzz all SECONDS` for each)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match *words {
        ["run"] => quickstart::run(Wish::Sample),
        ["run", cluster] => quickstart::run(Wish::Cluster(cluster)),
        ["scan"] => quickstart::run(Wish::Scan("")),
        ["scan", image] => quickstart::run(Wish::Scan(image)),
        ["test"] => test::run(),
        ["prove"] => prove::run(),
        ["bench"] => bench::run(),
        ["setup"] => setup::run(),
        ["oracles"] => oracles::run(),
        ["oracles", "ask"] => oracles::ask_kubernetes(),
        ["tools"] => tools::run(),
        ["console"] => console::build(),
        ["console", "pictures"] => console::browse(Some(&command::root().join("docs/images"))),
        ["package"] => package::run().map(drop),
        ["rig", ref rest @ ..] => rig::run(rest),
        ["schema"] => schema::run(),
        ["fuzz", target, seconds] => fuzz::run(target, seconds),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}{}", rig::HELP);
            Ok(())
        }
        _ => Err(format!("unknown command: {}\n\n{HELP}{}", words.join(" "), rig::HELP)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
