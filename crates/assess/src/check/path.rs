//! Ways in: chains of objects that lead from somebody outside to something that matters.

/// One way from a beginning to an end, over objects of the set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttackPath {
    /// Where it begins: "the internet".
    pub from: String,
    /// Where it ends: "cluster-admin", "the node".
    pub to: String,
    /// The steps in order; each says how the one before leads to it.
    pub steps: Vec<PathStep>,
    /// What to change so that this way is closed; the first is the least change.
    pub cuts: Vec<String>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathStep {
    /// What happens: "Ingress shop/web sends requests to Service shop/web".
    pub text: String,
    /// The file where it is written, if one is.
    pub file: Option<String>,
    /// Its line, from 1.
    pub line: Option<u32>,
}

impl AttackPath {
    /// "from the internet to cluster-admin in 4 steps"
    pub fn title(&self) -> String {
        let steps = self.steps.len();
        let word = if steps == 1 { "step" } else { "steps" };
        format!("from {} to {} in {steps} {word}", self.from, self.to)
    }
}
