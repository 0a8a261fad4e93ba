//! Images made byte by byte: small ones, and ones that no honest tool would write.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A tar in the making.
#[derive(Default)]
pub(crate) struct Tar {
    bytes: Vec<u8>,
}

impl Tar {
    /// The names and contents of plain files.
    pub(crate) fn of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = Self::default();
        for (name, content) in files {
            tar = tar.file(name, content);
        }
        tar.end()
    }

    pub(crate) fn file(self, name: &str, content: &[u8]) -> Self {
        self.entry(b'0', name, "", content)
    }

    /// Any entry: type flag, name, link name, content.
    pub(crate) fn entry(mut self, kind: u8, name: &str, link: &str, content: &[u8]) -> Self {
        self.bytes.extend(header(kind, name, link, content.len()));
        self.bytes.extend(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
        self
    }

    /// A PAX extended header (POSIX pax, "Extended Header"): `LENGTH KEY=VALUE\n`.
    pub(crate) fn pax(self, key: &str, value: &str) -> Self {
        let rest = format!(" {key}={value}\n");
        let mut length = rest.len();
        while length != rest.len() + length.to_string().len() {
            length = rest.len() + length.to_string().len();
        }
        self.entry(b'x', "pax", "", format!("{length}{rest}").as_bytes())
    }

    pub(crate) fn end(mut self) -> Vec<u8> {
        self.bytes.extend([0; 1024]);
        self.bytes
    }
}

/// A ustar header (POSIX pax, "ustar Interchange Format").
pub(crate) fn header(kind: u8, name: &str, link: &str, size: usize) -> [u8; 512] {
    let mut header = [0; 512];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000755\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(157, link.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// `sha256:…`.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// An image that runs as a user other than root, so that only what a scenario is about is wrong.
pub(crate) struct Image {
    /// Blobs as stored, from the bottom up, with the digests of the tars in them.
    pub(crate) layers: Vec<(Vec<u8>, String)>,
    /// The `config` object of the image configuration.
    pub(crate) config: Value,
    pub(crate) architecture: &'static str,
    pub(crate) tag: String,
}

impl Image {
    /// Of plain layers.
    pub(crate) fn of(layers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let layers = layers.into_iter().map(|layer| {
            let digest = digest(&layer);
            (layer, digest)
        });
        Self {
            layers: layers.collect(),
            config: json!({ "User": "10001" }),
            architecture: "amd64",
            tag: "cofferdam.test/crafted:latest".into(),
        }
    }

    /// The image configuration (OCI image specification, "Image Configuration").
    pub(crate) fn configuration(&self) -> Vec<u8> {
        let diff_ids: Vec<&String> = self.layers.iter().map(|(_, diff_id)| diff_id).collect();
        let configuration = json!({
            "architecture": self.architecture,
            "os": "linux",
            "config": self.config,
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        serde_json::to_vec(&configuration).unwrap()
    }

    /// As `docker save` writes it.
    pub(crate) fn docker_archive(&self) -> Vec<u8> {
        docker_archive(std::slice::from_ref(self))
    }
}

/// Several images in one docker-archive.
pub(crate) fn docker_archive(images: &[Image]) -> Vec<u8> {
    let layer_name = |number: usize, at: usize| format!("{number}-{at}/layer.tar");
    let entries = images.iter().enumerate().map(|(number, image)| {
        let config = format!("{}.json", hex(&image.configuration()));
        let layers = (0..image.layers.len()).map(|at| layer_name(number, at));
        let layers: Vec<String> = layers.collect();
        json!({ "Config": config, "RepoTags": [image.tag], "Layers": layers })
    });
    let manifest: Vec<Value> = entries.collect();
    // What describes the images stands first, so that a cut archive still says what it lacks.
    let mut tar = Tar::default().file("manifest.json", &serde_json::to_vec(&manifest).unwrap());
    for image in images {
        let configuration = image.configuration();
        tar = tar.file(&format!("{}.json", hex(&configuration)), &configuration);
    }
    for (number, image) in images.iter().enumerate() {
        for (at, (layer, _)) in image.layers.iter().enumerate() {
            tar = tar.file(&layer_name(number, at), layer);
        }
    }
    tar.end()
}

/// What a Debian 12 with these packages consists of.
pub(crate) fn debian(packages: &[(&str, &str)]) -> Vec<u8> {
    let mut status = String::new();
    for (name, version) in packages {
        status.extend(["Package: ", name, "\nVersion: ", version]);
        status.push_str("\nStatus: install ok installed\nArchitecture: amd64\n\n");
    }
    let release = "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
    Tar::of(&[("etc/os-release", release.as_bytes()), ("var/lib/dpkg/status", status.as_bytes())])
}
