//! Several commands, several times, in turns: medians and ratios of one run.

use crate::measure::{Cost, measure};

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
    for (name, _, costs) in &contestants {
        let cpu = median(costs, |cost| cost.cpu);
        let base = *base.get_or_insert(cpu);
        println!(
            "{name:<24} {cpu:>8.3} {:>8.3} {:>9.1} {:>8.2}",
            median(costs, |cost| cost.wall),
            median(costs, |cost| cost.memory),
            cpu / base,
        );
    }
    println!("{runs} runs of each, in turns");
    Ok(())
}

fn median(costs: &[Cost], of: fn(&Cost) -> f64) -> f64 {
    let mut values: Vec<f64> = costs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
