//! Images for the node, without a registry.

use super::{cluster::Cluster, folder, make_folder, output};
use crate::command::{command, root};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// The image that holds a pod's namespaces (`tests/rig/node/containerd.toml` names it too).
const PAUSE: &str = "rig.test/pause:1";

/// Whether the node's containerd answers.
pub(super) fn is_served(cluster: &Cluster) -> bool {
    ctr(cluster).arg("version").output().is_ok_and(|output| output.status.success())
}

/// Gives the node an image: a tar as `docker save` writes it, or an OCI layout.
pub(super) fn load(cluster: &Cluster, image: &Path) -> Result<(), String> {
    let said = output(ctr(cluster).args(["--namespace", "k8s.io", "images", "import"]).arg(image))?;
    for line in said.lines().filter(|line| line.starts_with("unpacking ")) {
        let name = line.split(' ').nth(1).unwrap_or_default();
        println!("loaded {name}");
    }
    Ok(())
}

fn ctr(cluster: &Cluster) -> Command {
    let mut command = Command::new("ctr");
    command.arg("--address").arg(cluster.socket());
    command
}

/// The tar of the pause image, made when it is not there.
pub(super) fn pause() -> Result<PathBuf, String> {
    let source = root().join("tests/rig/pause/pause.c");
    let text = super::read(&source)?;
    // A new source makes a new image.
    let made = folder().join(format!("pause-{}", digest(text.as_bytes()).split_at(12).0));
    let image = made.join("image.tar");
    if image.is_file() {
        return Ok(image);
    }
    make_folder(&made)?;
    let program = made.join("pause");
    let mut cc = command("cc");
    output(cc.args(["-Os", "-static", "-s", "-o"]).arg(&program).arg(&source))?;
    self::made(PAUSE, &image, "pause", &program)
}

/// The tar of an image of nothing but one program, made when it is not there.
pub(super) fn made(name: &str, image: &Path, at: &str, program: &Path) -> Result<PathBuf, String> {
    if image.is_file() {
        return Ok(image.to_owned());
    }
    let bytes = fs::read(program).map_err(|error| format!("{}: {error}", program.display()))?;
    let layout = layout(name, at, &bytes).map_err(|error| format!("{name}: {error}"))?;
    // Whole or not at all.
    let half = image.with_extension("half");
    fs::write(&half, layout)
        .and_then(|()| fs::rename(&half, image))
        .map_err(|error| format!("{}: {error}", image.display()))?;
    Ok(image.to_owned())
}

/// An OCI image layout in a tar (image specification, "image-layout.md"), of one image that has
/// one program in one layer, with the annotation by which containerd names it.
pub(super) fn layout(name: &str, at: &str, program: &[u8]) -> io::Result<Vec<u8>> {
    let mut layer = tar::Builder::new(Vec::new());
    put(&mut layer, at, program, 0o755)?;
    let layer = layer.into_inner()?;
    let mut made = tar::Builder::new(Vec::new());
    put(&mut made, "oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#, 0o644)?;
    let mut blob = |kind: &str, bytes: &[u8]| {
        let digest = digest(bytes);
        put(&mut made, &format!("blobs/sha256/{digest}"), bytes, 0o644)?;
        let media = format!("application/vnd.oci.image.{kind}");
        io::Result::Ok((media, format!("sha256:{digest}"), bytes.len()))
    };
    let (media, digest, size) = blob("layer.v1.tar", &layer)?;
    let image = json!({
        "architecture": architecture(),
        "os": "linux",
        "config": {"Entrypoint": [format!("/{at}")]},
        "rootfs": {"type": "layers", "diff_ids": [digest]},
    });
    let layer = json!({"mediaType": media, "digest": digest, "size": size});
    let (media, digest, size) = blob("config.v1+json", image.to_string().as_bytes())?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": media, "digest": digest, "size": size},
        "layers": [layer],
    });
    let (media, digest, size) = blob("manifest.v1+json", manifest.to_string().as_bytes())?;
    let manifest = json!({
        "mediaType": media,
        "digest": digest,
        "size": size,
        "platform": {"architecture": architecture(), "os": "linux"},
        "annotations": {"io.containerd.image.name": name},
    });
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    put(&mut made, "index.json", index.to_string().as_bytes(), 0o644)?;
    made.into_inner()
}

fn put<W: io::Write>(
    tar: &mut tar::Builder<W>,
    path: &str,
    bytes: &[u8],
    mode: u32,
) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_mode(mode);
    header.set_size(u64::try_from(bytes.len()).map_err(io::Error::other)?);
    tar.append_data(&mut header, path, bytes)
}

/// A digest as images write it, without its `sha256:`.
pub(super) fn digest(bytes: &[u8]) -> String {
    let bytes = Sha256::digest(bytes);
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// This machine's, as images say it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
