//! The sample shop (`examples/shop`): its images, built from Debian packages, and all of it on a
//! cluster.

use super::{
    cluster::Cluster,
    image::{digest, load},
    kubectl, make_folder, output, read, registry, write,
};
use crate::{
    command::{command, root},
    setup,
};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// What images stand on: name, suite, packages.
const BASES: &[(&str, &str, &[&str])] = &[
    ("python:bookworm", "bookworm", &["dash", "busybox", "python3", "ca-certificates"]),
    // Its updates end with the last point release: nobody fixes what was found since.
    ("redis:bullseye", "bullseye", &["dash", "redis-server"]),
    ("tools:bookworm", "bookworm", &["dash", "busybox"]),
];

/// Folder and tag of each image.
const IMAGES: &[(&str, &str)] = &[
    ("api", "2.3.0"),
    ("dashboard", "1.1"),
    ("database", "6.0"),
    ("tools", "3"),
    ("web", "1.4.2"),
    ("worker", "0.9.1"),
];

/// Which of them have packages from PyPI (`requirements.txt`), in `site` beside it.
const PYTHON: &[&str] = &["web", "worker"];

/// What runs when the shop does.
const WORKLOADS: &[&str] = &[
    "deployment/api",
    "deployment/builder",
    "deployment/dashboard",
    "deployment/web",
    "deployment/worker",
    "statefulset/database",
    "daemonset/tuner",
];

/// When files were made: the same packages make the same image, digest for digest.
const EPOCH: &str = "1763683200";

fn source() -> PathBuf {
    root().join("examples/shop")
}

fn folder() -> PathBuf {
    root().join("target/shop")
}

/// Opens the shop on the cluster that runs, its images given to the node or to the registry; when
/// this returns it serves.
pub(super) fn run(is_registered: bool) -> Result<(), String> {
    let cluster = Cluster::running(None)?;
    let images = images()?;
    let began = Instant::now();
    let ask = |arguments: &[&str]| {
        let mut command = kubectl(&cluster.kubeconfig())?;
        output(command.current_dir(source()).args(arguments))
    };
    if is_registered {
        let (registry, secret) = registry::access()?;
        for ((name, tag), image) in IMAGES.iter().zip(&images) {
            registry::push(&image.display().to_string(), &format!("shop/{name}:{tag}"))?;
        }
        ask(&["apply", "--filename=manifests/00-namespace.yaml"])?;
        ask(&["apply", "--namespace=shop", "--filename", &secret.display().to_string()])?;
        let folder = registered(&registry)?;
        ask(&["apply", "--kustomize", &folder.display().to_string()])?;
    } else {
        images.iter().try_for_each(|image| load(&cluster, image))?;
        ask(&["apply", "--filename=manifests"])?;
    }
    for workload in WORKLOADS {
        let status = ["--namespace=shop", "rollout", "status", workload, "--timeout=2m"];
        ask(&status).map_err(|error| {
            let pods = ask(&["--namespace=shop", "get", "pods"]).unwrap_or_default();
            let events = ["--namespace=shop", "events", "--types=Warning"];
            format!("{error}\n{pods}\n{}", ask(&events).unwrap_or_default())
        })?;
        println!("{workload} runs");
    }
    let node = cluster.network()?.node();
    println!("the shop is open after {:.1} s", began.elapsed().as_secs_f32());
    println!("  front      http://{node}:30080/");
    println!("  dashboard  http://{node}:30090/ (to anybody: that is one of its sins)");
    println!("  the sins   examples/shop/README.md");
    Ok(())
}

/// The manifests, with images of a registry and the secret that opens it.
fn registered(registry: &str) -> Result<PathBuf, String> {
    let folder = folder().join("registered");
    make_folder(&folder)?;
    let manifests = source().join("manifests");
    output(command("cp").arg("--recursive").arg(&manifests).arg(&folder))?;
    let mut files: Vec<String> = fs::read_dir(&manifests)
        .map_err(|error| format!("{}: {error}", manifests.display()))?
        .flatten()
        .map(|file| format!("manifests/{}", file.file_name().display()))
        .collect();
    files.sort();
    let images = IMAGES.iter().map(|(name, _)| {
        json!({"name": format!("shop.test/{name}"), "newName": format!("{registry}/shop/{name}")})
    });
    let patch = |kind: &str, path: &str| {
        let path = format!("{path}/spec/template/spec/imagePullSecrets");
        let add = json!([{"op": "add", "path": path, "value": [{"name": registry::SECRET}]}]);
        json!({"target": {"kind": kind}, "patch": add.to_string()})
    };
    let kustomization = json!({
        "resources": files,
        "images": images.collect::<Vec<_>>(),
        "patches": [
            patch("Deployment|StatefulSet|DaemonSet", ""),
            patch("CronJob", "/spec/jobTemplate"),
        ],
    });
    write(&folder.join("kustomization.yaml"), &kustomization.to_string())?;
    Ok(folder)
}

/// Builds the images that changed; gives the tars of all.
pub(super) fn images() -> Result<Vec<PathBuf>, String> {
    let made = folder().join("images");
    make_folder(&made)?;
    let tar = |name: &str| made.join(format!("{name}.tar"));
    // One builds at a time; who waited finds them built.
    let lock = folder().join("lock");
    let lock = fs::File::create(&lock).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(|error| format!("{}: {error}", folder().display()))?;
    let key = key()?;
    let noted = made.join("key");
    if read(&noted).is_ok_and(|noted| noted == key) {
        return Ok(IMAGES.iter().map(|(name, _)| tar(name)).collect());
    }
    // All or none: they are quickly built, and share their bases.
    let _ = fs::remove_file(&noted);
    setup::images(&["quickstart", "debian-bookworm"])?;
    let building = Building { folder: folder().join("building") };
    building.clear()?;
    let built = building.context().and_then(|()| building.all(&tar));
    building.clear()?;
    built?;
    write(&noted, &key)?;
    Ok(IMAGES.iter().map(|(name, _)| tar(name)).collect())
}

/// Changes with whatever images are made of.
fn key() -> Result<String, String> {
    let list = "find . -type f | LC_ALL=C sort | xargs sha256sum";
    let mut files = Command::new("sh");
    let sums = output(files.current_dir(source().join("images")).args(["-c", list]))?;
    Ok(digest(format!("{BASES:?}{IMAGES:?}{PYTHON:?}{EPOCH}{sums}").as_bytes()))
}

/// A folder in which images are built, with a store of buildah's own.
struct Building {
    folder: PathBuf,
}

impl Building {
    fn clear(&self) -> Result<(), String> {
        output(command("rm").args(["-rf", "--one-file-system"]).arg(&self.folder)).map(drop)
    }

    /// What Dockerfiles see: the sources, packages from PyPI, credentials that belong to nobody.
    fn context(&self) -> Result<(), String> {
        make_folder(&self.folder)?;
        let context = self.folder.join("context");
        output(command("cp").arg("-r").arg(source().join("images")).arg(&context))?;
        for name in PYTHON {
            let folder = context.join(name);
            let mut pip = command("python3");
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            pip.args(["--root-user-action=ignore", "--no-deps", "--no-compile"]);
            pip.args(["--only-binary=:all:", "--implementation=cp", "--python-version=3.11"]);
            pip.args(["--abi=cp311", "--abi=none"]);
            for glibc in ["manylinux2014", "manylinux_2_28"] {
                pip.arg(format!("--platform={glibc}_{}", std::env::consts::ARCH));
            }
            pip.arg("--requirement").arg(folder.join("requirements.txt"));
            output(pip.arg("--target").arg(folder.join("site")))?;
        }
        let secret = |kind: &str| {
            let mut decoy = command("python3");
            output(decoy.args(["tests/images/python-app/decoy.py", kind, "shop"]))
        };
        let text = format!(
            "[default]\naws_access_key_id = {}aws_secret_access_key = {}",
            secret("aws-access-key")?,
            secret("aws-secret-access-key")?
        );
        write(&context.join("worker/credentials"), &text)
    }

    fn all(&self, tar: &dyn Fn(&str) -> PathBuf) -> Result<(), String> {
        write(
            &self.folder.join("policy.json"),
            r#"{"default":[{"type":"insecureAcceptAnything"}]}"#,
        )?;
        for (name, suite, packages) in BASES {
            self.base(name, suite, packages)?;
        }
        for (name, tag) in IMAGES {
            self.image(name, tag, &tar(name))?;
        }
        Ok(())
    }

    fn base(&self, name: &str, suite: &str, packages: &[&str]) -> Result<(), String> {
        println!("building the base {name}");
        let tar = self.folder.join("base.tar");
        let mut make = command("bash");
        make.env("SOURCE_DATE_EPOCH", EPOCH).arg(source().join("images/base.sh")).arg(suite);
        output(make.arg(&tar).args(packages))?;
        let container = output(self.buildah("from").arg("scratch"))?;
        let container = container.trim();
        output(self.buildah("add").arg("--quiet").arg(container).arg(&tar).arg("/"))?;
        let mut commit = self.buildah("commit");
        commit.args(["--quiet", "--rm", "--timestamp", EPOCH, "--signature-policy"]);
        commit.arg(self.folder.join("policy.json")).arg(container);
        output(commit.arg(format!("shop.test/{name}"))).map(drop)
    }

    fn image(&self, name: &str, tag: &str, tar: &Path) -> Result<(), String> {
        let image = format!("shop.test/{name}:{tag}");
        println!("building {image}");
        let context = self.folder.join("context");
        let policy = self.folder.join("policy.json");
        let mut build = self.buildah("build");
        // A layer for each line, as other builders make them.
        build.args(["--quiet", "--layers", "--isolation=chroot", "--pull=false"]);
        build.args(["--timestamp", EPOCH, "--tag", &image, "--signature-policy"]).arg(&policy);
        build.arg("--file").arg(context.join(name).join("Dockerfile")).arg(&context);
        output(&mut build)?;
        // Whole or not at all.
        let half = self.folder.join("half.tar");
        let mut push = self.buildah("push");
        push.args(["--quiet", "--signature-policy"]).arg(&policy).arg(&image);
        output(push.arg(format!("docker-archive:{}:{image}", half.display())))?;
        fs::rename(&half, tar).map_err(|error| format!("{}: {error}", tar.display()))
    }

    /// Mounts that it makes end with its namespace.
    fn buildah(&self, verb: &str) -> Command {
        let mut command = command("unshare");
        command.args(["--mount", "--propagation=private", "--", "buildah"]);
        command.arg("--root").arg(self.folder.join("store"));
        command.arg("--runroot").arg(self.folder.join("run"));
        command.args(["--storage-driver=overlay", verb]);
        command
    }
}
