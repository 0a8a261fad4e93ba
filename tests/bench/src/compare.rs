//! Several commands, several times, in turns: medians and ratios of one run.

use crate::measure::{Cost, measure};

/// What SPECIFICATION.md promises of our own scanner, which is the one with this name.
const OWN: &str = "cofferdam";
/// CPU time, as a multiple of the floor's.
const FLOORS_MAX: f64 = 1.4;
/// Largest resident set.
const MEMORY_MIB_MAX: f64 = 64.0;

/// Runs everything in turns, so that a busy moment of the machine hits all alike.
pub(crate) fn run(runs: &str, image: &str, rest: &[&str]) -> Result<(), String> {
    let runs: usize = runs.parse().map_err(|_| format!("{runs:?} is not a number"))?;
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let floor = [own.to_str().unwrap_or("bench"), "floor", image];
    let mut contestants: Vec<(&str, &[&str], Vec<Cost>)> = vec![("floor", &floor, Vec::new())];
    for part in rest.split(|word| *word == "--") {
        let [name, command @ ..] = part else { return Err("a name and a command".into()) };
        contestants.push((name, command, Vec::new()));
    }
    for _ in 0..runs {
        for (name, command, costs) in &mut contestants {
            costs.push(measure(command).map_err(|error| format!("{name}: {error}"))?);
        }
    }
    println!(
        "{:<24} {:>8} {:>8} {:>9} {:>8}",
        "median of", "CPU s", "wall s", "peak MiB", "x floor"
    );
    let mut base = None;
    let mut broken = Vec::new();
    for (name, _, costs) in &contestants {
        let cpu = median(costs, |cost| cost.cpu);
        let memory = median(costs, |cost| cost.memory);
        let floors = cpu / *base.get_or_insert(cpu);
        let wall = median(costs, |cost| cost.wall);
        println!("{name:<24} {cpu:>8.3} {wall:>8.3} {memory:>9.1} {floors:>8.2}");
        if *name == OWN && (floors > FLOORS_MAX || memory > MEMORY_MIB_MAX) {
            broken.push(format!("{floors:.2} floors of CPU and {memory:.0} MiB"));
        }
    }
    println!("{runs} runs of each, in turns");
    if broken.is_empty() {
        return Ok(());
    }
    Err(format!("{}: promised are {FLOORS_MAX} floors and {MEMORY_MIB_MAX} MiB", broken.join(", ")))
}

fn median(costs: &[Cost], of: fn(&Cost) -> f64) -> f64 {
    let mut values: Vec<f64> = costs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
