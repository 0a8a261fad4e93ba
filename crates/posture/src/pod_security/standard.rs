//! The names of standards: a level and, after a colon, a version.

use std::{error::Error, fmt, str::FromStr};

/// How much a standard forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing is forbidden.
    Privileged,
    /// What is known to lead out of a container.
    Baseline,
    /// Besides that, everything that hardening can do without.
    Restricted,
}

/// The release of Kubernetes whose checks are made. Later ones than are known are [`Latest`].
///
/// [`Latest`]: Version::Latest
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `v1.N`.
    Minor(u32),
    /// The newest that are known.
    Latest,
}

/// A level at a version: `restricted`, `baseline:v1.30`, `restricted:latest`.
///
/// ```
/// use cofferdam_posture::pod_security::{Level, Standard, Version};
///
/// let standard: Standard = "restricted:v1.30".parse()?;
/// assert_eq!((standard.level, standard.version), (Level::Restricted, Version::Minor(30)));
/// assert_eq!("baseline".parse::<Standard>()?.to_string(), "baseline:latest");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Standard {
    /// How much is forbidden.
    pub level: Level,
    /// By which release.
    pub version: Version,
}

/// A name of no standard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StandardError {
    /// The word before the colon is no level.
    Level(String),
    /// The word after the colon is no version.
    Version(String),
}

impl fmt::Display for StandardError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(text) => {
                write!(formatter, "{text:?} is none of privileged, baseline and restricted")
            }
            Self::Version(text) => {
                write!(formatter, "{text:?} is neither latest nor a version such as v1.30")
            }
        }
    }
}

impl Error for StandardError {}

impl Level {
    /// As in the label `pod-security.kubernetes.io/enforce`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

impl FromStr for Level {
    type Err = StandardError;

    fn from_str(text: &str) -> Result<Self, StandardError> {
        let levels = [Self::Privileged, Self::Baseline, Self::Restricted];
        let found = levels.into_iter().find(|level| level.as_str() == text);
        found.ok_or_else(|| StandardError::Level(text.to_owned()))
    }
}

impl FromStr for Version {
    type Err = StandardError;

    fn from_str(text: &str) -> Result<Self, StandardError> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        let minor = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.");
        let plain = |minor: &&str| {
            minor.bytes().all(|byte| byte.is_ascii_digit())
                && (minor.len() == 1 || !minor.starts_with('0'))
        };
        let minor = minor.filter(plain).and_then(|minor| minor.parse().ok());
        minor.map(Self::Minor).ok_or_else(|| StandardError::Version(text.to_owned()))
    }
}

impl FromStr for Standard {
    type Err = StandardError;

    fn from_str(text: &str) -> Result<Self, StandardError> {
        let (level, version) = text.split_once(':').unwrap_or((text, "latest"));
        Ok(Self { level: level.parse()?, version: version.parse()? })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minor(minor) => write!(formatter, "v1.{minor}"),
            Self::Latest => formatter.write_str("latest"),
        }
    }
}

impl fmt::Display for Standard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.level, self.version)
    }
}
