//! `cofferdam policy list`.

use super::{Format, List, bundle, columns, count, plain};
use cofferdam_model::Diagnostic;
use cofferdam_policy::Policy;
use serde_json::json;

pub(super) fn run(list: &List) -> Result<String, Diagnostic> {
    let bundle = bundle(&list.policy)?;
    let policies: Vec<&Policy> = bundle
        .policies
        .iter()
        .filter(|policy| list.stage.is_none_or(|stage| policy.stages.contains(&stage)))
        .collect();
    Ok(match list.output {
        Format::Table => table(&policies),
        Format::Json => json(&policies),
    })
}

fn stages(policy: &Policy) -> Vec<&'static str> {
    policy.stages.iter().map(|stage| stage.as_str()).collect()
}

fn table(policies: &[&Policy]) -> String {
    let mut rows =
        vec![["CODE", "SEVERITY", "TITLE", "STAGES", "ABOUT"].map(str::to_owned).to_vec()];
    for policy in policies {
        rows.push(vec![
            plain(&policy.code),
            policy.severity.to_string(),
            plain(&policy.title),
            stages(policy).join(","),
            plain(&policy.about()),
        ]);
    }
    let count = count(policies.len(), "policy", "policies");
    format!("{}\n{count}. cofferdam policy explain CODE tells more.\n", columns(&rows))
}

fn json(policies: &[&Policy]) -> String {
    let policies: Vec<_> = policies
        .iter()
        .map(|policy| {
            let references = policy.references.iter();
            json!({
                "code": policy.code,
                "name": policy.name,
                "title": policy.title,
                "description": policy.description,
                "severity": policy.severity.as_str(),
                "stages": stages(policy),
                "about": policy.about(),
                "references": references
                    .map(|reference| json!({"title": reference.title, "url": reference.url}))
                    .collect::<Vec<_>>(),
                "place": policy.place,
                "digest": policy.digest.to_string(),
            })
        })
        .collect();
    format!("{:#}\n", json!({ "policies": policies }))
}
