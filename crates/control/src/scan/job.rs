//! The work of a scan, as it travels on the bus.

use serde::{Deserialize, Serialize};

/// The subject of work on images.
pub const SCANS: &str = "scans";

/// The group of workers; there is one.
pub const SCANNERS: &str = "scanners";

/// An image to be looked into. What is known of it is in its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// The id of its row.
    pub image: String,
    /// Where it runs: whose secrets may open its registry.
    pub namespace: String,
    /// Names of these secrets.
    pub pull_secrets: Vec<String>,
}

impl Job {
    /// The bytes of a message.
    pub fn encode(&self) -> Vec<u8> {
        // Strings always have a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What a message says, if it says something.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Job;

    #[test]
    fn jobs_travel() {
        let job = Job {
            image: "a".to_owned(),
            namespace: "shop".to_owned(),
            pull_secrets: vec!["key".to_owned()],
        };
        assert_eq!(Job::decode(&job.encode()), Some(job));
        assert_eq!(Job::decode(b"nothing"), None);
    }
}
