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
    /// Not up to date: the API server is away, or busy.
    Away(String),
    /// Not up to date, and it will not be unless somebody changes something.
    Refused(String),
    /// It may not be read, and nothing is known of it.
    Forbidden(String),
}

/// One kind and how it stands.
#[derive(Debug)]
struct Place {
    kind: &'static str,
    state: State,
    was_current: bool,
}

/// How all kinds stand.
#[derive(Debug)]
pub(super) struct Standing {
    places: Vec<Place>,
    has_news: bool,
}

impl Standing {
    pub(super) fn new(kinds: &[Kind]) -> Self {
        let place =
            |kind: &Kind| Place { kind: kind.kind, state: State::Waiting, was_current: false };
        Self { places: kinds.iter().map(place).collect(), has_news: true }
    }

    /// Takes note of how a kind stands now. That it is lost or withheld is said at once, and that it
    /// is no more.
    pub(super) fn hear(&mut self, index: usize, state: State, was_read: bool) -> Option<Change> {
        let place = self.places.get_mut(index).filter(|place| place.state != state)?;
        let before = std::mem::replace(&mut place.state, state);
        let kind = place.kind.to_owned();
        match &place.state {
            State::Away(why) | State::Refused(why) => {
                Some(Change::Lost { kind, why: why.clone(), was_read })
            }
            State::Forbidden(why) => Some(Change::Withheld { kind, why: why.clone() }),
            State::Waiting | State::Current => {
                place.was_current = true;
                self.has_news = true;
                (before != State::Waiting).then_some(Change::Current { kind })
            }
        }
    }

    /// Whether each kind was listed once, or will not be.
    pub(super) fn is_settled(&self) -> bool {
        let will_not = |state: &State| matches!(state, State::Refused(_) | State::Forbidden(_));
        self.places.iter().all(|place| place.was_current || will_not(&place.state))
    }

    /// Whether a kind came up to date since the last time it was told.
    pub(super) fn has_news(&self) -> bool {
        self.has_news
    }

    /// Whether some kinds are likely to come up to date soon.
    pub(super) fn is_awaiting(&self) -> bool {
        self.places.iter().any(|place| matches!(place.state, State::Away(_)))
    }

    /// Says that all is known but for what is lost or withheld.
    pub(super) const fn tell(&mut self) -> Change {
        self.has_news = false;
        Change::Synced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> Standing {
        let find = |kind| *Kind::find("v1", kind).unwrap();
        Standing::new(&[find("Node"), find("Pod")])
    }

    fn away(why: &str) -> State {
        State::Away(why.to_owned())
    }

    fn refused(why: &str) -> State {
        State::Refused(why.to_owned())
    }

    fn lost(kind: &str, why: &str) -> Change {
        Change::Lost { kind: kind.to_owned(), why: why.to_owned(), was_read: true }
    }

    fn current(kind: &str) -> Change {
        Change::Current { kind: kind.to_owned() }
    }

    #[test]
    fn settled_when_each_is_listed_or_lost() {
        let mut standing = standing();
        assert!(!standing.is_settled());
        assert_eq!(standing.hear(0, State::Current, true), None);
        assert!(!standing.is_settled());
        assert_eq!(standing.hear(1, refused("forbidden"), true), Some(lost("Pod", "forbidden")));
        assert!(standing.is_settled() && standing.has_news());
        assert_eq!(standing.tell(), Change::Synced);
        assert!(!standing.has_news());
    }

    #[test]
    fn what_may_not_be_read_is_withheld_until_something_else_is_wrong_with_it() {
        let withheld = Change::Withheld { kind: "Pod".to_owned(), why: "forbidden".to_owned() };
        let forbidden = || State::Forbidden("forbidden".to_owned());
        let mut standing = standing();
        standing.hear(0, State::Current, true);
        assert_eq!(standing.hear(1, forbidden(), true), Some(withheld.clone()));
        assert!(standing.is_settled() && !standing.is_awaiting());
        assert_eq!(standing.tell(), Change::Synced);
        assert_eq!(standing.hear(1, forbidden(), true), None);
        assert_eq!(standing.hear(1, away("a"), true), Some(lost("Pod", "a")));
        assert_eq!(standing.hear(1, forbidden(), true), Some(withheld));
        assert_eq!(standing.hear(1, State::Current, true), Some(current("Pod")));
        assert!(standing.has_news());
    }

    #[test]
    fn not_settled_before_the_api_server_was_there_once() {
        let mut standing = standing();
        standing.hear(0, State::Current, true);
        assert_eq!(standing.hear(1, away("a"), true), Some(lost("Pod", "a")));
        assert!(!standing.is_settled() && standing.is_awaiting());
        standing.hear(1, State::Current, true);
        assert!(standing.is_settled());
        // Later it is no matter: the others are told of.
        standing.hear(1, away("b"), true);
        assert!(standing.is_settled());
    }

    #[test]
    fn lost_is_said_once_and_what_comes_back_is_news() {
        let mut standing = standing();
        standing.hear(0, State::Current, true);
        standing.hear(1, State::Current, true);
        assert_eq!(standing.tell(), Change::Synced);
        assert_eq!(standing.hear(1, away("a"), true), Some(lost("Pod", "a")));
        assert_eq!(standing.hear(1, away("a"), true), None);
        assert_eq!(standing.hear(1, refused("b"), true), Some(lost("Pod", "b")));
        assert!(!standing.has_news());
        assert_eq!(standing.hear(1, State::Current, true), Some(current("Pod")));
        assert!(standing.has_news());
        assert_eq!(standing.tell(), Change::Synced);
        // Still up to date: nothing to say.
        assert_eq!(standing.hear(1, State::Current, true), None);
        assert!(!standing.has_news());
    }
}
