//! Facts, advisories and policies to verdicts.

use crate::{AdvisorySummary, Assessment, Contents, Matches};
use cofferdam_advisory::{self as advisory, SourceKind};
use cofferdam_model::{Diagnostic, Exit, Lifecycle};
use cofferdam_policy::{Bundle, Database, Facts, ImageFacts, Known, Stage, Unknown, decide};
use jiff::Timestamp;

/// What is asked about a target.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The advisories, when there are any.
    pub advisories: Option<&'a advisory::Database>,
    /// The policies and exceptions.
    pub bundle: &'a Bundle,
    /// When in its life the target is judged.
    pub stage: Stage,
    /// The time of judgement.
    pub now: Timestamp,
}

/// Why vulnerabilities are unknown when nobody loaded an advisory database.
const NO_DATABASE: &str = "no advisory database is loaded";

/// Says what advisories and policies say about what was found. Fails only when the advisory
/// database itself cannot be read.
pub fn assess(
    target: &str,
    mut contents: Contents,
    question: &Question<'_>,
) -> Result<Assessment, Diagnostic> {
    let matches = match question.advisories {
        Some(database) => matched(&mut contents, database)?,
        None => unmatched(),
    };
    let decision = {
        let facts = Facts::image(facts(&contents, &matches, question.advisories));
        decide(question.bundle, &facts, question.stage, question.now)
    };
    Ok(Assessment {
        target: target.to_owned(),
        now: question.now,
        advisories: question.advisories.map(summary),
        contents,
        matches,
        decision,
    })
}

fn unmatched() -> Matches {
    Matches {
        vulnerabilities: Err(Unknown::because(NO_DATABASE)),
        coverage: Vec::new(),
        lifecycle: Err(Unknown::because(NO_DATABASE)),
    }
}

fn matched(contents: &mut Contents, database: &advisory::Database) -> Result<Matches, Diagnostic> {
    let found = cofferdam_vulnerability::assess(
        &contents.packages,
        contents.distribution.as_ref(),
        database,
    )
    .map_err(unreadable)?;
    contents.problems.extend(found.problems);
    contents.problems.sort();
    let lifecycle = lifecycle(contents, database)?;
    Ok(Matches { vulnerabilities: Ok(found.vulnerabilities), coverage: found.coverage, lifecycle })
}

fn lifecycle(
    contents: &Contents,
    database: &advisory::Database,
) -> Result<Known<Lifecycle>, Diagnostic> {
    let Some(distribution) = &contents.distribution else {
        return Ok(Err(Unknown::because("there is no distribution")));
    };
    let known = database.lifecycle(distribution).map_err(unreadable)?;
    let name = format!("{} {}", distribution.id, distribution.version);
    Ok(known.ok_or_else(|| {
        Unknown::because(format!("no source loaded knows the life cycle of {}", name.trim_end()))
    }))
}

fn unreadable(error: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, "the advisory database cannot be read")
        .because(error)
        .remedy("build it again: cofferdam advisory update, or cofferdam advisory build FEEDS")
}

fn facts<'a>(
    contents: &'a Contents,
    matches: &'a Matches,
    advisories: Option<&advisory::Database>,
) -> ImageFacts<'a> {
    let of = |name: &'static str, kind: SourceKind| {
        let database = advisories.filter(|database| database.has(kind))?;
        let newest = database.sources().iter().filter(|source| source.kind == kind);
        Some(Database { name, date: newest.filter_map(|source| source.newest).max() })
    };
    ImageFacts {
        image: &contents.image,
        distribution: contents.distribution.as_ref(),
        distribution_location: contents.distribution_location.as_ref(),
        lifecycle: matches.lifecycle.as_ref().map_err(Clone::clone),
        packages: &contents.packages,
        vulnerabilities: match &matches.vulnerabilities {
            Ok(vulnerabilities) => Ok(vulnerabilities),
            Err(unknown) => Err(unknown.clone()),
        },
        coverage: &matches.coverage,
        secrets: &contents.secrets,
        problems: &contents.problems,
        advisories: of("advisory database", SourceKind::Osv),
        exploited: of("CISA KEV", SourceKind::KnownExploited),
        epss: of("FIRST EPSS", SourceKind::Epss),
    }
}

fn summary(database: &advisory::Database) -> AdvisorySummary {
    let osv = database.sources().iter().filter(|source| source.kind == SourceKind::Osv);
    AdvisorySummary {
        built: database.built(),
        newest: osv.clone().filter_map(|source| source.newest).max(),
        advisories: osv.map(|source| source.records).sum(),
    }
}
