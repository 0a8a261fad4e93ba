//! What checking manifests costs: at two sizes, beside peers that are installed; and one pod.

use crate::{
    manifests,
    measure::{Cost, measure},
};
use cofferdam_assess::check::{Input, Question, check};
use cofferdam_bounds::Meter;
use cofferdam_model::Severity;
use cofferdam_policy::{Bundle, Detail, ObjectSource, Stage, Target, screen_with};
use cofferdam_posture::{ObjectFacts, ObjectSet, World};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// What SPECIFICATION.md promises of ten thousand objects.
const CPU_SECONDS_MAX: f64 = 1.0;
const MEMORY_MIB_MAX: f64 = 100.0;
/// Ten times as much may cost ten times as much; starting up is in both.
const GROWTH_MAX: f64 = 11.0;
/// One pod under all rules, in the middle.
const POD_MICROSECONDS_MAX: f64 = 40.0;

const SIZES: [usize; 2] = [1_000, 10_000];

/// Measures `cofferdam check`, at `program`, and peers: names, each with a command that takes
/// the folder as its last word.
pub(crate) fn run(runs: &str, folder: &str, program: &str, rest: &[&str]) -> Result<(), String> {
    let runs: usize = runs.parse().map_err(|_| format!("{runs:?} is not a number"))?;
    let own = [program, "check", "--quiet"];
    let mut contestants: Vec<(&str, &[&str])> = vec![("cofferdam", &own)];
    for part in rest.split(|word| *word == "--").filter(|part| !part.is_empty()) {
        let [name, command @ ..] = part else { return Err("a name and a command".into()) };
        contestants.push((name, command));
    }
    println!(
        "{:<24} {:>8} {:>8} {:>8} {:>9}",
        "median of", "objects", "CPU s", "wall s", "peak MiB"
    );
    let mut own_costs = Vec::new();
    for objects in SIZES {
        let (folder, bytes) =
            manifests::write(Path::new(folder), objects).map_err(|error| error.to_string())?;
        let folder = folder.display().to_string();
        for (name, command) in &contestants {
            let words: Vec<&str> = command.iter().copied().chain([&*folder]).collect();
            let costs: Result<Vec<Cost>, String> = (0..runs).map(|_| measure(&words)).collect();
            let costs = costs.map_err(|error| format!("{name}: {error}"))?;
            let cpu = median(&costs, |cost| cost.cpu);
            let wall = median(&costs, |cost| cost.wall);
            let memory = median(&costs, |cost| cost.memory);
            println!("{name:<24} {objects:>8} {cpu:>8.3} {wall:>8.3} {memory:>9.1}");
            if *name == "cofferdam" {
                own_costs.push((cpu, memory));
            }
        }
        println!("{:<24} {:>8} {:.1} MB", "", "", bytes as f64 / 1e6);
    }
    promises(&own_costs, run_pod()?)
}

/// One pod under all rules; microseconds to judge it.
pub(crate) fn run_pod() -> Result<f64, String> {
    let (judged, whole) = pod()?;
    println!("one pod under all rules: {judged:.1} µs judged, {whole:.1} µs with reading");
    Ok(judged)
}

fn promises(costs: &[(f64, f64)], pod: f64) -> Result<(), String> {
    let [(small, _), (cpu, memory)] = costs else { return Err("two sizes".into()) };
    let broken: Vec<String> = [
        (*cpu > CPU_SECONDS_MAX, format!("{cpu:.2} CPU seconds, promised are {CPU_SECONDS_MAX}")),
        (*memory > MEMORY_MIB_MAX, format!("{memory:.0} MiB, promised are {MEMORY_MIB_MAX}")),
        (cpu / small > GROWTH_MAX, format!("{:.1} times for ten times as much", cpu / small)),
        (
            pod > POD_MICROSECONDS_MAX,
            format!("{pod:.0} µs for a pod, promised are {POD_MICROSECONDS_MAX}"),
        ),
    ]
    .into_iter()
    .filter_map(|(is_broken, what)| is_broken.then_some(what))
    .collect();
    if broken.is_empty() { Ok(()) } else { Err(broken.join("; ")) }
}

fn median(costs: &[Cost], of: fn(&Cost) -> f64) -> f64 {
    middle(costs.iter().map(of).collect())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Enough for a stable median.
const ROUNDS: usize = 5_000;

/// Microseconds for one pod under all rules, in the middle: to judge it, and to read it too.
fn pod() -> Result<(f64, f64), String> {
    let bundle = Bundle::built_in().map_err(|errors| format!("{errors:?}"))?;
    let now = "2026-11-21T00:00:00Z".parse().map_err(|_| "the time")?;
    let text = manifests::pod();
    let mut source = cofferdam_manifest::read("pod.yaml", (&*text).into(), &Meter::default());
    for document in &mut source.documents {
        for object in &document.objects {
            cofferdam_manifest::default(&mut document.tree, *object);
        }
    }
    let set = ObjectSet::of([&source]);
    let world = World::default();
    let (id, entry) = set.entries().next().ok_or("the pod")?;
    let object = &entry.object;
    let judged = timed(|| {
        let source: Option<ObjectSource<'_>> = set.object(id);
        let Some(source) = source else { return };
        let facts = ObjectFacts::of(&set, id, &source, &world);
        let target = Target::object(object.api_version, object.kind, object.namespace, object.name);
        let facts = facts.facts();
        let screened = screen_with(&bundle, &facts, &target, Stage::Build, now, Detail::Brief);
        std::hint::black_box(screened);
    });
    let question = Question {
        bundle: &bundle,
        stage: Stage::Build,
        now,
        fail_on: Severity::Low,
        kubernetes_minor: None,
        pod_security: None,
        changes: None,
        patches: false,
        explain: false,
    };
    let whole = timed(|| {
        let inputs = vec![Input::manifest("pod.yaml", &*text)];
        std::hint::black_box(check(vec![], inputs, vec![], &question, &Meter::default()));
    });
    Ok((judged, whole))
}

fn timed(work: impl Fn()) -> f64 {
    let microseconds = |time: Duration| time.as_secs_f64() * 1e6;
    let round = |_| {
        let started = Instant::now();
        work();
        microseconds(started.elapsed())
    };
    middle((0..ROUNDS).map(round).collect())
}
