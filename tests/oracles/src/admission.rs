//! ValidatingAdmissionPolicies: what a real kube-apiserver answered to requests under each of the
//! policies in `tests/rig/admission`, and what our review says of the same.
//!
//! Every verdict, message, reason, warning and annotation is compared. Only the words about an
//! expression that cannot be evaluated are our own: there both sides must say that this decided.

use crate::files::{golden, root};
use cofferdam_bounds::{Meter, file};
use cofferdam_cel::{Access, Authorizer, Question};
use cofferdam_manifest::{Lines, Object, Source, read};
use cofferdam_policy::{
    Facts, ObjectSource, Operation, PolicyFile, Target,
    admission::{Action, AdmissionPolicies, AdmissionResult, review},
};
use cofferdam_posture::{Answer, ObjectSet, User};
use std::{collections::BTreeMap, fmt::Write as _};

const RIG: &str = "tests/rig/admission";

/// Who asks, as the rig does.
const ALICE: User<'_> = User { name: "alice", groups: &["developers"] };

/// An object of a file, as the API server would store it.
struct Thing {
    source: Source,
    document: usize,
}

impl Thing {
    fn object(&self) -> Object<'_> {
        let document = &self.source.documents[self.document];
        Object::of(document.tree.view(document.objects[0])).unwrap()
    }

    fn title(&self) -> String {
        let object = self.object();
        match object.namespace {
            Some(namespace) => format!("{} {namespace}/{}", object.kind, object.name.unwrap()),
            None => format!("{} {}", object.kind, object.name.unwrap()),
        }
    }
}

fn text(name: &str) -> String {
    file::read_text(&root().join(RIG).join(name), 1 << 20).unwrap()
}

fn parse(name: &str, text: &str) -> Source {
    let mut source = read(name, text.into(), &Meter::default());
    assert!(source.problems.is_empty(), "{:?}", source.problems);
    for document in &mut source.documents {
        cofferdam_manifest::default(&mut document.tree, document.objects[0]);
    }
    source
}

/// The objects of a file by their titles.
fn things(name: &str) -> BTreeMap<String, Thing> {
    let text = text(name);
    let count = parse(name, &text).documents.len();
    let thing = |document| Thing { source: parse(name, &text), document };
    (0..count).map(thing).map(|thing| (thing.title(), thing)).collect()
}

/// Answers for alice, and for service accounts, from what `world.yaml` binds.
struct Rights<'a>(&'a ObjectSet<'a>);

impl Authorizer for Rights<'_> {
    fn check(&self, question: &Question<'_>) -> Access {
        if question.service_account.is_some() {
            // A cluster has no roles but those in the file, so that none is one it does not know.
            return match self.0.access().check(question) {
                Access::Unknown => Access::Denied(String::new()),
                known => known,
            };
        }
        match self.0.access().answer(&ALICE, question) {
            Answer::Yes { .. } => Access::Allowed(String::new()),
            Answer::No | Answer::Unknown => Access::Denied(String::new()),
        }
    }
}

/// The request as the API server tells policies of it (`admission.k8s.io/v1`).
fn request(target: &Target<'_>) -> Source {
    let resource = format!(
        r#"{{"group":"{}","version":"{}","resource":"{}"}}"#,
        target.group, target.version, target.resource
    );
    let kind = format!(
        r#"{{"group":"{}","version":"{}","kind":"{}"}}"#,
        target.group, target.version, target.kind
    );
    let (options, operation) = match target.operation {
        Operation::Create => ("CreateOptions", "CREATE"),
        Operation::Update => ("UpdateOptions", "UPDATE"),
        _ => ("DeleteOptions", "DELETE"),
    };
    let name = target.name.unwrap_or_default();
    // A Namespace is in itself.
    let namespace = if target.kind == "Namespace" { Some(name) } else { target.namespace };
    let namespace = namespace.map(|name| format!(r#""namespace":"{name}","#)).unwrap_or_default();
    // The API leaves out texts that are empty: subresources here.
    let text = format!(
        r#"{{"kind":{kind},"requestKind":{kind},"resource":{resource},"requestResource":{resource},
        "name":"{name}",{namespace}"operation":"{operation}","dryRun":true,
        "options":{{"apiVersion":"meta.k8s.io/v1","kind":"{options}","dryRun":["All"]}},
        "userInfo":{{"username":"alice","groups":["developers","system:authenticated"]}}}}"#
    );
    read("request", text.into(), &Meter::default())
}

/// What a client and the audit log are told.
#[derive(Debug, Default, PartialEq)]
struct Told {
    /// Code, reason and message.
    denied: Option<(u64, String, String)>,
    warnings: Vec<String>,
    audited: Vec<String>,
    annotations: BTreeMap<String, String>,
}

/// What both say where an expression could not be evaluated.
const BROKEN: &str = "an expression cannot be evaluated";

impl Told {
    /// Reads a line of the golden.
    fn golden(policy: &str, text: &str) -> Self {
        if text == "allowed" {
            return Self::default();
        }
        let said: serde_json::Value = serde_json::from_str(text).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let list = |key: &str| -> Vec<String> {
            said.get(key).and_then(|list| list.as_array()).into_iter().flatten().map(text).collect()
        };
        let whose = format!("ValidatingAdmissionPolicy '{policy}' with binding '{policy}'");
        let denied = said.get("denied").map(|denied| {
            let message = text(&denied["message"]);
            let (_, message) = message.split_once(&whose).unwrap();
            let message = message.strip_prefix(" denied request: ").unwrap();
            (denied["code"].as_u64().unwrap(), text(&denied["reason"]), neutral(message))
        });
        let warned = format!("Validation failed for {whose}: ");
        let warning = |text: String| neutral(text.strip_prefix(&warned).unwrap());
        let pairs = said.get("annotations").and_then(|map| map.as_object()).into_iter().flatten();
        Self {
            denied,
            warnings: list("warnings").into_iter().map(warning).collect(),
            audited: list("audited").iter().map(|text| neutral(text)).collect(),
            annotations: pairs.map(|(key, value)| (key.clone(), text(value))).collect(),
        }
    }

    fn ours(result: &AdmissionResult) -> Self {
        let told = |action| -> Vec<String> {
            let findings = result.verdict.findings.iter().map(|finding| neutral(&finding.message));
            if result.actions.contains(&action) { findings.collect() } else { Vec::new() }
        };
        let reason = result.reason.clone().unwrap_or_default();
        let code = match &*reason {
            "Forbidden" => 403,
            "RequestEntityTooLarge" => 413,
            _ => 422,
        };
        Self {
            denied: result.is_denied.then(|| (code, reason, neutral(&result.messages[0]))),
            warnings: told(Action::Warn),
            audited: told(Action::Audit),
            annotations: result.audit_annotations.iter().cloned().collect(),
        }
    }
}

/// A message without the words about what is wrong with an expression.
fn neutral(message: &str) -> String {
    let theirs = message.starts_with("expression '") && message.contains("resulted in error: ");
    let ours = message.starts_with("Denied by failurePolicy Fail: ");
    let ours = ours || message.starts_with("valueExpression '");
    if theirs || ours { BROKEN.to_owned() } else { message.to_owned() }
}

/// How lines begin that say whether a policy may be made.
const REFUSED: &str = "refused/";

/// Everything that judging needs.
struct Room<'a> {
    objects: BTreeMap<String, Thing>,
    stored: BTreeMap<String, Thing>,
    world: &'a BTreeMap<String, Thing>,
    rights: Rights<'a>,
}

impl Room<'_> {
    /// Judges one request, `CREATE Pod shop/web`, under policies.
    fn ask(&self, policies: &AdmissionPolicies, title: &str) -> Told {
        let (word, title) = title.split_once(' ').unwrap();
        let operation = Operation::ALL.into_iter().find(|one| one.as_str() == word).unwrap();
        let old = self.stored.get(title).filter(|_| operation != Operation::Create);
        let new = self.objects.get(title).filter(|_| operation != Operation::Delete);
        let object = new.or(old).unwrap().object();
        let target = Target {
            operation,
            ..Target::object(object.api_version, object.kind, object.namespace, object.name)
        };
        let request = request(&target);
        let namespace = object.namespace.map(|name| &self.world[&format!("Namespace {name}")]);
        // Places are not asked for.
        let lines = Lines::of("");
        let mut facts = Facts::default();
        for (name, thing) in [("object", new), ("oldObject", old), ("namespaceObject", namespace)] {
            match thing {
                Some(thing) => {
                    facts.insert(name, ObjectSource::new(thing.object().view, name, &lines));
                }
                None => facts.insert_null(name),
            }
        }
        let view = request.documents[0].tree.root();
        facts.insert("request", ObjectSource::new(view, "request", &lines));
        facts.authorize(&self.rights);
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        match &*review(policies, &facts, &target, now) {
            [] => Told::default(),
            [result] => Told::ours(result),
            more => panic!("{} results", more.len()),
        }
    }
}

#[test]
fn every_answer_is_that_of_a_real_api_server() {
    let world = things("world.yaml");
    let set = parse("world.yaml", &text("world.yaml"));
    let set = ObjectSet::of([&set]);
    let room = Room {
        objects: things("objects.yaml"),
        stored: things("stored.yaml"),
        world: &world,
        rights: Rights(&set),
    };
    let golden = golden("admission/apiserver.txt");
    let mut lines = golden.lines();
    assert!(lines.next().is_some_and(|line| line.starts_with("kube-apiserver v1.")));
    let mut known: Option<(&str, AdmissionPolicies)> = None;
    let (mut count, mut denied, mut policies) = (0, 0, 0);
    let mut wrong = String::new();
    for line in lines.filter(|line| !line.starts_with(REFUSED)) {
        let [policy, title, answer] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        if known.as_ref().is_none_or(|(name, _)| *name != policy) {
            let place = format!("policies/{policy}.yaml");
            let read = AdmissionPolicies::read(&[PolicyFile { text: text(&place), place }]);
            known = Some((policy, read.unwrap_or_else(|errors| panic!("{policy}: {errors:#?}"))));
            policies += 1;
        }
        let expected = Told::golden(policy, answer);
        let found = room.ask(&known.as_ref().unwrap().1, title);
        count += 1;
        denied += usize::from(expected.denied.is_some());
        if found != expected {
            let _ = writeln!(wrong, "{policy}: {title}:\n  {found:?}\n  not {expected:?}");
        }
    }
    println!("{count} answers to requests under {policies} policies, {denied} of them no");
    assert!(policies >= 40 && count >= 300);
    assert!(wrong.is_empty(), "{} wrong of {count}:\n{wrong}", wrong.lines().count() / 3);
}

/// Policies that one side takes and the other does not, and why. We judge what a cluster has: what
/// is wrong with names and lists does not keep a policy from being judged.
const DIFFERENT: &[(&str, &str)] = &[
    ("audit-key", "the form of a name"),
    ("bind", "a macro of the language that Kubernetes leaves out"),
    ("condition-name", "the form of a name"),
    ("condition-twice", "two conditions of one name"),
    ("message-newline", "the form of a message"),
    ("reason-unauthorized", "a reason that only its documentation allows"),
    ("reverse", "a function of the language that Kubernetes leaves out"),
    ("rules-none", "nothing is matched: read as no constraint"),
    ("rules-star", "more than everything"),
    (
        "variable-twice",
        "the API server takes two variables of one name; we say that it is a mistake",
    ),
];

#[test]
fn policies_that_an_api_server_refuses() {
    let golden = golden("admission/apiserver.txt");
    let mut count = 0;
    for line in golden.lines().filter_map(|line| line.strip_prefix(REFUSED)) {
        let (name, answer) = line.split_once('\t').unwrap();
        let place = format!("refused/{name}.yaml");
        let read = AdmissionPolicies::read(&[PolicyFile { text: text(&place), place }]);
        let is_same = read.is_err() == (answer == "refused");
        let is_known = DIFFERENT.iter().any(|(known, _)| *known == name);
        assert_eq!(is_same, !is_known, "{name}: {answer}, {read:?}");
        count += 1;
    }
    assert!(count > 30);
}
