//! What to look at first, and why.

use cofferdam_model::Severity;
use std::fmt;

/// What makes one finding more pressing than another. Each part is worth points; the parts, said
/// in words, are the explanation of the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rank {
    /// How bad the rule says a failure is.
    pub severity: Severity,
    /// What somebody gains who makes use of it.
    pub leads_to: LeadsTo,
    /// Whether the object is a step of an attack path.
    pub is_on_path: bool,
    /// From where the workload can be reached.
    pub exposure: Exposure,
}

/// What somebody gains who makes use of a weakness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeadsTo {
    /// Nothing by itself.
    Nothing,
    /// Credentials.
    Credentials,
    /// Rights over the cluster.
    Cluster,
    /// The node, and so everything that runs on it.
    Node,
}

/// From where a workload can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exposure {
    /// The set does not say.
    Unknown,
    /// From nowhere.
    None,
    /// From inside the cluster.
    Cluster,
    /// From the network of the nodes.
    Node,
    /// From the internet.
    Internet,
}

/// Between two severities lie more points than all other parts together can give: a high finding
/// never outranks a critical one.
const SEVERITY_STEP: u8 = 20;

impl Rank {
    /// 0 to 99, higher is more pressing.
    pub fn score(self) -> u8 {
        self.severity_points()
            + self.leads_points()
            + if self.is_on_path { ON_PATH } else { 0 }
            + self.exposure_points()
    }

    const fn severity_points(self) -> u8 {
        SEVERITY_STEP
            * match self.severity {
                Severity::None => 0,
                Severity::Low => 1,
                Severity::Medium => 2,
                Severity::High => 3,
                Severity::Critical => 4,
            }
    }

    const fn leads_points(self) -> u8 {
        match self.leads_to {
            LeadsTo::Nothing => 0,
            LeadsTo::Credentials => 5,
            LeadsTo::Cluster => 8,
            LeadsTo::Node => 9,
        }
    }

    const fn exposure_points(self) -> u8 {
        match self.exposure {
            Exposure::Unknown | Exposure::None => 0,
            Exposure::Cluster => 1,
            Exposure::Node => 3,
            Exposure::Internet => 5,
        }
    }
}

/// What it counts that an object is on an attack path.
const ON_PATH: u8 = 5;

/// "critical (80), leads to the node (+9), reachable from the internet (+5)"
impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.severity, self.severity_points())?;
        let leads = match self.leads_to {
            LeadsTo::Nothing => None,
            LeadsTo::Credentials => Some("leads to credentials"),
            LeadsTo::Cluster => Some("leads to rights over the cluster"),
            LeadsTo::Node => Some("leads to the node"),
        };
        if let Some(leads) = leads {
            write!(f, ", {leads} (+{})", self.leads_points())?;
        }
        if self.is_on_path {
            write!(f, ", on an attack path (+{ON_PATH})")?;
        }
        match self.exposure.words() {
            Some(words) if self.exposure_points() > 0 => {
                write!(f, ", {words} (+{})", self.exposure_points())
            }
            _ => Ok(()),
        }
    }
}

impl LeadsTo {
    /// The name in machine-readable output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Credentials => "credentials",
            Self::Cluster => "cluster",
            Self::Node => "node",
        }
    }

    /// What the techniques of MITRE ATT&CK that a rule refers to lead to.
    pub fn of_references<'r>(titles: impl Iterator<Item = &'r str>) -> Self {
        titles.map(Self::of_reference).max().unwrap_or(Self::Nothing)
    }

    fn of_reference(title: &str) -> Self {
        let speaks_of = |techniques: &[&str]| techniques.iter().any(|one| title.contains(one));
        if speaks_of(&["T1611"]) {
            Self::Node
        } else if speaks_of(&["T1098", "T1078", "T1484"]) {
            Self::Cluster
        } else if speaks_of(&["T1552", "T1528", "T1555"]) {
            Self::Credentials
        } else {
            Self::Nothing
        }
    }
}

impl Exposure {
    /// The name in policies and machine-readable output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::None => "none",
            Self::Cluster => "cluster",
            Self::Node => "node",
            Self::Internet => "internet",
        }
    }

    /// For people; nothing where there is nothing to say.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Self::Unknown | Self::None => None,
            Self::Cluster => Some("reachable inside the cluster"),
            Self::Node => Some("reachable from the nodes' network"),
            Self::Internet => Some("reachable from the internet"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(severity: Severity, leads_to: LeadsTo, exposure: Exposure) -> Rank {
        Rank { severity, leads_to, is_on_path: false, exposure }
    }

    #[test]
    fn severity_comes_first_whatever_else_is_said() {
        let most =
            Rank { is_on_path: true, ..rank(Severity::Medium, LeadsTo::Node, Exposure::Internet) };
        let least = rank(Severity::High, LeadsTo::Nothing, Exposure::None);
        assert!(least.score() > most.score());
    }

    #[test]
    fn a_node_comes_before_a_probe_and_the_exposed_before_the_hidden() {
        let node = rank(Severity::High, LeadsTo::Node, Exposure::None);
        let probe = rank(Severity::High, LeadsTo::Nothing, Exposure::Internet);
        assert!(node.score() > probe.score());
        let hidden = rank(Severity::High, LeadsTo::Nothing, Exposure::Cluster);
        assert!(probe.score() > hidden.score());
    }

    #[test]
    fn the_words_add_up_to_the_score() {
        let rank = rank(Severity::Critical, LeadsTo::Node, Exposure::Internet);
        assert_eq!(rank.score(), 94);
        assert_eq!(
            rank.to_string(),
            "critical (80), leads to the node (+9), reachable from the internet (+5)"
        );
    }

    #[test]
    fn techniques_say_what_a_rule_leads_to() {
        let of = |titles: &[&str]| LeadsTo::of_references(titles.iter().copied());
        assert_eq!(of(&["CIS 5.2.2", "MITRE ATT&CK, T1611 Escape to Host"]), LeadsTo::Node);
        assert_eq!(of(&["MITRE ATT&CK, T1552.001 Credentials in Files"]), LeadsTo::Credentials);
        assert_eq!(of(&["NIST SP 800-190, 4.1.4"]), LeadsTo::Nothing);
    }
}
