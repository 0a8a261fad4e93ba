//! Holds `check` and the door to one verdict on a real API server.
//!
//! `parity FOLDER COUNT`: FOLDER is that of `cargo xtask rig apiserver up`. The webhook is
//! installed, `COUNT` generated objects are created as dry runs, and what the door said of each, as
//! the API server sent it (defaulted, converted, trimmed), is compared, rule by rule,
//! - with what `check` says of the text that was sent: the outcome, and whether it was refused;
//! - with what `check` says of the object that the API server made of it: the digest too.
//!
//! Not 0 when any two disagree. Digests of text and object are counted where they differ: an empty
//! list that somebody wrote was read, and is not there any more.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people at a terminal")]

mod api;
#[path = "../../../../crates/control/src/admission/tests/generate.rs"]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a part of tests")]
mod generate;

use api::Api;
use cofferdam_assess::{
    check::{ChangedLines, Changes, Input, Question, check},
    live::Objects,
};
use cofferdam_bounds::Meter;
use cofferdam_control::admission::{
    Door, Mode, Modes, Settings,
    certificate::Authorities,
    configuration::{Address, configuration},
    is_exempt,
    server::{Handle, Identity, serve_alone},
};
use cofferdam_model::Severity;
use cofferdam_policy::{Bundle, Outcome, Stage, Target};
use generate::{Numbers, OF_CLUSTER, key, pool, seeds, settled};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::TcpListener,
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError, RwLock},
    thread,
    time::Duration,
};
use tokio::{sync::watch, time::sleep};

/// Rules about what an API server does not hand on: fields that it does not know and drops, keys
/// that stand twice, what is missing or has the wrong type and is refused before any webhook is
/// asked; and volumes from images, a feature that is off in Kubernetes 1.34.
const NOT_HANDED_ON: [&str; 6] = [
    "unknown-field",
    "duplicate-key",
    "missing-field",
    "wrong-type",
    "invalid-value",
    "image-volume",
];

/// Rules about all that a text says: where it has a field that the API server does not know and
/// drops, only the file can have what they look for.
const OF_ALL_TEXT: [&str; 1] = ["secret-in-object"];

/// Fixtures in one cluster.
const TOGETHER: usize = 12;

/// How often a webhook that was just installed is tried, twenty times a second.
const TRIES: usize = 400;

/// By code: the worst outcome and the digest.
type Said = BTreeMap<String, (Outcome, String)>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count] = &*arguments else {
        eprintln!("parity FOLDER COUNT");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string());
    let result = runtime.and_then(|runtime| {
        let count = count.parse().map_err(|_| format!("{count:?} is not a number"))?;
        runtime.block_on(run(Path::new(folder), count))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("parity: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(folder: &Path, count: usize) -> Result<(), String> {
    let api = Api::of(folder)?;
    let seeds = seeds(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../rules"));
    let pool = pool(&seeds);
    let mut stand = Stand::open()?;
    let mut numbers = Numbers(20_261_121);
    namespaces(&api, &seeds).await?;
    stand.install(&api).await?;
    let mut tally = Tally::default();
    let mut next = 0;
    while tally.compared < count {
        let mut cluster = BTreeMap::new();
        for place in 0..TOGETHER {
            let Some(seed) = seeds.get(next % seeds.len().max(1)) else { break };
            let changes = (next / seeds.len()).min(3);
            let objects = settled(seed, &format!("ns-{place}"), changes, &mut numbers, &pool);
            let named: Vec<(String, Value)> =
                objects.into_iter().map(|object| (key(&object).to_string(), object)).collect();
            if named.iter().any(|(name, _)| cluster.contains_key(name)) {
                break;
            }
            cluster.extend(named);
            next += 1;
        }
        stand.compare(&api, &cluster, &mut tally).await?;
    }
    stand.stop.send_replace(true);
    tally.report()
}

/// Makes every namespace that some object lies in, for good.
async fn namespaces(api: &Api, seeds: &[Vec<Value>]) -> Result<(), String> {
    let said = seeds.iter().flatten().filter_map(|object| {
        object.pointer("/metadata/namespace").and_then(Value::as_str).map(str::to_owned)
    });
    let own = (0..TOGETHER).map(|place| format!("ns-{place}"));
    for name in said.chain(own).collect::<BTreeSet<_>>() {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        api.ask("POST", "/api/v1/namespaces", &object.to_string()).await?;
    }
    Ok(())
}

/// The door, and what it last said.
struct Stand {
    objects: Arc<RwLock<Objects>>,
    bundle: Arc<Bundle>,
    webhook: Value,
    /// The last request that came, and what was answered.
    said: Arc<Mutex<Option<(Value, Value)>>>,
    stop: watch::Sender<bool>,
    /// Names of rules by code.
    names: BTreeMap<String, String>,
}

#[expect(clippy::disallowed_methods, reason = "a program: certificates hold as of today")]
fn now() -> Timestamp {
    Timestamp::now()
}

impl Stand {
    fn open() -> Result<Self, String> {
        let bundle = Arc::new(Bundle::built_in().map_err(|errors| format!("{errors:?}"))?);
        // What is critical is refused, so that answers are compared too.
        let critical = bundle.policies.iter().filter(|one| one.severity == Severity::Critical);
        let modes: Modes = critical.map(|policy| (policy.code.clone(), Mode::Enforce)).collect();
        let settings = Settings {
            bundle: Arc::clone(&bundle),
            modes,
            kubernetes_minor: None,
            own_namespace: "cofferdam".to_owned(),
        };
        let wrong = |error: &dyn std::fmt::Display| error.to_string();
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| wrong(&error))?;
        let port = listener.local_addr().map_err(|error| wrong(&error))?.port();
        let address = Address::Url(format!("https://127.0.0.1:{port}"));
        let authorities = Authorities::generate(now()).map_err(|error| wrong(&error))?;
        let serving = authorities.current().issue(&address.names(), now());
        let identity =
            Identity::new(&serving.map_err(|error| wrong(&error))?, authorities.path().clone());
        let trusted = authorities.trusted_pem();
        let webhook = configuration(&address, &trusted, authorities.path(), &settings);
        let names =
            bundle.policies.iter().map(|one| (one.code.clone(), one.name.clone())).collect();
        let objects = Arc::new(RwLock::new(Objects::default()));
        let (door, _) = Door::new(Arc::clone(&objects), settings, now);
        let said = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&said);
        let handle: Handle = Arc::new(move |body, _| {
            let answer = door.handle(body);
            let read = |bytes| serde_json::from_slice(bytes).ok();
            let read = read(body).zip(read(&answer));
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = read;
            Ok(answer)
        });
        let (stop, stopped) = watch::channel(false);
        let identity = Arc::new(identity.map_err(|error| wrong(&error))?);
        thread::spawn(move || serve_alone(listener, handle, identity, stopped));
        Ok(Self { objects, bundle, webhook, said, stop, names })
    }

    /// Installs the webhook, over one of an earlier run, and waits until it is asked.
    async fn install(&mut self, api: &Api) -> Result<(), String> {
        let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
        api.ask("DELETE", &format!("{path}/cofferdam"), "").await?;
        let (status, answer) = api.ask("POST", path, &self.webhook.to_string()).await?;
        if status != 201 {
            return Err(format!("the webhook is not taken: {answer}"));
        }
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "first", "namespace": "ns-0"},
            "spec": {"containers": [{"name": "first", "image": "first:1"}]},
        });
        for _ in 0..TRIES {
            api.ask("POST", "/api/v1/namespaces/ns-0/pods?dryRun=All", &pod.to_string()).await?;
            if self.taken().is_some() {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err("the webhook is never asked".to_owned())
    }

    fn taken(&self) -> Option<(Value, Value)> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn compare(
        &self,
        api: &Api,
        cluster: &BTreeMap<String, Value>,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let mut objects = Objects::default();
        for object in cluster.values() {
            objects.put(key(object), object.to_string().into());
        }
        *self.objects.write().unwrap_or_else(PoisonError::into_inner) = objects;
        let said = self.checked(cluster, None);
        for (path, object) in cluster {
            let Some(request) = post(object) else { continue };
            let _ = self.taken();
            let (status, answer) = api.ask("POST", &request, &object.to_string()).await?;
            let Some((review, response)) = self.taken() else {
                tally.not_sent(status, object);
                continue;
            };
            let expected = said.get(path).cloned().unwrap_or_default();
            let is_refused = status == 403 && answer.contains("denied the request");
            self.weigh(path, &expected, &response, is_refused, tally);
            let made = review.pointer("/request/object").cloned().unwrap_or_default();
            let mut cluster = cluster.clone();
            cluster.insert(path.clone(), made);
            let of_object = self.checked(&cluster, Some(path)).remove(path).unwrap_or_default();
            same(path, &of_object, &response, tally);
        }
        Ok(())
    }

    /// What `check` says of texts, or of one of them beside the others.
    fn checked(
        &self,
        cluster: &BTreeMap<String, Value>,
        only: Option<&str>,
    ) -> BTreeMap<String, Said> {
        let only = only.map(|path| Changes {
            files: [(path.to_owned(), ChangedLines::All)].into_iter().collect(),
            folders: BTreeSet::new(),
        });
        let question = Question {
            bundle: &self.bundle,
            stage: Stage::Admission,
            now: now(),
            fail_on: Severity::None,
            kubernetes_minor: None,
            pod_security: None,
            changes: only.as_ref(),
            patches: false,
            explain: true,
        };
        let inputs = cluster.iter();
        let inputs = inputs.map(|(path, object)| Input::manifest(path.clone(), object.to_string()));
        let check = check(vec![], inputs.collect(), vec![], &question, &Meter::default());
        let mut all: BTreeMap<String, Said> = BTreeMap::new();
        for found in &check.findings {
            let (Some(rule), Some(explanation)) = (check.rule(found), &found.explanation) else {
                continue;
            };
            let digest = explanation.digest.map(|digest| digest.to_string()).unwrap_or_default();
            // Not where it was found: that may be in the file of another object.
            let subject = check.subjects.get(found.subject);
            let Some(file) = subject.and_then(|subject| check.files.get(subject.file)) else {
                continue;
            };
            let said = all.entry(file.path.clone()).or_default();
            let known = said.entry(rule.code.clone()).or_insert((found.outcome, digest));
            known.0 = known.0.max(found.outcome);
        }
        all
    }

    fn weigh(
        &self,
        path: &str,
        expected: &Said,
        review: &Value,
        is_refused: bool,
        tally: &mut Tally,
    ) {
        tally.compared += 1;
        let rules = review.pointer("/response/auditAnnotations/rules").and_then(Value::as_str);
        let said = rules.map(verdicts).unwrap_or_default();
        let named = |code: &String, names: &[&str]| {
            self.names.get(code).is_some_and(|name| names.contains(&&**name))
        };
        let is_cut = expected.keys().any(|code| named(code, &["unknown-field"]));
        for code in expected.keys().chain(said.keys()).collect::<BTreeSet<_>>() {
            if named(code, &NOT_HANDED_ON) || is_cut && named(code, &OF_ALL_TEXT) {
                continue;
            }
            tally.verdicts += 1;
            let (file, door) = (expected.get(code), said.get(code));
            let outcome = |said: Option<&(Outcome, String)>| said.map(|(outcome, _)| *outcome);
            if outcome(file) != outcome(door) {
                tally.differ(code, format!("{path}: the file {file:?}, the door {door:?}"));
            }
            tally.digests += usize::from(file != door);
        }
        let must_be = expected.iter().any(|(code, (outcome, _))| {
            let policy = self.bundle.policies.iter().find(|policy| policy.code == *code);
            *outcome == Outcome::Fail
                && policy.is_some_and(|policy| policy.severity == Severity::Critical)
        });
        tally.refused += usize::from(is_refused);
        if must_be != is_refused {
            tally.differ("refused", format!("{path}: {is_refused}, expected {must_be}"));
        }
    }
}

/// The object that was judged at the door, judged by `check`: the same down to the digest.
fn same(path: &str, expected: &Said, response: &Value, tally: &mut Tally) {
    let rules = response.pointer("/response/auditAnnotations/rules").and_then(Value::as_str);
    let said = rules.map(verdicts).unwrap_or_default();
    for code in expected.keys().chain(said.keys()).collect::<BTreeSet<_>>() {
        let (file, door) = (expected.get(code), said.get(code));
        if file != door {
            tally.differ(code, format!("{path} as it was made: {file:?}, the door {door:?}"));
        }
    }
}

/// `CODE=outcome:digest …`
fn verdicts(rules: &str) -> Said {
    let verdict = |text: &str| {
        let (code, rest) = text.split_once('=')?;
        let (outcome, digest) = rest.split_once(':')?;
        let all = [Outcome::Pass, Outcome::Unknown, Outcome::Fail];
        let outcome = all.into_iter().find(|one| one.as_str() == outcome)?;
        Some((code.to_owned(), (outcome, digest.to_owned())))
    };
    // Of images nobody knows anything here, and no check is about them.
    let all = rules.split_whitespace().filter(|text| !text.starts_with("CFD-IMG-"));
    all.filter_map(verdict).collect()
}

/// Where an object is created, as a dry run; `None` for what the door lets through.
fn post(object: &Value) -> Option<String> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let (api_version, kind) = (text("/apiVersion")?, text("/kind")?);
    let namespace = text("/metadata/namespace");
    let of = if kind == "Namespace" { text("/metadata/name") } else { namespace };
    if of.is_some_and(|name| is_exempt(name, "cofferdam")) {
        return None;
    }
    let resource = Target::object(api_version, kind, None, None).resource;
    let base = if api_version.contains('/') { "apis" } else { "api" };
    let place = match namespace.filter(|_| !OF_CLUSTER.contains(&kind)) {
        Some(namespace) => format!("namespaces/{namespace}/"),
        None => String::new(),
    };
    Some(format!("/{base}/{api_version}/{place}{resource}?dryRun=All"))
}

/// What was compared, and what came out.
#[derive(Default)]
struct Tally {
    compared: usize,
    verdicts: usize,
    refused: usize,
    /// Verdicts on text and object with one outcome and two digests.
    digests: usize,
    /// Requests that never came to the door, by status and kind.
    not_sent: BTreeMap<(u16, String), usize>,
    /// Disagreements by rule.
    differences: BTreeMap<String, Vec<String>>,
}

impl Tally {
    fn not_sent(&mut self, status: u16, object: &Value) {
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        *self.not_sent.entry((status, kind.to_owned())).or_default() += 1;
    }

    fn differ(&mut self, code: &str, what: String) {
        self.differences.entry(code.to_owned()).or_default().push(what);
    }

    fn report(&self) -> Result<(), String> {
        for ((status, kind), count) in &self.not_sent {
            println!("not reviewed: {count} {kind} ({status})");
        }
        for (code, all) in &self.differences {
            println!("{code}: {} differ, such as {}", all.len(), all.first().map_or("", |one| one));
        }
        let differences: usize = self.differences.values().map(Vec::len).sum();
        println!(
            "{} objects, {} verdicts, {} requests refused, {} digests of other facts, \
             {differences} disagreements",
            self.compared, self.verdicts, self.refused, self.digests
        );
        if differences == 0 { Ok(()) } else { Err(format!("{differences} disagreements")) }
    }
}
