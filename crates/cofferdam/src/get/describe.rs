//! `cofferdam describe`: one thing, with what belongs to it.

use super::{
    Resource, ServerAccess, align,
    columns::{self, ago, time, word},
    find, items_of,
    server::{self, Server},
    table,
};
use crate::{
    output::write_failed,
    scan::{now, runtime},
};
use anstyle::Style;
use clap::{
    Args, ValueEnum as _,
    builder::{PossibleValuesParser, TypedValueParser},
};
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_report::safe;
use jiff::Timestamp;
use serde_json::Value;
use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

const BOLD: Style = Style::new().bold();

#[derive(Debug, Args)]
#[command(after_help = super::EXAMPLES)]
pub(crate) struct Describe {
    /// What it is.
    #[arg(value_parser = described())]
    pub(crate) resource: Resource,

    /// NAMESPACE/NAME of a workload, NAME:TAG or digest of an image, code of a policy, "RULE
    /// SUBJECT" of a finding; or the id that `get -o wide` shows.
    pub(crate) name: Option<String>,

    /// The namespace, where the name does not say it.
    #[arg(long, short)]
    pub(crate) namespace: Option<String>,

    #[command(flatten)]
    pub(crate) access: ServerAccess,
}

/// What can be shown one by one, in the words of `get`.
fn described() -> impl TypedValueParser<Value = Resource> {
    let one_by_one = |one: &Resource| one.has_names() || one.is_single();
    let all = Resource::value_variants().iter().copied().filter(one_by_one);
    let names = all.filter_map(|one| one.to_possible_value());
    PossibleValuesParser::new(names).try_map(|name| Resource::from_str(&name, false))
}

/// Shows it.
pub(crate) fn run(describe: &Describe) -> Result<Exit, Diagnostic> {
    let server = Server::find(&describe.access)?;
    let text = runtime()?.block_on(text(describe, &server))?;
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(write_failed(error)),
        _ => Ok(Exit::Pass),
    }
}

async fn text(describe: &Describe, server: &Server) -> Result<String, Diagnostic> {
    let resource = describe.resource;
    let one = match &describe.name {
        Some(name) if !resource.is_single() => {
            find(server, resource, name, describe.namespace.as_deref()).await?
        }
        _ if resource.is_single() => server.get(resource.path(), &[]).await?,
        _ => {
            let what = "which one? say its name";
            return Err(Diagnostic::new(Exit::Usage, what).remedy(resource.naming()));
        }
    };
    let below = async |path: &str, query: &[(&str, &str)]| {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let query: Vec<(String, String)> = query.iter().map(own).collect();
        server.get(path, &query).await
    };
    let id = one.get("id").and_then(Value::as_str).unwrap_or_default();
    let mut page = Page::new(now());
    match resource {
        Resource::Workloads => {
            let findings = below("/findings", &[("subject", id), ("limit", "50")]).await?;
            let all = format!("cofferdam get findings --filter subject={id} --limit 1000");
            page.workload(&one, &Below { page: &findings, all: &all });
        }
        Resource::Images => {
            let path = format!("/images/{}/vulnerabilities", server::encode(id));
            let found = below(&path, &[("limit", "20")]).await?;
            let all = format!("the console, and {path} of the API");
            page.image(&one, &Below { page: &found, all: &all });
        }
        Resource::Findings => page.finding(&one),
        Resource::Policies => page.policy(&one),
        _ => page.rest(resource, &one),
    }
    Ok(page.text)
}

/// What is below something: the first page of it, and what shows all.
struct Below<'b> {
    page: &'b Value,
    all: &'b str,
}

impl Below<'_> {
    fn items(&self) -> Vec<Value> {
        items_of(self.page)
    }

    /// A line that says that there is more.
    fn rest(&self) -> Option<String> {
        let (total, shown) = (self.page["total"].as_u64()?, self.items().len());
        let more = if self.page["totalIsExact"] == false { " or more" } else { "" };
        let is_all = u64::try_from(shown).is_ok_and(|shown| shown >= total);
        (!is_all)
            .then(|| safe(&format!("{shown} of {total}{more}; all: {}", self.all)).into_owned())
    }
}

/// The text as it grows.
struct Page {
    text: String,
    now: Timestamp,
}

impl Page {
    fn new(now: Timestamp) -> Self {
        Self { text: String::new(), now }
    }

    fn title(&mut self, title: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{BOLD}{}{BOLD:#}", safe(title));
    }

    /// A heading, and lines below it; nothing where there are none.
    fn section(&mut self, heading: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(self.text, "\n{BOLD}{heading}{BOLD:#}");
        for line in lines {
            let _ = writeln!(self.text, "  {line}");
        }
    }

    /// Names and values, aligned.
    fn fields(&mut self, fields: &[(&str, String)]) {
        let rows: Vec<Vec<String>> = fields
            .iter()
            .filter(|(_, value)| value != "-")
            .map(|(name, value)| vec![(*name).to_owned(), safe(value).into_owned()])
            .collect();
        for line in align(&rows, |_| false) {
            let _ = writeln!(self.text, "{line}");
        }
    }

    fn workload(&mut self, one: &Value, findings: &Below<'_>) {
        let of = |key: &str| word(one.get(key));
        self.title(&columns::title(Resource::Workloads, one));
        self.fields(&[
            ("Score", format!("{} ({})", of("score"), of("scoreWhy"))),
            ("Pods", format!("{} of {} ready", of("ready"), of("replicas"))),
            ("Exposure", of("exposure")),
            ("Privileged", of("privileged")),
            ("Service account", of("serviceAccount")),
            ("Services", joined(&one["services"])),
            (
                "First seen",
                format!("{} ({})", time(one.get("firstSeen")), ago(one.get("firstSeen"), self.now)),
            ),
            ("Gone", time(one.get("goneAt"))),
            ("Id", of("id")),
        ]);
        let containers = rows(&one["containers"], &["name", "kind", "imageRef"]);
        self.section("Containers", &align(&containers, |_| false));
        let mut lines = table(columns::of(Resource::Findings), &findings.items(), self.now);
        lines.extend(findings.rest());
        self.section("Findings", &lines);
        for path in list(&one["attackPaths"]) {
            let steps: Vec<String> = list(&path["steps"])
                .iter()
                .map(|step| {
                    safe(&format!("{}: {}", word(step.get("title")), word(step.get("why"))))
                        .into_owned()
                })
                .chain([safe(&format!("Cut it: {}", word(path.pointer("/cut/what")))).into_owned()])
                .collect();
            let heading = format!("Attack path: {}", safe(&word(path.get("title"))));
            self.section(&heading, &steps);
        }
        let drift = rows(&one["drift"], &["path", "live", "applied"]);
        self.section(
            "Differs from what was applied (field, live, applied)",
            &align(&drift, |_| false),
        );
    }

    fn image(&mut self, one: &Value, found: &Below<'_>) {
        let of = |key: &str| word(one.get(key));
        self.title(&columns::title(Resource::Images, one));
        self.fields(&[
            ("Digest", of("digest")),
            ("Platform", of("platform")),
            ("State", of("state")),
            ("Why", of("why")),
            ("Scanned", time(one.get("scannedAt"))),
            ("Distribution", of("distribution")),
            ("Packages", columns::seen(one, "/packages")),
            ("Secrets", columns::seen(one, "/secrets")),
            ("Score", columns::seen(one, "/score")),
            ("Id", of("id")),
        ]);
        self.section("Workloads", &align(&rows(&one["workloadList"], &["title"]), |_| false));
        let keys = ["score", "severity", "id", "package", "version", "fixed", "title"];
        let rows_found = rows(&Value::from(found.items()), &keys);
        let mut lines = align(&rows_found, |place| place == 0);
        lines.extend(found.rest());
        self.section("Vulnerabilities, the worst first", &lines);
        let problems = rows(&one["problems"], &["kind", "detail"]);
        self.section("Could not be assessed", &align(&problems, |_| false));
    }

    fn finding(&mut self, one: &Value) {
        let of = |key: &str| word(one.get(key));
        self.title(&format!("{} {}", of("rule"), of("title")));
        self.fields(&[
            ("On", of("subjectTitle")),
            ("About", of("about")),
            ("Says", format!("{}: {}", of("outcome"), of("message"))),
            ("Severity", of("severity")),
            ("Score", format!("{} ({})", of("score"), of("scoreWhy"))),
            ("At", of("pointer")),
            ("First seen", time(one.get("firstSeen"))),
            ("So since", time(one.get("since"))),
            ("Gone", time(one.get("goneAt"))),
            ("To do", of("remediation")),
            ("Clause", in_a_line(&word(one.pointer("/explanation/clause")))),
            ("Exception", word(one.pointer("/exception/name"))),
            ("Accepted by", word(one.pointer("/exception/owner"))),
            ("Because", word(one.pointer("/exception/reason"))),
            ("Until", time(one.pointer("/exception/expires"))),
            ("Id", of("id")),
        ]);
        let inputs = one.pointer("/explanation/inputs").cloned().unwrap_or_default();
        let inputs = rows(&inputs, &["path", "value", "provenance"]);
        self.section("It rests on", &align(&inputs, |_| false));
        if let Some(patch) = one.get("patch").filter(|patch| !patch.is_null()) {
            let lines: Vec<String> = list(patch).iter().map(ToString::to_string).collect();
            self.section("Patch (RFC 6902)", &lines);
        }
    }

    fn policy(&mut self, one: &Value) {
        let of = |key: &str| word(one.get(key));
        self.title(&columns::title(Resource::Policies, one));
        self.fields(&[
            ("Name", of("name")),
            ("Severity", of("severity")),
            ("Mode", of("mode")),
            ("On failure", of("onFailure")),
            ("Updates", of("updates")),
            ("Stages", joined(&one["stages"])),
            ("Source", of("source")),
            ("Namespace", of("namespace")),
            ("Failing", of("failing")),
        ]);
        let lines = |text: &str| -> Vec<String> {
            text.lines().map(|line| safe(line).into_owned()).collect()
        };
        self.section("Why", &lines(&of("description")));
        let expressions: Vec<String> =
            list(&one["expression"]).iter().filter_map(Value::as_str).flat_map(lines).collect();
        self.section("What must hold", &expressions);
        self.section("What to do", &lines(&of("remediation")));
        self.section("Read on", &align(&rows(&one["references"], &["title", "url"]), |_| false));
    }

    /// The cluster and the overview: the table's line, and what has names below it.
    fn rest(&mut self, resource: Resource, one: &Value) {
        let items = [one.clone()];
        for line in table(columns::of(resource), &items, self.now) {
            let _ = writeln!(self.text, "{line}");
        }
        let told = |mut lines: Vec<String>, more: &Value| {
            lines.extend((more == true).then(|| "... and more, which are not told".to_owned()));
            lines
        };
        let nodes = rows(&one["nodeList"], &["name", "version", "os", "runtime"]);
        self.section("Nodes", &told(align(&nodes, |_| false), &one["moreNodes"]));
        let namespaces = rows(&one["namespaceList"], &["name", "podSecurity", "workloads"]);
        self.section(
            "Namespaces (name, Pod Security, workloads)",
            &told(align(&namespaces, |place| place == 2), &one["moreNamespaces"]),
        );
        let fixes = rows(&one["fixFirst"], &["score", "title", "how", "why"]);
        self.section("Fix first", &align(&fixes, |place| place == 0));
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// An expression as one line: a policy may break it where it likes.
fn in_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn joined(value: &Value) -> String {
    let words: Vec<&str> = list(value).iter().filter_map(Value::as_str).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

/// These fields of each element.
fn rows(value: &Value, keys: &[&str]) -> Vec<Vec<String>> {
    let row =
        |item: &Value| keys.iter().map(|key| safe(&word(item.get(*key))).into_owned()).collect();
    list(value).iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::{Below, Page};
    use serde_json::json;

    #[test]
    fn what_is_not_shown_is_told() {
        let found = json!({"items": [{"id": "CVE-1"}, {"id": "CVE-2"}], "total": 103});
        let text = |found: &serde_json::Value| {
            let mut page = Page::new("2026-11-22T08:00:00Z".parse().unwrap());
            let below = Below { page: found, all: "elsewhere" };
            page.image(&json!({}), &below);
            page.workload(&json!({}), &below);
            page.text
        };
        assert_eq!(text(&found).matches("  2 of 103; all: elsewhere\n").count(), 2);
        let all = json!({"items": [{"id": "CVE-1"}, {"id": "CVE-2"}], "total": 2});
        assert!(!text(&all).contains("all:"));
    }

    #[test]
    fn who_accepted_a_finding_is_told_with_why_and_until_when() {
        let mut page = Page::new("2026-11-22T08:00:00Z".parse().unwrap());
        let exception = json!({"name": "tuner-ok", "owner": "ann", "reason": "it tunes the kernel",
            "expires": "2027-01-31T00:00:00Z"});
        page.finding(&json!({"rule": "CFD-POD-0001", "exception": exception}));
        let fields = [
            "Exception     tuner-ok",
            "Accepted by   ann",
            "Because       it tunes the kernel",
            "Until         2027-01-31 00:00:00",
        ];
        let is_told = |field: &&str| page.text.lines().any(|line| line == *field);
        assert!(fields.iter().all(is_told), "{}", page.text);
        let mut other = Page::new("2026-11-22T08:00:00Z".parse().unwrap());
        other.finding(&json!({"rule": "CFD-POD-0001", "exception": null}));
        assert!(!other.text.contains("Accepted by") && !other.text.contains("Until"));
    }

    #[test]
    fn an_expression_of_several_lines_is_shown_in_one() {
        let mut page = Page::new("2026-11-22T08:00:00Z".parse().unwrap());
        let clause = "drop.exists(capability,\n  capability.upperAscii() == \"ALL\")";
        page.finding(&json!({"rule": "CFD-POD-0011", "explanation": {"clause": clause}}));
        let shown = " drop.exists(capability, capability.upperAscii() == \"ALL\")";
        let is_it = |line: &str| line.starts_with("Clause") && line.ends_with(shown);
        assert!(page.text.lines().any(is_it), "{}", page.text);
    }
}
