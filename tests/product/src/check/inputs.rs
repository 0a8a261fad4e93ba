//! What can be checked: files, folders, lists, standard input, Dockerfiles, kustomizations.

use super::{MODEST, PRIVILEGED, findings};
use crate::binary::Home;
use std::os::unix::fs::symlink;

#[test]
fn standard_input_is_manifests_or_a_dockerfile() {
    let home = Home::new();
    let run = home.own_check("-").fed(PRIVILEGED).exits(1);
    assert!(run.stdout.contains("Container web is privileged."), "{}", run.stdout);
    home.own_check("-").fed(MODEST).exits(0);
    let run = home.check("-").fed("# ours\nFROM debian:12\nRUN sudo true\n").exits(1);
    assert!(run.stdout.contains("CFD-DKF-"), "{}", run.stdout);
    home.own_check("-").fed("").exits(2).says(&["no Kubernetes object"]);
}

#[test]
fn several_documents_lists_and_json_are_one_set() {
    let home = Home::new();
    let item = PRIVILEGED.replace('\n', "\n    ");
    let list = format!("apiVersion: v1\nkind: List\nitems:\n  - {}\n", item.trim_end());
    home.write("deploy/list.yaml", list);
    home.write("deploy/many.yml", format!("---\n{MODEST}---\n# nothing\n---\n{PRIVILEGED}"));
    let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "json"},
        "spec": {"containers": [{"name": "c", "securityContext": {"privileged": true}}]}}"#;
    home.write("deploy/pod.json", pod);
    let report = home.own_check("deploy").report();
    assert_eq!(report.json["tally"]["objects"], 4);
    assert_eq!(
        findings(&report.json),
        [
            ("OWN-1".into(), 15, "container web of Pod shop/web".into()),
            ("OWN-1".into(), 25, "container web of Pod shop/web".into()),
            ("OWN-1".into(), 2, "container c of Pod json".into()),
        ],
    );
}

#[test]
fn a_broken_document_hides_no_other() {
    let home = Home::new();
    home.write("deploy/a.yaml", format!("{PRIVILEGED}---\nkind: {{ [\n---\n{PRIVILEGED}"));
    home.write("deploy/b.yaml", b"\xff\xfe\x00nonsense".as_slice());
    home.write("deploy/c.yaml", "replicas: 3\n");
    home.write("deploy/d.json", "{\"apiVersion\": ");
    let report = home.own_check("deploy").report();
    assert_eq!(report.code, 1);
    assert_eq!(findings(&report.json).len(), 2);
    let kinds: Vec<(&str, &str)> = report
        .list("files")
        .iter()
        .map(|file| (file["path"].as_str().unwrap(), file["kind"].as_str().unwrap()))
        .collect();
    assert!(kinds.contains(&("deploy/c.yaml", "other")), "{kinds:?}");
    let of = |path: &str| {
        let mut problems = report.list("problems").iter();
        problems.any(|problem| problem["path"] == path)
    };
    assert!(of("deploy/a.yaml") && of("deploy/b.yaml") && of("deploy/d.json"));
    assert!(!of("deploy/c.yaml"), "something else is no problem in a folder");
}

#[test]
fn folders_are_walked_but_not_left() {
    let home = Home::new();
    home.write("deploy/sub/deep/web.yaml", PRIVILEGED);
    home.write("deploy/.hidden/web.yaml", PRIVILEGED);
    home.write("deploy/.git/web.yaml", PRIVILEGED);
    home.write("outside/web.yaml", PRIVILEGED);
    symlink(home.path("outside"), home.path("deploy/out")).unwrap();
    symlink(home.path("outside/web.yaml"), home.path("deploy/out.yaml")).unwrap();
    symlink("sub/deep/web.yaml", home.path("deploy/in.yaml")).unwrap();
    symlink(".", home.path("deploy/loop")).unwrap();
    let report = home.own_check("deploy").report();
    let paths: Vec<&str> =
        report.list("files").iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["deploy/sub/deep/web.yaml"]);
    // What is named twice is judged once.
    let twice = home.own_check("deploy").with("deploy/sub/deep/web.yaml").report();
    assert_eq!(twice.json["tally"]["objects"], 1);
}

#[test]
fn dockerfiles_are_found_by_their_names() {
    let home = Home::new();
    for name in ["Dockerfile", "web.Dockerfile", "sub/Containerfile"] {
        home.write(&format!("app/{name}"), "FROM debian:12\nRUN sudo true\n");
    }
    home.write("app/Dockerfile.dockerignore", "x\n");
    let report = home.check("app").words(&["--select", "CFD-DKF"]).report();
    assert_eq!(report.json["tally"]["dockerfiles"], 3);
    assert_eq!(report.code, 1);
}

#[test]
fn objects_are_judged_together() {
    let home = Home::new();
    home.write("deploy/web.yaml", PRIVILEGED);
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: front, namespace: shop}\n\
                   spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}\n";
    home.write("deploy/service.yaml", service);
    let report = home.own_check("deploy").report();
    let path = &report.list("attackPaths")[0];
    assert_eq!((&path["from"], &path["to"]), (&"the internet".into(), &"the node".into()));
    assert_eq!(report.list("objects")[0]["exposure"], "internet");
    let rank = &report.list("findings")[0]["rank"];
    assert!(rank["reason"].as_str().unwrap().contains("reachable from the internet"), "{rank}");
    let run = home.own_check("deploy").run();
    assert!(run.stdout.contains("from the internet to the node in 3 steps"), "{}", run.stdout);
    assert!(run.stdout.contains("cut here:"), "{}", run.stdout);
}

#[test]
fn a_chart_without_helm_is_a_part_that_is_not_assessed() {
    let home = Home::new();
    home.write("deploy/chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
    home.write("deploy/chart/templates/web.yaml", "kind: {{ .Values.kind }}\n");
    home.write("deploy/web.yaml", PRIVILEGED);
    let mut check = home.own_check("deploy");
    check.command.env("PATH", home.path("no-programs"));
    let run = check.run().exits(1);
    for word in ["helm is not installed", "deploy/chart", "Container web is privileged."] {
        assert!(run.stdout.contains(word), "{word} is not in\n{}", run.stdout);
    }
}

#[test]
fn a_kustomization_is_built_and_its_base_is_not_judged_twice() {
    let home = Home::new();
    home.write("deploy/base/kustomization.yaml", "resources: [web.yaml]\n");
    home.write("deploy/base/web.yaml", PRIVILEGED);
    let overlay = "resources: [../base]\nnamePrefix: test-\n";
    home.write("deploy/test/kustomization.yaml", overlay);
    let has = |name: &str| std::process::Command::new(name).arg("--help").output().is_ok();
    if !has("kustomize") && !has("kubectl") {
        let run = home.own_check("deploy").run().exits(3);
        assert!(run.stdout.contains("neither kustomize nor kubectl"), "{}", run.stdout);
        return;
    }
    let report = home.own_check("deploy").report();
    assert_eq!(report.json["tally"]["objects"], 1, "{:#}", report.json["files"]);
    assert_eq!(findings(&report.json)[0].2, "container web of Pod shop/test-web");
}
