//! Charts and kustomizations of `corpus`, by the tools that `cargo xtask tools` builds, and Git
//! against repositories made here.

use super::{Helm, Rendered, Tools, changed, git, helm, kustomize};
use crate::check::{ChangedLines, Changes};
use cofferdam_bounds::file::read_text;
use cofferdam_model::{Diagnostic, Exit};
use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name)
}

/// Helm and Kustomize as built from their modules.
fn built() -> Tools {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools");
    let folders = fs::read_dir(folder).expect("cargo xtask tools builds them");
    let folders = folders.map(|entry| entry.unwrap().path().canonicalize().unwrap()).collect();
    Tools { folders, ..Tools::new(OsStr::new(""), None) }
}

/// A program of our own under a name.
fn script(folder: &Path, name: &str, text: &str) -> Tools {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Tools::new(folder.as_os_str(), None)
}

/// The rendered lines that have `text`, each with its file of origin and the line there.
fn lines(rendered: &Rendered, text: &str) -> Vec<String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/");
    let mut found = Vec::new();
    for file in &rendered.files {
        for (line, content) in (1..).zip(file.text.lines()) {
            if content.contains(text) {
                let path = file.path.replace(root, "");
                let origin = file.origin(line).map(|it| (it.path.replace(root, ""), it.line));
                found.push(match origin {
                    Some((path, line)) => format!("{path}:{line}"),
                    None => format!("rendered from {path}"),
                });
            }
        }
    }
    found
}

#[test]
fn a_chart_by_the_lines_of_its_templates() {
    let rendered = helm(&corpus("shop"), &Helm::default(), &built()).unwrap();
    let paths: Vec<_> = rendered.files.iter().map(|file| &*file.path).collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    for (text, expected) in [
        ("hostNetwork: true", &["shop/templates/web.yaml:16"][..]),
        ("image: \"shop/web:1.2\"", &["shop/templates/web.yaml:19"]),
        ("replicas: 2", &["shop/templates/web.yaml:9"]),
        ("name: shop-web", &["shop/templates/web.yaml:5"]),
        ("protocol: TCP", &["shop/templates/web.yaml:23", "shop/templates/web.yaml:23"]),
        ("kind: Service", &["shop/templates/web.yaml:29"]),
        ("privileged: true", &["rendered from shop/templates/web.yaml"]),
        ("release: shop", &["rendered from shop/templates/web.yaml"]),
        ("hostPID: true", &["shop/charts/cache/templates/cache.yaml:6"]),
        ("--size", &["shop/charts/cache/templates/cache.yaml:10"]),
    ] {
        assert_eq!(lines(&rendered, text), expected, "{text}");
    }
}

/// What stands in the plain manifests before what the chart says.
const HEAD: &str = "\
# Cofferdam without Helm: deploy/chart with its defaults. Made by a test (docs/install.md); not to be
# edited.
apiVersion: v1
kind: Namespace
metadata:
  name: cofferdam-system
  labels: {pod-security.kubernetes.io/enforce: restricted}
";

/// `UPDATE=1` writes them.
#[test]
fn the_plain_manifests_are_what_the_chart_says() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let words = ["--namespace", "cofferdam-system", "--include-crds", "--kube-version", "1.30"];
    let render = || {
        let mut helm = Command::new(built().find("helm").unwrap());
        let done = helm.args(["template", "cofferdam", "chart"]).args(words).current_dir(&deploy);
        let done = done.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        format!("{HEAD}{}", String::from_utf8(done.stdout).unwrap())
    };
    let made = render();
    assert!(made == render(), "two renders of one chart differ");
    let path = deploy.join("manifests/cofferdam.yaml");
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(deploy.join("manifests")).unwrap();
        fs::write(&path, &made).unwrap();
    }
    let there = read_text(&path, 1 << 20).unwrap_or_default();
    assert!(there == made, "run UPDATE=1 cargo test -p cofferdam-assess plain_manifests");
}

#[test]
fn values_of_the_command_line() {
    let options = Helm {
        values: vec![corpus("shop/production.yaml")],
        set: vec!["image.tag=2.0".to_owned(), "cache.size=9".to_owned()],
        kubernetes_version: Some("1.30".to_owned()),
        ..Helm::default()
    };
    let rendered = helm(&corpus("shop"), &options, &built()).unwrap();
    assert_eq!(lines(&rendered, "replicas: 5").len(), 1);
    assert_eq!(lines(&rendered, "image: \"shop/web:2.0\"").len(), 1);
    assert_eq!(lines(&rendered, "[\"--size\", \"9\"]").len(), 1);
    let url = Helm { values: vec!["https://example.com/v.yaml".into()], ..Helm::default() };
    assert_eq!(helm(&corpus("shop"), &url, &built()).unwrap_err().exit, Exit::Usage);
}

#[test]
fn the_namespace_of_a_release() {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/chart");
    let into = |namespace: Option<&str>| {
        let namespace = namespace.map(str::to_owned);
        let kubernetes_version = Some("1.30".to_owned());
        let options = Helm { namespace, kubernetes_version, ..Helm::default() };
        helm(&chart, &options, &built()).unwrap()
    };
    let count = |rendered, text| lines(rendered, text).len();
    let (shop, none) = (into(Some("shop")), into(None));
    assert!(count(&shop, "namespace: shop") > 5);
    assert_eq!(count(&shop, "namespace: default"), 0);
    assert_eq!(count(&none, "namespace: default"), count(&shop, "namespace: shop"));
}

#[test]
fn audit_events_are_let_in_from_where_the_chart_is_told() {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/chart");
    let count = |set: &[&str]| {
        let set = set.iter().map(|&value| value.to_owned()).collect();
        let options = Helm { set, kubernetes_version: Some("1.30".into()), ..Helm::default() };
        let rendered = helm(&chart, &options, &built()).unwrap();
        (
            lines(&rendered, "- ports: [{port: console}]").len(),
            lines(&rendered, "cidr: 10.0.0.10/32").len(),
        )
    };
    assert_eq!(count(&[]), (1, 0));
    assert_eq!(count(&["networkPolicy.auditFrom[0].ipBlock.cidr=10.0.0.10/32"]), (2, 1));
}

#[test]
fn a_kustomization_by_the_lines_of_its_resources() {
    let rendered = kustomize(&corpus("kustomization/overlay"), &built()).unwrap();
    for (text, expected) in [
        ("hostNetwork: true", "kustomization/base/web.yaml:12"),
        ("kind: ServiceAccount", "kustomization/base/account.yaml:2"),
        ("containers:", "kustomization/base/web.yaml:13"),
        // A patch and a transformer wrote these.
        ("replicas: 3", "rendered from kustomization/overlay/kustomization.yaml"),
        ("image: shop/web:2", "rendered from kustomization/overlay/kustomization.yaml"),
    ] {
        assert_eq!(lines(&rendered, text), [expected], "{text}");
    }
    // What an overlay names is not what it adds a prefix to.
    assert_eq!(lines(&rendered, "name: production-web").len(), 2);
}

#[track_caller]
fn refused(result: Result<Rendered, Diagnostic>, cause: &str, remedy: &str) {
    let diagnostic = result.unwrap_err();
    assert_eq!(diagnostic.exit, Exit::NotAssessed, "{diagnostic:?}");
    assert!(diagnostic.place.is_some(), "{diagnostic:?}");
    assert!(diagnostic.cause.as_ref().unwrap().contains(cause), "{diagnostic:?}");
    assert!(diagnostic.remedy.as_ref().unwrap().contains(remedy), "{diagnostic:?}");
}

#[test]
fn what_cannot_be_rendered_is_said_with_what_to_do() {
    let (chart, options, tools) = (corpus("shop"), Helm::default(), built());
    let none = Tools::new(OsStr::new("/nonexistent:relative"), None);
    refused(helm(&chart, &options, &none), "helm is not installed", "install helm");
    refused(kustomize(&corpus("kustomization/base"), &none), "neither", "install one of them");
    refused(
        helm(&corpus("broken"), &options, &tools),
        "missing in charts/",
        "helm dependency build",
    );
    assert_eq!(helm(&corpus("library"), &options, &tools), Ok(Rendered::default()));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kustomization.yaml");
    fs::write(file, "resources: [\"https://example.com/base.yaml\"]\n").unwrap();
    refused(kustomize(folder.path(), &tools), "", "bases are not fetched");
}

#[test]
fn kubectl_where_kustomize_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let tools = script(folder.path(), "kubectl", "echo \"kind: $1\"");
    let rendered = kustomize(&corpus("kustomization/base"), &tools).unwrap();
    assert_eq!(&*rendered.files[0].text, "kind: kustomize\n");
}

#[test]
fn programs_are_bounded_and_told_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (chart, options) = (corpus("shop"), Helm::default());
    let endless = script(folder.path(), "helm", "while :; do echo aaaaaaaaaaaaaaaa; done");
    let endless = Tools { output_bytes: 1 << 16, ..endless };
    refused(helm(&chart, &options, &endless), "over its limit of 65536", "render it yourself");
    let hanging = script(folder.path(), "helm", "while :; do :; done");
    let hanging = Tools { time: Duration::from_millis(200), ..hanging };
    refused(helm(&chart, &options, &hanging), "longer than", "render it yourself");
    let failing = script(folder.path(), "helm", "echo 'Error: no' >&2; exit 1");
    refused(helm(&chart, &options, &failing), "no", "helm template");
    let demand =
        "echo 'Error: chart requires kubeVersion: >=1.99 which is incompatible' >&2; exit 1";
    let demanding = script(folder.path(), "helm", demand);
    refused(helm(&chart, &options, &demanding), ">=1.99", "--kubernetes-version");
    let telling = script(folder.path(), "helm", "/usr/bin/env; echo \"args: $*\"");
    let rendered = helm(&chart, &options, &telling).unwrap();
    let text = &rendered.files[0].text;
    assert!(text.contains("template shop /") && text.contains("PATH=\n"), "{text}");
    assert!(!text.contains("CARGO") && !text.contains("USER="), "{text}");
}

#[test]
fn changed_lines_of_a_diff() {
    let diff = b"diff --git a/a.yaml b/a.yaml\nindex 1..2 100644\n--- a/a.yaml\n+++ b/a.yaml\n\
        @@ -1 +1 @@ kind: Pod\n-a\n+b\n@@ -5,0 +6,2 @@\n+-- x\n+++ b/not-a-file\n\
        @@ -9,3 +10,0 @@ x\n-1\n--- a/no\n-3\n\\ No newline at end of file\n\
        diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n\
        diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
        diff --git \"a/d/\\303\\274 \\\"q\\\".yaml\" \"b/d/\\303\\274 \\\"q\\\".yaml\"\n\
        --- \"a/d/\\303\\274 \\\"q\\\".yaml\"\n+++ \"b/d/\\303\\274 \\\"q\\\".yaml\"\n@@ -3 +3 @@\n-x\n+y\n\
        diff --git a/s p b/s p\n--- a/s p\t\n+++ b/s p\t\n@@ -1,0 +1 @@\n+x\n\
        diff --git a/i.png b/i.png\nBinary files a/i.png and b/i.png differ\n\
        diff --git a/m b/m\nold mode 100644\nnew mode 100755\n";
    let found = git::parse(diff);
    let some = |ranges: &[(u32, u32)]| ChangedLines::Some(ranges.to_vec());
    let expected = [
        ("a.yaml", some(&[(1, 1), (6, 7), (10, 11)])),
        ("d/ü \"q\".yaml", some(&[(3, 3)])),
        ("i.png", ChangedLines::All),
        ("new", ChangedLines::All),
        ("s p", some(&[(1, 1)])),
    ];
    let expected = expected.map(|(name, lines)| (name.as_bytes().to_vec(), lines));
    assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
}

/// A repository with one commit, and changes since.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(folder.path()).env("GIT_CONFIG_GLOBAL", "/nonexistent");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        assert!(git.args(arguments).output().unwrap().status.success(), "{arguments:?}");
    };
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    git(&["init", "--quiet"]);
    write("deploy/a.yaml", "1\n2\n3\n");
    write("deploy/same.yaml", "1\n");
    write("deploy/old.yaml", "one\ntwo\nthree\nfour\n");
    write("deploy/-x.yaml", "1\n");
    write("other/b.yaml", "1\n");
    write(".gitignore", "ignored.yaml\n");
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "first"]);
    write("deploy/a.yaml", "1\n2 changed\n3\n4\n");
    write("deploy/-x.yaml", "2\n");
    write("deploy/untracked [1].yaml", "1\n");
    write("deploy/ignored.yaml", "1\n");
    write("other/b.yaml", "2\n");
    git(&["mv", "deploy/old.yaml", "deploy/renamed.yaml"]);
    folder
}

#[test]
fn what_a_change_touched() {
    let folder = repository();
    let tools = Tools::new(OsStr::new("/usr/local/bin:/usr/bin:/bin"), None);
    let deploy = folder.path().join("deploy");
    let named = |changes: &Changes| -> Vec<(String, ChangedLines)> {
        let short = |path: &String| path.replace(&format!("{}/", deploy.display()), "");
        changes.files.iter().map(|(path, lines)| (short(path), lines.clone())).collect()
    };
    let changes = changed(std::slice::from_ref(&deploy), "HEAD", &tools).unwrap();
    let some = |ranges: &[(u32, u32)]| ChangedLines::Some(ranges.to_vec());
    let expected = [
        ("-x.yaml", some(&[(1, 1)])),
        ("a.yaml", some(&[(2, 2), (4, 4)])),
        ("renamed.yaml", ChangedLines::All),
        ("untracked [1].yaml", ChangedLines::All),
    ];
    assert_eq!(named(&changes), expected.map(|(name, lines)| (name.to_owned(), lines)));
    let one = deploy.join("a.yaml");
    let changes = changed(std::slice::from_ref(&one), "HEAD", &tools).unwrap();
    assert_eq!(named(&changes), [("a.yaml".to_owned(), some(&[(2, 2), (4, 4)]))]);

    for revision in ["-v", "--output=x", "", "a\nb"] {
        let error = changed(std::slice::from_ref(&deploy), revision, &tools).unwrap_err();
        assert_eq!((error.exit, &*error.what), (Exit::Usage, "this is not a revision of Git"));
    }
    let error = changed(std::slice::from_ref(&deploy), "nowhere", &tools).unwrap_err();
    assert!(error.cause.as_ref().unwrap().contains("nowhere"), "{error:?}");
    let outside = tempfile::tempdir().unwrap();
    let error = changed(&[outside.path().to_owned()], "HEAD", &tools).unwrap_err();
    assert!(error.cause.as_ref().unwrap().contains("not a git repository"), "{error:?}");
}

/// Of a repository within another Git says only that it moved.
#[test]
fn what_moved_below_another_repository() {
    let folder = repository();
    let tools = Tools::new(OsStr::new("/usr/local/bin:/usr/bin:/bin"), None);
    let git = |below: &str, arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(folder.path().join(below)).env("GIT_CONFIG_GLOBAL", "/nonexistent");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        assert!(git.args(arguments).output().unwrap().status.success(), "{arguments:?}");
    };
    let begin = |below: &str| {
        fs::create_dir_all(folder.path().join(below)).unwrap();
        git(below, &["init", "--quiet"]);
        fs::write(folder.path().join(below).join("a.yaml"), "1\n").unwrap();
        git(below, &["add", "."]);
        git(below, &["commit", "--quiet", "--message", "first"]);
    };
    begin("deploy/moved");
    begin("deploy/same");
    git("", &["add", "."]);
    git("", &["commit", "--quiet", "--message", "with submodules"]);
    // Neither this nor what its owner prefers to see hides that it moved.
    git("", &["config", "diff.submodule", "log"]);
    git("", &["config", "diff.ignoreSubmodules", "all"]);
    fs::write(folder.path().join("deploy/moved/a.yaml"), "2\n").unwrap();
    git("deploy/moved", &["commit", "--quiet", "--all", "--message", "second"]);
    begin("deploy/nested");

    let deploy = folder.path().join("deploy");
    let changes = changed(std::slice::from_ref(&deploy), "HEAD", &tools).unwrap();
    let path = |name: &str| deploy.join(name).display().to_string();
    assert_eq!(changes.folders, [path("moved"), path("nested")].into());
    assert!(changes.files.is_empty(), "{:?}", changes.files);
    assert!(changes.touch(&path("moved/a.yaml"), 1, 1));
    assert!(!changes.touch(&path("same/a.yaml"), 1, 1));
}

#[test]
fn complaints() {
    let check = |stderr: &str, expected: &str| assert_eq!(helm::complaint(stderr), expected);
    check("", "it fails without a word");
    check("WARNING: open\nError: no chart\nmore\n", "no chart");
    // What kubectl 1.34 writes.
    let warning = "# Warning: 'patchesStrategicMerge' is deprecated.\n";
    let log = "E1121 17:14:44.414282    9116 run.go:72] \"command failed\" err=";
    check(&format!("{warning}{log}\"no matches for Id web\"\n"), "no matches for Id web");
    check(&format!("{log}<\n\tfailed to run git\n >\n"), "failed to run git");
}
