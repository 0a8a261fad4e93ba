#!/bin/sh
# Holds the node's mount namespace: run by `unshare --mount`, it shows the node folders of the
# cluster where Kubernetes' programs look for them, says so by the file `ready`, and stays.
#
#     mounts.sh STATE RUN
set -eu
state=$1 run=$2

show() {
    mount --bind "$1" "$2"
}

mount --make-rshared /
show "$state/etc" /etc/kubernetes
show "$state/etcd" /var/lib/etcd
show "$state/kubelet" /var/lib/kubelet
show "$state/containerd" /var/lib/containerd
show "$state/cni" /var/lib/cni
show "$state/logs/containers" /var/log/containers
show "$state/logs/pods" /var/log/pods
show "$run/containerd" /run/containerd

# The kubelet writes these settings of the whole machine where they differ from what it wants; it
# finds files here that say what it wants to read.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1; do
    name=${setting%=*}
    file=$run/$(echo "$name" | tr / .)
    echo "${setting#*=}" >"$file"
    show "$file" "/proc/sys/$name"
done

touch "$run/ready"
exec sleep infinity
