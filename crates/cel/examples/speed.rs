//! How long rules take over one pod: `cargo run --release -p cofferdam-cel --example speed`.
//!
//! The pod is a tree in an arena, as a manifest reader keeps one. Each rule is evaluated a hundred
//! thousand times, without a record and with one. A word after it picks the rules that have it.
#![expect(clippy::print_stdout, reason = "an example for people at a terminal")]

use cofferdam_cel::{Evaluation, Handle, List, Lookup, Map, Node, Program, Scope, Source, Value};
use std::time::Instant;

const ROUNDS: u32 = 100_000;

const RULES: [&str; 10] = [
    "true",
    "!has(c.securityContext.privileged) || !c.securityContext.privileged",
    "!(has(c.securityContext.privileged) && c.securityContext.privileged)",
    "has(c.resources.limits) && 'memory' in c.resources.limits",
    "c.image.startsWith('registry.example.com/')",
    "c.imagePullPolicy in ['Always', 'IfNotPresent']",
    "has(c.ports) && c.ports.exists(p, has(p.hostPort) && p.hostPort != 0)",
    "pod.containers.all(x, !has(x.securityContext) || !has(x.securityContext.privileged))",
    "pod.?hostNetwork.orValue(false) || c.image.matches('^[a-z.]+/')",
    "size(pod.containers) > 1 && pod.restartPolicy != 'Never'",
];

/// A tree: maps and lists by number, entries in order.
struct Arena {
    maps: Vec<Vec<(&'static str, Entry)>>,
    lists: Vec<Vec<Entry>>,
}

#[derive(Clone, Copy)]
enum Entry {
    Bool(bool),
    Int(i64),
    String(&'static str),
    Map(u64),
    List(u64),
}

impl Arena {
    fn show(&self, entry: Entry) -> Lookup<'_> {
        Lookup::Value(match entry {
            Entry::Bool(value) => Value::Bool(value),
            Entry::Int(value) => Value::Int(value),
            Entry::String(text) => Value::from(text),
            Entry::Map(at) => Value::Map(Map::Source(Handle::new(self, Node(at)))),
            Entry::List(at) => Value::List(List::Source(Handle::new(self, Node(at)))),
        })
    }

    fn map(&self, node: Node) -> &[(&'static str, Entry)] {
        usize::try_from(node.0).ok().and_then(|at| self.maps.get(at)).map_or(&[], Vec::as_slice)
    }

    fn list(&self, node: Node) -> &[Entry] {
        usize::try_from(node.0).ok().and_then(|at| self.lists.get(at)).map_or(&[], Vec::as_slice)
    }
}

impl Source for Arena {
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        let found = self.map(node).iter().find(|(name, _)| *name == key);
        found.map_or(Lookup::Absent, |(_, entry)| self.show(*entry))
    }

    fn element(&self, node: Node, index: usize) -> Lookup<'_> {
        self.list(node).get(index).map_or(Lookup::Absent, |entry| self.show(*entry))
    }

    fn length(&self, node: Node) -> usize {
        // Only lists are counted by these rules.
        self.list(node).len()
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        self.map(node).get(position).map(|(name, _)| *name)
    }
}

fn pod() -> Arena {
    let container = |name, context| {
        vec![
            ("name", Entry::String(name)),
            ("image", Entry::String("registry.example.com/shop/web:1.2.3")),
            ("imagePullPolicy", Entry::String("Always")),
            ("ports", Entry::List(1)),
            ("resources", Entry::Map(4)),
            ("securityContext", Entry::Map(context)),
        ]
    };
    Arena {
        maps: vec![
            vec![("restartPolicy", Entry::String("Always")), ("containers", Entry::List(0))],
            container("web", 3),
            container("log", 3),
            vec![
                ("runAsNonRoot", Entry::Bool(true)),
                ("readOnlyRootFilesystem", Entry::Bool(true)),
                ("privileged", Entry::Bool(false)),
            ],
            vec![("limits", Entry::Map(5))],
            vec![("cpu", Entry::String("1")), ("memory", Entry::String("1Gi"))],
            vec![("containerPort", Entry::Int(8080))],
        ],
        lists: vec![vec![Entry::Map(1), Entry::Map(2)], vec![Entry::Map(6)]],
    }
}

fn time(mut evaluate: impl FnMut()) -> u128 {
    let started = Instant::now();
    for _ in 0..ROUNDS {
        evaluate();
    }
    started.elapsed().as_nanos() / u128::from(ROUNDS)
}

fn main() -> Result<(), cofferdam_cel::SyntaxError> {
    let arena = pod();
    println!("{:>8} {:>8}  ns per evaluation: unrecorded, recorded", "", "");
    let wanted = std::env::args().nth(1).unwrap_or_default();
    for rule in RULES.into_iter().filter(|rule| rule.contains(&wanted)) {
        let program = Program::parse(rule)?;
        let mut scope = Scope::default();
        for name in ["object", "workload", "manifest", "namespace", "pod"] {
            scope.set(name, Value::Map(Map::Source(Handle::new(&arena, Node(0)))));
        }
        let slot = scope.declare("c");
        let container = || Ok(Value::Map(Map::Source(Handle::new(&arena, Node(1)))));
        let mut fast = Evaluation::unrecorded(1_000);
        let unrecorded = time(|| {
            fast.refill(1_000);
            scope.assign(slot, container());
            std::hint::black_box(fast.condition(&program, &scope)).ok();
        });
        let mut full = Evaluation::new(1_000);
        let recorded = time(|| {
            full.refill(1_000);
            full.trace_mut().rewind(cofferdam_cel::Mark::START);
            scope.assign(slot, container());
            std::hint::black_box(full.condition(&program, &scope)).ok();
        });
        println!("{unrecorded:>8} {recorded:>8}  {rule}");
    }
    Ok(())
}
