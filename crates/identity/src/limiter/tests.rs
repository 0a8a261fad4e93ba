//! Who guesses, who floods, and who only wants to sign in.

use super::{KEYS, Key, Limiter, PER_ACCOUNT, PER_ADDRESS, PER_PAIR};
use jiff::{SignedDuration, Timestamp};

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

/// How many of these attempts are let through.
fn passed<'a>(
    limiter: &mut Limiter,
    attempts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> u32 {
    let mut passed = 0;
    for (name, address) in attempts {
        passed += u32::from(limiter.attempt(&Key::named(name, address), at(0)).is_ok());
    }
    passed
}

/// Whether the owner of `admin` gets in.
fn assert_open(limiter: &mut Limiter) {
    assert_eq!(limiter.attempt(&Key::named("admin", "192.0.2.1"), at(1)), Ok(()));
}

#[test]
fn the_eleventh_attempt_on_an_account_waits_for_the_window() {
    let mut limiter = Limiter::default();
    let keys = Key::named("ada", "192.0.2.1");
    for _ in 0..PER_PAIR {
        assert_eq!(limiter.attempt(&keys, at(100)), Ok(()));
    }
    assert_eq!(limiter.attempt(&keys, at(400)).unwrap_err().as_secs(), 600);
    assert_eq!(limiter.attempt(&keys, at(1_000)), Ok(()), "15 minutes later");
}

#[test]
fn one_address_that_tries_every_name_keeps_nobody_else_out() {
    let mut limiter = Limiter::default();
    let names: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
    let attempts = names.iter().map(|name| (&**name, "192.0.2.66"));
    assert_eq!(passed(&mut limiter, attempts), PER_ADDRESS);
    assert!(limiter.seen.len() <= 101, "who is refused leaves no trace");
    assert_open(&mut limiter);
}

#[test]
fn many_addresses_that_try_many_names_keep_nobody_else_out() {
    let mut limiter = Limiter::default();
    let guessing = [("admin", "192.0.2.66"); 20];
    assert_eq!(passed(&mut limiter, guessing), PER_PAIR);
    let names: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
    let attempts = names.iter().map(|name| (&**name, &**name));
    assert_eq!(passed(&mut limiter, attempts), 20_000);
    assert!(limiter.seen.len() <= KEYS);
    assert_open(&mut limiter);
    assert_eq!(passed(&mut limiter, guessing), 0, "who guesses is not forgotten for the others");
}

#[test]
fn who_guesses_from_one_address_locks_nobody_out_at_another() {
    let mut limiter = Limiter::default();
    assert_eq!(passed(&mut limiter, [("admin", "192.0.2.66"); 30]), PER_PAIR);
    assert_open(&mut limiter);
}

#[test]
fn guessing_from_many_addresses_ends_too() {
    let mut limiter = Limiter::default();
    let addresses: Vec<String> = (0..200).map(|number| format!("2001:db8:{number:x}::1")).collect();
    let attempts = addresses.iter().map(|address| ("admin", &**address));
    assert_eq!(passed(&mut limiter, attempts), PER_ACCOUNT);
}

#[test]
fn a_network_of_ipv6_is_one_address() {
    let check = |one: &str, other: &str, expected: bool| {
        assert_eq!(Key::unnamed(one) == Key::unnamed(other), expected, "{one} {other}");
    };
    check("2001:db8::1", "2001:db8::ffff:2", true);
    check("2001:db8::1", "2001:db8:0:1::1", false);
    check("192.0.2.1", "192.0.2.2", false);
    check("::ffff:192.0.2.1", "::ffff:192.0.2.2", false);
    check("::ffff:192.0.2.1", "192.0.2.1", true);
    check("unknown", "unknown", true);
}

/// Who signs in counts for nothing, and gives who guesses no new start.
#[test]
fn the_right_password_takes_back_its_own_attempt() {
    let mut limiter = Limiter::default();
    for _ in 0..PER_ADDRESS * 2 {
        let keys = Key::named("ada", "192.0.2.1");
        assert_eq!(limiter.attempt(&keys, at(0)), Ok(()));
        limiter.forgive(&keys);
    }
    assert!(limiter.seen.is_empty());
    assert_eq!(passed(&mut limiter, [("eve", "192.0.2.1"); 10]), PER_PAIR);
    limiter.forgive(&Key::named("ada", "192.0.2.1"));
    assert_eq!(passed(&mut limiter, [("eve", "192.0.2.1")]), 0);
}
