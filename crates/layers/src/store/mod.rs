//! Opening a target on disk: an image as `docker save` or an OCI layout stores it, in a tar
//! (perhaps compressed as a whole) or a directory, or else a root file system.

mod container;
mod docker;
mod layout;
#[cfg(test)]
mod tests;

use crate::{
    inflate::{Compression, Inflate},
    oci::{Blobs, LayerBlob, OpenImage, Selection},
    problems::kind_of,
    tap::{Budget, Source as _, Tap},
    tar,
};
use cofferdam_bounds::{Meter, ReadAt as _, Spool, file};
use cofferdam_model::{Diagnostic, Exit, Problem};
use container::{Bytes, Container};
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// What a path turned out to be.
#[derive(Debug)]
pub enum Target {
    /// A container of one or more images.
    Image(Store),
    /// A directory that is no image: a root file system, for [`crate::walk_directory`].
    RootFilesystem(PathBuf),
}

/// An opened container of images, from which layers are read in place.
#[derive(Debug)]
pub struct Store {
    container: Container,
    format: Format,
    path: PathBuf,
    problems: Vec<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Docker,
    Oci,
}

impl Target {
    /// Finds out what `path` is and opens it. Of a tar only the headers are read, unless it is
    /// compressed as a whole: then it goes to an unlinked temporary file first.
    pub fn open(path: &Path, meter: &Meter) -> Result<Self, Diagnostic> {
        let metadata = fs::metadata(path).map_err(|error| cannot_open(path).because(error))?;
        if metadata.is_dir() {
            let container = Container::Folder(path.to_owned());
            return Ok(match Format::of(&container, meter) {
                Some(format) => Self::Image(Store::new(container, format, path, Vec::new())),
                None => Self::RootFilesystem(path.to_owned()),
            });
        }
        let file = file::open(path).map_err(|error| cannot_open(path).because(error.error))?;
        let bytes = uncompressed(file, meter).map_err(|error| no_archive(path).because(error))?;
        let (container, problems) =
            Container::index(bytes, meter).map_err(|stop| no_archive(path).because(stop.what()))?;
        match Format::of(&container, meter) {
            Some(format) => Ok(Self::Image(Store::new(container, format, path, problems))),
            None => Err(no_image(path, &problems)),
        }
    }
}

impl Format {
    fn of(container: &Container, meter: &Meter) -> Option<Self> {
        if docker::is_docker(container, meter.limits()) {
            Some(Self::Docker)
        } else if container.has(layout::INDEX) && container.has("oci-layout") {
            Some(Self::Oci)
        } else {
            None
        }
    }
}

impl Store {
    fn new(container: Container, format: Format, path: &Path, problems: Vec<Problem>) -> Self {
        Self { container, format, path: path.to_owned(), problems }
    }

    /// Opens the one image that satisfies the wish: its manifest and its configuration, verified.
    pub fn image(&self, selection: &Selection, meter: &Meter) -> Result<OpenImage, Diagnostic> {
        let image = match self.format {
            Format::Docker => docker::image,
            Format::Oci => layout::image,
        };
        let mut open =
            image(&self.container, selection, meter.limits()).map_err(|error| self.place(error))?;
        open.problems.extend(self.problems.iter().cloned());
        Ok(open)
    }

    /// Puts the target before whatever place within it an error names.
    fn place(&self, error: Diagnostic) -> Diagnostic {
        let target = self.path.display();
        let place = match &error.place {
            Some(inner) => format!("{target}: {inner}"),
            None => target.to_string(),
        };
        error.at(place)
    }
}

impl Blobs for Store {
    fn open(&self, blob: &LayerBlob) -> io::Result<Box<dyn Read + Send + '_>> {
        self.container.open(&blob.place).map(|(reader, _)| reader)
    }
}

/// The archive's bytes, spooled when the archive is compressed as a whole.
fn uncompressed(file: fs::File, meter: &Meter) -> io::Result<Bytes> {
    let mut head = [0; tar::BLOCK_BYTES];
    let count = file.read_at(&mut head, 0)?;
    let head = head.get(..count).unwrap_or_default();
    let is_tar = head.first_chunk().is_some_and(tar::looks_like_header);
    let compression = if is_tar { Ok(Compression::None) } else { Compression::sniff(head) };
    let unsupported = |name| {
        let text = format!("archives compressed with {name} are not read");
        io::Error::new(io::ErrorKind::Unsupported, text)
    };
    match compression.map_err(unsupported)? {
        Compression::None => Ok(Bytes::File(file)),
        compression => {
            let limits = meter.limits();
            let tap = Tap::new(file, Budget::Stored, meter);
            let mut inflate = Inflate::new(tap, compression, meter)?;
            let spool = Spool::new(
                &mut inflate,
                limits.spool_memory_bytes,
                limits.image_bytes,
                "bytes of the archive",
            )?;
            match inflate.input().map(|input| input.peek(1).map(<[u8]>::is_empty)) {
                Some(Ok(false)) => Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "bytes follow the compressed stream",
                )),
                _ => Ok(Bytes::Spool(spool)),
            }
        }
    }
}

fn cannot_open(path: &Path) -> Diagnostic {
    Diagnostic::new(Exit::Usage, "cannot open the target").at(path.display())
}

fn no_archive(path: &Path) -> Diagnostic {
    Diagnostic::new(Exit::NotAssessed, "the file is not an image archive")
        .at(path.display())
        .remedy("give what docker save or skopeo copy writes, an OCI layout, or a directory")
}

fn no_image(path: &Path, problems: &[Problem]) -> Diagnostic {
    let error = Diagnostic::new(Exit::NotAssessed, "the archive holds no image").at(path.display());
    match problems.first() {
        Some(problem) => {
            error.because(&problem.detail).remedy("give an archive of an image that is whole")
        }
        None => error
            .because("it has neither manifest.json of docker save nor index.json of OCI")
            .remedy("to scan the files in it, unpack it and scan the directory"),
    }
}

fn unreadable(place: &str) -> Diagnostic {
    Diagnostic::new(Exit::NotAssessed, "cannot read the image").at(place)
}

fn config_problem(error: &io::Error, name: &str) -> Problem {
    let detail = format!("the configuration {name} is unreadable: {error}");
    Problem::whole(kind_of(error), detail)
}
