//! By hand, one pod per check. `tests/oracles` compares with every pod of the reference.

use super::{Level, Standard, Version, check, checks};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Object, Pod, read};

/// The violations of a pod with this spec (and annotations), as they are told.
fn violations(standard: &str, pod: &str) -> Vec<String> {
    let standard: Standard = standard.parse().unwrap();
    let text = format!("{{\"apiVersion\": \"v1\", \"kind\": \"Pod\", {pod}}}");
    let source = read("pod.json", text.into(), &Meter::default());
    let document = &source.documents[0];
    let object = Object::of(document.tree.view(document.objects[0])).unwrap();
    let pod = Pod::of(&object).unwrap();
    let found = check(standard.level, standard.version, &pod);
    assert!(found.iter().all(|violation| !violation.places.is_empty()));
    found.iter().map(ToString::to_string).collect()
}

fn expect(standard: &str, pod: &str, expected: &[&str]) {
    assert_eq!(violations(standard, pod), expected, "{standard} {pod}");
}

#[test]
fn names_of_standards() {
    let parse = |text: &str| text.parse::<Standard>();
    let restricted = parse("restricted:v1.30").unwrap();
    assert_eq!(restricted, Standard { level: Level::Restricted, version: Version::Minor(30) });
    assert_eq!(parse("baseline").unwrap().version, Version::Latest);
    assert_eq!(parse("privileged:1.0").unwrap().to_string(), "privileged:v1.0");
    for text in [
        "",
        "Baseline",
        "baseline:",
        "baseline:v2.0",
        "baseline:v1.",
        "baseline:v1.01",
        "baseline:v1.-1",
        "baseline:v1.+1",
        "baseline:newest",
        "baseline:v1.99999999999",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn checks_come_and_are_replaced_by_version() {
    let ids = |level, minor| checks(level, Version::Minor(minor)).collect::<Vec<_>>();
    assert_eq!(ids(Level::Privileged, 30), Vec::<&str>::new());
    assert_eq!(ids(Level::Baseline, 0).len(), 11);
    assert_eq!(ids(Level::Baseline, 34).len(), 12);
    assert!(ids(Level::Restricted, 21).contains(&"capabilities_baseline"));
    assert!(!ids(Level::Restricted, 22).contains(&"capabilities_baseline"));
    assert!(ids(Level::Restricted, 34).contains(&"procMount"));
    assert!(!ids(Level::Restricted, 35).contains(&"procMount"));
    let latest: Vec<_> = checks(Level::Restricted, Version::Latest).collect();
    assert_eq!(latest.len(), 15);
    assert_eq!(latest, ids(Level::Restricted, 99));
}

#[test]
fn what_a_pod_shares_with_its_node() {
    expect(
        "baseline",
        r#""spec": {"hostNetwork": true, "hostPID": true, "hostIPC": false,
            "volumes": [{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "hostPath": null}],
            "containers": [
                {"name": "a", "ports": [{"hostPort": 0}, {"hostPort": 80}, {"hostPort": 9}],
                 "securityContext": {"privileged": true, "capabilities": {"add": ["SYS_ADMIN"]}}},
                {"name": "b", "ports": [{"hostPort": 80}],
                 "livenessProbe": {"httpGet": {"host": "example.com"}},
                 "securityContext": {"privileged": true, "procMount": "Unmasked"}}]}"#,
        &[
            r#"non-default capabilities (container "a" must not include "SYS_ADMIN" in securityContext.capabilities.add)"#,
            "host namespaces (hostNetwork=true, hostPID=true)",
            r#"hostPath volumes (volume "a")"#,
            r#"hostPort (containers "a", "b" use hostPorts 80, 9)"#,
            r#"probe or lifecycle host (container "b" uses probe or lifecycle host "example.com")"#,
            r#"privileged (containers "a", "b" must not set securityContext.privileged=true)"#,
            r#"procMount (container "b" must not set securityContext.procMount to "Unmasked")"#,
        ],
    );
}

#[test]
fn what_confines_a_container() {
    let pod = r#""metadata": {"annotations": {
            "container.apparmor.security.beta.kubernetes.io/a": "unconfined",
            "seccomp.security.alpha.kubernetes.io/pod": "unconfined"}},
        "spec": {"securityContext": {"seccompProfile": {"type": "Unconfined"},
                "appArmorProfile": {"type": "Unconfined"},
                "sysctls": [{"name": "net.ipv4.tcp_rmem"}],
                "windowsOptions": {"hostProcess": true}},
            "containers": [{"name": "a", "securityContext": {
                "seLinuxOptions": {"type": "container_engine_t", "user": "u"}}}]}"#;
    expect(
        "baseline:v1.18",
        pod,
        &[
            r#"forbidden AppArmor profiles (pod and annotation must not set AppArmor profile type to "Unconfined", "container.apparmor.security.beta.kubernetes.io/a="unconfined"")"#,
            r#"seLinuxOptions (container "a" set forbidden securityContext.seLinuxOptions: type "container_engine_t"; user may not be set)"#,
            r#"seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")"#,
            "forbidden sysctls (net.ipv4.tcp_rmem)",
            "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
        ],
    );
    let newer = violations("baseline:v1.32", pod);
    assert_eq!(newer.len(), 4);
    assert!(newer[1].ends_with("seLinuxOptions: user may not be set)"), "{newer:?}");
    assert!(newer[2].contains("must not set securityContext.seccompProfile.type"), "{newer:?}");
}

#[test]
fn what_a_restricted_pod_must_say() {
    let bare = r#""spec": {"containers": [{"name": "a", "securityContext": {}}, {"name": "b"}]}"#;
    expect(
        "restricted:v1.24",
        bare,
        &[
            r#"allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false)"#,
            r#"unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"])"#,
            r#"runAsNonRoot != true (pod or containers "a", "b" must set securityContext.runAsNonRoot=true)"#,
            r#"seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")"#,
        ],
    );
    let windows =
        bare.replace("{\"containers\"", "{\"os\": {\"name\": \"windows\"}, \"containers\"");
    assert_eq!(violations("restricted:v1.24", &windows).len(), 4);
    assert_eq!(violations("restricted:v1.25", &windows).len(), 1);
    let own = bare.replace("{\"containers\"", "{\"hostUsers\": false, \"containers\"");
    assert_eq!(violations("restricted:v1.34", &own).len(), 4);
    assert_eq!(violations("restricted:v1.35", &own).len(), 3);
}

#[test]
fn a_hardened_pod_passes() {
    expect(
        "restricted",
        r#""spec": {"securityContext": {"runAsNonRoot": true, "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"}},
            "volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "image": {}}],
            "containers": [{"name": "a", "securityContext": {"allowPrivilegeEscalation": false,
                "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}}]}"#,
        &[],
    );
}

#[test]
fn values_of_the_wrong_type_count_as_not_set() {
    expect("baseline", r#""spec": {"hostNetwork": "true", "containers": "none"}"#, &[]);
    expect(
        "restricted:v1.7",
        r#""spec": {"securityContext": {"runAsNonRoot": "yes"}, "containers": [{"name": 5}, 3]}"#,
        &[
            r#"runAsNonRoot != true (pod or containers "", "" must set securityContext.runAsNonRoot=true)"#,
        ],
    );
}
