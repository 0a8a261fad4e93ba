//! From an assessment to the JSON document.

use crate::wire::{
    Advisories, Coverage, Decision, Distribution, Document, Finding, Layer, Location, Package,
    Problem, SCHEMA_VERSION, Secret, Source, Target, Tool, Verdict, Vulnerability,
};
use cofferdam_assess::Assessment;
use cofferdam_model as model;
use cofferdam_policy as policy;
use std::io::{self, Write};

/// Writes the document, indented, with a final newline.
pub(crate) fn write(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(assessment))?;
    out.write_all(b"\n")
}

fn document(assessment: &Assessment) -> Document<'_> {
    let contents = &assessment.contents;
    let matches = &assessment.matches;
    let distribution = contents.distribution.as_ref();
    let vulnerabilities = matches.vulnerabilities.as_ref().ok();
    Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool::THIS,
        target: target(assessment),
        decision: decision(assessment),
        verdicts: assessment.decision.verdicts.iter().map(verdict).collect(),
        exceptions: assessment.decision.exceptions.iter().map(Into::into).collect(),
        packages: contents.packages.iter().map(|one| package(one, distribution)).collect(),
        vulnerabilities: vulnerabilities.map(|all| all.iter().map(vulnerability).collect()),
        secrets: contents.secrets.iter().map(secret).collect(),
        problems: contents.problems.iter().map(problem).collect(),
        coverage: matches.coverage.iter().map(coverage).collect(),
        advisories: assessment.advisories.as_ref().map(|summary| Advisories {
            built: summary.built.to_string(),
            newest: summary.newest.map(|time| time.to_string()),
            count: summary.advisories,
        }),
    }
}

fn target(assessment: &Assessment) -> Target<'_> {
    let contents = &assessment.contents;
    let image = &contents.image;
    let lifecycle = assessment.matches.lifecycle.as_ref().ok();
    let time = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string());
    Target {
        name: &assessment.target,
        source: match image.source {
            model::ImageSource::DockerArchive => "docker-archive",
            model::ImageSource::OciLayout => "oci-layout",
            model::ImageSource::Registry => "registry",
            model::ImageSource::RootFilesystem => "root-filesystem",
        },
        reference: image.name.as_deref(),
        digest: image.digest.map(|digest| digest.to_string()),
        id: image.id.map(|digest| digest.to_string()),
        platform: image.platform.as_ref().map(ToString::to_string),
        user: &image.config.user,
        created: time(image.config.created),
        layers: image.layers.iter().map(layer).collect(),
        size_bytes: contents.size.bytes,
        entries: contents.size.entries,
        distribution: contents.distribution.as_ref().map(|distribution| Distribution {
            id: &distribution.id,
            version: &distribution.version,
            name: &distribution.name,
            end_of_life: time(lifecycle.and_then(|lifecycle| lifecycle.end_of_life)),
            end_of_extended_support: time(
                lifecycle.and_then(|lifecycle| lifecycle.end_of_extended_support),
            ),
        }),
    }
}

fn layer(layer: &model::Layer) -> Layer<'_> {
    Layer {
        digest: layer.digest.map(|digest| digest.to_string()),
        diff_id: layer.diff_id.map(|digest| digest.to_string()),
        created_by: layer.created_by.as_deref(),
    }
}

fn decision(assessment: &Assessment) -> Decision<'_> {
    let decision = &assessment.decision;
    Decision {
        outcome: decision.outcome.as_str(),
        exit_code: decision.exit().code(),
        judged_at: assessment.now.to_string(),
        valid_until: decision.valid_until.map(|time| time.to_string()),
    }
}

fn verdict(judged: &policy::Judged) -> Verdict<'_> {
    let verdict = &judged.verdict;
    Verdict {
        code: &verdict.code,
        policy: &verdict.name,
        title: &verdict.title,
        severity: verdict.severity.as_str(),
        outcome: verdict.outcome.as_str(),
        on_unknown: judged.on_unknown.as_str(),
        digest: verdict.digest.to_string(),
        valid_until: verdict.valid_until.map(|time| time.to_string()),
        findings: verdict.findings.iter().map(finding).collect(),
    }
}

fn finding(finding: &policy::Finding) -> Finding<'_> {
    let index = |list: &str| {
        finding.element.as_ref().filter(|element| element.list == list).map(|one| one.index)
    };
    Finding {
        outcome: finding.outcome.as_str(),
        subject: &finding.subject,
        message: &finding.message,
        remediation: finding.remediation.as_deref(),
        vulnerability: index("image.vulnerabilities"),
        secret: index("image.secrets"),
        problem: index("image.problems"),
        inputs: finding.inputs.iter().map(Into::into).collect(),
        exception: finding.exception.as_ref().map(Into::into),
    }
}

fn package<'a>(
    package: &'a model::Package,
    distribution: Option<&model::Distribution>,
) -> Package<'a> {
    Package {
        kind: package.kind.purl_type(),
        name: &package.name,
        version: &package.version,
        purl: package.purl(distribution),
        source: package
            .source
            .as_ref()
            .map(|source| Source { name: &source.name, version: &source.version }),
        location: location(&package.location),
        evidence: match package.evidence {
            model::Evidence::Metadata => "metadata",
            model::Evidence::BuildInfo => "build-info",
            model::Evidence::Manifest => "manifest",
            model::Evidence::FileName => "file-name",
        },
        owner: package.owner.as_deref(),
        license: package.license.as_deref(),
    }
}

fn location(location: &model::Location) -> Location<'_> {
    Location { path: &location.path, layer: location.layer }
}

fn vulnerability(vulnerability: &model::Vulnerability) -> Vulnerability<'_> {
    Vulnerability {
        id: &vulnerability.id,
        aliases: &vulnerability.aliases,
        advisories: &vulnerability.advisories,
        package: vulnerability.package,
        summary: &vulnerability.summary,
        severity: vulnerability.severity.map(model::Severity::as_str),
        cvss: vulnerability.cvss_tenths.map(|tenths| f64::from(tenths) / 10.0),
        fixed_version: match &vulnerability.fix {
            model::Fix::Version(version) => Some(version),
            model::Fix::None => None,
        },
        known_exploited: vulnerability.exploitation.known_exploited,
        epss: vulnerability.exploitation.epss,
        malicious: vulnerability.malicious,
    }
}

fn secret(secret: &model::Secret) -> Secret<'_> {
    let (place, name) = match &secret.place {
        model::SecretPlace::File { .. } => ("file", None),
        model::SecretPlace::Env(name) => ("env", Some(name.clone())),
        model::SecretPlace::Label(name) => ("label", Some(name.clone())),
        model::SecretPlace::Command => ("command", None),
        model::SecretPlace::History(step) => ("history", Some(step.to_string())),
    };
    let (at, deleted_in, published_by) = match &secret.place {
        model::SecretPlace::File { location: at, deleted_in, published_by } => {
            (Some(location(at)), *deleted_in, published_by.as_deref())
        }
        _ => (None, None, None),
    };
    Secret {
        kind: secret.kind,
        title: secret.title,
        place,
        location: at,
        name,
        deleted_in,
        published_by,
        line: secret.line,
        masked: &secret.masked,
        evidence: &secret.evidence,
    }
}

fn problem(problem: &model::Problem) -> Problem<'_> {
    Problem {
        code: problem.kind.code(),
        kind: problem.kind.as_str(),
        location: problem.location.as_ref().map(location),
        detail: &problem.detail,
    }
}

fn coverage(coverage: &model::Coverage) -> Coverage<'_> {
    let (status, advisories, newest) = match &coverage.status {
        model::CoverageStatus::Loaded { advisories, newest } => {
            ("loaded", Some(*advisories), newest.map(|time| time.to_string()))
        }
        model::CoverageStatus::NoSource => ("no-source", None, None),
    };
    Coverage {
        ecosystem: &coverage.ecosystem,
        packages: coverage.packages,
        status,
        advisories,
        newest,
    }
}
