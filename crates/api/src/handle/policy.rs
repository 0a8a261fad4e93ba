//! Policies: what each says and catches, and what it does at the door.

use crate::{
    EVENTS,
    call::{Answered, Call, given},
    catalogue::Entry,
    refusal::Refusal,
    slice,
    wire::policy::{ModeChange, Policy, PolicyMore, PolicyRow, PolicyTest, Reference},
};
use cofferdam_store::{FindingFilter, Mode, Outcome, Page, rows::RuleMode};
use serde_json::json;
use std::collections::HashMap;

/// Rules that are counted for a developer; there are some hundreds.
const RULES: u16 = 10_000;

/// What is said of modes, by code.
async fn modes(call: &Call) -> Result<HashMap<String, Mode>, Refusal> {
    let said = call.api.store.modes().await?;
    Ok(said.into_iter().map(|mode| (mode.rule, mode.mode)).collect())
}

fn row(call: &Call, entry: &Entry, modes: &HashMap<String, Mode>, failing: u64) -> PolicyRow {
    let said = modes.get(&entry.code).copied();
    let mode = said.unwrap_or_else(|| call.api.control.default_mode(entry.severity));
    PolicyRow {
        code: entry.code.clone(),
        name: entry.name.clone(),
        title: entry.title.clone(),
        severity: entry.severity.into(),
        stages: entry.stages.clone(),
        area: entry.area.clone(),
        mode: mode.into(),
        failing,
    }
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

/// Open findings that fail, by rule.
async fn all_failing(call: &Call) -> Result<HashMap<String, u64>, Refusal> {
    let store = &call.api.store;
    match call.namespaces() {
        None => Ok(store.failing_rules().await?.into_iter().collect()),
        Some(own) => {
            let rules = store.fix_by_rule(Some(&own), RULES).await?;
            Ok(rules.into_iter().map(|fix| (fix.rule, fix.findings)).collect())
        }
    }
}

/// `GET /policies`
pub(crate) async fn list_all(call: Call) -> Answered {
    let modes = modes(&call).await?;
    let failing = all_failing(&call).await?;
    let query = &call.query;
    let rows = call
        .api
        .catalogue
        .entries()
        .map(|entry| row(&call, entry, &modes, failing.get(&entry.code).copied().unwrap_or(0)));
    let rows = rows.filter(|row| {
        let is = |name: &str, word: &str| query.text(name).is_none_or(|wanted| wanted == word);
        is("severity", cofferdam_model::Severity::from(row.severity).as_str())
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
            let rank = |row: &PolicyRow| cofferdam_model::Severity::from(row.severity);
            rank(one).cmp(&rank(other))
        }),
    ];
    Ok(given(&slice::page(rows.collect(), query, orders)?))
}

/// `GET /policies/{code}`
pub(crate) async fn get(call: Call) -> Answered {
    let entry = call.api.catalogue.get(call.id()).ok_or_else(|| Refusal::missing("policy"))?;
    let row = row(&call, entry, &modes(&call).await?, failing(&call, &entry.code).await?);
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
    let entry = call.api.catalogue.get(call.id()).ok_or_else(|| Refusal::missing("policy"))?;
    let ModeChange { mode } = call.document()?;
    let who = call.who();
    let before = modes(&call).await?.get(&entry.code).copied();
    let said = RuleMode {
        rule: entry.code.clone(),
        mode: mode.into(),
        by_name: who.name.clone(),
        at: call.now,
    };
    call.api.store.set_mode(&said).await?;
    let detail = json!({ "before": before.map(Mode::as_str), "after": said.mode.as_str() });
    call.api.identity.note(&who, "mode.set", &entry.code, Some(detail), call.now).await?;
    // Who hears it reads the store. Who does not hears of it at the next look.
    let told = json!({ "kind": "policy", "id": entry.code }).to_string();
    let _ = call.api.bus.tell(EVENTS, told.as_bytes()).await;
    let failing = failing(&call, &entry.code).await?;
    Ok(given(&row(&call, entry, &modes(&call).await?, failing)))
}
