//! What a review at the door costs: requests at an even pace, answered on one processor, before a
//! cluster of ten thousand objects in a hundred namespaces.
#![expect(clippy::indexing_slicing, reason = "JSON of our own making, in a benchmark")]

use crate::manifests;
use cofferdam_assess::live::{Objects, Ways};
use cofferdam_bounds::Meter;
use cofferdam_control::admission::{Decision, Door, Mode, Reviewed, Settings};
use cofferdam_manifest::read;
use cofferdam_model::ObjectKey;
use cofferdam_policy::{Bundle, Target};
use jiff::Timestamp;
use nix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::{
    sync::{Arc, RwLock},
    thread::sleep,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::Receiver;

/// What SPECIFICATION.md promises at this pace.
pub(crate) const P99_MICROSECONDS_MAX: f64 = 2_000.0;
pub(crate) const REVIEWS_PER_SECOND: u32 = 1_000;
/// What the objects may take in memory.
const MEMORY_MIB_MAX: f64 = 100.0;

const APPLICATIONS: usize = 1_000;
const NAMESPACES: usize = 100;

/// Roles and bindings of a cluster that nobody has used yet, as many and as long as Kubernetes 1.34
/// makes them.
const SYSTEM_ROLES: usize = 72;
const SYSTEM_RULES: usize = 7;

/// The rule that requests are refused by; all others warn.
pub(crate) const ENFORCED: &str = "CFD-POD-0001";

/// The uid of every request.
pub(crate) const REQUEST: &str = "11111111-6393-11e8-b7cc-42010a800002";

/// Reviews before the clock runs: the first ones compile what credentials look like.
const WARM: usize = 500;

/// Reviews for so many seconds.
pub(crate) fn run(seconds: &str) -> Result<(), String> {
    let seconds: u32 = seconds.parse().map_err(|_| format!("{seconds:?} is not a number"))?;
    let all = cluster(APPLICATIONS, NAMESPACES)?;
    let bodies = bodies(&all);
    let text = all.iter().map(|one| one.to_string().len()).sum::<usize>();
    let before = resident_mib();
    let objects = objects(&all)?;
    let (count, memory) = (objects.len(), resident_mib() - before);
    look(&objects)?;
    let (door, mut decided) = door(objects)?;
    for body in bodies.iter().cycle().take(WARM) {
        door.handle(body);
        decided.try_recv().map_err(|_| "nothing was decided")?;
    }
    let taken = pace(&door, &bodies, seconds, || {
        decided.try_recv().map(|reviewed| reviewed.decision).ok()
    })?;
    println!("{count} objects, {:.1} MB of JSON, in {memory:.1} MiB", text as f64 / 1e6);
    report(taken, memory)
}

/// These, as a door knows them.
pub(crate) fn objects(all: &[Value]) -> Result<Objects, String> {
    let mut objects = Objects::default();
    for object in all {
        let problems = objects.put(key(object)?, object.to_string().into());
        if let Some(problem) = problems.first() {
            return Err(format!("{problem:?}"));
        }
    }
    Ok(objects)
}

/// A door before these, which enforces [`ENFORCED`].
pub(crate) fn door(objects: Objects) -> Result<(Door, Receiver<Reviewed>), String> {
    let bundle = Bundle::built_in().map_err(|errors| format!("{errors:?}"))?;
    let settings = Settings {
        bundle: Arc::new(bundle),
        modes: [(ENFORCED, Mode::Enforce)].into_iter().collect(),
        kubernetes_minor: Some(34),
        own_namespace: "cofferdam".to_owned(),
    };
    Ok(Door::new(Arc::new(RwLock::new(objects)), settings, || Timestamp::UNIX_EPOCH))
}

/// What it takes to look for attack paths in all of them, which the audit does between its steps.
fn look(objects: &Objects) -> Result<(), String> {
    let before = cpu_micros()?;
    let ways = Ways::of(objects);
    let millis = (cpu_micros()? - before) / 1e3;
    let found = ways.paths.len();
    println!("{found} attack paths looked for in {} objects: {millis:.0} ms of CPU", objects.len());
    Ok(())
}

/// What each review took, in microseconds and in the order in which they were due.
struct Taken {
    /// From the moment at which it was due to its answer, whatever else the machine did.
    wall: Vec<f64>,
    /// Of the processor.
    cpu: Vec<f64>,
}

impl Taken {
    /// The same as `wall` on a core that nobody else uses: each review begins when it is due, or
    /// when the one before is done, and takes what it took of the processor.
    fn alone(&self) -> Vec<f64> {
        let interval = 1e6 / f64::from(REVIEWS_PER_SECOND);
        let mut free = 0.0_f64;
        let of = |(due, cpu): (f64, &f64)| {
            free = free.max(due) + cpu;
            free - due
        };
        let due = (0_u32..).map(|number| f64::from(number) * interval);
        due.zip(&self.cpu).map(of).collect()
    }
}

/// Sends requests at an even pace.
fn pace(
    door: &Door,
    bodies: &[Vec<u8>],
    seconds: u32,
    mut decision: impl FnMut() -> Option<Decision>,
) -> Result<Taken, String> {
    let count = usize::try_from(seconds * REVIEWS_PER_SECOND).map_err(|_| "too many")?;
    let interval = Duration::from_secs(1) / REVIEWS_PER_SECOND;
    let mut taken = Taken { wall: Vec::with_capacity(count), cpu: Vec::with_capacity(count) };
    let mut refused = 0;
    let began = Instant::now();
    let mut due = began;
    for body in bodies.iter().cycle().take(count) {
        if let Some(rest) = due.checked_duration_since(Instant::now()) {
            sleep(rest);
        }
        let before = cpu_micros()?;
        std::hint::black_box(door.handle(body));
        taken.cpu.push(cpu_micros()? - before);
        taken.wall.push(due.elapsed().as_secs_f64() * 1e6);
        refused += usize::from(decision() == Some(Decision::Denied));
        due += interval;
    }
    println!("{count} reviews in {:.1} s, {refused} refused", began.elapsed().as_secs_f64());
    Ok(taken)
}

fn report(taken: Taken, memory: f64) -> Result<(), String> {
    let mean = taken.cpu.iter().sum::<f64>() / taken.cpu.len() as f64;
    let alone = say("on a core of its own", taken.alone());
    say("as this machine was", taken.wall);
    say("CPU time of a review", taken.cpu);
    println!("{mean:.0} µs of CPU each");
    if memory > MEMORY_MIB_MAX {
        return Err(format!("{memory:.0} MiB, promised are {MEMORY_MIB_MAX}"));
    }
    if alone > P99_MICROSECONDS_MAX {
        return Err(format!("p99 {alone:.0} µs, promised are {P99_MICROSECONDS_MAX}"));
    }
    Ok(())
}

/// Says how these are spread; gives the 99th percentile.
pub(crate) fn say(what: &str, mut micros: Vec<f64>) -> f64 {
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
        let index = (micros.len() as f64 * share) as usize;
        micros.get(index.min(micros.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    };
    let [p50, p95, p99, p999, longest] = [0.5, 0.95, 0.99, 0.999, 1.0].map(at);
    println!(
        "{what}: p50 {p50:.0} µs, p95 {p95:.0} µs, p99 {p99:.0} µs, p99.9 {p999:.0} µs, \
         longest {longest:.0} µs"
    );
    p99
}

/// The objects of a cluster, each as its API server would give it.
pub(crate) fn cluster(applications: usize, namespaces: usize) -> Result<Vec<Value>, String> {
    let mut all = rights();
    for number in 0..namespaces {
        all.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": format!("team-{number:02}")}}));
    }
    for number in 0..applications {
        let text = manifests::application(number);
        let source = read("x", text.into(), &Meter::default());
        for document in &source.documents {
            let mut object = cofferdam_policy::written(document.tree.root()).ok_or("an object")?;
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                if metadata.contains_key("namespace") {
                    let namespace = format!("team-{:02}", number % namespaces);
                    metadata.insert("namespace".to_owned(), json!(namespace));
                }
                metadata.insert("uid".to_owned(), json!("705ab4f5-6393-11e8-b7cc-42010a800002"));
                metadata.insert("resourceVersion".to_owned(), json!(number.to_string()));
            }
            all.push(object);
        }
    }
    Ok(all)
}

/// The roles and bindings that every cluster has.
fn rights() -> Vec<Value> {
    const API: &str = "rbac.authorization.k8s.io/v1";
    let allows = |number: usize| {
        let resources = ["pods", "services", "endpoints", "nodes", "configmaps", "events"];
        let resource = resources.get(number % resources.len());
        json!({"apiGroups": ["", "apps"], "resources": [resource, "leases"], "verbs": ["get", "list", "watch"]})
    };
    let mut all = Vec::new();
    for number in 0..SYSTEM_ROLES {
        let name = format!("system:controller:part-{number}");
        let rules: Vec<Value> = (0..SYSTEM_RULES).map(allows).collect();
        let subject = match number {
            0..4 => json!({"kind": "Group", "name": "system:authenticated"}),
            4 => json!({"kind": "Group", "name": "system:serviceaccounts"}),
            _ => json!({"kind": "ServiceAccount", "name": name, "namespace": "kube-system"}),
        };
        let labels = json!({"kubernetes.io/bootstrapping": "rbac-defaults"});
        let metadata = json!({"name": name, "labels": labels});
        all.push(
            json!({"apiVersion": API, "kind": "ClusterRole", "metadata": metadata, "rules": rules}),
        );
        let role =
            json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name});
        all.push(json!({"apiVersion": API, "kind": "ClusterRoleBinding", "metadata": metadata, "roleRef": role, "subjects": [subject]}));
    }
    all
}

fn key(object: &Value) -> Result<ObjectKey, String> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let name = text("/metadata/name").ok_or("a name")?;
    let (api_version, kind) =
        (text("/apiVersion").ok_or("a version")?, text("/kind").ok_or("a kind")?);
    Ok(ObjectKey::new(api_version, kind, text("/metadata/namespace"), name))
}

/// Requests about everything that the door is asked about: new objects, changes of old ones, and
/// the pods that workloads make.
pub(crate) fn bodies(all: &[Value]) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for (number, object) in all.iter().enumerate() {
        let kind = object["kind"].as_str().unwrap_or_default();
        if matches!(kind, "ConfigMap" | "Secret") {
            continue;
        }
        let old = (number % 2 == 0).then_some(object);
        bodies.push(body(object, old));
        let template = &object["spec"]["template"];
        if template.is_object() {
            let mut pod = template.clone();
            pod["apiVersion"] = json!("v1");
            pod["kind"] = json!("Pod");
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            pod["metadata"]["name"] = json!(format!("{name}-5d8f9-x2x4k"));
            pod["metadata"]["namespace"] = object["metadata"]["namespace"].clone();
            bodies.push(body(&pod, None));
        }
    }
    bodies
}

fn body(object: &Value, old: Option<&Value>) -> Vec<u8> {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let kind = object["kind"].as_str().unwrap_or_default();
    let resource = Target::object(api_version, kind, None, None).resource;
    let review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": REQUEST,
            "kind": {"group": group, "version": version, "kind": kind},
            "resource": {"group": group, "version": version, "resource": resource},
            "name": object["metadata"]["name"],
            "namespace": object["metadata"]["namespace"],
            "operation": if old.is_some() { "UPDATE" } else { "CREATE" },
            "userInfo": {"username": "ann", "groups": ["developers", "system:authenticated"]},
            "object": object,
            "oldObject": old,
            "dryRun": false,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
        },
    });
    review.to_string().into_bytes()
}

/// What this thread had of the processor; finer than `getrusage`, which on some kernels counts ticks.
fn cpu_micros() -> Result<f64, String> {
    let time =
        clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_err(|error| error.to_string())?;
    Ok(time.tv_sec() as f64 * 1e6 + time.tv_nsec() as f64 / 1e3)
}

/// Mebibytes that the process has in memory.
fn resident_mib() -> f64 {
    let status = cofferdam_bounds::file::read_text("/proc/self/status".as_ref(), 1 << 16);
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1_024.0
}
