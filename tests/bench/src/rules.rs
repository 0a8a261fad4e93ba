//! What each rule costs over the made-up manifests, dearest first: where to look when all of them
//! together became too dear.

use crate::manifests;
use cofferdam_bounds::Meter;
use cofferdam_policy::{Bundle, Detail, Stage, Target, screen_with};
use cofferdam_posture::{ObjectFacts, ObjectSet, World};
use std::time::Instant;

/// Applications whose objects are judged: of all that recurs in them.
const APPLICATIONS: usize = 40;
/// How often, of which the quickest counts.
const ROUNDS: usize = 5;
/// Rules that are told.
const TOLD: usize = 40;

/// Judges by each rule alone, and prints microseconds an object.
pub(crate) fn run() -> Result<(), String> {
    let built_in = || Bundle::built_in().map_err(|errors| format!("{errors:?}"));
    let sources: Vec<_> = (0..APPLICATIONS)
        .map(|number| {
            let text = manifests::application(number);
            let mut source = cofferdam_manifest::read("app.yaml", text.into(), &Meter::default());
            for document in &mut source.documents {
                for object in &document.objects {
                    cofferdam_manifest::default(&mut document.tree, *object);
                }
            }
            source
        })
        .collect();
    let set = ObjectSet::of(&sources);
    let world = World::default();
    let cost = |bundle: &Bundle| -> Result<f64, String> {
        let now = "2026-11-21T00:00:00Z".parse().map_err(|_| "the time")?;
        let round = |_| {
            let started = Instant::now();
            for (id, entry) in set.entries() {
                let object = &entry.object;
                let Some(source) = set.object(id) else { continue };
                let facts = ObjectFacts::of(&set, id, &source, &world);
                let (version, kind) = (object.api_version, object.kind);
                let target = Target::object(version, kind, object.namespace, object.name);
                let facts = facts.facts();
                let detail = Detail::Brief;
                let screened = screen_with(bundle, &facts, &target, Stage::Build, now, detail);
                std::hint::black_box(screened);
            }
            started.elapsed().as_secs_f64() * 1e6
        };
        let quickest = (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min);
        Ok(quickest / set.len() as f64)
    };
    let mut none = built_in()?;
    none.policies.clear();
    let least = cost(&none)?;
    let mut costs = Vec::new();
    for code in built_in()?.policies.iter().map(|policy| policy.code.clone()) {
        let mut bundle = built_in()?;
        bundle.policies.retain(|policy| policy.code == code);
        costs.push((cost(&bundle)? - least, code));
    }
    costs.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let sum: f64 = costs.iter().map(|(cost, _)| cost).sum();
    println!("{:<14} {:>8.2}\n{:<14} {:>8.2}", "all rules", cost(&built_in()?)?, "sum", sum);
    println!("{:<14} {least:>8.2}   microseconds an object", "none");
    for (cost, code) in costs.iter().take(TOLD) {
        println!("{code:<14} {cost:>8.2}");
    }
    Ok(())
}
