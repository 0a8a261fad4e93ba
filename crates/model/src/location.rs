//! Where something was seen.

use std::fmt;

/// A place inside an image or a root file system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Path from the root without a leading slash; a member of an archive follows `!/`, as Java
    /// writes it: `app/app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar`.
    pub path: String,
    /// Index of the layer in the image, 0 at the bottom; absent for a root file system.
    pub layer: Option<usize>,
}

impl Location {
    /// A place in a root file system, or in a layer that the caller fills in later.
    pub fn path(path: impl Into<String>) -> Self {
        Self { path: path.into(), layer: None }
    }

    /// The path of the file itself, without members of archives.
    pub fn file(&self) -> &str {
        self.path.split_once("!/").map_or(&self.path, |(file, _)| file)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layer {
            Some(layer) => write!(f, "/{} (layer {layer})", self.path),
            None => write!(f, "/{}", self.path),
        }
    }
}
