//! The contract, tried on both engines.

mod access;
mod backup;
mod door;
mod faults;
mod findings;
mod inventory;
mod overview;
mod pages;
mod past;
mod places;
mod retention;
mod samples;
mod schema;
mod text;

use places::Place;

/// Runs one test of the contract on SQLite and on PostgreSQL.
macro_rules! contract {
    ($($(#[$about:meta])* $name:ident)*) => {$(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::super::on(super::super::Place::sqlite(), super::$name).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::super::on(super::super::Place::postgres(), super::$name).await;
            }
        }
    )*};
}
use contract;

async fn on<F: Future<Output = ()>>(place: Place, test: fn(crate::Store) -> F) {
    let store = crate::Store::open(&place.url).await.unwrap();
    test(store).await;
    drop(place);
}
