//! Prints the documents of files as JSON, one a line, and `error` for one that cannot be read.
//! `-v` adds why.

mod canonical;

use cofferdam_bounds::{Meter, file};
use cofferdam_manifest::{Value, View, read};
use std::{
    error::Error,
    io::{self, Write as _},
    path::Path,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut verbose = false;
    for argument in std::env::args().skip(1) {
        if argument == "-v" {
            verbose = true;
            continue;
        }
        let text = file::read_text(Path::new(&argument), 1 << 28)?;
        writeln!(out, "== {argument}")?;
        let source = read(&argument, text.into(), &Meter::default());
        for document in &source.documents {
            let mut json = String::new();
            canonical::write(document.tree.root(), &mut json);
            writeln!(out, "{json}")?;
        }
        for problem in &source.problems {
            let detail = if verbose { format!(": {}", problem.detail) } else { String::new() };
            writeln!(out, "error{detail}")?;
        }
    }
    out.flush()?;
    Ok(())
}
