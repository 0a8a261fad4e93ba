//! Accounts, sessions, tokens, trail.

use super::{
    contract,
    samples::{account, at, session, token, trail},
};
use crate::{Page, Role, Store, StoreError, rows::Account};

contract! {
    accounts_have_one_name
    sessions_and_tokens_go_with_their_account
    the_trail_is_never_rewritten
}

async fn accounts_have_one_name(store: Store) {
    store.create_account(&account("alice")).await.unwrap();
    let twin = Account { id: "other".into(), ..account("alice") };
    for account in [&account("alice"), &twin] {
        let error = store.create_account(account).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict(_)), "{error}");
    }
    let admin =
        Account { role: Role::Admin, namespaces: None, created_at: at(9), ..account("alice") };
    store.put_account(&admin).await.unwrap();
    let found = store.account_named("alice").await.unwrap().unwrap();
    assert_eq!((found.role, found.namespaces, found.created_at), (Role::Admin, None, at(0)));
    store.put_account(&account("bob")).await.unwrap();
    let names: Vec<_> = store.accounts().await.unwrap().into_iter().map(|a| a.name).collect();
    assert_eq!(names, ["alice", "bob"]);
    assert_eq!(store.account("a-bob").await.unwrap(), Some(account("bob")));
    assert_eq!(store.account_named("Bob").await.unwrap(), None);
}

async fn sessions_and_tokens_go_with_their_account(store: Store) {
    let orphan = store.create_session(&session("a-alice")).await.unwrap_err();
    assert!(matches!(orphan, StoreError::Conflict(_)), "{orphan}");
    store.create_account(&account("alice")).await.unwrap();
    store.create_session(&session("a-alice")).await.unwrap();
    store.create_token(&token("a-alice")).await.unwrap();
    store.touch_session("h", at(7)).await.unwrap();
    store.touch_token("t", at(8)).await.unwrap();
    assert_eq!(store.session("h").await.unwrap().unwrap().seen_at, at(7));
    assert_eq!(store.token("t").await.unwrap().unwrap().used_at, Some(at(8)));
    assert_eq!(store.tokens(Some("a-bob")).await.unwrap(), []);
    assert_eq!(store.tokens(None).await.unwrap().len(), 1);
    assert!(store.delete_session("h").await.unwrap());
    assert!(!store.delete_session("h").await.unwrap());
    store.create_session(&session("a-alice")).await.unwrap();
    assert!(store.delete_sessions_of("a-alice").await.unwrap());
    store.create_session(&session("a-alice")).await.unwrap();
    assert!(store.delete_account("a-alice").await.unwrap());
    assert_eq!(store.session("h").await.unwrap(), None);
    assert!(!store.delete_token("t").await.unwrap());
    assert!(!store.delete_account("a-alice").await.unwrap());
}

async fn the_trail_is_never_rewritten(store: Store) {
    store.put_trail(&[trail(1), trail(2)]).await.unwrap();
    let mut forged = trail(1);
    forged.who = "mallory".into();
    store.put_trail(&[forged]).await.unwrap();
    let listed = store.trail(None, &Page::default()).await.unwrap();
    assert_eq!(listed.items, [trail(2), trail(1)]);
    assert_eq!(store.trail(Some("mallory"), &Page::default()).await.unwrap().total, 0);
    assert_eq!(store.trail(Some("SET-"), &Page::default()).await.unwrap().total, 2);
}
