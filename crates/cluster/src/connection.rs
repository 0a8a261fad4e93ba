//! A cluster to talk to: which it is, what we may do there, one object at a time.

use crate::{
    Access, ClusterError, Detail, Kind, access,
    http::{JSON, METADATA, ask, build, get},
    kind::collection,
    trim,
};
use base64::Engine as _;
use cofferdam_model::{ClusterIdentity, ClusterObject, Diagnostic, ObjectKey};
use http::{Request, header};
use kube_client::Client;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, time::Duration};

/// Versions of one group that are asked for a kind; those there are have up to five.
const VERSIONS_MAX: usize = 8;

/// Bytes of one object. etcd takes none over 1.5 MiB; escapes can make it longer.
const OBJECT_BYTES_MAX: usize = 8 << 20;

/// Until a connection is there. Kubernetes' own clients wait 30 s, which is long for a person.
const CONNECT: Duration = Duration::from_secs(10);

/// Who owns the fields that [`Connection::apply`] sets.
const MANAGER: &str = "cofferdam";

/// A connection to a cluster. Cheap to clone; must be opened and used within a tokio runtime.
#[derive(Clone)]
pub struct Connection {
    client: Client,
    identity: ClusterIdentity,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// The data of a Secret. It shows its keys' names, never its values.
pub struct SecretData {
    version: String,
    values: BTreeMap<String, Vec<u8>>,
}

impl SecretData {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.values.get(key).map(Vec::as_slice)
    }

    /// The names of the keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The `resourceVersion` of the Secret as it was read: an apply that names it is refused with
    /// a conflict when somebody wrote in between.
    pub fn version(&self) -> &str {
        &self.version
    }
}

impl fmt::Debug for SecretData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys()).finish()
    }
}

impl Connection {
    /// Opens a connection and asks the cluster which it is.
    pub async fn open(access: &Access) -> Result<Self, Diagnostic> {
        let (name, mut config) = access::resolve(access).await?;
        config.connect_timeout = Some(CONNECT);
        // Whoever calls knows better how long to wait: a watch waits for ever, a person does not.
        config.default_retry = false;
        let server = config.cluster_url.to_string();
        let server = server.trim_end_matches('/').to_owned();
        let client = Client::try_from(config)
            .map_err(|error| crate::http::unreachable(&error).diagnostic(&server))?;
        let identity = ClusterIdentity { id: String::new(), name, version: String::new(), server };
        let mut connection = Self { client, identity };
        connection
            .identify()
            .await
            .map_err(|error| error.diagnostic(&connection.identity.server))?;
        Ok(connection)
    }

    /// Which cluster this is.
    pub const fn identity(&self) -> &ClusterIdentity {
        &self.identity
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    async fn identify(&mut self) -> Result<(), ClusterError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            git_version: String,
        }
        let version: Version = parse(&self.ask(get("/version", JSON)?).await?)?;
        self.identity.version = version.git_version;
        let key = ObjectKey::new("v1", "Namespace", None, "kube-system");
        self.identity.id = match self.get(&key).await {
            Ok(Some(namespace)) => namespace.uid,
            // An account of few rights: the address is the next best name.
            Ok(None) | Err(ClusterError::Refused { code: 403, .. }) => self.identity.server.clone(),
            Err(error) => return Err(error),
        };
        Ok(())
    }

    /// Whether our account may `verb` (`list`, `create`) this `resource` (`pods`, `pods/log`) of
    /// `group`, in one namespace or in all (`SelfSubjectAccessReview`).
    pub async fn can(
        &self,
        verb: &str,
        group: &str,
        resource: &str,
        namespace: Option<&str>,
    ) -> Result<bool, ClusterError> {
        #[derive(Deserialize)]
        struct Review {
            status: ReviewStatus,
        }
        #[derive(Deserialize)]
        struct ReviewStatus {
            allowed: bool,
        }
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let review = serde_json::json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "verb": verb, "group": group, "resource": resource, "subresource": subresource,
                "namespace": namespace.unwrap_or_default(),
            }},
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let request =
            Request::post(path).header(header::ACCEPT, JSON).header(header::CONTENT_TYPE, JSON);
        let body = self.ask(build(request, review.to_string().into_bytes())?).await?;
        Ok(parse::<Review>(&body)?.status.allowed)
    }

    /// The object as it is now, trimmed; nothing when there is none.
    pub async fn get(&self, key: &ObjectKey) -> Result<Option<ClusterObject>, ClusterError> {
        let is_confidential = Kind::of(key).is_some_and(|kind| kind.detail == Detail::Metadata);
        let accept = if is_confidential { METADATA } else { JSON };
        let path = self.path(key).await?;
        match self.ask(get(&path, accept)?).await {
            Ok(body) => Ok(Some(object(&body, key)?)),
            Err(error) if error.code() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes the object be as `json` says, and ours in the fields that it names (server-side apply,
    /// field manager `cofferdam`, conflicts are won). Gives the object as it then is.
    pub async fn apply(&self, json: &str) -> Result<ClusterObject, ClusterError> {
        let key = trim::any(json).map_err(malformed)?.key;
        let path = self.path(&key).await?;
        let request = Request::patch(format!("{path}?fieldManager={MANAGER}&force=true"))
            .header(header::ACCEPT, JSON)
            .header(header::CONTENT_TYPE, "application/apply-patch+yaml");
        let body = self.ask(build(request, json.as_bytes().to_vec())?).await?;
        object(&body, &key)
    }

    /// Deletes the object, what it owns after it; whether there was one.
    pub async fn delete(&self, key: &ObjectKey) -> Result<bool, ClusterError> {
        let path = self.path(key).await?;
        let request = Request::delete(format!("{path}?propagationPolicy=Background"))
            .header(header::ACCEPT, JSON);
        match self.ask(build(request, Vec::new())?).await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(404) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The data of a Secret, for the moment of use: to pull an image with. Never keep it.
    pub async fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<SecretData>, ClusterError> {
        #[derive(Deserialize)]
        struct Secret {
            metadata: Metadata,
            #[serde(default)]
            data: Option<BTreeMap<String, String>>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Metadata {
            resource_version: String,
        }
        let path = object_path("v1", "secrets", Some(namespace), name);
        let body = match self.ask(get(&path, JSON)?).await {
            Ok(body) => body,
            Err(error) if error.code() == Some(404) => return Ok(None),
            Err(error) => return Err(error),
        };
        // No error of ours may quote the body.
        let wrong = || ClusterError::Malformed("a Secret that is none".to_owned());
        let secret: Secret = serde_json::from_slice(&body).map_err(|_| wrong())?;
        let decode = |(key, text): (String, String)| {
            let value = base64::engine::general_purpose::STANDARD.decode(text);
            value.map(|value| (key, value)).map_err(|_| wrong())
        };
        let data = secret.data.unwrap_or_default().into_iter().map(decode);
        let values = data.collect::<Result<_, _>>()?;
        Ok(Some(SecretData { version: secret.metadata.resource_version, values }))
    }

    async fn ask(
        &self,
        request: Request<kube_client::client::Body>,
    ) -> Result<Vec<u8>, ClusterError> {
        ask(&self.client, request, OBJECT_BYTES_MAX).await
    }

    /// Where an object is: by our own table, or by what the API server says of kinds that are not
    /// in it.
    async fn path(&self, key: &ObjectKey) -> Result<String, ClusterError> {
        let namespace = key.namespace.as_deref();
        if let Some(kind) = Kind::of(key) {
            return Ok(object_path(kind.api_version, kind.resource, namespace, &key.name));
        }
        let resources = self.resources(&key.api_version).await?;
        let mut resources = resources.iter();
        let resource = resources
            .find(|resource| resource.kind == key.kind && !resource.name.contains('/'))
            .ok_or_else(|| ClusterError::NoSuchKind(format!("{} {}", key.api_version, key.kind)))?;
        Ok(object_path(&key.api_version, &resource.name, namespace, &key.name))
    }

    /// A version of its group in which the API server serves this kind, whoever may see it: that of
    /// our table before others (`APIGroup`). Nothing where it serves it in none.
    pub async fn version_of(&self, kind: &Kind) -> Result<Option<String>, ClusterError> {
        #[derive(Deserialize)]
        struct Group {
            versions: Vec<Version>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            group_version: String,
        }
        let group = match self.ask(get(&format!("/apis/{}", kind.group()), JSON)?).await {
            Ok(body) => parse::<Group>(&body)?,
            Err(error) if error.code() == Some(404) => return Ok(None),
            Err(error) => return Err(error),
        };
        let versions = group.versions.into_iter().map(|version| version.group_version);
        let mut versions: Vec<String> = versions.take(VERSIONS_MAX).collect();
        versions.sort_by_key(|version| version != kind.api_version);
        for version in versions {
            let resources = self.resources(&version).await?;
            if resources.iter().any(|resource| resource.name == kind.resource) {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    /// What the API server serves of a group and version (`APIResourceList`).
    async fn resources(&self, api_version: &str) -> Result<Vec<Resource>, ClusterError> {
        #[derive(Deserialize)]
        struct Resources {
            resources: Vec<Resource>,
        }
        let path = collection(&encoded_version(api_version), "", None);
        match self.ask(get(path.trim_end_matches('/'), JSON)?).await {
            Ok(body) => Ok(parse::<Resources>(&body)?.resources),
            Err(error) if error.code() == Some(404) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// A kind as the API server serves it.
#[derive(Deserialize)]
struct Resource {
    /// In paths; subresources have a slash inside.
    name: String,
    kind: String,
}

/// Group and version, each safe in a path.
fn encoded_version(api_version: &str) -> String {
    api_version.split('/').map(encoded).collect::<Vec<_>>().join("/")
}

fn object_path(api_version: &str, resource: &str, namespace: Option<&str>, name: &str) -> String {
    let namespace = namespace.map(encoded);
    let objects =
        collection(&encoded_version(api_version), &encoded(resource), namespace.as_deref());
    format!("{objects}/{}", encoded(name))
}

/// Safe in a path: names of roles may hold colons and more.
pub(crate) fn encoded(text: &str) -> String {
    static KEEP: percent_encoding::AsciiSet =
        NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~').remove(b'.');
    // A dot alone or two would be a step in the path.
    if text.chars().all(|letter| letter == '.') {
        return text.replace('.', "%2E");
    }
    utf8_percent_encode(text, &KEEP).to_string()
}

fn object(body: &[u8], key: &ObjectKey) -> Result<ClusterObject, ClusterError> {
    let text = std::str::from_utf8(body).map_err(malformed)?;
    match Kind::of(key) {
        Some(kind) => trim::known(text, kind),
        None => trim::any(text),
    }
    .map_err(malformed)
}

fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ClusterError> {
    serde_json::from_slice(body).map_err(malformed)
}

fn malformed(error: impl fmt::Display) -> ClusterError {
    ClusterError::Malformed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_one_step_of_the_path() {
        let check = |namespace, name, expected: &str| {
            assert_eq!(object_path("apps/v1", "deployments", namespace, name), expected);
        };
        check(Some("shop"), "web", "/apis/apps/v1/namespaces/shop/deployments/web");
        check(None, "system:a b/../c", "/apis/apps/v1/deployments/system%3Aa%20b%2F..%2Fc");
        check(Some(".."), ".", "/apis/apps/v1/namespaces/%2E%2E/deployments/%2E");
    }

    #[test]
    fn secret_data_do_not_show() {
        let values = [("password".to_owned(), b"hunter2".to_vec())].into();
        let data = SecretData { version: "7".to_owned(), values };
        assert_eq!(format!("{data:?}"), r#"{"password"}"#);
        assert_eq!(data.get("password"), Some(&b"hunter2"[..]));
    }
}
