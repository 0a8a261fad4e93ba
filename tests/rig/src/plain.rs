//! The plain manifests, as docs/install.md has people apply and delete them.

use crate::{Rig, install::image};

#[test]
fn the_plain_manifests_install_and_leave_nothing() {
    let rig = Rig::up("test-plain", &[]);
    crate::succeed(rig.command(&["load"]).arg(image()));
    let before = rig.everything();
    rig.volume();
    let file = "--filename=deploy/manifests/cofferdam.yaml";
    let apply = |words: &[&str]| {
        let mut kubectl = rig.command(&["kubectl"]);
        crate::succeed(kubectl.args(words));
    };
    apply(&["apply", file]);
    let name = ["--namespace=cofferdam-system", "deployment/cofferdam", "--timeout=120s"];
    apply(&[&["rollout", "status"][..], &name].concat());
    apply(&["delete", file, "--timeout=120s"]);
    apply(&["delete", "persistentvolume", "cofferdam"]);
    let left: Vec<String> = rig.everything().difference(&before).cloned().collect();
    assert_eq!(left, [""; 0]);
}
