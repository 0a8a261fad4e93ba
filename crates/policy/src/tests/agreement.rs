//! Screening says what deciding says: every rule, on generated objects.

use super::{built_in, now};
use crate::{Facts, Judged, ObjectSource, Outcome, Stage, Target, decide, screen};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Lines, read, schema::Schema};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Objects that are tried.
const OBJECTS: u64 = 120;

/// Numbers that look random and are the same every time (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(count).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The names of members and the strings that the rules' expressions have in them.
struct Words {
    names: Vec<String>,
    texts: Vec<String>,
}

impl Words {
    fn of_rules() -> Self {
        let (mut names, mut texts) = (BTreeSet::new(), BTreeSet::new());
        for policy in &built_in().policies {
            for expression in policy.expressions() {
                let source = expression.program.source();
                let words = source.split(|c: char| !c.is_ascii_alphanumeric());
                names.extend(words.filter(|word| word.len() > 2).map(str::to_owned));
                let quoted = source.split(['"', '\'']).skip(1).step_by(2);
                texts.extend(quoted.map(str::to_owned));
            }
        }
        Self { names: names.into_iter().collect(), texts: texts.into_iter().collect() }
    }

    fn value(&self, numbers: &mut Numbers, depth: usize) -> Value {
        match numbers.below(if depth == 0 { 5 } else { 9 }) {
            0 => Value::Bool(numbers.below(2) == 0),
            1 => Value::from(numbers.below(70_000)),
            2 | 3 => Value::from(&**numbers.of(&self.texts)),
            4 => Value::Null,
            5 | 6 => (0..numbers.below(4)).map(|_| self.value(numbers, depth - 1)).collect(),
            _ => Value::Object(self.map(numbers, depth)),
        }
    }

    fn map(&self, numbers: &mut Numbers, depth: usize) -> Map<String, Value> {
        let count = numbers.below(6);
        (0..count)
            .map(|_| (numbers.of(&self.names).clone(), self.value(numbers, depth - 1)))
            .collect()
    }
}

/// What the rules about workloads read at least, so that they come past their first step.
fn workload(words: &Words, numbers: &mut Numbers) -> Value {
    let container = |numbers: &mut Numbers| {
        let mut container = words.map(numbers, 3);
        container.insert("name".into(), "app".into());
        container.insert("kind".into(), (*numbers.of(&["container", "init", "sidecar"])).into());
        container.insert("spec".into(), Value::Object(words.map(numbers, 4)));
        container.insert("securityContext".into(), Value::Object(words.map(numbers, 3)));
        container.insert("image".into(), Value::Object(words.map(numbers, 2)));
        Value::Object(container)
    };
    let mut workload = words.map(numbers, 3);
    let containers = numbers.below(3);
    workload.insert("containers".into(), (0..containers).map(|_| container(numbers)).collect());
    workload.insert("pod".into(), Value::Object(words.map(numbers, 4)));
    workload.insert("kind".into(), "Deployment".into());
    workload.insert("name".into(), "web".into());
    workload.insert("labels".into(), Value::Object(words.map(numbers, 1)));
    workload.insert("annotations".into(), Value::Object(words.map(numbers, 1)));
    Value::Object(workload)
}

#[test]
fn screening_says_what_deciding_says() {
    let bundle = built_in();
    let words = Words::of_rules();
    let resources = Schema::built_in().resources();
    let mut totals = [0, 0, 0];
    for seed in 1..=OBJECTS {
        let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let kind = numbers.of(resources).kind;
        let mut object = words.map(&mut numbers, 5);
        object.insert("apiVersion".into(), kind.api_version().into());
        object.insert("kind".into(), kind.kind.into());
        object.insert("metadata".into(), Value::Object(words.map(&mut numbers, 2)));
        let mut sources = vec![("object", Value::Object(object))];
        if numbers.below(3) > 0 {
            sources.push(("workload", workload(&words, &mut numbers)));
        }
        sources.push(("manifest", Value::Object(words.map(&mut numbers, 3))));
        if numbers.below(2) > 0 {
            sources.push(("namespace", Value::Object(words.map(&mut numbers, 2))));
        }
        let files: Vec<_> = sources
            .iter()
            .map(|(name, value)| (*name, read(name, value.to_string().into(), &Meter::default())))
            .collect();
        let lines: Vec<_> = files.iter().map(|(_, file)| Lines::of(&file.text)).collect();
        let mut facts = Facts::default();
        for ((name, file), lines) in files.iter().zip(&lines) {
            facts.insert(name, ObjectSource::new(file.documents[0].tree.root(), *name, lines));
        }
        let screened = screen(bundle, &facts, &Target::of(&facts), Stage::Build, now());
        let decision = decide(bundle, &facts, Stage::Build, now());
        let (passes, open): (Vec<Judged>, Vec<Judged>) = decision
            .verdicts
            .into_iter()
            .partition(|judged| judged.verdict.outcome == Outcome::Pass);
        assert_eq!(screened.verdicts, open, "{sources:?}");
        let applied = passes.len();
        assert!(screened.passed <= applied && screened.passed + screened.skipped >= applied);
        for judged in &open {
            totals[usize::from(judged.verdict.outcome == Outcome::Fail)] += 1;
        }
        totals[2] += screened.passed;
    }
    // The objects are not all one and the same to the rules.
    assert!(totals.iter().all(|total| *total > 300), "unknown, fail, pass: {totals:?}");
}
