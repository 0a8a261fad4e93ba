//! `cofferdam check`: the real binary on manifests, Dockerfiles, charts and repositories.

mod bounds;
mod exits;
mod inputs;
mod outputs;
mod since;

use crate::binary::{Home, Invocation, Run};
use serde_json::Value;
use std::{io::Write as _, process::Stdio};

/// A pod that gives its container everything.
const PRIVILEGED: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: {app: web}
spec:
  containers:
    - name: web
      image: registry.test/web:1.2.3
      securityContext:
        privileged: true
";

/// The same without.
const MODEST: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: registry.test/web:1.2.3
";

/// Rules of the test's own, so that what the built-in ones say may change.
const OWN_POLICY: &str = "\
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: own-privileged}
spec:
  code: OWN-1
  title: Privileged containers
  description: A privileged container owns its node. Nobody here needs one.
  severity: critical
  stages: [build, admission, background]
  forEach: {variable: container, in: workload.containers}
  validations:
    - expression: '!(has(container.securityContext.privileged) && container.securityContext.privileged)'
      messageExpression: \"'Container ' + container.name + ' is privileged.'\"
      message: A container is privileged.
  remediation:
    text: Remove privileged.
    patch:
      - {op: remove, from: container.spec, path: /securityContext/privileged}
  references:
    - {title: 'MITRE ATT&CK for Containers, T1611 Escape to Host'}
";

impl Home {
    /// `cofferdam check PATH`.
    fn check(&self, path: &str) -> Invocation {
        self.cofferdam(&["check", path])
    }

    /// The same by the test's own rules alone.
    fn own_check(&self, path: &str) -> Invocation {
        self.write("own/policy.yaml", OWN_POLICY);
        self.check(path).words(&["--policy", "own", "--select", "OWN"])
    }
}

impl Invocation {
    /// Runs with a text on standard input.
    fn fed(mut self, text: &str) -> Run {
        let streams = self.command.stdin(Stdio::piped());
        let streams = streams.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = streams.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    }
}

/// Code, line and subject of each finding of a JSON report.
fn findings(json: &Value) -> Vec<(String, u64, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = json["findings"].as_array().unwrap().iter();
    all.map(|one| {
        let line = one["region"]["startLine"].as_u64().unwrap();
        (text(&one["code"]), line, text(&one["subject"]))
    })
    .collect()
}
