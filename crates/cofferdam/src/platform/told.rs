//! What becomes of the store, for the log: once when something changes, not as long as it lasts.

use crate::diagnostics::{note, warn};
use cofferdam_control::{State, View};
use cofferdam_model::{Diagnostic, Exit};
use std::sync::Arc;
use tokio::sync::watch;

/// Tells until everything ends.
pub(super) async fn tell(mut views: watch::Receiver<Arc<View>>, mut stop: watch::Receiver<bool>) {
    let mut before = State::default();
    loop {
        tokio::select! {
            Ok(()) = views.changed() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = views.borrow_and_update().state.clone();
        news(&before, &now).iter().for_each(warn);
        if before.store.is_some() && now.store.is_none() {
            note("the store is written again");
        }
        before = now;
    }
}

/// What is wrong now and was not, or otherwise.
fn news(before: &State, now: &State) -> Vec<Diagnostic> {
    let warning =
        |what: String, why: &str| Diagnostic::new(Exit::Infrastructure, what).because(why);
    let mut news = Vec::new();
    if let (None, Some(why)) = (&before.store, &now.store) {
        news.push(warning("the store cannot be written".to_owned(), why));
    }
    if let Some(refused) = now.refused.as_ref().filter(|_| now.refused != before.refused) {
        let what =
            format!("things that the store refuses, while all else is written: {}", refused.count);
        news.push(warning(what, &refused.first));
    }
    if let Some(why) = now.unpruned.as_ref().filter(|_| now.unpruned != before.unpruned) {
        news.push(warning("what is old is not forgotten".to_owned(), why));
    }
    news
}

#[cfg(test)]
mod tests {
    use super::news;
    use cofferdam_control::{State, controller::Refused};

    #[test]
    fn what_goes_on_is_told_once() {
        let fine = State::default();
        let away = State { store: Some("it is full".to_owned()), ..State::default() };
        let refused = |count| Some(Refused { count, first: "Pod shop/web: no".to_owned() });
        let one = State { refused: refused(1), ..State::default() };
        let two = State { refused: refused(2), ..State::default() };
        let old = State { unpruned: Some("no".to_owned()), ..State::default() };
        let told = |before: &_, now: &_| -> Vec<String> {
            news(before, now).iter().map(|one| one.what.clone()).collect()
        };
        assert_eq!(told(&fine, &fine), Vec::<String>::new());
        assert_eq!(told(&fine, &away), ["the store cannot be written"]);
        assert_eq!(told(&away, &away), Vec::<String>::new());
        assert_eq!(told(&away, &fine), Vec::<String>::new());
        assert_eq!(told(&one, &one), Vec::<String>::new());
        assert!(told(&one, &two)[0].ends_with(": 2"));
        assert_eq!(told(&two, &fine), Vec::<String>::new());
        assert_eq!(told(&fine, &old), ["what is old is not forgotten"]);
        let why = news(&fine, &one)[0].cause.clone();
        assert_eq!(why.as_deref(), Some("Pod shop/web: no"));
    }
}
