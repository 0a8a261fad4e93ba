//! `--since REV` on a real repository.

use super::{PRIVILEGED, findings};
use crate::{binary::Home, tools::must};
use std::process::Command;

/// A repository with one commit of two privileged pods in one file, and another file.
fn repository() -> Home {
    let home = Home::new();
    let other = PRIVILEGED.replace("name: web", "name: other");
    home.write("repo/pods.yaml", format!("{PRIVILEGED}---\n{other}"));
    home.write("repo/more.yaml", PRIVILEGED.replace("name: web", "name: more"));
    home.write("repo/Dockerfile", "FROM debian:12\nRUN sudo true\n");
    let git = |words: &[&str]| {
        let mut command = Command::new("git");
        home.clean(&mut command);
        let who = ["-c", "user.name=Test", "-c", "user.email=test@example.test"];
        must(command.current_dir(home.path("repo")).args(who).args(words));
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "First"]);
    home
}

fn subjects(home: &Home) -> Vec<String> {
    let report = home.own_check("repo").words(&["--since", "main"]).report();
    findings(&report.json).into_iter().map(|(_, _, subject)| subject).collect()
}

#[test]
fn only_what_changed_is_judged() {
    let home = repository();
    assert_eq!(subjects(&home), [""; 0], "nothing changed");
    // One line of the second pod.
    let text = crate::binary::read_text(&home.path("repo/pods.yaml"));
    home.write("repo/pods.yaml", text.replacen("1.2.3", "1.2.4", 2).replacen("1.2.4", "1.2.3", 1));
    assert_eq!(subjects(&home), ["container other of Pod shop/other"]);
    // A file that Git does not know yet is new as a whole.
    home.write("repo/new.yaml", PRIVILEGED.replace("name: web", "name: new"));
    let both = ["container new of Pod shop/new", "container other of Pod shop/other"];
    assert_eq!(subjects(&home), both);
}

#[test]
fn an_unknown_revision_is_2() {
    let home = repository();
    home.own_check("repo").words(&["--since", "nowhere"]).run().exits(2).says(&["nowhere"]);
    home.write("web.yaml", PRIVILEGED);
    home.own_check("web.yaml").words(&["--since", "main"]).run().exits(2).says(&["--since"]);
}
