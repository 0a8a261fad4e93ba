//! What the roles allow that every cluster has (Kubernetes, "Using RBAC Authorization", default
//! roles and role bindings), as far as it gives powers.

use super::rule::Rule;

struct BuiltIn {
    name: &'static str,
    rules: &'static [(&'static [&'static str], &'static str, &'static [&'static str])],
}

const ALL: &[&str] = &["*"];
const WRITE: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];

/// `edit`, and `admin` within a namespace, apart from what cannot lead further.
const EDIT: &[(&[&str], &str, &[&str])] = &[
    (WRITE, "", &["pods", "secrets", "configmaps", "services", "replicationcontrollers"]),
    (WRITE, "", &["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "services/proxy"]),
    (&["impersonate"], "", &["serviceaccounts"]),
    (&["create"], "", &["serviceaccounts/token"]),
    (WRITE, "apps", &["daemonsets", "deployments", "replicasets", "statefulsets"]),
    (WRITE, "batch", &["cronjobs", "jobs"]),
];

/// Those that are not here may allow anything: what rests on them is unknown.
const ROLES: &[BuiltIn] = &[
    BuiltIn { name: "cluster-admin", rules: &[(ALL, "*", ALL)] },
    BuiltIn { name: "admin", rules: EDIT },
    BuiltIn { name: "edit", rules: EDIT },
    BuiltIn {
        name: "view",
        rules: &[(
            &["get", "list", "watch"],
            "",
            &["pods", "configmaps", "services", "serviceaccounts", "events", "endpoints"],
        )],
    },
    BuiltIn {
        name: "system:auth-delegator",
        rules: &[
            (&["create"], "authentication.k8s.io", &["tokenreviews"]),
            (&["create"], "authorization.k8s.io", &["subjectaccessreviews"]),
        ],
    },
    BuiltIn {
        name: "extension-apiserver-authentication-reader",
        rules: &[(&["get", "list", "watch"], "", &["configmaps"])],
    },
    BuiltIn { name: "system:basic-user", rules: &[] },
    BuiltIn { name: "system:discovery", rules: &[] },
    BuiltIn { name: "system:public-info-viewer", rules: &[] },
    BuiltIn { name: "system:monitoring", rules: &[] },
    BuiltIn { name: "system:service-account-issuer-discovery", rules: &[] },
    BuiltIn { name: "system:heapster", rules: &[] },
    BuiltIn { name: "system:kubelet-api-admin", rules: &[(ALL, "", &["nodes/proxy"])] },
    BuiltIn {
        name: "system:persistent-volume-provisioner",
        rules: &[(WRITE, "", &["persistentvolumes"])],
    },
];

/// What a role of every cluster allows; `None` where that is not known here.
pub(super) fn rules(name: &str) -> Option<Vec<Rule<'static>>> {
    let role = ROLES.iter().find(|role| role.name == name)?;
    let told =
        |(verbs, group, resources): &(&'static [&'static str], _, &'static [&'static str])| Rule {
            verbs: verbs.to_vec(),
            groups: vec![*group],
            resources: resources.to_vec(),
            names: Vec::new(),
            paths: Vec::new(),
            origin: None,
        };
    Some(role.rules.iter().map(told).collect())
}
