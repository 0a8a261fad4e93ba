//! Debian's `docker-registry`, started for one test, and what is pushed into it by hand.

use crate::{
    binary::Home,
    crafted::{Image, digest},
    server::send,
    tools::must,
};
use serde_json::json;
use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
};

/// A registry that ends with the test.
pub(super) struct Registry {
    address: SocketAddr,
    home: Home,
    process: Child,
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Registry {
    /// Over plain HTTP, for anybody.
    pub(super) fn plain() -> Self {
        Self::start(Home::new(), "", "")
    }

    /// With a certificate of an authority of its own, for one user.
    pub(super) fn with_tls_and_password(user: &str, password: &str) -> Self {
        let home = Home::new();
        certificates(&home);
        let mut htpasswd = Command::new("htpasswd");
        let users = must(htpasswd.args(["-Bbn", user, password]));
        home.write("htpasswd", users);
        let place = |name: &str| home.path(name).display().to_string();
        let tls = format!(
            "  tls: {{certificate: {}, key: {}}}\n",
            place("certificate.pem"),
            place("key.pem")
        );
        let auth = format!("auth: {{htpasswd: {{realm: r, path: {}}}}}\n", place("htpasswd"));
        Self::start(home, &tls, &auth)
    }

    fn start(home: Home, tls: &str, auth: &str) -> Self {
        let storage = home.path("storage");
        let config = format!(
            "version: 0.1\nlog: {{level: info}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http:\n  addr: 127.0.0.1:0\n{tls}{auth}",
            storage.display()
        );
        let config = home.write("config.yml", config);
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(config).stdout(Stdio::null()).stderr(Stdio::piped());
        home.clean(&mut command);
        let mut process = command.spawn().expect("docker-registry");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        // It says where it listens when it does.
        let address = lines.find_map(|line| {
            let line = line.ok()?;
            let rest = line.split_once("listening on ")?.1;
            rest.split([',', '"']).next()?.parse().ok()
        });
        let address = address.expect("docker-registry does not listen");
        thread::spawn(move || lines.for_each(drop));
        Self { address, home, process }
    }

    pub(super) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.home.path(name)
    }
}

/// An authority, and a certificate of it for 127.0.0.1.
fn certificates(home: &Home) {
    let openssl = |words: &str| {
        let mut command = Command::new("openssl");
        must(command.args(words.split_whitespace()).current_dir(home.path("")));
    };
    home.write("extensions", "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"));
    openssl(&format!("req {key} -keyout key.pem -out request.pem -subj /CN=registry"));
    openssl(
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2
         -extfile extensions -out certificate.pem",
    );
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A manifest, as it is stored.
pub(super) type Manifest = Vec<u8>;

/// The manifest of an image with plain layers (OCI image specification, "Image Manifest").
pub(super) fn manifest(image: &Image) -> Manifest {
    let descriptor = |media_type: &str, bytes: &[u8]| json!({ "mediaType": media_type, "digest": digest(bytes), "size": bytes.len() });
    let layers = image
        .layers
        .iter()
        .map(|(layer, _)| descriptor("application/vnd.oci.image.layer.v1.tar", layer));
    let layers: Vec<_> = layers.collect();
    let config = "application/vnd.oci.image.config.v1+json";
    serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(config, &image.configuration()),
        "layers": layers,
    }))
    .unwrap()
}

/// Pushes by the protocol (OCI distribution specification, "Pushing"); gives the manifest.
pub(super) fn push(registry: &Registry, name: &str, tag: &str, image: &Image) -> Manifest {
    let configuration = image.configuration();
    let layers = image.layers.iter().map(|(layer, _)| layer);
    for blob in layers.chain([&configuration]) {
        let uploads = format!("/v2/{name}/blobs/uploads/");
        let (status, location) = send(registry.address, "POST", &uploads, "text/plain", b"");
        assert_eq!(status, 202);
        let place = location.strip_prefix(&format!("http://{}", registry.address)).unwrap();
        let place = format!("{place}&digest={}", digest(blob));
        let octets = "application/octet-stream";
        assert_eq!(send(registry.address, "PUT", &place, octets, blob).0, 201);
    }
    let manifest = manifest(image);
    let place = format!("/v2/{name}/manifests/{tag}");
    assert_eq!(send(registry.address, "PUT", &place, MANIFEST, &manifest).0, 201);
    manifest
}

/// An index of manifests by architecture.
pub(super) fn index(manifests: &[(Manifest, &str)]) -> Vec<u8> {
    let manifests = manifests.iter().map(|(manifest, architecture)| {
        json!({
            "mediaType": MANIFEST,
            "digest": digest(manifest),
            "size": manifest.len(),
            "platform": { "os": "linux", "architecture": architecture },
        })
    });
    let manifests: Vec<_> = manifests.collect();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
    serde_json::to_vec(&index).unwrap()
}

pub(super) fn push_index(registry: &Registry, name: &str, tag: &str, index: &[u8]) {
    let place = format!("/v2/{name}/manifests/{tag}");
    assert_eq!(send(registry.address, "PUT", &place, INDEX, index).0, 201);
}
