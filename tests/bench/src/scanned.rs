//! What scans of images that run would have left in the store, so that a server finds it there when
//! it begins: no registry is asked, and what each holds is known.

use cofferdam_assess::Contents;
use cofferdam_control::{inventory::ImageKey, scan::report};
use cofferdam_model::{
    Image, ImageConfig, ImageSource, Location, Package, PackageKind, Secret, SecretPlace,
};
use cofferdam_store::{ImageState, Store, rows};
use jiff::Timestamp;
use std::path::Path;

/// Packages of an image: what a small distribution has.
const PACKAGES: usize = 150;

/// A store with images that were scanned and not judged yet.
pub(crate) struct Scanned {
    runtime: tokio::runtime::Runtime,
    store: Store,
}

impl Scanned {
    /// Writes that each of these images has so many findings, to a fresh store.
    pub(crate) fn write(file: &Path, images: &[ImageKey], findings: usize) -> Result<Self, String> {
        let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
        let report = report::encode(&contents(findings)).map_err(|error| error.to_string())?;
        let written = runtime.block_on(async {
            let store = Store::open(&format!("sqlite:{}", file.display())).await?;
            let rows: Vec<rows::Image> = images.iter().map(row).collect();
            store.put_images(&rows).await?;
            for row in rows {
                store.put_report(&row.id, report.clone()).await?;
            }
            Ok(store)
        });
        let store = written.map_err(|error: cofferdam_store::StoreError| error.to_string())?;
        Ok(Self { runtime, store })
    }

    /// How many of them were not judged yet.
    pub(crate) fn left(&self) -> Result<usize, String> {
        let left = self.runtime.block_on(self.store.images_unjudged(u32::MAX));
        left.map(|images| images.len()).map_err(|error| error.to_string())
    }
}

fn row(key: &ImageKey) -> rows::Image {
    rows::Image {
        id: key.id(),
        name: key.name.clone(),
        tag: Some("1.0".to_owned()),
        digest: key.digest.to_string(),
        platform: key.platform.clone(),
        state: ImageState::Scanned,
        why: None,
        scanned_at: Some(Timestamp::UNIX_EPOCH),
        judged_at: None,
        size: 1 << 28,
        distribution: Some("Debian 12".to_owned()),
        packages: 0,
        critical: 0,
        high: 0,
        medium: 0,
        low: 0,
        unknown: 0,
        secrets: 0,
        exploited: 0,
        score: 0,
    }
}

/// An image with so many credentials in it. Each is a finding of its own: vulnerabilities of one
/// package are told together, and would be fewer.
fn contents(findings: usize) -> Contents {
    let place = |path: String| Location { path, layer: None };
    let secret = |number: usize| Secret {
        kind: "aws-access-key",
        title: "AWS access key",
        place: SecretPlace::File {
            location: place(format!("srv/app/settings/{number:03}/credentials")),
            deleted_in: None,
            published_by: None,
        },
        line: Some(3),
        masked: "AKIA…".to_owned(),
        evidence: "checksum valid".to_owned(),
    };
    let package = |number: usize| Package {
        kind: PackageKind::Deb,
        name: format!("lib{number}"),
        version: format!("1.{number}-1"),
        architecture: Some("amd64".to_owned()),
        source: None,
        location: place("var/lib/dpkg/status".to_owned()),
        evidence: cofferdam_model::Evidence::Metadata,
        owner: None,
        license: None,
    };
    let config = ImageConfig { user: "1000".to_owned(), ..ImageConfig::default() };
    Contents {
        image: Image { source: ImageSource::Registry, config, ..Image::default() },
        packages: (0..PACKAGES).map(package).collect(),
        secrets: (0..findings).map(secret).collect(),
        ..Contents::default()
    }
}
