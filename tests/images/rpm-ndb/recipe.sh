# from: debian-trixie
# tools: buildah python3
# uses: rpm.sh
#
# An openSUSE Leap as its package database sees it: the ndb format is SUSE's.
source "$here/rpm.sh"

package bash 4.4 150400.25.22
package libopenssl1_1 1.1.1l 150500.15.4
package glibc 2.31 150300.52.2
package libzypp 17.31.14 150500.5.1
package perl-base 5.26.1 150300.17.11.1
package system-user-root 20190513 3.3.1
package dbus-1 1.12.2 150400.18.8.1
package vim-small 9.0.1443 150500.18.6 "Epoch: 2"

database ndb /usr/lib/sysimage/rpm

begin
cp -a "$work/rpm/root/." "$(root)/"
mkdir -p "$(root)/etc" "$(root)/var/lib"
ln -s ../../usr/lib/sysimage/rpm "$(root)/var/lib/rpm"
cat >"$(root)/etc/os-release" <<'TEXT'
NAME="openSUSE Leap"
VERSION="15.5"
ID="opensuse-leap"
ID_LIKE="suse opensuse"
VERSION_ID="15.5"
PRETTY_NAME="openSUSE Leap 15.5"
CPE_NAME="cpe:/o:opensuse:leap:15.5"
TEXT
layer "rpm --install"
finish
