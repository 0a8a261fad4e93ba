//! Which cluster, and as whom: kubeconfig files and the service account of a pod.

use cofferdam_model::{Diagnostic, Exit};
use kube_client::{
    Config,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
};
use std::{io, path::PathBuf};

/// What the cluster is called when a pod's own service account was used.
const IN_CLUSTER: &str = "in-cluster";

/// Why it is to be a pod's, and what to do where there is none.
const ASKED: &str = "a pod's was asked for";
const NAMED: &str = "outside of a pod name the cluster: --context NAME, or --kubeconfig FILE";
const SET: &str = "set KUBECONFIG, or name a context or a kubeconfig file";

/// How a cluster is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// What kubectl would use: `$KUBECONFIG` or `~/.kube/config`; a pod's service account if there
    /// is neither.
    Find,
    /// A context of those files.
    Context(String),
    /// A kubeconfig file, and a context in it other than its current one.
    File {
        /// The file.
        path: PathBuf,
        /// The context.
        context: Option<String>,
    },
    /// The service account of the pod that this runs in.
    InCluster,
}

/// A cluster that could be chosen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContextInfo {
    /// The context's name; `in-cluster` for a pod's service account.
    pub name: String,
    /// The cluster's name in the file.
    pub cluster: String,
    /// The API server's address, where the file knows it.
    pub server: Option<String>,
    /// The user's name in the file.
    pub user: Option<String>,
    /// Whether [`Access::Find`] means this one.
    pub is_current: bool,
}

/// Every cluster that could be chosen: the contexts of the kubeconfig that kubectl would use, and
/// the one that this runs in. A file that cannot be read has none; [`crate::Connection::open`]
/// says why.
pub fn contexts() -> Vec<ContextInfo> {
    let mut found = Kubeconfig::read().map(|file| listed(&file)).unwrap_or_default();
    if let Ok(config) = Config::incluster() {
        found.push(ContextInfo {
            name: IN_CLUSTER.to_owned(),
            cluster: IN_CLUSTER.to_owned(),
            server: Some(config.cluster_url.to_string()),
            user: None,
            is_current: found.iter().all(|context| !context.is_current),
        });
    }
    found
}

/// The contexts of a file, in its order.
fn listed(file: &Kubeconfig) -> Vec<ContextInfo> {
    let server = |name: &str| {
        let named = file.clusters.iter().find(|named| named.name == name)?;
        named.cluster.as_ref()?.server.clone()
    };
    let contexts =
        file.contexts.iter().filter_map(|named| Some((&named.name, named.context.as_ref()?)));
    contexts
        .map(|(name, context)| ContextInfo {
            name: name.clone(),
            cluster: context.cluster.clone(),
            server: server(&context.cluster),
            user: context.user.clone(),
            is_current: file.current_context.as_ref() == Some(name),
        })
        .collect()
}

/// What a client needs to know, and what people call the cluster.
pub(crate) async fn resolve(access: &Access) -> Result<(String, Config), Diagnostic> {
    match access {
        Access::Find => match Kubeconfig::read() {
            Ok(file) if !file.contexts.is_empty() => chosen(file, None).await,
            Ok(_) => in_cluster("the kubeconfig has no context", SET),
            Err(error) if is_missing(&error) => in_cluster(&told(&error), SET),
            Err(error) => Err(unreadable(&error)),
        },
        // As `contexts` calls it.
        Access::Context(context) if context == IN_CLUSTER => in_cluster(ASKED, NAMED),
        Access::Context(context) => {
            let file = Kubeconfig::read().map_err(|error| unreadable(&error))?;
            chosen(file, Some(context)).await
        }
        Access::File { path, context } => {
            let file = Kubeconfig::read_from(path).map_err(|error| unreadable(&error))?;
            chosen(file, context.as_ref()).await
        }
        Access::InCluster => in_cluster(ASKED, NAMED),
    }
}

async fn chosen(
    file: Kubeconfig,
    context: Option<&String>,
) -> Result<(String, Config), Diagnostic> {
    let names: Vec<String> = listed(&file).into_iter().map(|context| context.name).collect();
    if names.is_empty() {
        return Err(Diagnostic::new(Exit::Usage, "the kubeconfig has no context").remedy(SET));
    }
    let remedy = format!("choose a context: {}", names.join(", "));
    let Some(name) = context.or(file.current_context.as_ref()).cloned() else {
        let what = "the kubeconfig has no current context";
        return Err(Diagnostic::new(Exit::Usage, what).remedy(remedy));
    };
    let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
    match Config::from_custom_kubeconfig(file, &options).await {
        Ok(config) => Ok((name, config)),
        Err(error) => {
            let what = format!("cannot use the context {name}");
            Err(Diagnostic::new(Exit::Usage, what).because(error).remedy(remedy))
        }
    }
}

/// The service account of a pod, and why it is to be that.
fn in_cluster(why: &str, remedy: &str) -> Result<(String, Config), Diagnostic> {
    Config::incluster().map(|config| (IN_CLUSTER.to_owned(), config)).map_err(|error| {
        Diagnostic::new(Exit::Usage, "no cluster found")
            .because(format!("{why}; no service account of a pod: {error}"))
            .remedy(remedy)
    })
}

fn is_missing(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(error, _) => error.kind() == io::ErrorKind::NotFound,
        _ => false,
    }
}

fn unreadable(error: &KubeconfigError) -> Diagnostic {
    let remedy =
        if is_missing(error) { SET } else { "see whether kubectl config view can read it" };
    Diagnostic::new(Exit::Usage, "cannot read the kubeconfig").because(told(error)).remedy(remedy)
}

/// With the path as people write it.
fn told(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(error, path) => format!("{}: {error}", path.display()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each context as `name server user`, the current one with a star.
    #[track_caller]
    fn check(yaml: &str, expected: &[&str]) {
        let found: Vec<String> = listed(&Kubeconfig::from_yaml(yaml).unwrap())
            .into_iter()
            .map(|context| {
                let star = if context.is_current { "*" } else { "" };
                let server = context.server.unwrap_or_else(|| "-".to_owned());
                format!("{star}{} {server} {}", context.name, context.user.unwrap_or_default())
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn contexts_of_a_file() {
        check("", &[]);
        check("apiVersion: v1\nkind: Config\n", &[]);
        check(
            "clusters:\n- {name: a, cluster: {server: 'https://a:6443'}}\n- {name: b}\n\
             contexts:\n- {name: one, context: {cluster: a, user: admin}}\n\
             - {name: two, context: {cluster: b, user: dev}}\n- {name: three}\n\
             - {name: four, context: {cluster: gone, user: dev}}\ncurrent-context: two\n",
            &["one https://a:6443 admin", "*two - dev", "four - dev"],
        );
    }
}
