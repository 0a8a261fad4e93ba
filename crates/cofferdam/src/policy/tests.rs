//! The subcommands on a policy and files of a temporary directory.

use super::{Explain, Format, Lint, List, Test, explain, lint, list, test};
use cofferdam_model::Exit;
use std::{fs, path::Path};
use tempfile::TempDir;

const POLICY: &str = "\
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: no-host-network}
spec:
  code: ACME-7
  title: The network of the node
  description: >-
    The pod shares the network of its node. It reaches what only the node should reach.
  severity: high
  stages: [build]
  validations:
    - expression: '!(has(workload.pod.hostNetwork) && workload.pod.hostNetwork)'
      message: The pod uses the network of its node.
  remediation:
    text: Remove hostNetwork.
    patch: [{op: remove, from: workload.pod, path: /hostNetwork}]
  references: [{title: The decision}]
";

const FIRES: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  hostNetwork: true # fires
  containers: [{name: app, image: nginx}]
";

/// A folder with the policy and its two files.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "policy.yaml", POLICY);
    write(folder.path(), "fires.yaml", FIRES);
    let quiet = FIRES.replace("true # fires", "false");
    write(folder.path(), "quiet.yaml", &quiet);
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

fn tried(folder: &Path, strict: bool) -> (String, Exit) {
    test::run(&Test { paths: vec![folder.to_owned()], strict }, false).unwrap()
}

#[test]
fn a_policy_is_tried_on_the_files_beside_it() {
    let folder = folder();
    let (text, exit) = tried(folder.path(), false);
    let expected = "ACME-7 no-host-network: 7 of 8 ways tried
  note: never false: has(workload.pod.hostNetwork) (spec.validations[0].expression)
1 policy, 2 files: all is as expected; 1 way is not tried
";
    assert_eq!((&*text, exit), (expected, Exit::Pass));
    assert_eq!(tried(folder.path(), true).1, Exit::PolicyFailed);
    // Another file tries what was not.
    let absent = FIRES.replace("  hostNetwork: true # fires\n", "");
    write(folder.path(), "quiet-absent.yaml", &absent);
    let (text, exit) = tried(folder.path(), true);
    assert!(text.ends_with("1 policy, 3 files: all is as expected\n"), "{text}");
    assert_eq!(exit, Exit::Pass);
}

#[test]
fn what_is_not_as_expected_is_told_with_its_line() {
    let folder = folder();
    write(folder.path(), "fires.yaml", &FIRES.replace("name: app", "name: app # fires\n    "));
    write(folder.path(), "quiet.yaml", FIRES);
    let (text, exit) = tried(folder.path(), false);
    assert_eq!(exit, Exit::PolicyFailed);
    for line in [
        "  fires.yaml:6: expected 1 fires, got nothing\n",
        "  quiet.yaml: it is to be quiet, and expects findings\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    write(folder.path(), "policy.yaml", &POLICY.replace("op: remove, ", "op: add, value: true, "));
    assert!(tried(folder.path(), false).0.contains("the patch changes nothing"));
}

#[test]
fn explained_clause_by_clause() {
    let folder = folder();
    let explain = |files: &[&str]| {
        let explain = Explain {
            code: "ACME-7".into(),
            files: files.iter().map(|name| folder.path().join(name)).collect(),
            policy: vec![folder.path().join("policy.yaml")],
            kubernetes_version: None,
            at: Some("2026-11-21T00:00:00Z".parse().unwrap()),
        };
        let (text, exit) = explain::run(&explain).unwrap();
        (text.replace(&format!("{}/", folder.path().display()), ""), exit)
    };
    let (text, exit) = explain(&["fires.yaml"]);
    let expected = "\nPod shop/web: fail
  false  !(has(workload.pod.hostNetwork) && workload.pod.hostNetwork)
    true   has(workload.pod.hostNetwork) && workload.pod.hostNetwork
      true   has(workload.pod.hostNetwork)
             workload.pod.hostNetwork is true, fires.yaml:5:16
      true   workload.pod.hostNetwork
             workload.pod.hostNetwork is true, fires.yaml:5:16
  Pod shop/web: The pod uses the network of its node.
    at       fires.yaml:5:16
    decided  workload.pod.hostNetwork
    passes   with the patch below (tried)
    do       Remove hostNetwork.
    patch    {\"op\":\"remove\",\"path\":\"/spec/hostNetwork\"}
";
    assert!(text.ends_with(expected), "{text}");
    assert_eq!(exit, Exit::PolicyFailed);
    let (text, exit) = explain(&["quiet.yaml"]);
    assert!(text.contains("\nPod shop/web: pass\n"), "{text}");
    assert_eq!(exit, Exit::Pass);
    let (page, _) = explain(&[]);
    assert!(page.starts_with("# ACME-7 The network of the node\n"), "{page}");
    assert!(page.contains("docs/policies.md") && !page.contains("../"), "{page}");
}

/// What `explain` of a policy says of files with these texts.
fn explained(
    policy: &str,
    files: &[(&str, &str)],
) -> Result<(String, Exit), cofferdam_model::Diagnostic> {
    let folder = folder();
    write(folder.path(), "policy.yaml", policy);
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    let explained = explain::run(&Explain {
        code: "ACME-7".to_owned(),
        files: files.iter().map(|(name, _)| folder.path().join(name)).collect(),
        policy: vec![folder.path().join("policy.yaml")],
        kubernetes_version: None,
        at: Some("2026-11-21T00:00:00Z".parse().unwrap()),
    });
    explained.map(|(text, exit)| (text.replace(&format!("{}/", folder.path().display()), ""), exit))
}

#[test]
fn a_dockerfile_in_a_folder_is_explained() {
    let policy = POLICY
        .replace(
            "!(has(workload.pod.hostNetwork) && workload.pod.hostNetwork)",
            "dockerfile.stages.size() > 1",
        )
        .replace("[{op: remove, from: workload.pod, path: /hostNetwork}]", "[]");
    // By its name, and by how it begins.
    for name in ["Dockerfile", "build-api"] {
        let (text, exit) = explained(&policy, &[(name, "FROM debian:12\n")]).unwrap();
        assert!(text.contains(&format!("\n{name}: fail\n")), "{text}");
        assert!(text.contains("false  dockerfile.stages.size() > 1"), "{text}");
        assert_eq!(exit, Exit::PolicyFailed);
    }
}

#[test]
fn what_could_not_be_explained_is_no_pass() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let nothing = explained(POLICY, &[("map.yaml", map)]).unwrap_err();
    assert_eq!(nothing.exit, Exit::Usage);
    let why = nothing.cause.unwrap();
    assert_eq!(why, "it is about objects that make pods, and they have 1 other object only");
    let why = explained(POLICY, &[("empty.yaml", "")]).unwrap_err().cause.unwrap();
    assert!(why.ends_with("there is no Kubernetes object and no Dockerfile in them"), "{why}");

    let quiet = FIRES.replace("true # fires", "false");
    let files = [("broken.yaml", "a: [\n"), ("web.yaml", &*quiet), ("map.yaml", map)];
    let (text, exit) = explained(POLICY, &files).unwrap();
    assert!(text.contains("\nNot read: broken.yaml: "), "{text}");
    assert!(text.contains("Not asked of 1 other object: "), "{text}");
    assert_eq!(exit, Exit::NotAssessed);

    // Unknown fails at this stage, unless the policy says otherwise; of what is not known the list
    // is not called empty.
    let unknown = POLICY
        .replace("!(has(workload.pod.hostNetwork) && workload.pod.hostNetwork)", "one != \"\"")
        .replace(
            "  validations:",
            "  forEach: {variable: one, in: workload.serviceAccount.powers}\n  validations:",
        )
        .replace("{op: remove, from: workload.pod, path: /hostNetwork}", "");
    let (text, exit) = explained(&unknown, &[("web.yaml", &quiet)]).unwrap();
    assert!(text.contains("\nPod shop/web: unknown\n") && !text.contains("is empty"), "{text}");
    assert_eq!(exit, Exit::NotAssessed);
    let warns = unknown.replace("[build]", "[build]\n  unknown: {build: warn}");
    assert_eq!(explained(&warns, &[("web.yaml", &quiet)]).unwrap().1, Exit::Pass);
}

#[test]
fn listed_for_people_and_for_programs() {
    let folder = folder();
    let list = |output| {
        let policy = vec![folder.path().join("policy.yaml")];
        list::run(&List { policy, stage: None, output }).unwrap()
    };
    let table = list(Format::Table);
    let row = table.lines().find(|line| line.starts_with("ACME-7")).unwrap();
    assert!(row.contains("high") && row.ends_with("objects that make pods"), "{row}");
    let json: serde_json::Value = serde_json::from_str(&list(Format::Json)).unwrap();
    let policies = json["policies"].as_array().unwrap();
    let own = policies.iter().find(|policy| policy["code"] == "ACME-7").unwrap();
    assert_eq!((&own["severity"], &own["stages"][0]), (&"high".into(), &"build".into()));
}

#[test]
fn remarks_of_a_reviewer() {
    let folder = folder();
    let lint = || lint::run(&Lint { paths: vec![folder.path().to_owned()] }, false).unwrap();
    assert_eq!(lint(), ("1 policy: nothing to remark\n".to_owned(), Exit::Pass));
    fs::remove_file(folder.path().join("quiet.yaml")).unwrap();
    write(
        folder.path(),
        "policy.yaml",
        &POLICY.replace(" It reaches what only the node should reach.", ""),
    );
    let (text, exit) = lint();
    assert!(text.contains("spec.description: the reason has 1 sentence, not two"), "{text}");
    assert!(text.contains("there is no quiet*.yaml beside it"), "{text}");
    assert_eq!(exit, Exit::PolicyFailed);
    // A built-in rule that is asked at all stages, replaced by one that is asked at one.
    fs::remove_file(folder.path().join("fires.yaml")).unwrap();
    let taken = POLICY.replace("no-host-network", "host-network");
    write(folder.path(), "own.yaml", &taken.replace("ACME-7", "ACME-8"));
    let (text, exit) = lint();
    let lost = "the built-in CFD-POD-0004 is asked no more at admission, background: ";
    assert!(text.contains(lost) && text.contains("own.yaml:1: this policy has its name"), "{text}");
    assert_eq!(exit, Exit::PolicyFailed);
    let all = taken.replace("[build]", "[build, admission, background]");
    write(folder.path(), "own.yaml", &all.replace("ACME-7", "ACME-8"));
    let (text, _) = lint();
    assert!(!text.contains("asked no more"), "it is replaced where it was asked: {text}");
    let one = all.replace("ACME-7", "ACME-8").replace("ClusterS", "S");
    write(folder.path(), "own.yaml", &one.replace("-network}", "-network, namespace: shop}"));
    let (text, _) = lint();
    let lost = "the built-in CFD-POD-0004 is asked no more outside of the namespace shop";
    assert!(text.contains(lost), "{text}");
    fs::remove_file(folder.path().join("own.yaml")).unwrap();
    write(folder.path(), "policy.yaml", &POLICY.replace("hostNetwork)'", "hostNetwrk)'"));
    let (text, exit) = lint();
    assert!(text.contains("did you mean \"hostNetwork\"?"), "{text}");
    assert_eq!(exit, Exit::Usage);
}

#[test]
fn exceptions_are_looked_at_too() {
    const EXCEPTION: &str = "\
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterPolicyException
metadata: {name: old-base}
spec:
  policies: [CFD-POD-0004]
  owner: team-blue
  reason: The agent of the node needs it until it is replaced.
  expires: 2099-01-31
";
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "exception.yaml", EXCEPTION);
    let lint = || lint::run(&Lint { paths: vec![folder.path().to_owned()] }, false).unwrap();
    assert_eq!(lint(), ("0 policies, 1 exception: nothing to remark\n".to_owned(), Exit::Pass));
}

/// What an API server takes and warns of at most, and what it takes without a word.
#[test]
fn remarks_about_a_plain_policy_of_kubernetes() {
    const PLAIN: &str = "\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: replica-limit}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: ['', apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
  validations:
  - {expression: object.spec.replicas <= 5, message: too many}
";
    let folder = tempfile::tempdir().unwrap();
    let lint = |from: &str, to: &str| {
        write(folder.path(), "vap.yaml", &PLAIN.replace(from, to));
        lint::run(&Lint { paths: vec![folder.path().to_owned()] }, false).unwrap()
    };
    let fine = ("1 policy: nothing to remark\n".to_owned(), Exit::Pass);
    for fits in ["[deployments]", "[deployments/scale]", "[pods, deployments]", "['*']"] {
        assert_eq!(lint("[deployments]", fits), fine, "{fits}");
    }
    // Of what nobody here knows nothing is said.
    assert_eq!(lint("['', apps]", "[example.com]"), fine);
    let (text, exit) = lint("replicas <=", "replicaz <=");
    assert!(text.contains("DeploymentSpec has no field \"replicaz\", did you mean"), "{text}");
    assert_eq!(exit, Exit::PolicyFailed);
    for wrong in ["[deploymnts]", "[pods, deploymnts/scale]"] {
        let (text, exit) = lint("[deployments]", wrong);
        assert!(text.contains(" has no resource \"deploymnts"), "{text}");
        assert_eq!(exit, Exit::PolicyFailed);
    }
}
