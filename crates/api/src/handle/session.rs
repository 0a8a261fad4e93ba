//! Signing in and out.

use super::cluster::summary;
use crate::{
    call::{Answered, Call, done, given},
    cookie,
    refusal::{Kind, Refusal},
    wire::{
        access::PasswordChange,
        session::{Session, SessionAccount, SignIn},
    },
};
use cofferdam_identity::{IdentityError, Principal, Proof, Role, SESSION_HOURS};
use hyper::header::{HeaderValue, SET_COOKIE};

/// `GET /session`
pub(crate) async fn get(call: Call) -> Answered {
    let session = session(&call, call.signed_in()?).await?;
    Ok(given(&session))
}

/// `POST /session`
pub(crate) async fn sign_in(call: Call) -> Answered {
    let SignIn { name, password, code } = call.document()?;
    let identity = &call.api.identity;
    let signed_in = match (name, password, code) {
        (Some(name), Some(password), None) => {
            identity.sign_in(&name, password, &call.address, call.now).await?
        }
        (None, None, Some(code)) => {
            identity.sign_in_with_code(&code, &call.address, call.now).await?
        }
        _ => {
            let detail = "Send name and password, or a one-time code.";
            return Err(Refusal::new(Kind::Invalid, detail));
        }
    };
    let mut response = given(&session(&call, &signed_in.principal).await?);
    let seconds = SESSION_HOURS * 60 * 60;
    let cookie = cookie::set(&signed_in.value, seconds, call.api.settings.is_secure);
    let cookie = HeaderValue::try_from(cookie)
        .map_err(|_| Refusal::new(Kind::Bug, "The session has no name."))?;
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

/// `DELETE /session`
pub(crate) async fn sign_out(call: Call) -> Answered {
    if let Some(value) = &call.cookie {
        call.api.identity.sign_out(&call.who(), value, call.now).await?;
    }
    let mut response = done();
    if let Ok(cookie) = HeaderValue::try_from(cookie::set("", 0, call.api.settings.is_secure)) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `PUT /session/password`
pub(crate) async fn change_password(call: Call) -> Answered {
    let PasswordChange { current, password } = call.document()?;
    let (who, principal) = (call.who(), call.signed_in()?);
    let changed = call.api.identity.change_password(&who, principal, current, password, call.now);
    changed.await.map_err(|error| match (error, &principal.proof) {
        // Who is signed in is known: there is nothing to keep from them.
        (IdentityError::Refused, Proof::Session { .. }) => {
            Refusal::new(Kind::SignIn, "The password until now is wrong.")
        }
        (error, _) => error.into(),
    })?;
    Ok(done())
}

async fn session(call: &Call, principal: &Principal) -> Result<Session, Refusal> {
    let csrf = match &principal.proof {
        Proof::Session { csrf, .. } => csrf.clone(),
        Proof::Token => String::new(),
    };
    let is_developer = principal.role == Role::Developer;
    Ok(Session {
        account: SessionAccount {
            name: principal.name.clone(),
            role: principal.role.into(),
            namespaces: is_developer.then(|| principal.namespaces.clone()),
            must_change: principal.must_change,
        },
        csrf,
        cluster: summary(&call.api).await?,
        is_recorded: call.api.settings.is_recorded,
        read_only: call.api.settings.read_only,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
