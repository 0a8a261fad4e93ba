//! What matters most: a score that says in words what it is made of.
//!
//! The scale is that of [`cofferdam_assess::check::Rank`]: 20 points a step of severity, and all
//! circumstances together less than a step, so that a critical vulnerability is never outranked by
//! a high one, unless somebody uses the high one: being exploited counts as critical, whatever its
//! score says.

use cofferdam_assess::check::Exposure;
use cofferdam_model::Severity;

/// What is known of a vulnerability.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Danger {
    /// As published; nothing where no source rates it.
    pub severity: Option<Severity>,
    /// In the catalogue of known exploited vulnerabilities.
    pub is_exploited: bool,
    /// Probability of exploitation within 30 days, 0 to 1.
    pub epss: Option<f64>,
}

/// Where a vulnerable thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// From where it can be reached.
    pub exposure: Exposure,
    /// Whether it runs in a privileged container.
    pub is_privileged: bool,
    /// Whether an attack path leads over it.
    pub is_on_path: bool,
}

impl Circumstances {
    /// Of an image by itself, wherever it may run.
    pub const NONE: Self =
        Self { exposure: Exposure::Unknown, is_privileged: false, is_on_path: false };
}

/// 0 to 100, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    /// Higher is more pressing.
    pub points: u8,
    /// `critical (80), reachable from the internet (+5)`
    pub why: String,
}

/// What a vulnerability is worth where it stands.
pub fn vulnerability(danger: &Danger, at: &Circumstances) -> Score {
    let mut score = Score::default();
    match (danger.is_exploited, danger.severity) {
        (true, severity) => {
            score.begin(80, "being exploited");
            match severity {
                Some(Severity::Critical) => score.add(6, "critical"),
                Some(Severity::High) => score.add(4, "high"),
                Some(Severity::Medium) => score.add(2, "medium"),
                _ => {}
            }
        }
        (false, Some(severity)) => score.begin(step(severity), severity.as_str()),
        // Unknown is never harmless: between low and high.
        (false, None) => score.begin(40, "of unknown severity"),
    }
    if let Some(epss) = danger.epss.filter(|_| !danger.is_exploited) {
        let points = match epss {
            0.5.. => 6,
            0.1..0.5 => 4,
            0.01..0.1 => 2,
            _ => 0,
        };
        score.add(points, &format!("{:.0} % likely to be exploited within 30 days", epss * 100.0));
    }
    score.circumstances(*at);
    score
}

const fn step(severity: Severity) -> u8 {
    match severity {
        Severity::None => 0,
        Severity::Low => 20,
        Severity::Medium => 40,
        Severity::High => 60,
        Severity::Critical => 80,
    }
}

impl Score {
    fn begin(&mut self, points: u8, what: &str) {
        self.points = points;
        self.why = format!("{what} ({points})");
    }

    fn add(&mut self, points: u8, what: &str) {
        if points > 0 {
            self.points = self.points.saturating_add(points);
            self.why = format!("{}, {what} (+{points})", self.why);
        }
    }

    fn circumstances(&mut self, at: Circumstances) {
        if at.is_privileged {
            self.add(4, "in a privileged container");
        }
        if at.is_on_path {
            self.add(4, "on an attack path");
        }
        let points = match at.exposure {
            Exposure::Unknown | Exposure::None => 0,
            Exposure::Cluster => 1,
            Exposure::Node => 3,
            Exposure::Internet => 5,
        };
        self.add(points, at.exposure.words().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORST: Circumstances =
        Circumstances { exposure: Exposure::Internet, is_privileged: true, is_on_path: true };

    fn check(danger: (Option<Severity>, bool, f64), at: Circumstances, points: u8, why: &str) {
        let (severity, is_exploited, epss) = danger;
        let danger = Danger { severity, is_exploited, epss: Some(epss) };
        let score = vulnerability(&danger, &at);
        assert_eq!((score.points, &*score.why), (points, why));
    }

    /// Computed by hand from the table in the documentation of the crate's scale.
    #[test]
    fn scores_by_hand() {
        let none = Circumstances::NONE;
        check((Some(Severity::Medium), false, 0.0), none, 40, "medium (40)");
        check((None, false, 0.001), none, 40, "of unknown severity (40)");
        check(
            (Some(Severity::High), false, 0.62),
            none,
            66,
            "high (60), 62 % likely to be exploited within 30 days (+6)",
        );
        check(
            (Some(Severity::Critical), true, 0.97),
            WORST,
            99,
            "being exploited (80), critical (+6), in a privileged container (+4), \
             on an attack path (+4), reachable from the internet (+5)",
        );
        let inside = Circumstances { exposure: Exposure::Cluster, ..none };
        check(
            (Some(Severity::Low), true, 0.9),
            inside,
            81,
            "being exploited (80), reachable inside the cluster (+1)",
        );
    }

    #[test]
    fn circumstances_never_outweigh_a_step_of_severity() {
        let of = |severity, at| {
            let danger = Danger { severity: Some(severity), is_exploited: false, epss: Some(1.0) };
            vulnerability(&danger, &at).points
        };
        for (less, more) in [
            (Severity::Low, Severity::Medium),
            (Severity::Medium, Severity::High),
            (Severity::High, Severity::Critical),
        ] {
            let more = vulnerability(
                &Danger { severity: Some(more), ..Danger::default() },
                &Circumstances::NONE,
            );
            assert!(of(less, WORST) < more.points);
        }
        assert!(of(Severity::Critical, WORST) <= 100);
    }
}
