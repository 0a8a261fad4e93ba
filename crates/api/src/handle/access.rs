//! Who may do what, and who did.

use super::list;
use crate::{
    call::{Answered, Call, done, given, made},
    rows, slice,
    wire::access::{Account, AccountChange, NewAccount, NewToken, Token, TokenMade},
};
use cofferdam_identity as identity;

/// `GET /access/accounts`
pub(crate) async fn accounts(call: Call) -> Answered {
    let all = call.api.identity.accounts().await?.into_iter().map(rows::account);
    let wanted = call.query.text("q");
    let found = all.filter(|account| slice::has(wanted, &[&account.name])).collect();
    let orders: &[slice::Order<Account>] = &[
        ("name", |one, other| one.name.cmp(&other.name)),
        ("createdAt", |one, other| one.created_at.0.cmp(&other.created_at.0)),
    ];
    Ok(given(&slice::page(found, &call.query, orders)?))
}

/// `POST /access/accounts`
pub(crate) async fn create_account(call: Call) -> Answered {
    let NewAccount { name, role, namespaces, password } = call.document()?;
    let new = identity::NewAccount { name, role: role.into(), namespaces, password };
    let account = call.api.identity.create_account(&call.who(), new, call.now).await?;
    Ok(made(&rows::account(account)))
}

/// `PATCH /access/accounts/{id}`
pub(crate) async fn change_account(call: Call) -> Answered {
    let AccountChange { role, namespaces, password, disabled } = call.document()?;
    let role = role.map(Into::into);
    let change = identity::AccountChange { role, namespaces, password, disabled };
    let identity = &call.api.identity;
    let account = identity.change_account(&call.who(), call.id(), change, call.now).await?;
    Ok(given(&rows::account(account)))
}

/// `DELETE /access/accounts/{id}`
pub(crate) async fn delete_account(call: Call) -> Answered {
    call.api.identity.delete_account(&call.who(), call.id(), call.now).await?;
    Ok(done())
}

/// `GET /access/tokens`
pub(crate) async fn tokens(call: Call) -> Answered {
    let all = call.api.identity.tokens().await?.into_iter();
    let all = all.map(|(token, owner)| rows::token(token, owner));
    let wanted = call.query.text("q");
    let found = all.filter(|token| slice::has(wanted, &[&token.name, &token.account])).collect();
    let orders: &[slice::Order<Token>] = &[
        ("name", |one, other| one.name.cmp(&other.name)),
        ("createdAt", |one, other| one.created_at.0.cmp(&other.created_at.0)),
        ("expiresAt", |one, other| {
            one.expires_at.map(|at| at.0).cmp(&other.expires_at.map(|at| at.0))
        }),
    ];
    Ok(given(&slice::page(found, &call.query, orders)?))
}

/// `POST /access/tokens`
pub(crate) async fn create_token(call: Call) -> Answered {
    let NewToken { name, role, days } = call.document()?;
    let new = identity::NewToken { name, role: role.into(), days };
    let (who, owner) = (call.who(), call.signed_in()?);
    let (token, value) = call.api.identity.create_token(&who, owner, new, call.now).await?;
    Ok(made(&TokenMade { token: rows::token(token, owner.name.clone()), value }))
}

/// `DELETE /access/tokens/{id}`
pub(crate) async fn delete_token(call: Call) -> Answered {
    call.api.identity.delete_token(&call.who(), call.id(), call.now).await?;
    Ok(done())
}

/// `GET /access/trail`
pub(crate) async fn trail(call: Call) -> Answered {
    let listed = call.api.store.trail(call.query.text("q"), &call.query.page(true)?).await?;
    Ok(given(&list(listed, rows::trail)))
}
