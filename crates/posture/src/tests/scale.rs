//! Sets that are made to be slow. Each takes well under a second; done pair by pair, any of them
//! would take minutes.

use super::read;
use crate::{ObjectSet, PATHS_MAX, Paths, paths};
use std::{fmt::Write as _, time::Instant};

/// Objects of each kind.
const COUNT: usize = 3_000;

/// On a busy machine, without optimisation. Pair by pair it would be nine million comparisons of
/// maps for each of several joins.
const SECONDS_MAX: u64 = 20;

/// Joins everything and searches for paths.
fn check(object: impl Fn(&mut String, usize)) -> Paths {
    let mut text = String::new();
    for index in 0..COUNT {
        object(&mut text, index);
    }
    let source = read(&text);
    let started = Instant::now();
    let set = ObjectSet::of([&source]);
    for workload in set.workloads() {
        set.network().exposure(&set, workload.id);
        set.network().services(&set, workload.id);
    }
    let paths = paths(&set);
    assert!(started.elapsed().as_secs() < SECONDS_MAX, "{:?}", started.elapsed());
    paths
}

fn pod(text: &mut String, index: usize, labels: &str) {
    let _ = writeln!(
        text,
        "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{index}, labels: {{{labels}}}}}, \
         spec: {{serviceAccountName: a{index}, containers: [{{securityContext: {{privileged: true}}}}]}}}}"
    );
}

fn service(text: &mut String, index: usize, selector: &str) {
    let _ = writeln!(
        text,
        "---\n{{apiVersion: v1, kind: Service, metadata: {{name: s{index}}}, \
         spec: {{type: LoadBalancer, selector: {{{selector}}}}}}}"
    );
}

#[test]
fn services_of_their_own() {
    let paths = check(|text, index| {
        pod(text, index, &format!("app: a{index}, common: x"));
        service(text, index, &format!("common: x, app: a{index}"));
    });
    assert_eq!(paths.found.len(), PATHS_MAX);
}

/// All verbs and all resources of one rule, none of which leads anywhere together.
#[test]
fn a_rule_of_many_verbs_and_resources() {
    const LONG: usize = 100_000;
    let (verbs, resources) = ("x, ".repeat(LONG), "secrets, ".repeat(LONG));
    let paths = check(|text, index| {
        if index == 0 {
            let _ = writeln!(
                text,
                "---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {{name: r}}, \
                 rules: [{{apiGroups: [''], verbs: [{verbs}], resources: [{resources}]}}]}}\n\
                 ---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{name: r}}, \
                 roleRef: {{kind: Role, name: r}}, subjects: [{{kind: ServiceAccount, name: a1}}]}}"
            );
        }
        pod(text, index, "app: a");
    });
    assert!(paths.found.is_empty());
}

#[test]
fn services_that_all_select_all() {
    let paths = check(|text, index| {
        pod(text, index, "common: x");
        service(text, index, "common: x");
    });
    assert_eq!(paths.found.len(), PATHS_MAX);
}

#[test]
fn policies_for_everything() {
    check(|text, index| {
        pod(text, index, "common: x");
        let _ = writeln!(
            text,
            "---\n{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: n{index}}}, \
             spec: {{podSelector: {{matchExpressions: [{{key: common, operator: NotIn, values: [y]}}]}}}}}}"
        );
    });
}

#[test]
fn roles_that_gather_all_others() {
    check(|text, index| {
        let _ = writeln!(
            text,
            "---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{name: r{index}, labels: {{a: b}}}}, \
             aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{a: b}}}}]}}, \
             rules: [{{apiGroups: [''], resources: [secrets], verbs: [get]}}]}}"
        );
    });
}

/// Every account may run commands in every pod.
#[test]
fn accounts_that_reach_all_pods() {
    let paths = check(|text, index| {
        pod(text, index, &format!("app: a{index}"));
        service(text, index, &format!("app: a{index}"));
        let _ = writeln!(
            text,
            "---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {{name: b{index}}}, \
             roleRef: {{kind: ClusterRole, name: edit}}, subjects: [{{kind: ServiceAccount, name: a{index}}}]}}"
        );
    });
    assert_eq!(paths.found.len(), PATHS_MAX);
}

/// One account with thousands of bindings, and one binding with thousands of subjects.
#[test]
fn bindings_of_one_account() {
    check(|text, index| {
        if index == 0 {
            pod(text, 0, "app: a");
            service(text, 0, "app: a");
            let subjects: Vec<_> = (0..COUNT)
                .map(|index| format!("{{kind: ServiceAccount, name: a{index}}}"))
                .collect();
            let _ = writeln!(
                text,
                "---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{name: all}}, \
                 roleRef: {{kind: ClusterRole, name: admin}}, subjects: [{}]}}",
                subjects.join(", ")
            );
        }
        let _ = writeln!(
            text,
            "---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{name: b{index}, namespace: n{index}}}, \
             roleRef: {{kind: ClusterRole, name: admin}}, subjects: [{{kind: ServiceAccount, name: a0}}, {{kind: Group, name: 'system:authenticated'}}]}}"
        );
    });
}
