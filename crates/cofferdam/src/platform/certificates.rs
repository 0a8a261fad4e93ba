//! What everything that listens over TLS is known by: an authority of our own, kept in a Secret
//! that all replicas share, and a certificate of it. Both are renewed while they are served with.

use super::secret::{Data, Place};
use crate::{diagnostics, scan::now};
use cofferdam_control::{
    Tasks,
    admission::{
        SecretPath,
        certificate::{Authorities, Serving},
        server::Identity,
    },
};
use cofferdam_model::{Diagnostic, Exit};
use jiff::Timestamp;
use std::{fmt::Display, sync::Arc, time::Duration};
use tokio::{sync::watch, time::sleep};

/// How often it is looked at whether something ends soon, or another replica has renewed it.
const LOOK: Duration = Duration::from_mins(1);

/// What is believed of us, as it is now.
#[derive(Clone, Debug)]
pub(super) struct Trusted {
    /// The authorities, PEM.
    pub(super) pem: String,
    /// Where the API server finds the door.
    pub(super) path: SecretPath,
    pub(super) authority_expires: Timestamp,
    pub(super) certificate_expires: Timestamp,
}

/// A certificate to serve with. It is renewed until the tasks end that it was started among.
#[derive(Clone)]
pub(crate) struct Certificates {
    pub(crate) identity: Arc<Identity>,
    trusted: watch::Receiver<Trusted>,
}

impl Certificates {
    /// A certificate for these names. Without a place its authority is new, and ends with this
    /// process.
    pub(crate) async fn start(
        place: Option<Place>,
        names: Vec<String>,
        tasks: &mut Tasks,
    ) -> Result<Self, Diagnostic> {
        let authorities = match &place {
            Some(place) => agreed(place).await?,
            None => Authorities::generate(now()).map_err(unmade)?,
        };
        let signing = authorities.signing(now());
        let serving = signing.issue(&names, now()).map_err(unmade)?;
        let identity =
            Arc::new(Identity::new(&serving, authorities.path().clone()).map_err(unmade)?);
        let signed_by = signing.certificate_pem().to_owned();
        let mut keeper = Keeper {
            place,
            names,
            authorities,
            serving,
            signed_by,
            identity: Arc::clone(&identity),
        };
        let (shown, trusted) = watch::channel(keeper.trusted());
        let mut stop = tasks.stop();
        tasks.spawn("who renews certificates", async move {
            loop {
                tokio::select! {
                    () = sleep(LOOK) => {}
                    _ = stop.wait_for(|stop| *stop) => return,
                }
                if let Err(error) = keeper.turn().await {
                    diagnostics::warn(&error);
                }
                shown.send_replace(keeper.trusted());
            }
        });
        Ok(Self { identity, trusted })
    }

    pub(super) fn trusted(&self) -> Trusted {
        self.trusted.borrow().clone()
    }
}

struct Keeper {
    place: Option<Place>,
    names: Vec<String>,
    authorities: Authorities,
    serving: Serving,
    /// The authority whose certificate is served with.
    signed_by: String,
    identity: Arc<Identity>,
}

impl Keeper {
    async fn turn(&mut self) -> Result<(), Diagnostic> {
        let agreed = if let Some(place) = &self.place {
            agreed(place).await?
        } else {
            let mut own = self.authorities.clone();
            own.turn(now()).map_err(unmade)?;
            own
        };
        // Those who are to believe a new authority hear of it first; it signs from the next look on.
        let is_known = self.authorities.is_known(agreed.signing(now()));
        self.authorities = agreed;
        self.identity.set_path(self.authorities.path().clone());
        let signing = self.authorities.signing(now());
        let is_old = self.signed_by != signing.certificate_pem() || self.serving.is_due(now());
        if is_known && is_old {
            self.serving = signing.issue(&self.names, now()).map_err(unmade)?;
            self.identity.set(&self.serving).map_err(unmade)?;
            signing.certificate_pem().clone_into(&mut self.signed_by);
        }
        Ok(())
    }

    fn trusted(&self) -> Trusted {
        Trusted {
            pem: self.authorities.trusted_pem(),
            path: self.authorities.path().clone(),
            authority_expires: self.authorities.current().expires(),
            certificate_expires: self.serving.expires,
        }
    }
}

/// The authorities that the Secret keeps: made, or renewed when they end soon, and written there,
/// unless another replica was faster; then that one's.
async fn agreed(place: &Place) -> Result<Authorities, Diagnostic> {
    let decide = |data: &Data, version: Option<&str>| {
        // One that the chart made and nobody filled yet holds nothing.
        let (mut authorities, is_new) = match Authorities::of_secret(data) {
            Ok(kept) => (kept, false),
            Err(_) => (Authorities::generate(now()).map_err(unmade)?, true),
        };
        let is_changed = authorities.turn(now()).map_err(unmade)? || is_new;
        let wanted = is_changed.then(|| authorities.secret(&place.namespace, &place.name, version));
        Ok((authorities, wanted))
    };
    place.agree(decide).await
}

fn unmade(error: impl Display) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, "cannot make a certificate").because(error)
}
