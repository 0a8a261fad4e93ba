//! What was looked at.

use super::{BOLD, DIM, YELLOW};
use crate::text::{bytes, count, day, safe};
use cofferdam_assess::Assessment;
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// Two lines: which target, and what it is made of.
pub(super) fn write(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let contents = &assessment.contents;
    let image = &contents.image;
    write!(out, "{BOLD}{}{BOLD:#}", safe(&assessment.target))?;
    if let Some(name) = image.name.as_ref().filter(|name| **name != assessment.target) {
        write!(out, "  {}", safe(name))?;
    }
    if let Some(digest) = image.digest.or(image.id) {
        write!(out, "  {DIM}{}{DIM:#}", digest.short())?;
    }
    writeln!(out)?;
    let mut facts = Vec::new();
    facts.push(match &contents.distribution {
        Some(distribution) => safe(&distribution.name).into_owned(),
        None => "no distribution".to_owned(),
    });
    facts.extend(image.platform.as_ref().map(|platform| safe(&platform.to_string()).into_owned()));
    if !image.layers.is_empty() {
        facts.push(count(image.layers.len(), "layer"));
    }
    facts.push(bytes(contents.size.bytes));
    facts.push(packages(assessment));
    writeln!(out, "{}", facts.join(" · "))?;
    match &assessment.advisories {
        Some(advisories) => {
            let number = usize::try_from(advisories.advisories).unwrap_or(usize::MAX);
            let newest = advisories.newest.map(|time| {
                let days = assessment.now.duration_since(time).as_hours() / 24;
                format!(", newest of {} ({days} days ago)", day(time))
            });
            writeln!(
                out,
                "{DIM}judged with {}{}{DIM:#}\n",
                count(number, "advisory"),
                newest.unwrap_or_default()
            )
        }
        None => writeln!(
            out,
            "{YELLOW}judged without an advisory database: vulnerabilities are unknown{YELLOW:#}\n\
             {DIM}fetch one with `cofferdam advisory update`{DIM:#}\n"
        ),
    }
}

/// `96 packages (95 deb, 1 pypi)`; those that a distribution package owns count with it.
fn packages(assessment: &Assessment) -> String {
    let mut kinds = BTreeMap::new();
    let own = assessment.contents.packages.iter().filter(|package| package.owner.is_none());
    for package in own {
        *kinds.entry(package.kind.purl_type()).or_insert(0_usize) += 1;
    }
    let total = count(kinds.values().sum(), "package");
    let parts: Vec<String> = kinds
        .iter()
        .map(|(kind, number)| format!("{} {kind}", crate::text::thousands(*number)))
        .collect();
    if parts.is_empty() { total } else { format!("{total} ({})", parts.join(", ")) }
}
