//! The facts that policies read, through the language that they read them with.

use super::read;
use crate::{Kind, ObjectFacts, ObjectSet, World};
use cofferdam_policy::{Policy, judge};

/// What a CEL expression of type string is for the first object, or why it is none; and where
/// the fact that it read last stands.
fn check(yaml: &str, expression: &str, expected: &str) {
    check_without(&[], yaml, expression, expected);
}

/// The same where objects of these kinds could not be read.
fn check_without(unread: &[Kind], yaml: &str, expression: &str, expected: &str) {
    let text = format!(
        "apiVersion: cofferdam.dev/v1alpha1\nkind: ClusterSecurityPolicy\nmetadata: {{name: test}}\n\
         spec:\n  code: T-1\n  title: Test\n  description: Test.\n  severity: low\n  stages: [build]\n  \
         matchConstraints: {{resourceRules: [{{apiGroups: ['*'], apiVersions: ['*'], resources: ['*']}}]}}\n  \
         validations:\n  - expression: |\n      {expression} == 'is never this'\n    \
         messageExpression: |\n      {expression}\n"
    );
    let policy = Policy::compile(&text, "test").unwrap_or_else(|errors| panic!("{errors:#?}"));
    let source = read(yaml);
    let set = ObjectSet::of([&source]).lacking(unread.iter().copied().collect());
    let (id, _) = set.entries().next().unwrap();
    let object = set.object(id).unwrap();
    let world = World { kubernetes_version: Some("1.30".to_owned()), ..World::default() };
    let facts = ObjectFacts::of(&set, id, &object, &world);
    let verdict = judge(&policy, &facts.facts(), "2026-11-21T00:00:00Z".parse().unwrap());
    let finding = verdict.findings.first().expect("a finding");
    assert_eq!(finding.message, expected, "{expression}\n{yaml}");
}

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, annotations: {note: hello}}
spec:
  template:
    metadata:
      labels: {app: web}
      annotations: {container.apparmor.security.beta.kubernetes.io/app: localhost/shop}
    spec:
      securityContext: {runAsUser: 1000, runAsNonRoot: true, fsGroup: 5}
      initContainers:
      - {name: first, image: busybox}
      - {name: mesh, image: envoy, restartPolicy: Always}
      containers:
      - name: app
        image: registry.example.com:5000/shop/web:1.2
        securityContext: {runAsUser: 0}
      - {name: bad, image: 'not an image'}
";

#[test]
fn workloads() {
    let check = |expression: &str, expected: &str| check(DEPLOYMENT, expression, expected);
    check("workload.kind + ' ' + workload.namespace + '/' + workload.name", "Deployment shop/web");
    check("workload.labels.app", "web");
    check(
        "workload.containers.map(c, c.name + ':' + c.kind).join(' ')",
        "first:init mesh:sidecar app:container bad:container",
    );
    check(
        "workload.containers.map(c, string(c.securityContext.runAsUser)).join(' ')",
        "1000 1000 0 1000",
    );
    check("string(workload.containers[2].securityContext.runAsNonRoot)", "true");
    check("string(has(workload.containers[2].securityContext.readOnlyRootFilesystem))", "false");
    check("workload.containers[2].securityContext.appArmorProfile.type", "Localhost");
    check("workload.containers[2].securityContext.appArmorProfile.localhostProfile", "shop");
    check("string(has(workload.containers[0].securityContext.appArmorProfile))", "false");
    check(
        "workload.containers[2].image.registry + ' ' + workload.containers[2].image.repository",
        "registry.example.com:5000 shop/web",
    );
    check("workload.containers[0].image.tag", "latest");
    check("string(workload.containers[3].image.valid)", "false");
    check("workload.containers[2].spec.image", "registry.example.com:5000/shop/web:1.2");
    check("workload.serviceAccount.name", "default");
    check("string(workload.serviceAccount.automount)", "true");
    check(
        "workload.serviceAccount.powers.join(' ')",
        "Not assessed: no binding among the objects speaks of ServiceAccount default.",
    );
    check(
        "workload.exposure",
        "Not assessed: no Service, Ingress or route of its namespace is among the objects.",
    );
    check(
        "string(workload.isolation.ingress)",
        "Not assessed: neither its Namespace nor a NetworkPolicy there is among the objects.",
    );
    check("manifest.file", "file.yaml");
    check("cluster.version", "1.30");
}

#[test]
fn authorizer() {
    let role = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web}
rules:
- {apiGroups: [apps], resources: [deployments/scale], verbs: [patch]}
- {nonResourceURLs: [/healthz/*], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {kind: ClusterRole, name: web}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
";
    let web = "authorizer.serviceAccount('shop', 'web')";
    let scale = "group('apps').resource('deployments').subresource('scale').namespace('a')";
    check(role, &format!("string({web}.{scale}.check('patch').allowed())"), "true");
    check(role, &format!("string({web}.{scale}.check('get').allowed())"), "false");
    check(role, &format!("string({web}.path('/healthz/live').check('get').allowed())"), "true");
    check(role, &format!("string({web}.path('/metrics').check('get').allowed())"), "false");
    check(
        role,
        "string(authorizer.path('/metrics').check('get').allowed())",
        "Not assessed: authorizer[\"get /metrics\"] is not known here.",
    );
}

#[test]
fn namespaces() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: []}\n";
    check(pod, "string(manifest.namespace.defined)", "false");
    check(
        pod,
        "string(manifest.namespace.hasQuota)",
        "Not assessed: Namespace shop is not among the objects.",
    );
    let namespace =
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: red}}\n";
    let quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: shop}\n";
    let deny = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: q, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n";
    let all = format!("{pod}{namespace}{quota}{deny}");
    check(&all, "manifest.namespace.labels.team", "red");
    check(
        &all,
        "string(manifest.namespace.hasQuota) + string(manifest.namespace.hasLimitRange)",
        "truefalse",
    );
    check(&all, "string(manifest.namespace.hasDefaultDeny)", "true");
    check(&format!("{pod}{quota}"), "string(manifest.namespace.hasQuota)", "true");
    let cilium = "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\n";
    let denies = "string(manifest.namespace.hasDefaultDeny)";
    check(&format!("{all}{cilium}"), denies, "true");
    let nobody_knows =
        "Not assessed: what policies of other makers deny in shop is not looked into.";
    check(&format!("{pod}{namespace}{cilium}"), denies, nobody_knows);
}

#[test]
fn texts() {
    let ingress =
        "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: web}\nspec: {}\n";
    check(
        ingress,
        "manifest.api.removedIn + ' ' + manifest.api.replacement",
        "1.22 networking.k8s.io/v1 Ingress",
    );
    let twice = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {tyype: x, ports: []}\n";
    check(
        twice,
        "manifest.problems.map(p, p.kind + ' at ' + p.path).join(', ')",
        "unknown-field at spec.tyype",
    );
}

/// Where credentials stand in an object, and of which kind.
fn check_secrets(yaml: &str, expected: &str) {
    check(yaml, "manifest.secrets.map(s, s.path + ': ' + s.kind).join(', ')", expected);
}

#[test]
fn credentials() {
    let pod = |containers: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec: {{containers: [{containers}]}}\n"
        )
    };
    check_secrets(&pod("{name: a, env: [{name: LEVEL, value: debug}], args: [--port=80]}"), "");
    check_secrets(
        &pod(
            "{name: a, env: [{name: A, value: b}, {name: DB_PASSWORD, value: 'Kw9-rotterdam!2'}]}",
        ),
        "spec.containers[0].env[1].value: environment-secret",
    );
    check_secrets(
        &pod("{name: a, command: [run], args: [--user=x, '--password=Kw9-rotterdam!2']}"),
        "spec.containers[0].args: environment-secret",
    );
    // In base64, as Secrets have it: "password: Kw9-rotterdam!2".
    check_secrets(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: S3c5LXJvdHRlcmRhbSEy}\n",
        "data.password: environment-secret",
    );
    check_secrets(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  app.conf: |\n    url = postgres://app:Kw9rotterdam@db:5432/shop\n",
        "data['app.conf']: url-credential",
    );
}

/// A workload of a cluster of which all is known: its Namespace, what opens and isolates it, and what
/// its account may do.
const KNOWN: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: app}]}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:serviceaccounts'}]
";

const ROUTES: [Kind; 4] = [Kind::Ingress, Kind::Route, Kind::GatewayRoute, Kind::VirtualService];
const POLICIES: [Kind; 3] = [Kind::NetworkPolicy, Kind::ForeignPolicy, Kind::ForeignClusterPolicy];
const RIGHTS: [Kind; 3] = [Kind::RoleBinding, Kind::ClusterRoleBinding, Kind::ClusterRole];

/// docs/policies.md says what each fact is joined from.
#[test]
fn what_rests_on_there_being_no_more_is_unknown_where_nobody_could_read() {
    let openers = [&[Kind::Service][..], &ROUTES].concat();
    let others = [Kind::ResourceQuota, Kind::LimitRange, Kind::ServiceAccount, Kind::Gateway];
    let all = [&openers[..], &POLICIES, &RIGHTS, &others].concat();
    let powers = "'may: ' + workload.serviceAccount.powers.join(' ')";
    for (expression, expected, rests_on) in [
        ("workload.exposure", "cluster", &openers[..]),
        ("workload.services.map(s, s.name).join(' ')", "web", &[Kind::Service]),
        ("'by: ' + workload.exposedBy.join(' ')", "by: ", &openers),
        ("string(workload.isolation.ingress)", "false", &POLICIES),
        ("string(workload.isolation.egress)", "false", &POLICIES),
        ("string(manifest.namespace.hasNetworkPolicy)", "false", &[Kind::NetworkPolicy]),
        ("string(manifest.namespace.hasDefaultDeny)", "false", &POLICIES),
        ("string(manifest.namespace.hasQuota)", "false", &[Kind::ResourceQuota]),
        ("string(manifest.namespace.hasLimitRange)", "false", &[Kind::LimitRange]),
        ("string(workload.serviceAccount.automount)", "true", &[Kind::ServiceAccount]),
        (powers, "may: ", &RIGHTS),
    ] {
        check(KNOWN, expression, expected);
        for kind in rests_on {
            let why =
                format!("Not assessed: the {} of the cluster could not be read.", kind.plural());
            check_without(&[*kind], KNOWN, expression, &why);
        }
        let others: Vec<Kind> =
            all.iter().filter(|kind| !rests_on.contains(kind)).copied().collect();
        check_without(&others, KNOWN, expression, expected);
    }
    // What is open to all is open, whatever else there may be; what is open to some may be to all.
    let why = "Not assessed: the Ingresses of the cluster could not be read.";
    for (kind, exposure) in [("LoadBalancer", "internet"), ("NodePort", why)] {
        let open = KNOWN.replace("{selector", &format!("{{type: {kind}, selector"));
        check_without(&[Kind::Ingress], &open, "workload.exposure", exposure);
        check_without(&[Kind::Ingress], &open, "workload.exposedBy[0]", "Service shop/web");
    }
    // Nothing is defined for certain where nobody could look.
    let lone = KNOWN.split("---").next().unwrap_or_default();
    let defined = "string(manifest.namespace.defined)";
    check(lone, defined, "false");
    let why = "Not assessed: the Namespaces of the cluster could not be read.";
    check_without(&[Kind::Namespace], lone, defined, why);
    check_without(&[Kind::Namespace], lone, "string(manifest.namespace.hasQuota)", why);
}
