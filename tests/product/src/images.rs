//! Real images, each built once by real tools (`tests/images`), and the package managers' own
//! word on what is in them.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// An image that is there.
#[derive(Clone, Debug)]
pub struct Image {
    folder: PathBuf,
}

/// Gives an image, building it if this is the first time anybody asks. The error says what to
/// install or why it cannot be built here.
pub fn image(name: &str) -> Result<Image, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/build.sh");
    let output = Command::new(&script)
        .args(["--path", name])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("{}: {error}", script.display()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end());
    Ok(Image { folder })
}

impl Image {
    /// The image as `docker save` writes it, layers plain.
    pub fn docker_archive(&self) -> PathBuf {
        self.folder.join("image.tar")
    }

    /// The same image as an OCI layout in one tar with gzip layers; not of every image.
    pub fn oci_archive(&self) -> PathBuf {
        self.folder.join("gzip.tar")
    }

    /// The same image as an OCI layout in a folder with zstd layers; not of every image.
    pub fn oci_folder(&self) -> PathBuf {
        self.folder.join("zstd")
    }

    /// What is truly in it.
    #[expect(clippy::disallowed_methods, reason = "a file that our own recipe wrote")]
    pub fn truth(&self) -> Result<Truth, String> {
        let path = self.folder.join("truth.json");
        let read = || Truth::parse(&fs::read_to_string(&path).ok()?);
        read().ok_or_else(|| format!("{} cannot be read", path.display()))
    }
}

/// One package as a package manager or a scanner names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Installed {
    /// The purl type: `deb`, `pypi`, `npm`, `golang`, `cargo`, `maven`, `rpm`, `apk`.
    pub kind: String,
    /// Its name; Maven: `group:artifact`.
    pub name: String,
    /// Its version, empty where the manager knows none (a Go program built from a working tree).
    pub version: String,
}

impl fmt::Display for Installed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.kind, self.name, self.version)
    }
}

/// A credential that the recipe put there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Planted {
    /// The kind, as Cofferdam calls it: `github-token`.
    pub kind: String,
    /// A path without leading slash, or `env:NAME`.
    pub place: String,
    /// A later layer deleted the file.
    pub is_deleted: bool,
}

/// What is truly in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Every package, distinct by kind, name and version.
    pub packages: BTreeSet<Installed>,
    /// Language packages whose files belong to a distribution package: to be reported as that.
    pub owned: BTreeSet<Installed>,
    /// Credentials.
    pub secrets: BTreeSet<Planted>,
}

impl Truth {
    fn parse(json: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(json).ok()?;
        let mut truth = Self::default();
        for package in json.get("packages")?.as_array()? {
            let text = |key: &str| Some(package.get(key)?.as_str()?.to_owned());
            let (kind, name) = (text("kind")?, text("name")?);
            let installed = Installed { kind, name, version: text("version")? };
            let is_owned = package.get("owner").is_some();
            if is_owned { &mut truth.owned } else { &mut truth.packages }.insert(installed);
        }
        for secret in json.get("secrets")?.as_array()? {
            let text = |key: &str| Some(secret.get(key)?.as_str()?.to_owned());
            let (kind, place) = (text("kind")?, text("place")?);
            let is_deleted = text("state").is_some_and(|state| state == "deleted");
            truth.secrets.insert(Planted { kind, place, is_deleted });
        }
        Some(truth)
    }

    /// What a scanner's list lacks of the truth and what it invents, one line each; none when
    /// they are equal. The list is without the packages that it says a distribution owns.
    ///
    /// ```
    /// use cofferdam_product::images::{Installed, Truth};
    ///
    /// let bash = |version: &str| Installed {
    ///     kind: "deb".into(),
    ///     name: "bash".into(),
    ///     version: version.into(),
    /// };
    /// let truth = Truth { packages: [bash("5.2")].into(), ..Default::default() };
    /// assert_eq!(truth.differences([bash("5.2")]), Vec::<String>::new());
    /// assert_eq!(
    ///     truth.differences([bash("5.1")]),
    ///     ["missing: deb bash 5.2", "invented: deb bash 5.1"]
    /// );
    /// ```
    pub fn differences(&self, reported: impl IntoIterator<Item = Installed>) -> Vec<String> {
        let mut missing = self.packages.clone();
        let mut invented = BTreeSet::new();
        for package in reported {
            let truth = self.packages.iter().find(|truth| is_same(truth, &package));
            match truth {
                Some(truth) => _ = missing.remove(truth),
                None => _ = invented.insert(package),
            }
        }
        let lines = missing.iter().map(|package| format!("missing: {package}"));
        lines.chain(invented.iter().map(|package| format!("invented: {package}"))).collect()
    }
}

/// A jar without Maven's metadata does not tell its group: the artifact alone will do.
fn is_same(truth: &Installed, reported: &Installed) -> bool {
    let artifact = || truth.name.rsplit_once(':').map(|(_, artifact)| artifact);
    let is_same_name = truth.name == reported.name
        || truth.kind == "maven" && artifact() == Some(reported.name.as_str());
    truth.kind == reported.kind && truth.version == reported.version && is_same_name
}
