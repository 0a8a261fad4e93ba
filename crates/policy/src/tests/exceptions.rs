//! Exceptions: what they cover, what they leave, and what becomes of them.

use super::{fixture::Fixture, told, with_rules_about_images};
use crate::{Decision, ExceptionStatus, Facts, Outcome, PolicyFile, Stage, Target, decide};
use cofferdam_model::Exit;

const FACTS: &str = "
image: {name: 'docker.io/library/shop:1', user: app}
packages:
  - {kind: pypi, name: jinja2, version: '2.10', path: app/lib/METADATA}
  - {kind: npm, name: minimist, version: 0.0.8, path: app/node_modules/minimist/package.json}
vulnerabilities:
  - {id: CVE-2019-10906, aliases: [GHSA-462w-v97r-4m45], severity: high, fixed: 2.10.1, knownExploited: false}
  - {id: CVE-2020-7598, package: 1, fixed: 0.2.1, knownExploited: false, epss: 0.001}
problems:
  - {kind: malformed, path: app/data.rpm, detail: broken}
";

const BOTH: &str = "unknown
unknown: CVE-2020-7598 in minimist 0.0.8: Not assessed: no source gives a severity for CVE-2020-7598.";

fn exception(fields: &str) -> PolicyFile {
    let text = format!(
        "apiVersion: cofferdam.dev/v1alpha1\nkind: PolicyException\nmetadata: {{name: e}}\n\
         spec:\n  owner: shop-team\n  reason: behind the proxy\n{}",
        super::indented(fields)
    );
    PolicyFile { place: "exceptions.yaml".into(), text }
}

/// Decides about [`FACTS`] with one exception; what CFD-IMG-`code` says then, and what became of
/// the exception.
fn check(fields: &str, code: &str, outcome: Outcome, excepted: usize, status: ExceptionStatus) {
    let bundle =
        with_rules_about_images(&[exception(fields)]).unwrap_or_else(|e| panic!("{fields}: {e:?}"));
    let fixture = Fixture::read(FACTS);
    let decision = decide(&bundle, &Facts::image(fixture.facts()), Stage::Build, fixture.now);
    let verdict = &decision.verdicts.iter().find(|v| v.verdict.code == code).unwrap().verdict;
    let covered = verdict.findings.iter().filter(|finding| finding.exception.is_some()).count();
    assert_eq!((verdict.outcome, covered), (outcome, excepted), "{fields}\n{}", told(verdict));
    assert_eq!(decision.exceptions[0].status, status, "{fields}");
    assert_eq!(decision.exceptions[0].place, "exceptions.yaml:1");
}

const SOON: &str = "expires: 2027-01-01\n";

#[test]
fn by_vulnerability_package_path_and_image() {
    let used = ExceptionStatus::Used(1);
    for matching in [
        "match: {vulnerabilities: [CVE-2019-10906]}",
        "match: {vulnerabilities: [GHSA-462w-v97r-4m45]}",
        "match: {packages: [jinja2]}",
        "match: {packages: ['pkg:pypi/jinja2@*']}",
        "match: {paths: ['app/lib/*']}",
        "match: {images: ['sha256:7777*'], packages: [jinja2]}",
        "match: {}",
    ] {
        let fields = format!("{SOON}policies: [CFD-IMG-0002]\n{matching}");
        check(&fields, "CFD-IMG-0002", Outcome::Unknown, 1, used);
    }
    for missing in [
        "match: {vulnerabilities: [CVE-2019-1090]}",
        "match: {packages: [jinja]}",
        "match: {packages: [jinja2], vulnerabilities: [CVE-2020-7598]}",
        "match: {images: [shop], packages: [jinja2]}",
        // An archive names itself: anybody's archive can claim another's exceptions.
        "match: {images: ['docker.io/library/shop:*'], packages: [jinja2]}",
    ] {
        let fields = format!("{SOON}policies: [CFD-IMG-0002]\n{missing}");
        check(&fields, "CFD-IMG-0002", Outcome::Fail, 0, ExceptionStatus::Unused);
    }
    let by_name = format!("{SOON}policies: [fixable-vulnerability]");
    check(&by_name, "CFD-IMG-0002", Outcome::Unknown, 1, used);
}

#[test]
fn what_was_not_assessed_stays_unless_named() {
    let fields = format!("{SOON}policies: [CFD-IMG-0006]\nmatch: {{paths: [app/data.rpm]}}");
    check(&fields, "CFD-IMG-0006", Outcome::Unknown, 0, ExceptionStatus::Unused);
    let fields = format!("{fields}\nincludeUnknown: true");
    check(&fields, "CFD-IMG-0006", Outcome::Pass, 1, ExceptionStatus::Used(1));
    let both = format!("{SOON}policies: [CFD-IMG-0002]\nincludeUnknown: true");
    check(&both, "CFD-IMG-0002", Outcome::Pass, 2, ExceptionStatus::Used(2));
}

#[test]
fn expired_on_the_day_itself() {
    let fields = |date| format!("expires: {date}\npolicies: [CFD-IMG-0002]");
    let expired = ExceptionStatus::Expired(1);
    check(&fields("2026-11-21"), "CFD-IMG-0002", Outcome::Fail, 0, expired);
    check(&fields("2026-11-20T23:59:59Z"), "CFD-IMG-0002", Outcome::Fail, 0, expired);
    let used = ExceptionStatus::Used(1);
    check(&fields("2026-11-21T00:00:01Z"), "CFD-IMG-0002", Outcome::Unknown, 1, used);
}

#[test]
fn what_has_expired_is_told_from_its_last_moment_on() {
    let bundle =
        with_rules_about_images(&[exception("expires: 2027-01-01\npolicies: [CFD-IMG-0002]")])
            .unwrap();
    assert_eq!(bundle.expired("2026-12-31T23:59:59Z".parse().unwrap()), []);
    let told = bundle.expired("2027-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(told.len(), 1);
    let text = told[0].to_string();
    assert!(text.contains("the exception e has expired") && text.contains("shop-team"), "{text}");
    assert_eq!(told[0].place.as_deref(), Some("exceptions.yaml:1"));
}

#[test]
fn a_verdict_that_rests_on_an_exception_holds_until_that_ends() {
    let bundle =
        with_rules_about_images(&[exception("expires: 2027-01-01\npolicies: [CFD-IMG-0002]")])
            .unwrap();
    let fixture = Fixture::read(FACTS);
    let decision = decide(&bundle, &Facts::image(fixture.facts()), Stage::Build, fixture.now);
    let rests = decision.verdicts.iter().find(|v| v.verdict.code == "CFD-IMG-0002").unwrap();
    assert_eq!(rests.verdict.valid_until, Some("2027-01-01T00:00:00Z".parse().unwrap()));
    // The first of all verdicts to change is that on the age of the advisories.
    assert_eq!(decision.valid_until, Some("2026-11-28T00:00:00.000000001Z".parse().unwrap()));
}

#[test]
fn the_stage_says_what_unknown_is_worth() {
    let bundle = with_rules_about_images(&[]).unwrap();
    let fixture =
        Fixture::read(FACTS.replace("severity: high, ", "severity: low, epss: 0.0, ").as_str());
    let facts = Facts::image(fixture.facts());
    let build = decide(&bundle, &facts, Stage::Build, fixture.now);
    assert_eq!((build.outcome, build.exit()), (Outcome::Unknown, Exit::NotAssessed));
    let admission = decide(&bundle, &facts, Stage::Admission, fixture.now);
    assert_eq!((admission.outcome, admission.exit()), (Outcome::Pass, Exit::Pass));
    assert_eq!(told(&admission.verdicts[1].verdict), BOTH);
    // A failure decides, whatever else is unknown.
    let fixture = Fixture::read(FACTS);
    let failed = decide(&bundle, &Facts::image(fixture.facts()), Stage::Build, fixture.now);
    assert_eq!((failed.outcome, failed.exit()), (Outcome::Fail, Exit::PolicyFailed));
}

fn refused(files: &[PolicyFile], expected: &str) {
    let errors = with_rules_about_images(files).map(|_| ()).unwrap_err();
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(texts.join("\n"), expected);
    assert!(errors.iter().all(|error| error.exit == Exit::Usage));
}

#[test]
fn refusals_name_their_place() {
    refused(
        &[exception("expires: tomorrow\npolicies: [CFD-IMG-0002]")],
        "expires is a date, such as 2026-12-31, or a time in RFC 3339: exceptions.yaml:7:12",
    );
    for matching in ["{containers: []}", "{images: [a], objects: []}"] {
        let fields = format!("{SOON}policies: [CFD-IMG-0002]\nmatch: {matching}");
        let errors = with_rules_about_images(&[exception(&fields)]).map(|_| ()).unwrap_err();
        let [error] = &*errors else { panic!("{matching}: {errors:?}") };
        let text = error.to_string();
        assert!(text.contains("an empty list under match would excuse everything"), "{text}");
        assert!(text.contains("exceptions.yaml:"), "{text}");
    }
    refused(
        &[exception(&format!("{SOON}policies: [CFD-IMG-0002]\nmatch: {{objects: [{{}}]}}"))],
        "an object under match is said by its kind, namespace or name: without any it would be \
         every one: exceptions.yaml:3:18",
    );
    refused(
        &[exception(&format!("{SOON}policies: [CFD-IMG-9999]"))],
        "exception e: there is no policy CFD-IMG-9999: exceptions.yaml:1",
    );
    refused(
        &[
            exception(&format!("{SOON}policies: [CFD-IMG-0002]")),
            exception(&format!("{SOON}policies: [CFD-IMG-0002]")),
        ],
        "the exception e is there twice: exceptions.yaml:1: it is also at exceptions.yaml:1",
    );
    refused(
        &[PolicyFile { place: "empty.yaml".into(), text: "# nothing\n---\n".into() }],
        "there is no policy in it: empty.yaml",
    );
}

/// A registry answers for its references; whoever makes an archive can write any name into it.
#[test]
fn names_of_images_count_only_from_registries() {
    let fields = "expires: 2027-01-01\npolicies: [CFD-IMG-0002]\nmatch: {images: ['docker.io/library/shop:*']}";
    let bundle = with_rules_about_images(&[exception(fields)]).unwrap();
    for (facts, covered) in
        [(FACTS.to_owned(), 0), (FACTS.replace("user: app", "user: app, registry: true"), 1)]
    {
        let fixture = Fixture::read(&facts);
        let decision = decide(&bundle, &Facts::image(fixture.facts()), Stage::Build, fixture.now);
        let found = decision.verdicts.iter().flat_map(|judged| &judged.verdict.findings);
        assert_eq!(found.filter(|finding| finding.exception.is_some()).count(), covered);
    }
}

/// An image lies in no namespace: what excuses it in one holds for the objects there that run it.
#[test]
fn an_exception_of_a_namespace_excuses_an_image_for_its_objects() {
    let local = |fields: &str, metadata: &str| {
        let mut file = exception(&format!("{SOON}policies: [CFD-IMG-0002]{fields}"));
        file.text = file.text.replace("name: e", metadata);
        let bundle = with_rules_about_images(&[file]).unwrap();
        let fixture = Fixture::read(FACTS);
        decide(&bundle, &Facts::image(fixture.facts()), Stage::Build, fixture.now)
    };
    let holds = |decision: &Decision, namespace: &str, name: &str| {
        let target = Target::object("apps/v1", "Deployment", Some(namespace), Some(name));
        let at = |time: &str| decision.local[0].holds_for(&target, time.parse().unwrap());
        assert!(!at("2040-01-01T00:00:00Z"), "it has ended");
        at("2026-11-21T00:00:00Z")
    };
    let of_shop = local("", "name: e, namespace: shop");
    assert_eq!(of_shop.outcome, Outcome::Fail, "nothing is excused of the image itself");
    assert_eq!((of_shop.local.len(), of_shop.local[0].findings.len()), (1, 1));
    assert!(holds(&of_shop, "shop", "web") && !holds(&of_shop, "bank", "web"));
    let of_web = local("\nmatch: {objects: [{kind: Deployment, name: web}]}", "name: e");
    assert!(holds(&of_web, "bank", "web") && !holds(&of_web, "bank", "db"));
    let of_nothing = "\nmatch: {vulnerabilities: [CVE-0000-1]}";
    assert_eq!(local(of_nothing, "name: e, namespace: shop").local, []);
    assert_eq!(local("", "name: e").local, [], "it holds everywhere");
}
