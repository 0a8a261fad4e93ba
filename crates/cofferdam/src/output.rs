//! Where reports go: `FORMAT` to standard output, `FORMAT=FILE` to a file.

use cofferdam_assess::Assessment;
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_report::Format;
use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    str::FromStr,
};

/// One report.
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
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format =
            format.parse().map_err(|error: cofferdam_report::FormatError| error.to_string())?;
        Ok(Self { format, file })
    }
}

/// Two reports on standard output would be neither.
pub(crate) fn check(outputs: &[Output]) -> Result<(), Diagnostic> {
    if outputs.iter().filter(|output| output.file.is_none()).count() > 1 {
        return Err(Diagnostic::new(Exit::Usage, "more than one report goes to standard output")
            .remedy("give all but one a file: -o table -o json=scan.json"));
    }
    Ok(())
}

/// Writes every report: files first, so that they are there when the terminal says so.
pub(crate) fn write(assessment: &Assessment, outputs: &[Output]) -> Result<(), Diagnostic> {
    let (files, console): (Vec<_>, Vec<_>) = outputs.iter().partition(|one| one.file.is_some());
    for output in files.into_iter().chain(console) {
        match &output.file {
            Some(path) => to_file(assessment, output.format, path)?,
            None => to_console(assessment, output.format)?,
        }
    }
    Ok(())
}

/// A file is there as a whole or not at all.
fn to_file(assessment: &Assessment, format: Format, path: &Path) -> Result<(), Diagnostic> {
    let failed = |error: io::Error| {
        Diagnostic::new(Exit::Infrastructure, "cannot write the report")
            .at(path.display())
            .because(error)
            .remedy("check that the directory exists and can be written")
    };
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(name);
    let write = || {
        let mut file = io::BufWriter::new(fs::File::create(&part)?);
        let plain: &mut dyn io::Write = &mut file;
        let mut plain = anstream::StripStream::new(plain);
        cofferdam_report::write(assessment, format, WIDTH_DEFAULT, &mut plain)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|error| {
        // The report is lost either way; a leftover would only confuse.
        let _ = fs::remove_file(&part);
        failed(error)
    })
}

/// A reader that goes away (`| head`) is no error.
fn to_console(assessment: &Assessment, format: Format) -> Result<(), Diagnostic> {
    let width = terminal_width().unwrap_or(WIDTH_DEFAULT);
    let mut out = io::BufWriter::new(anstream::stdout());
    let result =
        cofferdam_report::write(assessment, format, width, &mut out).and_then(|()| out.flush());
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Diagnostic::new(Exit::Infrastructure, "cannot write to standard output")
                .because(error))
        }
        _ => Ok(()),
    }
}

fn terminal_width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}
