//! What a stranger, a colleague and a thief can do, over a real store.

use crate::{
    AccountChange, Grant, Identity, IdentityError, NewAccount, NewToken, Principal, Proof,
    Resource, Role, Verb, Who, grant,
};
use cofferdam_store::{Page, Store};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";

struct House {
    identity: Identity,
    store: Store,
    _folder: TempDir,
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn who() -> Who {
    Who { name: "root".to_owned(), address: "192.0.2.1".to_owned() }
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("cofferdam.db").display());
    let store = Store::open(&url).await.unwrap();
    House { identity: Identity::new(store.clone()), store, _folder: folder }
}

fn new(name: &str, role: Role) -> NewAccount {
    let namespaces = (role == Role::Developer).then(|| vec!["shop".to_owned()]);
    NewAccount { name: name.to_owned(), role, namespaces, password: PASSWORD.to_owned() }
}

async fn signed_in(house: &House, name: &str, role: Role) -> (Principal, String) {
    house.identity.create_account(&who(), new(name, role), now()).await.unwrap();
    let entered = house.identity.sign_in(name, PASSWORD.to_owned(), "192.0.2.7", now()).await;
    let entered = entered.unwrap();
    (entered.principal, entered.value)
}

#[test]
fn a_role_may_what_the_documentation_says() {
    use Grant::{All, Namespaces, Nothing};
    // Developer, viewer, security, admin.
    let check = |resource, verb, expected: [Grant; 4]| {
        let roles = [Role::Developer, Role::Viewer, Role::Security, Role::Admin];
        assert_eq!(roles.map(|role| grant(role, resource, verb)), expected, "{resource:?}");
    };
    check(Resource::Workload, Verb::Read, [Namespaces, All, All, All]);
    check(Resource::Policy, Verb::Read, [Namespaces, All, All, All]);
    check(Resource::Policy, Verb::Change, [Nothing, Nothing, All, All]);
    check(Resource::Event, Verb::Read, [Nothing, All, All, All]);
    check(Resource::Trail, Verb::Read, [Nothing, Nothing, All, All]);
    check(Resource::Account, Verb::Read, [Nothing, Nothing, Nothing, All]);
    check(Resource::Token, Verb::Change, [Nothing, Nothing, Nothing, All]);
    for resource in Resource::ALL {
        if ![Resource::Policy, Resource::Account, Resource::Token].contains(&resource) {
            check(resource, Verb::Change, [Nothing; 4]);
        }
    }
}

#[tokio::test]
async fn a_session_lasts_a_day_of_work_and_not_a_rest() {
    let house = house().await;
    let (principal, value) = signed_in(&house, "ada", Role::Viewer).await;
    assert!(principal.must_change, "an admin knows the first password");
    assert_eq!(principal.grant(Resource::Workload, Verb::Read), Grant::Nothing);
    let after = |minutes| now() + SignedDuration::from_mins(minutes);
    assert_eq!(house.identity.session(&value, after(119)).await.unwrap(), Some(principal));
    assert!(house.identity.session(&value, after(240)).await.unwrap().is_none(), "rested");
    assert!(house.identity.session(&value, now()).await.unwrap().is_none(), "gone for good");
    assert!(house.identity.session("guess", now()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_whatever_is_done() {
    let house = house().await;
    let (_, value) = signed_in(&house, "ada", Role::Viewer).await;
    let mut hours = 0;
    while house
        .identity
        .session(&value, now() + SignedDuration::from_hours(hours))
        .await
        .unwrap()
        .is_some()
    {
        hours += 1;
    }
    assert_eq!(hours, crate::SESSION_HOURS);
}

#[tokio::test]
async fn what_is_stored_lets_nobody_in() {
    let house = house().await;
    let (principal, value) = signed_in(&house, "ada", Role::Admin).await;
    let new = NewToken { name: "ci".to_owned(), role: Role::Viewer, days: 1 };
    let (token, secret) =
        house.identity.create_token(&who(), &principal, new, now()).await.unwrap();
    let account = house.store.account_named("ada").await.unwrap().unwrap();
    assert!(account.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(secret.starts_with("cfd_") && !format!("{token:?}").contains(&secret));
    for stored in [&token.hash, &account.password_hash] {
        assert!(house.identity.session(stored, now()).await.unwrap().is_none());
        assert!(house.identity.token(stored, now()).await.unwrap().is_none());
    }
    assert!(house.store.session(&value).await.unwrap().is_none(), "kept as a hash");
}

#[tokio::test]
async fn a_wrong_password_says_no_more_than_a_wrong_name() {
    let house = house().await;
    signed_in(&house, "ada", Role::Viewer).await;
    for (name, password) in [("ada", "wrong horse battery"), ("eve", PASSWORD), ("ada", "")] {
        let answer = house.identity.sign_in(name, password.to_owned(), "192.0.2.7", now()).await;
        assert_eq!(answer.unwrap_err(), IdentityError::Refused, "{name}");
    }
}

#[tokio::test]
async fn guessing_stops_after_ten_attempts_even_for_the_right_one() {
    let house = house().await;
    house.identity.create_account(&who(), new("ada", Role::Viewer), now()).await.unwrap();
    let attempt = async |password: &str, at| {
        house.identity.sign_in("ada", password.to_owned(), "192.0.2.7", at).await
    };
    for _ in 0..10 {
        assert_eq!(attempt("x", now()).await.unwrap_err(), IdentityError::Refused);
    }
    assert!(matches!(attempt(PASSWORD, now()).await.unwrap_err(), IdentityError::TooMany(_)));
    let later = now() + SignedDuration::from_mins(15);
    assert!(attempt(PASSWORD, later).await.is_ok());
}

/// Who knows no more than a name takes nothing from its owner.
#[tokio::test]
async fn a_stranger_locks_nobody_out() {
    let house = house().await;
    house.identity.ensure_admin(now()).await.unwrap();
    let code = house.identity.issue_code(now()).unwrap();
    house.identity.create_account(&who(), new("ada", Role::Viewer), now()).await.unwrap();
    let attempt = async |name: &str, password: &str, address: &str| {
        house.identity.sign_in(name, password.to_owned(), address, now()).await
    };
    for _ in 0..12 {
        assert!(attempt("ada", "x", "192.0.2.66").await.is_err());
    }
    for number in 0..12_000 {
        assert!(attempt(&number.to_string(), "x", "192.0.2.66").await.is_err());
    }
    assert!(attempt("ada", PASSWORD, "192.0.2.7").await.is_ok());
    assert!(house.identity.sign_in_with_code(&code, "127.0.0.1", now()).await.is_ok());
}

#[tokio::test]
async fn a_code_opens_a_session_of_the_admin_that_sets_a_password() {
    let house = house().await;
    let generated = house.identity.ensure_admin(now()).await.unwrap();
    assert!(generated.is_some());
    assert!(house.identity.ensure_admin(now()).await.unwrap().is_none(), "once");
    assert!(!house.identity.make_admin(PASSWORD.to_owned(), now()).await.unwrap(), "taken");
    let code = house.identity.issue_code(now()).unwrap();
    let entered = house.identity.sign_in_with_code(&code, "127.0.0.1", now()).await.unwrap();
    assert_eq!(entered.principal.role, Role::Admin);
    let again = house.identity.sign_in_with_code(&code, "127.0.0.1", now()).await;
    assert_eq!(again.unwrap_err(), IdentityError::Refused, "used");
    let principal = house.identity.session(&entered.value, now()).await.unwrap().unwrap();
    let password = PASSWORD.to_owned();
    house
        .identity
        .change_password(&who(), &principal, None, password.clone(), now())
        .await
        .unwrap();
    assert!(house.identity.session(&entered.value, now()).await.unwrap().is_none());
    assert!(house.identity.sign_in("admin", password, "127.0.0.1", now()).await.is_ok());
}

/// Whoever reads the Secret or the file of the first password has it for one login only.
#[tokio::test]
async fn a_first_password_that_is_kept_somewhere_opens_nothing_but_its_own_change() {
    let house = house().await;
    assert!(house.identity.make_admin(PASSWORD.to_owned(), now()).await.unwrap());
    let sign_in = async |password: &str| {
        house.identity.sign_in("admin", password.to_owned(), "192.0.2.7", now()).await
    };
    let principal = sign_in(PASSWORD).await.unwrap().principal;
    assert!(principal.must_change);
    assert_eq!(principal.grant(Resource::Workload, Verb::Read), Grant::Nothing);
    let change = async |password: &str| {
        let current = Some(PASSWORD.to_owned());
        let (who, password) = (who(), password.to_owned());
        house.identity.change_password(&who, &principal, current, password, now()).await
    };
    let refused = change(PASSWORD).await.unwrap_err();
    assert!(matches!(refused, IdentityError::Invalid(_)), "{refused:?}");
    change("a password of one's own").await.unwrap();
    assert_eq!(sign_in(PASSWORD).await.unwrap_err(), IdentityError::Refused);
    let principal = sign_in("a password of one's own").await.unwrap().principal;
    assert_eq!(principal.grant(Resource::Account, Verb::Change), Grant::All);
}

#[tokio::test]
async fn a_token_may_what_its_account_may_now() {
    let house = house().await;
    let (mut principal, _) = signed_in(&house, "ada", Role::Admin).await;
    signed_in(&house, "eve", Role::Admin).await;
    let make = async |principal: &Principal, role, days| {
        let new = NewToken { name: "ci".to_owned(), role, days };
        house.identity.create_token(&who(), principal, new, now()).await
    };
    let (token, value) = make(&principal, Role::Security, 30).await.unwrap();
    let known = house.identity.token(&value, now()).await.unwrap().unwrap();
    assert_eq!((known.role, &known.proof), (Role::Security, &Proof::Token));
    assert!(known.is_meant(None), "no browser sends it by itself");
    let late = now() + SignedDuration::from_hours(30 * 24);
    assert!(house.identity.token(&value, late).await.unwrap().is_none(), "expired");
    let change = AccountChange { role: Some(Role::Viewer), ..AccountChange::default() };
    house.identity.change_account(&who(), &token.account, change, now()).await.unwrap();
    assert_eq!(house.identity.token(&value, now()).await.unwrap().unwrap().role, Role::Viewer);
    principal.role = Role::Viewer;
    assert!(matches!(
        make(&principal, Role::Security, 30).await.unwrap_err(),
        IdentityError::Invalid(_)
    ));
    assert!(make(&principal, Role::Viewer, 366).await.is_err());
    let blind = make(&principal, Role::Developer, 30).await.unwrap_err();
    assert!(matches!(blind, IdentityError::Invalid(why) if why.contains("no namespaces")));
    house.identity.delete_token(&who(), &token.id, now()).await.unwrap();
    assert!(house.identity.token(&value, now()).await.unwrap().is_none(), "revoked");
}

#[tokio::test]
async fn somebody_is_left_who_says_who_has_access() {
    let house = house().await;
    let (ada, _) = signed_in(&house, "ada", Role::Admin).await;
    let demote = || AccountChange { role: Some(Role::Viewer), ..AccountChange::default() };
    let disable = AccountChange { disabled: Some(true), ..AccountChange::default() };
    for change in [demote(), disable] {
        let answer = house.identity.change_account(&who(), &ada.account, change, now()).await;
        assert_eq!(answer.unwrap_err(), IdentityError::LastAdmin);
    }
    let answer = house.identity.delete_account(&who(), &ada.account, now()).await;
    assert_eq!(answer.unwrap_err(), IdentityError::LastAdmin);
    signed_in(&house, "eve", Role::Admin).await;
    house.identity.change_account(&who(), &ada.account, demote(), now()).await.unwrap();
}

#[tokio::test]
async fn a_changed_account_signs_in_again_and_a_disabled_one_does_not() {
    let house = house().await;
    let (_, value) = signed_in(&house, "ada", Role::Viewer).await;
    let account = house.store.account_named("ada").await.unwrap().unwrap();
    let change = AccountChange { disabled: Some(true), ..AccountChange::default() };
    house.identity.change_account(&who(), &account.id, change, now()).await.unwrap();
    assert!(house.identity.session(&value, now()).await.unwrap().is_none());
    let answer = house.identity.sign_in("ada", PASSWORD.to_owned(), "192.0.2.7", now()).await;
    assert_eq!(answer.unwrap_err(), IdentityError::Refused);
}

#[tokio::test]
async fn what_cannot_be_an_account_is_refused() {
    let house = house().await;
    let refused = async |change: fn(&mut NewAccount)| {
        let mut account = new("ada", Role::Developer);
        change(&mut account);
        house.identity.create_account(&who(), account, now()).await.unwrap_err()
    };
    let invalid = |error: IdentityError| assert!(matches!(error, IdentityError::Invalid(_)));
    invalid(refused(|account| account.name = String::new()).await);
    invalid(refused(|account| account.name = "a b".to_owned()).await);
    invalid(refused(|account| account.password = "short".to_owned()).await);
    invalid(refused(|account| account.password = "x".repeat(257)).await);
    invalid(refused(|account| account.namespaces = None).await);
    invalid(refused(|account| account.namespaces = Some(vec!["A/b".to_owned()])).await);
    for role in [Role::Viewer, Role::Security, Role::Admin] {
        let limited = NewAccount { role, ..new("ada", Role::Developer) };
        let answer = house.identity.create_account(&who(), limited, now()).await;
        invalid(answer.unwrap_err());
    }
    signed_in(&house, "ada", Role::Viewer).await;
    assert_eq!(refused(|_| ()).await, IdentityError::Taken("ada".to_owned()));
}

#[tokio::test]
async fn only_a_developer_is_limited_to_namespaces() {
    let house = house().await;
    let (ada, _) = signed_in(&house, "ada", Role::Developer).await;
    let change = async |role: Option<Role>, namespaces: Option<&str>| {
        let namespaces = namespaces.map(|one| vec![one.to_owned()]);
        let change = AccountChange { role, namespaces, ..AccountChange::default() };
        let answer = house.identity.change_account(&who(), &ada.account, change, now()).await;
        answer.map(|account| account.namespaces)
    };
    let refused = change(Some(Role::Viewer), Some("shop")).await.unwrap_err();
    assert!(matches!(refused, IdentityError::Invalid(why) if why.contains("only a developer")));
    assert_eq!(change(None, Some("bank")).await.unwrap(), Some(vec!["bank".to_owned()]));
    assert_eq!(change(Some(Role::Viewer), None).await.unwrap(), None);
    assert!(change(None, Some("shop")).await.is_err());
    assert!(change(Some(Role::Developer), None).await.is_err(), "of none it would see nothing");
}

#[tokio::test]
async fn every_change_leaves_a_trail() {
    let house = house().await;
    signed_in(&house, "ada", Role::Viewer).await;
    let _ = house.identity.sign_in("ada", "wrong".to_owned(), "192.0.2.9", now()).await;
    let trail = house.store.trail(None, &Page::default()).await.unwrap();
    let mut lines: Vec<String> = trail
        .items
        .iter()
        .map(|entry| format!("{} {} {} {}", entry.who, entry.action, entry.what, entry.address))
        .collect();
    lines.sort();
    let expected = [
        "ada session.begin ada 192.0.2.7",
        "ada session.refused ada 192.0.2.9",
        "root account.create ada 192.0.2.1",
    ];
    assert_eq!(lines, expected);
    assert!(!format!("{trail:?}").contains(PASSWORD));
}

#[tokio::test]
async fn a_page_of_another_site_cannot_mean_it() {
    let house = house().await;
    let (principal, value) = signed_in(&house, "ada", Role::Viewer).await;
    let Proof::Session { csrf, .. } = &principal.proof else { panic!("a session") };
    assert!(principal.is_meant(Some(csrf)));
    assert!(!principal.is_meant(None) && !principal.is_meant(Some("")));
    let (other, _) = signed_in(&house, "eve", Role::Viewer).await;
    assert!(!other.is_meant(Some(csrf)), "bound to its session");
    assert!(!csrf.contains(&value), "says nothing of the cookie");
}
