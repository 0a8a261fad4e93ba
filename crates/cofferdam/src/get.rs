//! `cofferdam get` and `describe`: what a server knows, by its API. Also `kubectl cofferdam get`,
//! through a link named `kubectl-cofferdam` to this binary.

mod columns;
mod describe;
mod find;
mod server;
#[cfg(test)]
mod tests;

pub(crate) use describe::{Describe, run as describe};

use crate::{
    arguments, diagnostics,
    output::write_failed,
    scan::{now, runtime},
};
use clap::{Args, ValueEnum};
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_report::safe;
use columns::Column;
use find::find;
use serde_json::{Value, json};
use server::Server;
use std::{
    io::{self, Write},
    path::PathBuf,
};

/// Items that the API gives on one page at most.
const PAGE: usize = 500;
/// Between two columns, as kubectl has it.
const GAP: &str = "   ";

pub(crate) const EXAMPLES: &str = "\
Examples:
  cofferdam get workloads                       the worst first
  cofferdam get findings -n shop --severity critical
  cofferdam get workloads --filter vulnerability=CVE-2023-4863     who runs it
  cofferdam get workload shop/web -o yaml
  cofferdam get images --filter state=failed
  cofferdam describe workload shop/web
  cofferdam describe image nginx:1.27
  cofferdam describe finding \"CFD-POD-0001 Deployment shop/web\"

The server is the one that `cofferdam up` started, or COFFERDAM_URL with an API token in
COFFERDAM_TOKEN. As a plugin of kubectl: link this program as kubectl-cofferdam into your PATH.";

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Resource {
    /// What runs, by the object that a person edits.
    #[value(alias = "workload", alias = "wl")]
    Workloads,
    /// What does not hold, or cannot be said.
    #[value(alias = "finding")]
    Findings,
    /// Images that run.
    #[value(alias = "image")]
    Images,
    /// What is asked of objects and images.
    #[value(alias = "policy")]
    Policies,
    /// What was asked at the door.
    #[value(alias = "review")]
    Reviews,
    /// What the API server told of who did what.
    #[value(alias = "event")]
    Events,
    /// The cluster.
    Cluster,
    /// The first page: what to fix first.
    Overview,
    /// Accounts.
    #[value(alias = "account")]
    Accounts,
    /// API tokens.
    #[value(alias = "token")]
    Tokens,
    /// Who changed what.
    Trail,
}

impl Resource {
    /// Its path in the API.
    const fn path(self) -> &'static str {
        match self {
            Self::Workloads => "/workloads",
            Self::Findings => "/findings",
            Self::Images => "/images",
            Self::Policies => "/policies",
            Self::Reviews => "/admission/reviews",
            Self::Events => "/cluster/events",
            Self::Cluster => "/cluster",
            Self::Overview => "/overview",
            Self::Accounts => "/access/accounts",
            Self::Tokens => "/access/tokens",
            Self::Trail => "/access/trail",
        }
    }

    /// Whether there is only one.
    const fn is_single(self) -> bool {
        matches!(self, Self::Cluster | Self::Overview)
    }

    /// Whether one of them can be asked for by name.
    const fn has_names(self) -> bool {
        matches!(self, Self::Workloads | Self::Findings | Self::Images | Self::Policies)
    }

    /// How one of them is named, for who named none that there is.
    const fn naming(self) -> &'static str {
        match self {
            Self::Workloads => "workloads are named NAMESPACE/NAME; `get workloads` lists them",
            Self::Findings => {
                "findings go by the ID that `get findings -o wide` shows, or by \"RULE SUBJECT\""
            }
            Self::Images => {
                "images go by NAME, NAME:TAG or the first letters of their digest; `get images` \
                 lists them"
            }
            _ => "`get policies` lists their codes",
        }
    }
}

/// How to show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A line for each.
    #[default]
    Table,
    /// The same with the ids of things.
    Wide,
    /// The document of the API.
    Json,
    /// The same as YAML.
    Yaml,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Get {
    /// What to show.
    pub(crate) resource: Resource,

    /// Only this one: NAMESPACE/NAME of a workload, NAME:TAG or digest of an image, code of a
    /// policy, "RULE SUBJECT" of a finding; or the id that -o wide shows.
    pub(crate) name: Option<String>,

    /// How to show it.
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: Form,

    /// Only what is in this namespace.
    #[arg(long, short)]
    pub(crate) namespace: Option<String>,

    /// Only what has this severity: critical, high, medium, low.
    #[arg(long)]
    pub(crate) severity: Option<String>,

    /// Only what has this text in it: workloads in name, namespace or kind; findings in what they
    /// are about, the rule or its title; images in name, tag or digest; policies in code, name or
    /// title; reviews and events in name, resource or person, reviews in their messages and events
    /// in the command too; accounts and tokens in their names; the trail in who, action and what.
    #[arg(long, short = 's', value_name = "TEXT")]
    pub(crate) search: Option<String>,

    /// The field to sort by; with `-` before it the greatest first.
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,

    /// What ran at this time (RFC 3339 with its zone, or a day), or which findings were open then,
    /// with the outcome and severity of then; their score and words are the last that they had so.
    #[arg(long, value_name = "TIME", value_parser = arguments::moment)]
    pub(crate) at: Option<jiff::Timestamp>,

    /// Any other parameter of the API's list. May be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) filter: Vec<String>,

    /// How many to show at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) access: ServerAccess,
}

/// Which server, and how to reach it. Its token is never an argument: those are for all to see.
#[derive(Debug, Args)]
pub(crate) struct ServerAccess {
    /// The server's address [default: the one that `cofferdam up` started].
    #[arg(long, value_name = "URL", env = "COFFERDAM_URL")]
    pub(crate) server: Option<String>,

    /// PEM file of a certificate authority to trust, besides the system's.
    #[arg(long, value_name = "FILE", env = "COFFERDAM_CA_CERTIFICATE")]
    pub(crate) ca_certificate: Option<PathBuf>,
}

impl Get {
    /// The parameters of the list.
    fn query(&self) -> Result<Vec<(String, String)>, Diagnostic> {
        let mut query = Vec::new();
        let mut add = |name: &str, value: Option<String>| {
            query.extend(value.map(|value| (name.to_owned(), value)));
        };
        add("namespace", self.namespace.clone());
        add("severity", self.severity.clone());
        add("q", self.search.clone());
        add("sort", self.sort.clone());
        add("at", self.at.map(|at| at.to_string()));
        for filter in &self.filter {
            let (name, value) = filter
                .split_once('=')
                .ok_or_else(|| Diagnostic::new(Exit::Usage, "a filter is NAME=VALUE").at(filter))?;
            query.push((name.to_owned(), value.to_owned()));
        }
        Ok(query)
    }
}

/// Shows what is asked for.
pub(crate) fn run(get: &Get, quiet: bool) -> Result<Exit, Diagnostic> {
    let server = Server::find(&get.access)?;
    let (document, items) = runtime()?.block_on(ask(get, &server))?;
    let mut out = anstream::stdout();
    let written = match get.output {
        Form::Json => writeln!(out, "{document:#}"),
        Form::Yaml => out.write_all(cofferdam_api::yaml(&document).as_bytes()),
        Form::Table | Form::Wide => {
            let of = if get.at.is_some() { columns::past } else { columns::of };
            let mut columns = of(get.resource).to_vec();
            if get.output == Form::Wide {
                columns.extend(columns::wide(get.resource));
            }
            let lines = table(&columns, &items, get.at.unwrap_or_else(now));
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))
        }
    };
    match written {
        // A reader that went away is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(write_failed(error)),
        _ => {}
    }
    if !quiet && matches!(get.output, Form::Table | Form::Wide) {
        rest(get, &document, items.len());
    }
    Ok(Exit::Pass)
}

/// Says that there is more, or nothing.
fn rest(get: &Get, document: &Value, shown: usize) {
    let total = document["total"].as_u64().and_then(|total| usize::try_from(total).ok());
    let more = if document["totalIsExact"] == false { " or more" } else { "" };
    match total {
        Some(0) => diagnostics::note("nothing found"),
        Some(total) if total > shown => {
            diagnostics::note(&format!("{shown} of {total}{more}; --limit for more, -s to search"));
        }
        _ if get.limit == 0 => diagnostics::note("--limit 0 shows nothing"),
        _ => {}
    }
}

/// The document to print, and what is in it as items.
async fn ask(get: &Get, server: &Server) -> Result<(Value, Vec<Value>), Diagnostic> {
    let path = get.resource.path();
    if get.at.is_some() && (get.name.is_some() || get.resource.is_single()) {
        return Err(Diagnostic::new(Exit::Usage, "--at looks back in lists, and not at one thing")
            .because("single things are known as they are now")
            .remedy("`get workloads --at TIME` or `get findings --at TIME`"));
    }
    if let Some(name) = &get.name {
        let document = find(server, get.resource, name, get.namespace.as_deref()).await?;
        return Ok((document.clone(), vec![document]));
    }
    if get.resource.is_single() {
        // It says itself that there is nothing to choose or sort by.
        let document = server.get(path, &get.query()?).await?;
        return Ok((document.clone(), vec![document]));
    }
    let query = get.query()?;
    let (mut items, mut after, mut last) = (Vec::new(), None, Value::Null);
    while items.len() < get.limit {
        let mut query = query.clone();
        query.push(("limit".to_owned(), (get.limit - items.len()).min(PAGE).to_string()));
        query.extend(after.take().map(|after| ("after".to_owned(), after)));
        last = server.get(path, &query).await?;
        items.extend(items_of(&last));
        match last.get("next").and_then(Value::as_str) {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    if let Some(document) = last.as_object_mut() {
        document.insert("items".to_owned(), json!(items));
    }
    Ok((last, items))
}

/// The items of a page.
fn items_of(page: &Value) -> Vec<Value> {
    page.get("items").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The lines of a table. What is left of its place: as wide as its widest cell.
fn table(columns: &[Column], items: &[Value], now: jiff::Timestamp) -> Vec<String> {
    if items.is_empty() {
        return Vec::new();
    }
    let head = columns.iter().map(|column| column.head.to_owned()).collect();
    let row = |item: &Value| -> Vec<String> {
        let cell = |column: &Column| safe(&(column.cell)(item, now)).into_owned();
        columns.iter().map(cell).collect()
    };
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(items.iter().map(row)).collect();
    align(&rows, |place| columns.get(place).is_some_and(|column| column.is_number))
}

/// Rows of cells with one width for each column; numbers stand at the right.
fn align(rows: &[Vec<String>], is_number: impl Fn(usize) -> bool) -> Vec<String> {
    let width = |text: &String| console::measure_text_width(text);
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|place| rows.iter().filter_map(|row| row.get(place)).map(width).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (place, (cell, wide)) in row.iter().zip(&widths).enumerate() {
            if place > 0 {
                line.push_str(GAP);
            }
            let blanks = " ".repeat(wide.saturating_sub(width(cell)));
            let (before, after) = if is_number(place) { (&*blanks, "") } else { ("", &*blanks) };
            line.push_str(before);
            line.push_str(cell);
            line.push_str(after);
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
