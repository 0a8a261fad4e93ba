//! `cargo xtask package`: the image that the chart runs, made without Docker: the binary, the
//! libraries that it is linked to, and the certificates of public authorities. Two builds of one
//! commit on one machine are the same to the byte.

use crate::command::{cargo, check, command, output, root};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
const NAME: &str = "ghcr.io/cofferdam/cofferdam";
/// What media types begin with (OCI Image Format Specification 1.1).
const IMAGE: &str = "application/vnd.oci.image";
/// The user of the chart's pods; nobody else has this number.
const USER: &str = "65532:65532";

/// Builds `target/package/cofferdam.tar`, an OCI layout; gives its path.
pub(crate) fn run() -> Result<PathBuf, String> {
    check(cargo().args(["build", "--release", "--locked", "--package", "cofferdam"]))?;
    let folder = root().join("target/package");
    let (files, layout) = (folder.join("root"), folder.join("layout"));
    for old in [&files, &layout] {
        if old.exists() {
            fs::remove_dir_all(old).map_err(|error| format!("{}: {error}", old.display()))?;
        }
    }
    stage(&files)?;
    let image = folder.join("cofferdam.tar");
    lay_out(&files, &layout)?;
    tar(&layout, &image)?;
    println!("{} is {NAME}:{}", image.display(), env!("CARGO_PKG_VERSION"));
    Ok(image)
}

/// The root file system.
fn stage(files: &Path) -> Result<(), String> {
    let binary = root().join("target/release/cofferdam");
    copy(&binary, &files.join("usr/bin/cofferdam"))?;
    for library in libraries(&binary)? {
        copy(&library, &files.join(library.strip_prefix("/").unwrap_or(&library)))?;
        record(&library, files)?;
    }
    if !Path::new(CERTIFICATES).is_file() {
        return Err(format!("{CERTIFICATES} is missing: sudo apt-get install -y ca-certificates"));
    }
    copy(Path::new(CERTIFICATES), &files.join(&CERTIFICATES[1..]))?;
    copy(Path::new("/etc/os-release"), &files.join("etc/os-release"))?;
    write(
        &files.join("etc/passwd"),
        "cofferdam:x:65532:65532::/var/lib/cofferdam:/sbin/nologin\n",
    )?;
    for folder in ["tmp", "var/lib/cofferdam"] {
        let folder = files.join(folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    Ok(())
}

/// What the loader loads with the binary, itself included (ldd(1)).
fn libraries(binary: &Path) -> Result<Vec<PathBuf>, String> {
    let listed = output(command("ldd").arg(binary))?;
    let path = |line: &str| {
        let words = line.split_whitespace();
        words.map(PathBuf::from).find(|word| word.is_absolute())
    };
    Ok(listed.lines().filter_map(path).collect())
}

/// Says which package a library is of, as distroless images do, so that scanners know.
fn record(library: &Path, files: &Path) -> Result<(), String> {
    // With a merged /usr a package may own it under either path.
    let real = fs::canonicalize(library).map_err(|error| error.to_string())?;
    let owner = |path: &Path| output(command("dpkg-query").arg("--search").arg(path)).ok();
    let Some(owner) = owner(library).or_else(|| owner(&real)) else { return Ok(()) };
    let package = owner.split(": ").next().unwrap_or_default();
    let status = output(command("dpkg-query").args(["--status", package]))?;
    let name = package.split(':').next().unwrap_or_default();
    write(&files.join("var/lib/dpkg/status.d").join(name), &status)
}

/// An OCI layout with one layer (OCI Image Layout Specification 1.1).
fn lay_out(files: &Path, layout: &Path) -> Result<(), String> {
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs).map_err(|error| format!("{}: {error}", blobs.display()))?;
    let layer = layout.with_extension("layer");
    tar(files, &layer)?;
    let plain = digest(&layer)?;
    check(command("gzip").args(["--no-name", "--force", "--suffix=.gz"]).arg(&layer))?;
    let layer = blob(&blobs, &layer.with_extension("layer.gz"))?;
    let text = |value: &Value| -> Result<Blob, String> {
        let path = layout.with_extension("json");
        write(&path, &value.to_string())?;
        blob(&blobs, &path)
    };
    let typed = |blob: Blob, kind: &str| {
        let Blob { digest, size } = blob;
        json!({"mediaType": format!("{IMAGE}.{kind}"), "digest": digest, "size": size})
    };
    let version = env!("CARGO_PKG_VERSION");
    let config = text(&json!({
        "architecture": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        "os": "linux",
        "config": {
            "User": USER,
            "Entrypoint": ["/usr/bin/cofferdam"],
            "WorkingDir": "/",
            "Env": ["PATH=/usr/bin", "HOME=/var/lib/cofferdam"],
            "Labels": {"org.opencontainers.image.version": version},
        },
        "rootfs": {"type": "layers", "diff_ids": [plain]},
        "history": [{"created_by": "cargo xtask package"}],
    }))?;
    let manifest = text(&json!({
        "schemaVersion": 2,
        "mediaType": format!("{IMAGE}.manifest.v1+json"),
        "config": typed(config, "config.v1+json"),
        "layers": [typed(layer, "layer.v1.tar+gzip")],
    }))?;
    let index = json!({"schemaVersion": 2, "manifests": [{
        "mediaType": format!("{IMAGE}.manifest.v1+json"),
        "digest": manifest.digest,
        "size": manifest.size,
        "annotations": {
            "io.containerd.image.name": format!("{NAME}:{version}"),
            "org.opencontainers.image.ref.name": version,
        },
    }]});
    write(&layout.join("index.json"), &index.to_string())?;
    write(&layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)
}

/// What a blob is found by.
struct Blob {
    digest: String,
    size: u64,
}

/// Moves a file among the blobs.
fn blob(blobs: &Path, path: &Path) -> Result<Blob, String> {
    let digest = digest(path)?;
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let size = fs::metadata(path).map_err(told)?.len();
    fs::rename(path, blobs.join(digest.trim_start_matches("sha256:"))).map_err(told)?;
    Ok(Blob { digest, size })
}

fn digest(path: &Path) -> Result<String, String> {
    let line = output(command("sha256sum").arg(path))?;
    Ok(format!("sha256:{}", line.split_whitespace().next().unwrap_or_default()))
}

/// A tar whose bytes depend on the files' names and contents alone.
fn tar(folder: &Path, to: &Path) -> Result<(), String> {
    let fixed = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    let mode = "--mode=u=rwX,go=rX";
    check(command("tar").args(fixed).arg(mode).arg("-C").arg(folder).arg("-cf").arg(to).arg("."))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let told = |error: std::io::Error| format!("{}: {error}", from.display());
    fs::create_dir_all(to.parent().unwrap_or(to)).map_err(told)?;
    fs::copy(from, to).map(drop).map_err(told)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(told)?;
    fs::write(path, text).map_err(told)
}
