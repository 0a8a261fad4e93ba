//! Findings: what is open, what is gone, since when.

use crate::{
    engine::{Transaction, Values},
    error::Result,
    list::{Late, Which, columns, single},
    overview::OF_WHAT_RUNS,
    page::{FindingSort, Listed, Page},
    rows::{Fields, Finding, Row as _},
    store::Store,
    tally::Tally,
    value::Cell as _,
    words::{Outcome, SubjectKind},
    write::{as_stored, upsert, values},
};
use cofferdam_model::Severity;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// Which findings. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Of this subject.
    pub subject: Option<String>,
    /// Of this kind of subject; without one, and without a subject, of all but images.
    pub subject_kind: Option<SubjectKind>,
    /// Of this rule.
    pub rule: Option<String>,
    /// So bad.
    pub severity: Option<Severity>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// In one of these namespaces; an empty list matches nothing.
    pub namespaces: Option<Vec<String>>,
    /// With this text in subject, rule or title.
    pub text: Option<String>,
    /// As it was then.
    pub at: Option<Timestamp>,
}

/// What a write changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Findings that were not there before.
    pub opened: u64,
    /// Findings that are gone.
    pub gone: u64,
    /// Findings that say something else now.
    pub updated: u64,
}

impl Store {
    /// Says all that is open on a subject: what was not open begins now, what is no longer said
    /// ends now, what has another outcome or severity goes on as another row, what is said in
    /// other words is rewritten, what is said again costs nothing. What is set by the store does
    /// not matter in the rows given.
    pub async fn put_findings(
        &self,
        subject: &str,
        findings: &[Finding],
        now: Timestamp,
    ) -> Result<Changed> {
        self.put_all_findings(&[(subject.to_owned(), findings.to_vec())], now).await
    }

    /// The same for many subjects in one transaction.
    pub async fn put_all_findings(
        &self,
        all: &[(String, Vec<Finding>)],
        now: Timestamp,
    ) -> Result<Changed> {
        // In one order, so that two replicas never wait for each other.
        let mut all: Vec<&(String, Vec<Finding>)> = all.iter().collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        let mut transaction = self.engine.begin().await?;
        let (mut changed, mut tally) = (Changed::default(), Tally::default());
        for (subject, findings) in all {
            let one = put_findings(&mut transaction, subject, findings, now, &mut tally).await?;
            changed.opened += one.opened;
            changed.updated += one.updated;
            changed.gone += one.gone;
        }
        tally.write(&mut transaction).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    /// One finding, as it is or last was.
    pub async fn finding(&self, id: &str) -> Result<Option<Finding>> {
        let mut which = Which::default();
        which.is("id", Some(&id.to_owned()));
        let mut closed = which.clone();
        which.and("gone_at IS NULL");
        if let Some(open) = self.all(which, "first_seen", 1).await?.pop() {
            return Ok(Some(open));
        }
        closed.and("gone_at IS NOT NULL");
        Ok(self.all(closed, "first_seen DESC, since DESC", 1).await?.pop())
    }

    /// A page of findings.
    pub async fn findings(
        &self,
        filter: &FindingFilter,
        page: &Page<FindingSort>,
    ) -> Result<Listed<Finding>> {
        let text = filter.text.as_deref().filter(|text| !text.trim().is_empty());
        let counted = match text {
            None if filter.subject.is_none() => Some(self.tallied(filter).await?),
            _ => None,
        };
        let mut which = Which::default();
        which.is("subject", filter.subject.as_ref());
        filter.tallied(&mut which);
        let mut walk = match counted {
            _ if filter.subject.is_some() => None,
            Some(..=FEW_FINDINGS) => Some(filter.walk_any()),
            _ => Some(filter.walk(page.sort, counted)),
        };
        if let Some(text) = text {
            walk = match self.mentioning(&mut which, text, filter.at).await? {
                Mentioned::Everywhere => walk,
                Mentioned::InRules => walk.map(|_| "finding_by_rule"),
                Mentioned::InSubjects => None,
            };
        }
        if let Some(at) = filter.at {
            let parts = filter.then(&which, at, (walk, page.sort), counted);
            return self.list_parts(parts, page).await;
        }
        which.and("gone_at IS NULL");
        if walk.is_some() {
            filter.as_the_index(&mut which);
            which.walk = walk;
            which.late = late(walk, page.sort);
            which.count = text.is_none().then(|| filter.walk_any());
        }
        let Some(total) = counted else { return self.list(which, page).await };
        let (items, next) = self.piece(vec![which], page).await?;
        Ok(Listed { items, total, total_is_exact: true, next })
    }

    /// How many are open, where the tally knows.
    async fn tallied(&self, filter: &FindingFilter) -> Result<u64> {
        let mut which = Which::default();
        filter.tallied(&mut which);
        let sql = format!(
            "SELECT CAST(coalesce(sum(findings), 0) AS BIGINT) FROM tally{}",
            which.clause()
        );
        single(self.engine.query(sql, which.values()).await?)
    }

    /// Those whose subject, rule or title has this text in it. Subjects and rules are few where
    /// findings are many, so they are looked at first.
    async fn mentioning(
        &self,
        which: &mut Which,
        text: &str,
        at: Option<Timestamp>,
    ) -> Result<Mentioned> {
        let mut subjects = Which::default();
        subjects.like(&["title"], Some(text));
        let place = subjects.bind(i64::from(FEW_SUBJECTS + 1).store());
        let sql = format!("SELECT id FROM subject{} LIMIT ?{place}", subjects.clause());
        let subjects = texts(self.engine.query(sql, subjects.values()).await?)?;
        let rules = self.rules_mentioning(text, at).await?;
        let many = subjects.len() > usize::from(FEW_SUBJECTS);
        let in_subjects = if many {
            let place = which.pattern(Some(text)).unwrap_or_default();
            format!(
                "subject IN (SELECT id FROM subject WHERE lower(title) LIKE ?{place} ESCAPE '\\')"
            )
        } else if subjects.is_empty() {
            "1 = 0".to_owned()
        } else {
            which.within("subject", &subjects)
        };
        if rules.is_empty() {
            which.and(&in_subjects);
            return Ok(if many { Mentioned::Everywhere } else { Mentioned::InSubjects });
        }
        let in_rules = which.within("rule", &rules);
        if subjects.is_empty() {
            which.and(&in_rules);
            let few = rules.len() <= FEW_RULES;
            return Ok(if few { Mentioned::InRules } else { Mentioned::Everywhere });
        }
        if many {
            which.and(&format!("({in_rules} OR {in_subjects})"));
        } else {
            // The identifiers of the few first: no row is read only to be passed over.
            which.and(&format!(
                "({in_rules} OR id IN (SELECT id FROM finding WHERE {in_subjects}))"
            ));
        }
        Ok(Mentioned::Everywhere)
    }

    /// The rules whose code or title has this text in it.
    async fn rules_mentioning(&self, text: &str, at: Option<Timestamp>) -> Result<Vec<String>> {
        // What closed long ago may have had rules that nothing open has.
        let open = if at.is_some() { "" } else { "AND gone_at IS NULL " };
        let mut which = Which::default();
        which.like(&["rule", "title"], Some(text));
        let sql = format!(
            "SELECT rule FROM (SELECT rule, (SELECT title FROM finding \
                 WHERE finding.rule = known.rule {open}LIMIT 1) AS title \
             FROM (SELECT DISTINCT rule FROM tally) AS known) AS titled{}",
            which.clause()
        );
        texts(self.engine.query(sql, which.values()).await?)
    }
}

/// Subjects that are named in a statement; of more, the statement asks itself.
const FEW_SUBJECTS: u16 = 200;
/// Rules whose findings are sorted rather than met on the way through all.
const FEW_RULES: usize = 1;
/// Findings that are sorted rather than met on the way through all.
const FEW_FINDINGS: u64 = 2000;
/// The same where those of one filter lie together at one end of that way.
const SORTED_FINDINGS: u64 = 100_000;
/// Findings each of which is looked at in the table, for what no index knows.
const FETCHED_FINDINGS: u64 = 20_000;

/// Where a text was found.
enum Mentioned {
    /// In so many places that they are met on the way through all findings.
    Everywhere,
    /// In a few rules alone.
    InRules,
    /// In a few subjects alone.
    InSubjects,
}

impl FindingFilter {
    /// The conditions that the tally can answer, too.
    fn tallied(&self, which: &mut Which) {
        which.is("rule", self.rule.as_ref());
        which.is("severity", self.severity.as_ref());
        which.is("outcome", self.outcome.as_ref());
        if self.subject_kind.is_none() && self.subject.is_none() {
            which.and(OF_WHAT_RUNS);
        }
        which.is("subject_kind", self.subject_kind.as_ref());
        which.any("namespace", self.namespaces.as_deref());
    }

    /// The index in whose order a page comes; all of them know all that is filtered by. `counted`
    /// is how many match, where that is known.
    fn walk(&self, sort: FindingSort, counted: Option<u64>) -> &'static str {
        match sort {
            FindingSort::Score if self.is_beside() => "finding_beside",
            FindingSort::Score if self.rule.is_some() => "finding_by_rule",
            FindingSort::Score if self.namespaces.as_ref().is_some_and(|all| all.len() == 1) => {
                "finding_by_namespace"
            }
            FindingSort::Score if self.severity.is_some() => "finding_by_severity",
            FindingSort::Score => "finding_by_score",
            // The findings of a rule are of one severity, and so at one end.
            FindingSort::Severity
                if self.rule.is_some() && counted.is_some_and(|all| all <= SORTED_FINDINGS) =>
            {
                "finding_by_rule"
            }
            FindingSort::Severity => "finding_by_severity",
            FindingSort::Rule => "finding_by_rule",
            FindingSort::FirstSeen => "finding_by_first_seen",
        }
    }

    /// The index with the fewest rows to pass.
    fn walk_any(&self) -> &'static str {
        if self.is_beside() {
            "finding_beside"
        } else if self.is_of_others() {
            "finding_of_others"
        } else if self.rule.is_some() {
            "finding_by_rule"
        } else if self.namespaces.is_some() {
            "finding_by_namespace"
        } else if self.severity.is_some() {
            "finding_by_severity"
        } else {
            "finding_by_score"
        }
    }

    /// What an index of a part of all says of itself, where one may be walked.
    fn as_the_index(&self, which: &mut Which) {
        if self.is_beside() {
            which.and("outcome <> 'fail'");
        }
        if self.is_of_others() {
            which.and("subject_kind <> 'workload'");
        }
    }

    fn is_beside(&self) -> bool {
        self.outcome.is_some_and(|outcome| outcome != Outcome::Fail)
    }

    fn is_of_others(&self) -> bool {
        self.subject_kind.is_some_and(|kind| kind != SubjectKind::Workload)
    }

    /// What was there at a time: what is still there, and what went later. `counted` is how many
    /// are there now.
    fn then(
        &self,
        which: &Which,
        at: Timestamp,
        (walk, sort): (Option<&'static str>, FindingSort),
        counted: Option<u64>,
    ) -> Vec<Which> {
        let (mut still, mut gone) = (which.clone(), which.clone());
        let place = still.bind(at.store());
        still.and(&format!("gone_at IS NULL AND first_seen <= ?{place} AND since <= ?{place}"));
        let place = gone.bind(at.store());
        gone.and(&format!("gone_at > ?{place} AND first_seen <= ?{place} AND since <= ?{place}"));
        if walk.is_some() {
            self.as_the_index(&mut still);
            // Of few, each is asked since when it is there; of many, the first do.
            let are_few = counted.is_some_and(|all| all <= FETCHED_FINDINGS);
            let count = if are_few { self.walk_any() } else { "finding_by_first_seen" };
            (still.walk, still.count) = (walk, Some(count));
            still.late = late(walk, sort);
            (gone.walk, gone.count) = (Some("finding_by_end"), Some("finding_by_end"));
            gone.late = Some(Late { key: Finding::KEY, among: "gone_at IS NOT NULL" });
        }
        vec![still, gone]
    }
}

/// The findings of a rule by their severity: many are sorted, few of them are read.
fn late(walk: Option<&'static str>, sort: FindingSort) -> Option<Late> {
    let is_late = walk == Some("finding_by_rule") && sort == FindingSort::Severity;
    is_late.then_some(Late { key: &["id"], among: "gone_at IS NULL" })
}

async fn put_findings(
    transaction: &mut Transaction,
    subject: &str,
    findings: &[Finding],
    now: Timestamp,
    tally: &mut Tally,
) -> Result<Changed> {
    if let Some(first) = findings.first() {
        let sql = "INSERT INTO subject (id, title) VALUES (?1, ?2) \
                   ON CONFLICT (id) DO UPDATE SET title = excluded.title";
        let values = vec![subject.to_owned().store(), first.subject_title.store()];
        transaction.execute(sql.to_owned(), values).await?;
    }
    let open = open_findings(transaction, subject).await?;
    tally.count(&open, -1);
    let mut open: HashMap<String, Finding> =
        open.into_iter().map(|finding| (finding.id.clone(), finding)).collect();
    let (mut written, mut said, mut now_open) = (Vec::new(), HashSet::new(), Vec::new());
    let mut superseded: Vec<Values> = Vec::new();
    let mut changed = Changed::default();
    for finding in findings {
        if !said.insert(finding.id.as_str()) {
            continue; // said twice in one breath
        }
        let subject = subject.to_owned();
        let finding = Finding { subject, gone_at: None, superseded: false, ..finding.clone() };
        let Some(old) = open.remove(&finding.id) else {
            changed.opened += 1;
            let since = Timestamp::UNIX_EPOCH;
            let finding = Finding { first_seen: now, since, last_seen: now, ..finding };
            now_open.push(finding.clone());
            written.push(finding);
            continue;
        };
        let Finding { first_seen, since, last_seen, .. } = old;
        let mut finding = Finding { first_seen, since, last_seen, ..finding };
        if finding != old && as_stored(&finding)? != old {
            changed.updated += 1;
            finding.last_seen = now;
            let says_so = (finding.outcome, finding.severity) == (old.outcome, old.severity);
            // What was so for no time at all is rewritten.
            if !says_so && first_seen.max(since) < now {
                finding.since = now;
                superseded.push(vec![now.store(), old.id.store()]);
            }
            written.push(finding.clone());
        }
        now_open.push(finding);
    }
    tally.count(&now_open, 1);
    let ended: Vec<String> = open.into_keys().collect();
    changed.gone = transaction.gone("finding", "id", &ended, now).await?;
    let supersede = "UPDATE finding SET gone_at = ?1, superseded = 1 \
                     WHERE id = ?2 AND gone_at IS NULL";
    transaction.execute_many(supersede.to_owned(), superseded).await?;
    transaction.execute_many(upsert_open(), values(&written)).await?;
    Ok(changed)
}

/// What is open on a subject. Waits for another replica that writes the same subject.
async fn open_findings(transaction: &mut Transaction, subject: &str) -> Result<Vec<Finding>> {
    let turn = "UPDATE subject SET title = title WHERE id = ?1";
    transaction.execute(turn.to_owned(), vec![subject.to_owned().store()]).await?;
    let mut which = Which::default();
    which.is("subject", Some(&subject.to_owned()));
    which.and("gone_at IS NULL");
    transaction.all(which).await
}

/// Closes all that is open on subjects.
pub(crate) async fn close_findings(
    transaction: &mut Transaction,
    subjects: &[String],
    now: Timestamp,
) -> Result<()> {
    let (mut subjects, mut tally) = (subjects.to_vec(), Tally::default());
    subjects.sort();
    for subject in &subjects {
        tally.count(&open_findings(transaction, subject).await?, -1);
    }
    transaction.gone("finding", "subject", &subjects, now).await?;
    tally.write(transaction).await
}

/// Inserts what is open. Another replica that opened it a moment ago is agreed with.
fn upsert_open() -> String {
    let key = format!("ON CONFLICT ({})", columns(Finding::KEY));
    upsert::<Finding>(&["first_seen", "since"])
        .replace(&key, "ON CONFLICT (id) WHERE gone_at IS NULL")
}

fn texts(rows: Vec<Values>) -> Result<Vec<String>> {
    rows.into_iter().map(|row| Fields::new(row).next()).collect()
}
