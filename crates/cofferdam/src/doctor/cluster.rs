//! Which clusters are found, and what we may do in the one that would be used.

use super::Line;
use cofferdam_cluster::{Access, Connection, KINDS, contexts};
use std::time::Duration;

/// An API server that has not answered by then is as good as gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// What `up` and `serve` would find.
pub(super) async fn lines(access: &Access) -> Vec<Line> {
    let known = contexts();
    let names: Vec<&str> = known.iter().map(|context| &*context.name).collect();
    let mut lines = Vec::new();
    if !names.is_empty() {
        lines.push(Line::works("cluster", "contexts", names.join(", ")));
    } else if *access == Access::Find {
        let remedy = "set KUBECONFIG; until then `cofferdam up` shows a recorded sample";
        return vec![Line::partly(
            "cluster",
            "contexts",
            "no kubeconfig, and not in a pod",
            remedy,
        )];
    }
    match tokio::time::timeout(PATIENCE, Connection::open(access)).await {
        Ok(Ok(connection)) => lines.extend(cluster(&connection).await),
        Ok(Err(error)) => {
            let why = error.cause.unwrap_or(error.what);
            let remedy = error.remedy.unwrap_or_default();
            lines.push(Line::missing("cluster", "API server", why, remedy));
        }
        Err(_) => {
            let found = format!("no answer within {} s", PATIENCE.as_secs());
            let remedy = "see whether kubectl reaches it from here";
            lines.push(Line::missing("cluster", "API server", found, remedy));
        }
    }
    lines
}

async fn cluster(connection: &Connection) -> Vec<Line> {
    let identity = connection.identity();
    let found = format!("{}: {} at {}", identity.name, identity.version, identity.server);
    vec![
        Line::works("cluster", "API server", found),
        reading(connection).await,
        door(connection).await,
    ]
}

/// Whether all that is judged may be listed.
async fn reading(connection: &Connection) -> Line {
    let (mut refused, mut all) = (Vec::new(), KINDS.len());
    for kind in KINDS {
        match connection.can("list", kind.group(), kind.resource, None).await {
            Ok(true) => {}
            // Nobody need be granted what the cluster does not have.
            Ok(false) if kind.is_optional && connection.version_of(kind).await == Ok(None) => {
                all -= 1;
            }
            Ok(false) => refused.push(kind.resource),
            Err(error) => {
                let remedy = "see whether the account may ask what it may do";
                return Line::partly("cluster", "reading", error.to_string(), remedy);
            }
        }
    }
    if refused.is_empty() {
        return Line::works("cluster", "reading", format!("all {all} kinds"));
    }
    let found = format!("{} of {all} kinds, not {}", all - refused.len(), refused.join(", "));
    Line::partly("cluster", "reading", found, "grant get, list and watch on these")
}

/// Whether we could put ourselves at the door.
async fn door(connection: &Connection) -> Line {
    const GROUP: &str = "admissionregistration.k8s.io";
    let name = "admission";
    match connection.can("create", GROUP, "validatingwebhookconfigurations", None).await {
        Ok(true) => Line::works("cluster", name, "may install its webhook; does so only when told"),
        Ok(false) => Line::partly(
            "cluster",
            name,
            "may not install its webhook",
            "install the chart as an administrator of the cluster",
        ),
        Err(error) => Line::partly("cluster", name, error.to_string(), "try again"),
    }
}
