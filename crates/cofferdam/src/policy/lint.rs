//! `cofferdam policy lint`.

use super::{
    Lint, count,
    fixture::{self, POLICY, Purpose},
    plain,
};
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_policy::{Bundle, lint::lint, read_files};
use std::{fmt::Write as _, path::Path};

pub(super) fn run(given: &Lint, quiet: bool) -> Result<(String, Exit), Diagnostic> {
    let mut files = read_files(&given.paths)?;
    // Beside a policy lie the files that it is tried on.
    let is_beside =
        |place: &Path| Purpose::of(place).is_some() && place.with_file_name(POLICY).is_file();
    files.retain(|file| !is_beside(Path::new(&file.place)));
    let mut text = String::new();
    let bundle = match Bundle::only(&files) {
        Ok(bundle) => bundle,
        Err(errors) => {
            for error in &errors {
                let _ = writeln!(text, "error: {error}");
            }
            let _ = writeln!(text, "{}", count(errors.len(), "mistake", "mistakes"));
            return Ok((plain(&text), Exit::Usage));
        }
    };
    let unasked = bundle.left_unasked();
    for remark in &unasked {
        let _ = writeln!(text, "{remark}");
    }
    let mut remarks = unasked.len();
    for policy in &bundle.policies {
        for remark in lint(policy) {
            remarks += 1;
            let _ = writeln!(
                text,
                "{}: {}: {}: {}",
                policy.place, policy.code, remark.path, remark.what
            );
        }
        remarks += fixtures(policy.code.as_str(), &policy.place, &mut text);
    }
    if !quiet || remarks > 0 {
        let _ = writeln!(
            text,
            "{}{}: {}",
            count(bundle.policies.len(), "policy", "policies"),
            match bundle.exceptions.len() {
                0 => String::new(),
                number => format!(", {}", count(number, "exception", "exceptions")),
            },
            if remarks == 0 {
                "nothing to remark".to_owned()
            } else {
                count(remarks, "remark", "remarks")
            }
        );
    }
    let exit = if remarks > 0 { Exit::PolicyFailed } else { Exit::Pass };
    Ok((plain(&text), exit))
}

/// A policy in a folder of its own has files beside it that it is tried on.
fn fixtures(code: &str, place: &str, text: &mut String) -> usize {
    let path = place.rsplit_once(':').map_or(place, |(path, _)| path);
    if !Path::new(path).ends_with(POLICY) {
        return 0;
    }
    let beside = fixture::beside(Path::new(path)).unwrap_or_default();
    let mut missing = 0;
    for (wanted, name) in [(Purpose::Fires, "fires"), (Purpose::Quiet, "quiet")] {
        if !beside.iter().any(|(_, purpose)| *purpose == wanted) {
            missing += 1;
            let _ = writeln!(text, "{place}: {code}: there is no {name}*.yaml beside it");
        }
    }
    missing
}
