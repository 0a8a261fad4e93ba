//! Connections of whoever has not shown yet that he knows the [`super::SecretPath`].
//!
//! Anybody who reaches the port may connect, and whoever wants the door shut connects often. So
//! strangers have few places, and when those are taken the one who waits longest gives his up: an
//! API server sends its request at once, and is a stranger no more before that is he.

use std::{
    cmp::Reverse,
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Strangers at once: half of all connections, so that the others are left for API servers.
const ALL_MAX: usize = 128;

/// Strangers at once from one address: an eighth of all connections. API servers behind one
/// address are seldom strangers together: each is one for as long as a handshake takes.
const OF_ADDRESS_MAX: usize = 32;

/// All strangers.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    next: u64,
    /// Who came last stands last.
    of: HashMap<IpAddr, VecDeque<(u64, oneshot::Sender<()>)>>,
}

/// One of them; dropped when he goes, or is none any more.
#[derive(Debug)]
pub(super) struct Stranger {
    all: Arc<Strangers>,
    address: IpAddr,
    number: u64,
}

impl Strangers {
    /// Takes one in. He is to leave when the receiver is told so.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> (Stranger, oneshot::Receiver<()>) {
        // One address, in whichever words.
        let address = address.to_canonical();
        let (leave, told) = oneshot::channel();
        let mut kept = self.kept();
        let number = kept.next;
        kept.next += 1;
        let of_address = kept.of.entry(address).or_default();
        of_address.push_back((number, leave));
        let is_crowded = of_address.len() > OF_ADDRESS_MAX;
        let all: usize = kept.of.values().map(VecDeque::len).sum();
        let crowded = if is_crowded {
            kept.of.get_mut(&address)
        } else if all > ALL_MAX {
            let eldest = |all: &VecDeque<_>| Reverse(all.front().map(|(number, _)| *number));
            kept.of.values_mut().max_by_key(|all| (all.len(), eldest(all)))
        } else {
            None
        };
        if let Some((_, leave)) = crowded.and_then(VecDeque::pop_front) {
            // He may just have gone.
            let _ = leave.send(());
        }
        (Stranger { all: Arc::clone(self), address, number }, told)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut kept = self.all.kept();
        let Some(of_address) = kept.of.get_mut(&self.address) else { return };
        of_address.retain(|(number, _)| *number != self.number);
        if of_address.is_empty() {
            kept.of.remove(&self.address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, number])
    }

    #[test]
    fn who_waits_longest_where_most_wait_leaves_first() {
        let all = Arc::new(Strangers::default());
        let mut told: Vec<_> = (0..OF_ADDRESS_MAX).map(|_| all.enter(address(1))).collect();
        let mut is_told = |number: usize| told[number].1.try_recv().is_ok();
        assert!(!is_told(0));
        let (known, mut of_known) = all.enter(address(1));
        assert!(is_told(0) && !is_told(1));
        drop(known);
        assert!(of_known.try_recv().is_err(), "he is none any more, and goes on");
        // Others are not touched by it; when all places are taken the most crowded address yields.
        let few: Vec<_> = (0..20).map(|_| all.enter(address(2))).collect();
        let others: Vec<_> = (0..77).map(|number| all.enter(address(100 + number))).collect();
        assert!(!is_told(1), "31, 20 and 77 are all that fit");
        let _more = all.enter(address(3));
        assert!(is_told(1) && !is_told(2));
        for (_, mut told) in few.into_iter().chain(others) {
            assert!(told.try_recv().is_err());
        }
    }

    #[test]
    fn who_goes_leaves_nothing_behind() {
        let all = Arc::new(Strangers::default());
        let mapped = "::ffff:10.0.0.1".parse().unwrap();
        drop([all.enter(address(1)), all.enter(mapped)]);
        assert!(all.kept().of.is_empty());
    }
}
