//! Policies: what each says and catches, and what it does at the door.

use crate::{
    EVENTS,
    call::{Answered, Call, given},
    catalogue::{Catalogue, Entry},
    refusal::{Kind, Refusal},
    slice,
    wire::policy::{ModeChange, Policy, PolicyMore, PolicyRow, PolicyTest, Reference},
};
use cofferdam_control::admission;
use cofferdam_model::Severity;
use cofferdam_store::{FindingFilter, Mode, OnFailure, Outcome, Page, Updates, rows::RuleMode};
use serde_json::json;
use std::{collections::HashMap, sync::Arc};

/// What people said of rules, by [`admission::rule_key`].
type Modes = HashMap<String, RuleMode>;

async fn modes(call: &Call) -> Result<Modes, Refusal> {
    let said = call.api.store.modes().await?;
    Ok(said.into_iter().map(|mode| (mode.rule.clone(), mode)).collect())
}

fn row(entry: &Entry, modes: &Modes, failing: u64) -> PolicyRow {
    let said = modes.get(&key(entry)).filter(|_| entry.is_asked_at_the_door());
    let mode = said.map(|said| said.mode);
    let mode = mode.unwrap_or_else(|| default_mode(entry));
    PolicyRow {
        code: entry.code.clone(),
        name: entry.name.clone(),
        title: entry.title.clone(),
        severity: entry.severity.into(),
        stages: entry.stages.clone(),
        area: entry.area.clone(),
        mode: mode.into(),
        on_failure: said.map_or(OnFailure::Ignore, |said| said.on_failure).into(),
        updates: said.map_or(Updates::Lenient, |said| said.updates).into(),
        source: entry.source.clone(),
        namespace: entry.namespace.clone(),
        failing,
    }
}

fn key(entry: &Entry) -> String {
    admission::rule_key(&entry.code, entry.namespace.as_deref())
}

/// What a rule does as long as nobody said anything.
fn default_mode(entry: &Entry) -> Mode {
    if !entry.is_asked_at_the_door() {
        return Mode::Off;
    }
    // The two words are the same by a test of both.
    admission::Mode::default_for(entry.severity).as_str().parse().unwrap_or(Mode::Audit)
}

/// The policies that are asked now.
fn catalogue(call: &Call) -> Arc<Catalogue> {
    Arc::clone(&call.api.catalogue.borrow())
}

/// Whether a policy may be seen: what is asked of everybody is no secret, what is asked of one
/// namespace is that namespace's.
fn may_see(call: &Call, entry: &Entry) -> bool {
    entry.namespace.is_none() || call.may_see(entry.namespace.as_deref())
}

/// The policy that a path names.
fn named<'c>(call: &Call, catalogue: &'c Catalogue) -> Result<&'c Entry, Refusal> {
    let entry = catalogue.get(call.id()).filter(|entry| may_see(call, entry));
    entry.ok_or_else(|| Refusal::missing("policy"))
}

/// Open findings of a rule that fail, as far as they may be seen.
async fn failing(call: &Call, code: &str) -> Result<u64, Refusal> {
    let filter = FindingFilter {
        rule: Some(code.to_owned()),
        outcome: Some(Outcome::Fail),
        namespaces: call.namespaces(),
        ..FindingFilter::default()
    };
    let one = Page { limit: 1, ..Page::default() };
    Ok(call.api.store.findings(&filter, &one).await?.total)
}

/// `GET /policies`
pub(crate) async fn list_all(call: Call) -> Answered {
    let modes = modes(&call).await?;
    let failing = call.api.store.failing_rules(call.namespaces().as_deref()).await?;
    let query = &call.query;
    let catalogue = catalogue(&call);
    let rows = catalogue
        .entries()
        .filter(|entry| may_see(&call, entry))
        .map(|entry| row(entry, &modes, failing.get(&entry.code).copied().unwrap_or(0)));
    let rows = rows.filter(|row| {
        let is = |name: &str, word: &str| query.text(name).is_none_or(|wanted| wanted == word);
        is("severity", Severity::from(row.severity).as_str())
            && is("mode", Mode::from(row.mode).as_str())
            && is("area", &row.area)
            && slice::has(query.text("q"), &[&row.code, &row.name, &row.title])
    });
    let orders: &[slice::Order<PolicyRow>] = &[
        ("code", |one, other| one.code.cmp(&other.code)),
        ("title", |one, other| one.title.cmp(&other.title)),
        ("area", |one, other| one.area.cmp(&other.area)),
        ("failing", |one, other| one.failing.cmp(&other.failing)),
        ("severity", |one, other| {
            let rank = |row: &PolicyRow| Severity::from(row.severity);
            rank(one).cmp(&rank(other))
        }),
    ];
    Ok(given(&slice::page(rows.collect(), query, orders)?))
}

/// `GET /policies/{code}`
pub(crate) async fn get(call: Call) -> Answered {
    let catalogue = catalogue(&call);
    let entry = named(&call, &catalogue)?;
    let row = row(entry, &modes(&call).await?, failing(&call, &entry.code).await?);
    let references = entry
        .references
        .iter()
        .map(|reference| Reference { title: reference.title.clone(), url: reference.url.clone() });
    let tests = entry.tests.iter().map(|test| PolicyTest {
        name: test.name.clone(),
        expect: test.expect.to_owned(),
        text: test.text.clone(),
    });
    let more = PolicyMore {
        description: entry.description.clone(),
        expression: entry.expressions.clone(),
        remediation: entry.remediation.clone(),
        references: references.collect(),
        tests: tests.collect(),
        yaml: entry.yaml.clone(),
    };
    Ok(given(&Policy::new(row, more)))
}

/// `PUT /policies/{code}/mode`
pub(crate) async fn set_mode(call: Call) -> Answered {
    let catalogue = catalogue(&call);
    let entry = named(&call, &catalogue)?;
    let ModeChange { mode, on_failure, updates } = call.document()?;
    if !entry.is_asked_at_the_door() && Mode::from(mode) != Mode::Off {
        let what =
            format!("{} is not asked at the door, so it can be nothing but off there", entry.code);
        return Err(Refusal::new(Kind::Invalid, what));
    }
    let who = call.who();
    let before = modes(&call).await?.remove(&key(entry));
    let said = RuleMode {
        rule: key(entry),
        mode: mode.into(),
        on_failure: on_failure
            .map(OnFailure::from)
            .or(before.as_ref().map(|before| before.on_failure))
            .unwrap_or(OnFailure::Ignore),
        updates: updates
            .map(Updates::from)
            .or(before.as_ref().map(|before| before.updates))
            .unwrap_or(Updates::Lenient),
        by_name: who.name.clone(),
        at: call.now,
    };
    call.api.store.set_mode(&said).await?;
    let detail = json!({
        "before": before.map(|before| before.mode.as_str()),
        "after": said.mode.as_str(),
        "onFailure": said.on_failure.as_str(),
        "updates": said.updates.as_str(),
    });
    call.api.identity.note(&who, "mode.set", &entry.code, Some(detail), call.now).await?;
    // Who hears it reads the store. Who does not hears of it at the next look.
    let told = json!({ "kind": "policy", "id": entry.code }).to_string();
    let _ = call.api.bus.tell(EVENTS, told.as_bytes()).await;
    let failing = failing(&call, &entry.code).await?;
    Ok(given(&row(entry, &modes(&call).await?, failing)))
}
