# from: debian-trixie
# tools: buildah python3
# uses: rpm.sh
#
# A Rocky Linux 9 as its package database sees it.
source "$here/rpm.sh"

package bash 5.1.8 6.el9_1
package openssl-libs 3.0.7 16.el9_2 "Epoch: 1"
package bind-libs 9.16.23 11.el9_2.1 "Epoch: 32"
package perl-libs 5.32.1 480.el9 "Epoch: 4"
package grub2-common 2.06 61.el9_2.1 "Epoch: 1"
package glibc 2.34 60.el9
package libstdc++ 11.3.1 4.3.el9
package python3-pip-wheel 21.2.3 6.el9
package nodejs 16.18.1 3.module+el9.1.0+1234+abcdef12 "Epoch: 1"
package kernel-core 5.14.0 284.11.1.el9_2
package sqlite-libs 3.34.1~rc1 6.el9
package curl-minimal 7.76.1^git20230101 23.el9

database sqlite /var/lib/rpm

begin
cp -a "$work/rpm/root/." "$(root)/"
mkdir -p "$(root)/etc"
cat >"$(root)/etc/os-release" <<'TEXT'
NAME="Rocky Linux"
VERSION="9.2 (Blue Onyx)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.2"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Rocky Linux 9.2 (Blue Onyx)"
CPE_NAME="cpe:/o:rocky:rocky:9::baseos"
TEXT
layer "rpm --install"
finish
