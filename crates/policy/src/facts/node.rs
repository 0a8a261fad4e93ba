//! How the maps and lists of the root `image` are numbered.

use cofferdam_cel::Node;

/// What kind of map or list a node is; the number stands in its upper half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `image`; its node is [`super::TOP`].
    Image,
    /// `image.config`
    Config,
    /// `image.config.env`
    Env,
    /// `image.config.labels`
    Labels,
    /// `image.config.entrypoint`
    Entrypoint,
    /// `image.config.command`
    Command,
    /// `image.config.exposedPorts`
    ExposedPorts,
    /// `image.config.volumes`
    Volumes,
    /// `image.distribution`
    Distribution,
    /// `image.layers`
    Layers,
    /// One of them.
    Layer,
    /// `image.packages`
    Packages,
    /// One of them.
    Package,
    /// `image.vulnerabilities`
    Vulnerabilities,
    /// One of them.
    Vulnerability,
    /// Its aliases.
    Aliases,
    /// Its advisories.
    Advisories,
    /// `image.coverage`
    Coverages,
    /// One of them.
    Coverage,
    /// `image.secrets`
    Secrets,
    /// One of them.
    Secret,
    /// `image.problems`
    Problems,
    /// One of them.
    Problem,
    /// `image.database`
    Database,
}

const PACKAGE: &[&str] = &[
    "name",
    "version",
    "kind",
    "label",
    "purl",
    "architecture",
    "path",
    "layer",
    "owner",
    "license",
];

const VULNERABILITY: &[&str] = &[
    "id",
    "aliases",
    "advisories",
    "package",
    "summary",
    "severity",
    "cvss",
    "fixable",
    "fixedVersion",
    "knownExploited",
    "epss",
    "malicious",
];

const SECRET: &[&str] = &[
    "kind",
    "title",
    "masked",
    "evidence",
    "line",
    "place",
    "path",
    "layer",
    "deletedIn",
    "name",
    "step",
];

const KINDS: [Kind; 24] = [
    Kind::Image,
    Kind::Config,
    Kind::Env,
    Kind::Labels,
    Kind::Entrypoint,
    Kind::Command,
    Kind::ExposedPorts,
    Kind::Volumes,
    Kind::Distribution,
    Kind::Layers,
    Kind::Layer,
    Kind::Packages,
    Kind::Package,
    Kind::Vulnerabilities,
    Kind::Vulnerability,
    Kind::Aliases,
    Kind::Advisories,
    Kind::Coverages,
    Kind::Coverage,
    Kind::Secrets,
    Kind::Secret,
    Kind::Problems,
    Kind::Problem,
    Kind::Database,
];

impl Kind {
    /// The node of this kind at an index.
    pub(super) fn at(self, index: usize) -> Node {
        let kind = KINDS.iter().position(|kind| *kind == self).unwrap_or_default();
        let number = |value: usize| u64::try_from(value).unwrap_or_default();
        Node(number(kind) << 32 | (number(index) & u64::from(u32::MAX)))
    }

    /// The keys that a map of this kind can have; none for lists and for maps with free keys.
    pub(super) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Image => &[
                "name",
                "digest",
                "id",
                "platform",
                "source",
                "config",
                "distribution",
                "layers",
                "packages",
                "vulnerabilities",
                "coverage",
                "secrets",
                "problems",
                "database",
            ],
            Self::Config => &[
                "user",
                "env",
                "labels",
                "entrypoint",
                "command",
                "exposedPorts",
                "volumes",
                "workingDirectory",
                "created",
            ],
            Self::Distribution => {
                &["id", "version", "codename", "name", "endOfLife", "endOfExtendedSupport"]
            }
            Self::Layer => &["digest", "diffId", "sizeBytes", "createdBy"],
            Self::Package => PACKAGE,
            Self::Vulnerability => VULNERABILITY,
            Self::Coverage => &["ecosystem", "packages", "covered", "advisories", "newest"],
            Self::Secret => SECRET,
            Self::Database => &["name", "newest"],
            Self::Problem => &["kind", "code", "detail", "path", "layer"],
            _ => &[],
        }
    }

    /// The kind and index of a node.
    pub(super) fn of(node: Node) -> (Self, usize) {
        let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let kind = KINDS.get(number(node.0 >> 32)).copied().unwrap_or(Self::Image);
        (kind, number(node.0 & u64::from(u32::MAX)))
    }
}
