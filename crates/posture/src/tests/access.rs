//! What subjects may do, as Kubernetes' authorizer decides it.

use super::read;
use crate::{Answer, ObjectSet, POWERS, Power, Subject, User};
use cofferdam_cel::Resource;

const RBAC: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader, labels: {shop: 'yes'}}
rules:
- {apiGroups: [''], resources: [pods, '*/scale'], verbs: [get, list]}
- {apiGroups: [''], resources: [secrets], resourceNames: [tls], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {shop: 'yes'}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {kind: ClusterRole, name: all}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: admins}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: admins}, {kind: User, name: 'system:serviceaccount:tools:ci'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: lost}
roleRef: {kind: ClusterRole, name: not-here}
subjects: [{kind: User, name: eve}]
";

/// `who verb group/resource[/sub] namespace name`, with `-` for none.
fn check(question: &str, expected: &str) {
    let source = read(RBAC);
    let set = ObjectSet::of([&source]);
    let words: Vec<_> = question.split(' ').map(|word| word.trim_start_matches('-')).collect();
    let (user, groups) = words[0].split_once('+').unwrap_or((words[0], ""));
    let groups: Vec<_> = groups.split('+').filter(|group| !group.is_empty()).collect();
    let mut resource = words[2].splitn(3, '/');
    let (group, name) = (resource.next().unwrap(), resource.next().unwrap());
    let asked = Resource {
        group,
        resource: name,
        subresource: resource.next().unwrap_or(""),
        namespace: words[3],
        name: words[4],
        ..Resource::default()
    };
    let who = User { name: user, groups: &groups };
    let told = match set.access().can(&who, words[1], &asked) {
        Answer::Yes { binding, role } => {
            let title = |id: Option<_>| id.map_or("nothing".to_owned(), |id| set.title(id));
            format!("yes by {} and {}", title(binding), title(role))
        }
        Answer::No => "no".to_owned(),
        Answer::Unknown => "unknown".to_owned(),
    };
    assert_eq!(told, expected, "{question}");
}

#[test]
fn answers() {
    let web = "system:serviceaccount:shop:web";
    let yes = "yes by RoleBinding shop/web and ClusterRole reader";
    check(&format!("{web} get /pods shop -"), yes);
    check(&format!("{web} get /deployments/scale shop -"), yes);
    check(&format!("{web} get /secrets shop tls"), yes);
    check(&format!("{web} get /secrets shop other"), "no");
    check(&format!("{web} get /pods/exec shop -"), "no");
    check(&format!("{web} delete /pods shop -"), "no");
    check(&format!("{web} get apps/pods shop -"), "no");
    // A binding in a namespace says nothing about another, or about the cluster.
    check(&format!("{web} get /pods bank -"), "no");
    check(&format!("{web} get /pods - -"), "no");
    check("eve get /pods shop -", "unknown");
    check("mallory get /pods shop -", "unknown");
    check("eve+admins delete /nodes - x", "yes by ClusterRoleBinding admins and nothing");
    check("eve+system:masters delete /nodes - x", "yes by nothing and nothing");
    let ci = "system:serviceaccount:tools:ci";
    check(&format!("{ci} escalate x/y - -"), "yes by ClusterRoleBinding admins and nothing");
}

/// The names of the powers of `ServiceAccount shop/web` with these rules, bound to the cluster
/// and to the namespace.
fn check_powers(rules: &str, cluster_wide: &str, in_namespace: &str) {
    let told = |kind: &str| {
        let text = format!(
            "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: web}}
rules: [{rules}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {{name: web, namespace: shop}}
roleRef: {{kind: ClusterRole, name: web}}
subjects: [{{kind: ServiceAccount, name: web, namespace: shop}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: web, namespace: shop}}
"
        );
        let source = read(&text);
        let set = ObjectSet::of([&source]);
        let rights = set.access().rights(Subject::Account(Some("shop"), "web")).unwrap();
        assert!(rights.is_complete && rights.is_spoken_of);
        rights.grants.iter().filter_map(crate::Grant::name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(told("ClusterRoleBinding"), cluster_wide, "{rules}");
    assert_eq!(told("RoleBinding"), in_namespace, "{rules}");
}

#[test]
fn powers() {
    check_powers("", "", "");
    check_powers(
        "{apiGroups: ['*'], resources: ['*'], verbs: ['*']}",
        "cluster-admin",
        "namespace-admin",
    );
    check_powers(
        "{apiGroups: [''], resources: [secrets], verbs: [watch]}",
        "read-secrets",
        "read-secrets-in-namespace",
    );
    check_powers(
        "{apiGroups: [''], resources: [secrets], resourceNames: [a], verbs: [get]}",
        "",
        "",
    );
    check_powers("{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}", "node-proxy", "");
    check_powers(
        "{apiGroups: [rbac.authorization.k8s.io], resources: ['*'], verbs: ['*']}",
        "escalate bind",
        "escalate-in-namespace bind-in-namespace",
    );
    check_powers(
        "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [x], verbs: [bind]}",
        "",
        "",
    );
    check_powers(
        "{apiGroups: [certificates.k8s.io], resources: [signers], resourceNames: ['issuers.cert-manager.io/*'], verbs: [approve]}",
        "",
        "",
    );
    check_powers(
        "{apiGroups: [''], resources: [pods, pods/exec], verbs: [create]}",
        "create-pods exec",
        "create-pods-in-namespace exec-in-namespace",
    );
    check_powers(
        "{apiGroups: [apps], resources: [deployments], verbs: [patch]}",
        "create-workloads",
        "create-workloads-in-namespace",
    );
}

#[test]
fn every_power_has_its_name_and_reason() {
    let mut names = std::collections::BTreeSet::new();
    for power in POWERS {
        assert!(names.insert(power.name) && power.local.is_none_or(|name| names.insert(name)));
        assert!(power.why.ends_with('.') && !power.can.ends_with('.'), "{}", power.name);
        assert_eq!(Power::named(power.name).map(|found| found.name), Some(power.name));
    }
}

/// Two examples in two folders, with the same names: each binding means the role beside it.
#[test]
fn the_nearer_of_two_roles_is_meant() {
    let text = |verb: &str, account: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: manager}}
rules: [{{apiGroups: [''], resources: [secrets], verbs: [{verb}]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: manager}}
roleRef: {{kind: ClusterRole, name: manager}}
subjects: [{{kind: ServiceAccount, name: {account}, namespace: shop}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: {account}, namespace: shop}}
"
        )
    };
    let file = |path: &str, text: String| {
        cofferdam_manifest::read(path, text.into(), &cofferdam_bounds::Meter::default())
    };
    let sources =
        [file("a/all.yaml", text("create", "one")), file("b/all.yaml", text("get", "two"))];
    let set = ObjectSet::of(&sources);
    let grants = |name| set.access().rights(Subject::Account(Some("shop"), name)).unwrap();
    assert_eq!(grants("one").grants.len(), 0);
    assert_eq!(grants("two").grants.len(), 1);
}

/// The table of powers in the book is made from ours: `UPDATE=1` writes it.
#[test]
fn the_book_lists_every_power() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/attack-paths.md");
    let page = cofferdam_bounds::file::read_text(&path, 1 << 20).unwrap();
    let (start, end) = ("cofferdam-posture -->\n", "<!-- end -->");
    let (before, rest) = page.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let rows = POWERS.iter().map(|power| {
        let local = power.local.map_or("", |_| "yes");
        format!("| `{}` | {} | {local} | {} |\n", power.name, power.can, power.why)
    });
    let head =
        "| name | its holder can | also in a namespace | why it matters |\n|---|---|---|---|\n";
    let table: String = std::iter::once(head.to_owned()).chain(rows).collect();
    let fresh = format!("{before}{start}{table}{end}{after}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let page = cofferdam_bounds::file::read_text(&path, 1 << 20).unwrap();
    assert_eq!(page, fresh, "run UPDATE=1 cargo test -p cofferdam-posture");
}
