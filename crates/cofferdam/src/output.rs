//! Where reports go: `FORMAT` to standard output, `FORMAT=FILE` to a file.

use cofferdam_assess::{Assessment, check::Check};
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_report::Format;
use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    str::FromStr,
};

/// What is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Report<'a> {
    /// Of a scan.
    Assessment(&'a Assessment),
    /// Of a check.
    Check(&'a Check),
}

impl Report<'_> {
    fn write(self, format: Format, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Assessment(assessment) => cofferdam_report::write(assessment, format, width, out),
            Self::Check(check) => cofferdam_report::write_check(check, format, width, out),
        }
    }
}

/// Where one report goes.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    format: Format,
    file: Option<PathBuf>,
}

/// The table's width where there is no terminal to ask: fits a mail and a pipeline's log.
const WIDTH_DEFAULT: usize = 100;

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after `=`".to_owned()),
            // As everywhere, `-` is standard output.
            Some((format, "-")) => (format, None),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format =
            format.parse().map_err(|error: cofferdam_report::FormatError| error.to_string())?;
        Ok(Self { format, file })
    }
}

/// A check of manifests has no packages to bill.
pub(crate) fn refuse_bill_of_materials(outputs: &[Output]) -> Result<(), Diagnostic> {
    if outputs.iter().all(|output| output.format != Format::CycloneDx) {
        return Ok(());
    }
    Err(Diagnostic::new(Exit::Usage, "a check of manifests has no bill of materials")
        .at("--output cyclonedx")
        .remedy("choose table, json, sarif, junit, html or markdown; `scan` writes cyclonedx"))
}

/// Whether a report shows the fixes as patches or edits.
pub(crate) fn wants_patches(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| matches!(output.format, Format::Json | Format::Sarif))
}

/// Whether a report shows the facts that findings rest on.
pub(crate) fn wants_explanations(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| output.format == Format::Json)
}

/// Looks at where reports go before anything long begins: two in one place would be neither, and
/// a directory that is not there is better known now than after the scan.
pub(crate) fn check(outputs: &[Output]) -> Result<(), Diagnostic> {
    let refuse = |what: &str| Diagnostic::new(Exit::Usage, what);
    for (index, output) in outputs.iter().enumerate() {
        let others = outputs.get(index + 1..).unwrap_or_default();
        let is_double = others.iter().any(|other| other.file == output.file);
        match &output.file {
            None if is_double => {
                return Err(refuse("more than one report goes to standard output")
                    .remedy("give all but one a file: -o table -o json=scan.json"));
            }
            Some(path) if is_double => {
                return Err(refuse("more than one report goes to this file").at(path.display()));
            }
            _ => {}
        }
        if let Some(path) = output.file.as_deref().filter(|path| path.is_dir()) {
            return Err(refuse("cannot write the report")
                .at(path.display())
                .because("it is a directory")
                .remedy("name a file in it"));
        }
        let directory = output.file.as_deref().and_then(Path::parent);
        let directory = directory.filter(|directory| !directory.as_os_str().is_empty());
        if let Some(directory) = directory.filter(|directory| !directory.is_dir()) {
            return Err(Diagnostic::new(Exit::Usage, "cannot write the report")
                .at(output.file.as_deref().unwrap_or(directory).display())
                .because(format!("there is no directory {}", directory.display()))
                .remedy("make the directory, or name another"));
        }
    }
    Ok(())
}

/// Writes every report: files first, so that they are there when the terminal says so.
pub(crate) fn write(report: Report<'_>, outputs: &[Output]) -> Result<(), Diagnostic> {
    let (files, console): (Vec<_>, Vec<_>) = outputs.iter().partition(|one| one.file.is_some());
    for output in files.into_iter().chain(console) {
        match &output.file {
            Some(path) => to_file(report, output.format, path)?,
            None => to_console(report, output.format)?,
        }
    }
    Ok(())
}

/// A file is there as a whole or not at all. A link is followed, so that it stays one; a pipe or a
/// device is written into, for it must not become a file.
fn to_file(report: Report<'_>, format: Format, path: &Path) -> Result<(), Diagnostic> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let is_special = fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file());
    let written =
        if is_special { fill(report, format, &path) } else { replace(report, format, &path) };
    written.map_err(|error| {
        Diagnostic::new(Exit::Infrastructure, "cannot write the report")
            .at(path.display())
            .because(error)
            .remedy("check that it is a file in a directory that can be written")
    })
}

fn fill(report: Report<'_>, format: Format, path: &Path) -> io::Result<()> {
    let mut file = io::BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
    plain(report, format, &mut file)?;
    file.flush()
}

fn replace(report: Report<'_>, format: Format, path: &Path) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(name);
    let write = || {
        let mut file = io::BufWriter::new(fs::File::create(&part)?);
        plain(report, format, &mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&part, path)
    };
    // The report is lost either way; a leftover would only confuse.
    write().inspect_err(|_| drop(fs::remove_file(&part)))
}

/// Whether a format has no styles, nor anything that looks like one: JSON escapes it.
const fn is_plain(format: Format) -> bool {
    matches!(format, Format::Json | Format::Sarif | Format::CycloneDx)
}

/// Styles are for terminals.
fn plain(
    report: Report<'_>,
    format: Format,
    out: &mut (dyn io::Write + 'static),
) -> io::Result<()> {
    if is_plain(format) {
        return report.write(format, WIDTH_DEFAULT, out);
    }
    let mut plain = anstream::StripStream::new(out);
    report.write(format, WIDTH_DEFAULT, &mut plain)
}

/// A reader that goes away (`| head`) is no error.
fn to_console(report: Report<'_>, format: Format) -> Result<(), Diagnostic> {
    let width = terminal_width().unwrap_or(WIDTH_DEFAULT);
    let out: Box<dyn io::Write> =
        if is_plain(format) { Box::new(io::stdout()) } else { Box::new(anstream::stdout()) };
    let mut out = io::BufWriter::new(out);
    let result = report.write(format, width, &mut out).and_then(|()| out.flush());
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(write_failed(error)),
        _ => Ok(()),
    }
}

/// Standard output is not there any more.
pub(crate) fn write_failed(error: io::Error) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, "cannot write to standard output").because(error)
}

fn terminal_width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}
