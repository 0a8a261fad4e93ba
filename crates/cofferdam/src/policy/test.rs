//! `cofferdam policy test`.

use super::{
    Test, count,
    fixture::{self, Lines, POLICY, Purpose},
    only, plain,
    subject::Subjects,
};
use crate::scan::now;
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_policy::{Coverage, Finding, Outcome, PatchOperation, Policy};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// Directories and files looked at.
const ENTRIES_MAX: usize = 100_000;

/// Bytes of one file beside a policy.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Patches that one file may need, one after the other.
const PATCHES_MAX: usize = 50;

pub(super) fn run(test: &Test, quiet: bool) -> Result<(String, Exit), Diagnostic> {
    let mut report = Report { quiet, strict: test.strict, ..Report::default() };
    for path in policies(&test.paths)? {
        report.policy_file(&path)?;
    }
    let Report { text, policies, files, wrong, untried, of_images, .. } = report;
    let is_idle = wrong == 0 && of_images == policies;
    let verdict = match (wrong, untried) {
        _ if is_idle => "nothing was tried".to_owned(),
        (0, 0) => "all is as expected".to_owned(),
        (0, untried) if test.strict => count(untried, "way is not tried", "ways are not tried"),
        (0, untried) => format!(
            "all is as expected; {}",
            count(untried, "way is not tried", "ways are not tried")
        ),
        (wrong, _) => count(wrong, "thing is not as expected", "things are not as expected"),
    };
    let mut told = format!(
        "{text}{}, {}: {verdict}\n",
        count(policies, "policy", "policies"),
        count(files, "file", "files")
    );
    if of_images > 0 {
        let those = count(of_images, "policy is", "policies are");
        let _ = writeln!(
            told,
            "{those} about images, and not tried by files: cofferdam scan IMAGE -p PATH asks them"
        );
    }
    let fails = wrong > 0 || test.strict && untried > 0;
    let exit = match fails {
        true => Exit::PolicyFailed,
        false if is_idle => Exit::NotAssessed,
        false => Exit::Pass,
    };
    Ok((plain(&told), exit))
}

/// The policy files that are named, and every `policy.yaml` below the directories that are.
fn policies(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Diagnostic> {
    let unreadable = |path: &Path, error: std::io::Error| {
        Diagnostic::new(Exit::Usage, "cannot look for policies").at(path.display()).because(error)
    };
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = paths.to_vec();
    let mut seen = 0;
    while let Some(path) = left.pop() {
        seen += 1;
        if seen > ENTRIES_MAX {
            return Err(Diagnostic::new(Exit::Usage, "there is too much to look at")
                .at(path.display())
                .remedy("name the directories of the policies"));
        }
        if paths.contains(&path) && !path.is_dir() || path.ends_with(POLICY) {
            found.push(path);
        } else if path.is_dir() && !path.is_symlink() {
            for entry in fs::read_dir(&path).map_err(|error| unreadable(&path, error))? {
                left.push(entry.map_err(|error| unreadable(&path, error))?.path());
            }
        }
    }
    if found.is_empty() {
        return Err(Diagnostic::new(Exit::Usage, "there is no policy.yaml")
            .at(paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" "))
            .remedy("cofferdam policy test --help says how a policy and its files lie together"));
    }
    found.sort();
    Ok(found)
}

/// What there is to say so far.
#[derive(Default)]
struct Report {
    quiet: bool,
    strict: bool,
    text: String,
    policies: usize,
    files: usize,
    wrong: usize,
    untried: usize,
    /// Policies about images, whose facts no file of this kind has.
    of_images: usize,
}

impl Report {
    fn wrong(&mut self, what: &str) {
        self.wrong += 1;
        let _ = writeln!(self.text, "  {what}");
    }

    fn policy_file(&mut self, path: &Path) -> Result<(), Diagnostic> {
        let bundle = match only(&[path.to_owned()])? {
            Ok(bundle) => bundle,
            Err(errors) => {
                let _ = writeln!(self.text, "{}", path.display());
                for error in &errors {
                    self.wrong(&error.to_string());
                }
                return Ok(());
            }
        };
        for policy in &bundle.policies {
            self.policy(policy, path)?;
        }
        Ok(())
    }

    fn policy(&mut self, policy: &Policy, path: &Path) -> Result<(), Diagnostic> {
        let before = (self.text.len(), self.wrong, self.untried);
        self.policies += 1;
        let files = fixture::beside(path).map_err(|error| {
            Diagnostic::new(Exit::Usage, "cannot look for the files beside the policy")
                .at(path.display())
                .because(error)
        })?;
        let is_of_images = policy.about() == "images";
        let mut coverage = Coverage::of(policy);
        let mut purposes = Vec::new();
        for (file, purpose) in &files {
            purposes.push(*purpose);
            if !is_of_images {
                self.file(policy, &mut coverage, file, *purpose)?;
            }
        }
        for (wanted, name) in [(Purpose::Fires, "fires"), (Purpose::Quiet, "quiet")] {
            if !purposes.contains(&wanted) && !is_of_images {
                self.wrong(&format!("there is no {name}*.yaml beside it"));
            }
        }
        let (tried, all) = coverage.tried();
        let ways = if is_of_images {
            self.of_images += 1;
            "about images, not tried".to_owned()
        } else {
            self.untried += all - tried;
            self.gaps(&coverage);
            format!("{tried} of {all} ways tried")
        };
        let head = format!("{} {}: {ways}\n", policy.code, policy.name);
        if (self.wrong, self.untried) != (before.1, before.2) || !self.quiet {
            self.text.insert_str(before.0, &head);
        }
        Ok(())
    }

    fn gaps(&mut self, coverage: &Coverage<'_>) {
        for gap in coverage.gaps() {
            let text = gap.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let mark = if self.strict { "  " } else { "  note: " };
            let _ = writeln!(self.text, "{mark}never {}: {text} ({})", gap.never, gap.path);
        }
    }

    fn file(
        &mut self,
        policy: &Policy,
        coverage: &mut Coverage<'_>,
        path: &Path,
        purpose: Purpose,
    ) -> Result<(), Diagnostic> {
        self.files += 1;
        let name = path.file_name().map_or_else(String::new, |name| name.display().to_string());
        let text = cofferdam_bounds::file::read_text(path, FILE_BYTES_MAX).map_err(|error| {
            Diagnostic::new(Exit::Usage, "cannot read the file")
                .at(path.display())
                .because(&error.error)
        })?;
        let expected = fixture::expected(&text);
        if let Some(misfit) = purpose.misfit(&expected) {
            self.wrong(&format!("{name}: {misfit}"));
        }
        let mut subjects = Subjects::default();
        subjects.add(&name, &text);
        for problem in &subjects.problems {
            self.wrong(&format!("{name}: {}", problem.detail));
        }
        let version = fixture::version(&text);
        subjects.each(version, &mut |_, facts, target| coverage.observe(facts, target, now()));
        let findings = judge(policy, &subjects, version);
        let found = lines(&findings);
        for line in expected.keys().chain(found.keys()).collect::<std::collections::BTreeSet<_>>() {
            let of = |lines: &Lines| lines.get(line).copied().unwrap_or_default();
            let (wanted, got) = (of(&expected), of(&found));
            if wanted != got {
                self.wrong(&format!("{name}:{line}: expected {}, got {}", say(wanted), say(got)));
            }
        }
        if let Err(what) = patched(policy, &subjects, version, &findings) {
            self.wrong(&format!("{name}: {what}"));
        }
        Ok(())
    }
}

fn say([fails, unknown]: [usize; 2]) -> String {
    match (fails, unknown) {
        (0, 0) => "nothing".to_owned(),
        (fails, 0) => format!("{fails} fires"),
        (0, unknown) => format!("{unknown} unknown"),
        (fails, unknown) => format!("{fails} fires and {unknown} unknown"),
    }
}

fn judge(policy: &Policy, subjects: &Subjects, version: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    subjects.each(version, &mut |_, facts, _| {
        findings.extend(cofferdam_policy::judge(policy, facts, now()).findings);
    });
    findings
}

fn lines(findings: &[Finding]) -> Lines {
    let mut lines = Lines::new();
    for finding in findings {
        let line = finding.place.as_ref().map_or(0, |place| place.line);
        let [fails, unknown] = lines.entry(line).or_default();
        *(if finding.outcome == Outcome::Unknown { unknown } else { fails }) += 1;
    }
    lines
}

/// Applies the patches that the findings propose, one after the other, and judges again after
/// each: nothing may fail in the end.
fn patched(
    policy: &Policy,
    subjects: &Subjects,
    version: Option<&str>,
    findings: &[Finding],
) -> Result<(), String> {
    if !findings.iter().any(|finding| finding.patch.is_some()) {
        return Ok(());
    }
    let mut objects = subjects.objects();
    for _ in 0..PATCHES_MAX {
        let text: Vec<String> = objects.iter().map(ToString::to_string).collect();
        let mut again = Subjects::default();
        again.add("patched.yaml", &text.join("\n---\n"));
        let mut found = Vec::new();
        again.each(version, &mut |_, facts, _| {
            found.push(cofferdam_policy::judge(policy, facts, now()).findings);
        });
        let failing = found.into_iter().zip(&mut objects).find_map(|(findings, object)| {
            let failed = |finding: &Finding| finding.outcome == Outcome::Fail;
            Some((findings.into_iter().find(failed)?, object))
        });
        let Some((finding, object)) = failing else { return Ok(()) };
        let Some(patch) = &finding.patch else {
            return Err(format!("{}: there is no patch for it", finding.subject));
        };
        let before = object.clone();
        PatchOperation::apply_all(patch, object)
            .map_err(|error| format!("{}: the patch does not fit: {error}", finding.subject))?;
        if *object == before {
            return Err(format!("{}: the patch changes nothing", finding.subject));
        }
    }
    Err(format!("it still fails after {PATCHES_MAX} patches"))
}
