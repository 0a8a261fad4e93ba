//! How each kind stands, and what is to be said of it.

use crate::Kind;
use cofferdam_model::Change;

/// How one kind stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Not listed yet.
    Waiting,
    /// Up to date.
    Current,
    /// Not up to date, and why.
    Lost(String),
}

/// How all kinds stand.
#[derive(Debug)]
pub(super) struct Standing {
    kinds: Vec<(&'static str, State)>,
    has_news: bool,
}

impl Standing {
    pub(super) fn new(kinds: &[Kind]) -> Self {
        let kinds = kinds.iter().map(|kind| (kind.kind, State::Waiting)).collect();
        Self { kinds, has_news: true }
    }

    /// Takes note of how a kind stands now. That it is lost is said at once.
    pub(super) fn hear(&mut self, index: usize, state: State) -> Option<Change> {
        let (kind, old) = self.kinds.get_mut(index)?;
        if *old == state {
            return None;
        }
        let said = lost(kind, &state);
        if said.is_none() {
            self.has_news = true;
        }
        *old = state;
        said
    }

    /// Whether every kind was listed or is lost.
    pub(super) fn is_settled(&self) -> bool {
        self.kinds.iter().all(|(_, state)| *state != State::Waiting)
    }

    /// Whether a kind came up to date since the last time it was told.
    pub(super) fn has_news(&self) -> bool {
        self.has_news
    }

    /// Says what is known: all of it, but for what is lost.
    pub(super) fn tell(&mut self) -> Vec<Change> {
        self.has_news = false;
        let lost = self.kinds.iter().filter_map(|(kind, state)| lost(kind, state));
        [Change::Synced].into_iter().chain(lost).collect()
    }
}

fn lost(kind: &str, state: &State) -> Option<Change> {
    let State::Lost(why) = state else { return None };
    Some(Change::Lost { kind: kind.to_owned(), why: why.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> Standing {
        let find = |kind| *Kind::find("v1", kind).unwrap();
        Standing::new(&[find("Node"), find("Pod")])
    }

    fn gone(why: &str) -> State {
        State::Lost(why.to_owned())
    }

    fn lost(kind: &str, why: &str) -> Change {
        Change::Lost { kind: kind.to_owned(), why: why.to_owned() }
    }

    #[test]
    fn settled_when_each_is_listed_or_lost() {
        let mut standing = standing();
        assert!(!standing.is_settled());
        assert_eq!(standing.hear(0, State::Current), None);
        assert!(!standing.is_settled());
        assert_eq!(standing.hear(1, gone("forbidden")), Some(lost("Pod", "forbidden")));
        assert!(standing.is_settled() && standing.has_news());
        assert_eq!(standing.tell(), [Change::Synced, lost("Pod", "forbidden")]);
        assert!(!standing.has_news());
    }

    #[test]
    fn lost_is_said_once_and_what_comes_back_is_news() {
        let mut standing = standing();
        standing.hear(0, State::Current);
        standing.hear(1, State::Current);
        assert_eq!(standing.tell(), [Change::Synced]);
        assert_eq!(standing.hear(1, gone("a")), Some(lost("Pod", "a")));
        assert_eq!(standing.hear(1, gone("a")), None);
        assert_eq!(standing.hear(1, gone("b")), Some(lost("Pod", "b")));
        assert!(!standing.has_news());
        assert_eq!(standing.hear(1, State::Current), None);
        assert!(standing.has_news());
        assert_eq!(standing.tell(), [Change::Synced]);
        // Still up to date: nothing to say.
        assert_eq!(standing.hear(1, State::Current), None);
        assert!(!standing.has_news());
    }
}
