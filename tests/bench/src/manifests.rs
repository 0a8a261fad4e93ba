//! Manifests of a made-up company: as many objects as are asked for, always the same ones.
//!
//! Their kinds, their sizes and what is wrong with them are shaped like those of real
//! repositories: two kilobytes an object, most pods with requests and probes, some without, a few
//! that nobody should run.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// Objects of one application; each file holds one.
const OBJECTS: usize = 10;

/// Writes `objects` objects into a fresh folder below `parent`, and gives it and its bytes.
pub(crate) fn write(parent: &Path, objects: usize) -> io::Result<(PathBuf, u64)> {
    let folder = parent.join(format!("manifests-{objects}"));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut bytes = 0;
    for number in 0..objects.div_ceil(OBJECTS) {
        let team = folder.join(format!("team-{:02}", number % 20));
        fs::create_dir_all(&team)?;
        let text = application(number);
        bytes += u64::try_from(text.len()).unwrap_or(u64::MAX);
        fs::write(team.join(format!("app-{number:05}.yaml")), text)?;
    }
    Ok((folder, bytes))
}

/// One pod as most of them are.
pub(crate) fn pod() -> String {
    let mut text = String::from(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: app-00001\n  namespace: team-01\n  labels:\n    \
         app.kubernetes.io/name: app-00001\nspec:\n",
    );
    pod_spec(&mut text, 1, 2, "app-00001");
    text
}

pub(crate) fn application(number: usize) -> String {
    let name = format!("app-{number:05}");
    let mut out = String::new();
    for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
        workload(&mut out, number, kind, &name);
    }
    cron_job(&mut out, number, &name);
    service(&mut out, number, &name);
    ingress(&mut out, number, &name);
    config(&mut out, number, &name);
    access(&mut out, number, &name);
    out
}

/// Writing into a String cannot fail.
macro_rules! put {
    ($out:expr, $($arguments:tt)*) => {
        let _ = writeln!($out, $($arguments)*);
    };
}

fn metadata(out: &mut String, number: usize, name: &str, indent: &str) {
    put!(out, "{indent}metadata:");
    put!(out, "{indent}  name: {name}");
    put!(out, "{indent}  namespace: team-{:02}", number % 20);
    labels(out, name, &format!("{indent}  "));
    put!(out, "{indent}  annotations:");
    put!(out, "{indent}    example.test/owner: team-{:02}@example.test", number % 20);
    put!(out, "{indent}    example.test/description: |");
    put!(out, "{indent}      Takes orders of part {number}, and hands them on to the warehouse.");
    put!(out, "{indent}      Runs the whole day; ask the owners before it is taken down.");
}

fn labels(out: &mut String, name: &str, indent: &str) {
    put!(out, "{indent}labels:");
    put!(out, "{indent}  app.kubernetes.io/name: {name}");
    put!(out, "{indent}  app.kubernetes.io/part-of: shop");
    put!(out, "{indent}  app.kubernetes.io/managed-by: pipeline");
}

fn workload(out: &mut String, number: usize, kind: &str, name: &str) {
    let name = format!("{name}-{}", kind.to_lowercase());
    put!(out, "---\napiVersion: apps/v1\nkind: {kind}");
    metadata(out, number, &name, "");
    put!(out, "spec:");
    if kind != "DaemonSet" {
        put!(out, "  replicas: {}", 1 + number % 4);
    }
    if kind == "StatefulSet" {
        put!(out, "  serviceName: {name}");
    }
    put!(out, "  selector:\n    matchLabels:\n      app.kubernetes.io/name: {name}");
    put!(out, "  template:\n    metadata:");
    labels(out, &name, "      ");
    put!(out, "    spec:");
    pod_spec(out, number, 4, &name);
}

fn cron_job(out: &mut String, number: usize, name: &str) {
    put!(out, "---\napiVersion: batch/v1\nkind: CronJob");
    metadata(out, number, &format!("{name}-report"), "");
    put!(out, "spec:\n  schedule: \"{} 3 * * *\"\n  jobTemplate:\n    spec:", number % 60);
    put!(out, "      template:\n        spec:\n          restartPolicy: OnFailure");
    pod_spec(out, number, 8, name);
}

/// The members of a pod's `spec`, at an indent.
fn pod_spec(out: &mut String, number: usize, indent: usize, name: &str) {
    let room = " ".repeat(indent);
    put!(out, "{room}  serviceAccountName: {name}");
    if !number.is_multiple_of(3) {
        put!(out, "{room}  automountServiceAccountToken: false");
        put!(out, "{room}  securityContext:\n{room}    runAsNonRoot: true");
        put!(out, "{room}    seccompProfile:\n{room}      type: RuntimeDefault");
    }
    if number.is_multiple_of(97) {
        put!(out, "{room}  hostNetwork: true");
    }
    put!(out, "{room}  containers:");
    container(out, number, indent, "main", 8080);
    if number.is_multiple_of(2) {
        container(out, number + 1, indent, "proxy", 9090);
    }
    put!(out, "{room}  volumes:");
    put!(out, "{room}    - name: settings\n{room}      configMap:\n{room}        name: {name}");
    if number.is_multiple_of(53) {
        put!(out, "{room}    - name: host\n{room}      hostPath:\n{room}        path: /var/run");
    } else {
        put!(out, "{room}    - name: scratch\n{room}      emptyDir:\n{room}        sizeLimit: 1Gi");
    }
}

fn container(out: &mut String, number: usize, indent: usize, name: &str, port: u16) {
    let room = " ".repeat(indent + 4);
    let tag = if number.is_multiple_of(11) { "latest".to_owned() } else { format!("1.{number}.0") };
    put!(out, "{room}- name: {name}");
    put!(out, "{room}  image: registry.example.test/shop/{name}:{tag}");
    put!(out, "{room}  imagePullPolicy: IfNotPresent");
    put!(out, "{room}  args:\n{room}    - --listen=0.0.0.0:{port}\n{room}    - --verbose");
    put!(out, "{room}  ports:\n{room}    - name: http\n{room}      containerPort: {port}");
    put!(out, "{room}  env:");
    for variable in 0..10 {
        put!(out, "{room}    - name: SETTING_{variable}\n{room}      value: \"{number}\"");
    }
    if !number.is_multiple_of(4) {
        put!(out, "{room}  resources:\n{room}    requests:\n{room}      cpu: 100m");
        put!(out, "{room}      memory: 128Mi\n{room}    limits:\n{room}      memory: 256Mi");
        for probe in ["livenessProbe", "readinessProbe"] {
            put!(out, "{room}  {probe}:\n{room}    httpGet:\n{room}      path: /healthy");
            put!(out, "{room}      port: http\n{room}    initialDelaySeconds: 5");
        }
    }
    if !number.is_multiple_of(3) {
        put!(out, "{room}  securityContext:\n{room}    allowPrivilegeEscalation: false");
        put!(out, "{room}    readOnlyRootFilesystem: true\n{room}    capabilities:");
        put!(out, "{room}      drop:\n{room}        - ALL");
    } else if number.is_multiple_of(41) {
        put!(out, "{room}  securityContext:\n{room}    privileged: true");
    }
    put!(out, "{room}  volumeMounts:\n{room}    - name: settings\n{room}      mountPath: /etc/app");
}

fn service(out: &mut String, number: usize, name: &str) {
    put!(out, "---\napiVersion: v1\nkind: Service");
    metadata(out, number, name, "");
    let kind = if number.is_multiple_of(29) { "LoadBalancer" } else { "ClusterIP" };
    put!(out, "spec:\n  type: {kind}\n  selector:\n    app.kubernetes.io/name: {name}-deployment");
    put!(out, "  ports:\n    - name: http\n      port: 80\n      targetPort: http");
}

fn ingress(out: &mut String, number: usize, name: &str) {
    put!(out, "---\napiVersion: networking.k8s.io/v1\nkind: Ingress");
    metadata(out, number, name, "");
    put!(out, "spec:\n  ingressClassName: public\n  rules:\n    - host: {name}.example.test");
    put!(out, "      http:\n        paths:\n          - path: /\n            pathType: Prefix");
    put!(out, "            backend:\n              service:\n                name: {name}");
    put!(out, "                port:\n                  name: http");
}

fn config(out: &mut String, number: usize, name: &str) {
    put!(out, "---\napiVersion: v1\nkind: ConfigMap");
    metadata(out, number, name, "");
    put!(out, "data:\n  settings.ini: |");
    for line in 0..48 {
        put!(
            out,
            "    setting-{line:02} = a value that is about as long as most of them are {line}"
        );
    }
}

fn access(out: &mut String, number: usize, name: &str) {
    put!(out, "---\napiVersion: v1\nkind: ServiceAccount");
    metadata(out, number, name, "");
    put!(out, "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role");
    metadata(out, number, name, "");
    let resources = if number.is_multiple_of(31) { "secrets" } else { "configmaps" };
    put!(
        out,
        "rules:\n  - apiGroups: [\"\"]\n    resources: [{resources}]\n    verbs: [get, list]"
    );
    put!(out, "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding");
    metadata(out, number, name, "");
    put!(out, "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: {name}");
    put!(out, "subjects:\n  - kind: ServiceAccount\n    name: {name}");
    put!(out, "    namespace: team-{:02}", number % 20);
}

#[cfg(test)]
mod tests {
    use super::application;

    #[test]
    fn objects_are_as_many_and_as_large_as_they_are_said_to_be() {
        let texts: Vec<String> = (0..100).map(application).collect();
        let objects: usize = texts.iter().map(|text| text.matches("---\n").count()).sum();
        assert_eq!(objects, 100 * super::OBJECTS);
        let bytes: usize = texts.iter().map(String::len).sum();
        // 21 MB are ten thousand objects.
        assert!((1_900..2_300).contains(&(bytes / objects)), "{}", bytes / objects);
        assert_eq!(application(7), application(7));
    }
}
