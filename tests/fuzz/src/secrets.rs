//! Fuzz targets of `secrets`.

use crate::Target;
use cofferdam_model::{History, ImageConfig};
use cofferdam_secrets::Scanner;
use std::sync::LazyLock;

pub(crate) const TARGETS: &[Target] = &[("secrets_text", text), ("secrets_config", config)];

static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::new);

/// Names that open every pattern which is tried by path.
const PATHS: [&str; 4] = ["app/a.txt", "root/.netrc", "root/.pgpass", "root/.kube/config"];

fn text(bytes: &[u8]) {
    let bytes = &joined(bytes)[..];
    let _ = SCANNER.wants(u64::MAX, bytes);
    for path in PATHS {
        // In chunks too: where a reader stops must not matter.
        let size = bytes.len() as u64;
        let (whole, _) = SCANNER.file(path, size, &mut &*bytes).unwrap_or_default();
        let mut chunks = std::io::BufReader::with_capacity(7, bytes);
        let (chunked, _) = SCANNER.file(path, size, &mut chunks).unwrap_or_default();
        assert_eq!(whole, chunked);
        assert!(whole.iter().all(|secret| secret.masked.chars().count() <= 24));
    }
}

/// The corpus breaks its tokens with `<|>`, so that nobody takes them for real.
fn joined(bytes: &[u8]) -> Vec<u8> {
    str::from_utf8(bytes).map_or(bytes.to_vec(), |text| text.replace("<|>", "").into_bytes())
}

fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (name, value) = text.split_once('=').unwrap_or((&text, ""));
    let pair = (name.to_owned(), value.to_owned());
    let step = History { created_by: text.clone().into_owned(), empty_layer: true };
    let _ = SCANNER.image_config(&ImageConfig {
        env: vec![pair.clone()],
        labels: vec![pair],
        command: vec![text.clone().into_owned()],
        history: vec![step],
        ..ImageConfig::default()
    });
}
