//! Which binaries are worth spooling.

use crate::{check::summary, elf::tests::SHAPES};
use cofferdam_bounds::Limits;

#[track_caller]
fn check(path: &str, content: &[u8], is_wanted: bool) {
    let is_unwanted = summary(path, content, &Limits::default()) == ["-"];
    assert_eq!(!is_unwanted, is_wanted, "{path}");
}

#[test]
fn programs_and_libraries() {
    let program = SHAPES[0].program(&[(6, 0, b"data")], &[]);
    check("usr/bin/x", &program, true);
    check("usr/lib/x.so.1", &program, true);
    check("usr/bin/x", b"#!/bin/sh", false);
    check("usr/bin/x", b"\x7fELF", false);

    let mut movable = program.clone();
    movable[16] = 3;
    check("usr/bin/static-pie", &movable, true);
    check("usr/lib/libx.so.1", &movable, false);
    check("usr/lib/python3/x/_rust.abi3.so", &movable, true);
    let mut entry_free = movable.clone();
    entry_free[24..32].fill(0);
    check("usr/lib/node_modules/x/x.node", &entry_free, false);
    let mut linked = movable.clone();
    linked[64] = 3;
    check("usr/bin/x.so", &linked, true);
    let mut noted = movable;
    noted.extend(b"\x04\0\0\0\x53\0\0\0\x04\0\0\0Go\0\0");
    check("usr/lib/libgo.so", &noted, true);

    for kind in [0, 1, 4] {
        let mut other = program.clone();
        other[16] = kind;
        check("usr/lib/x.ko", &other, false);
    }
}

#[test]
fn an_unreadable_program_is_a_problem() {
    let mut program = SHAPES[0].program(&[], &[]);
    program[4] = 0;
    check("usr/bin/x", &program, true);
    program[54] = 0;
    let found = summary("usr/bin/x", &program, &Limits::default());
    assert_eq!(found, ["malformed"]);
}
