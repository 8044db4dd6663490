#!/bin/sh
# Installs a built package under a systemd of its own, on an overlay of this machine's root; this machine keeps nothing.
# Installing must start nothing, removing must stop the node, purging must leave nothing. Needs root. Argument: the
# package.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 PACKAGE.deb" >&2; exit 2; }
package=$(realpath "$1")
cd "$(dirname "$0")/.."
export LC_ALL=C
work=$(mktemp -d)
name=systole-test-install-$$
boot=
end() {
    [ -z "$boot" ] || { kill -KILL "$boot" && wait "$boot" || true; } 2>/dev/null
    group=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)/$name
    # A control group can be removed when its last process is dead, which takes a moment.
    for _ in $(seq 100); do
        [ -d "$group" ] || break
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
    done
    rm -rf "$work"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

mkdir -p "$work/root/etc/systemd/system/systoled.service.d"
units=$work/root/etc/systemd/system
printf '[Unit]\nRequires=dbus.socket\nWants=dbus.service\nAfter=dbus.socket\nAllowIsolate=yes\n' >"$units/test.target"
# Of this machine's own units nothing is wanted.
printf '[Unit]\nDefaultDependencies=no\n' | tee "$units/network-online.target" >"$units/systoled.service.d/test.conf"
# shellcheck disable=SC2129
printf '[Service]\nStandardError=append:/run/said\n' >>"$units/systoled.service.d/test.conf"
: >"$work/root/package.deb"
echo "/package.deb $package" >"$work/bind"
sh crates/systole/src/hands/agent/systemd/tests/throwaway.sh "$work" "$name" >/dev/null 2>&1 &
boot=$!
systemd=
for _ in $(seq 600); do
    systemd=$(cat "/proc/$boot/task/$boot/children" 2>/dev/null || true)
    systemd=${systemd% }
    root=/proc/$systemd/root
    if [ -e "$root/run/dbus/system_bus_socket" ] && [ -e "$root/package.deb" ]; then break; fi
    sleep 0.05
done
inside() { nsenter --target "$systemd" --mount --uts --ipc --net --pid --cgroup --root --wd "$@"; }
fail() {
    echo "test-install: $*" >&2
    inside cat /run/said >&2 || true
    exit 1
}
[ "$(inside hostname)" = throwaway ] || fail "the throw-away systemd did not boot"
state() { inside systemctl show systoled --value --property "$1"; }
files() { inside find /etc /lib /usr /var -xdev ! -path '/var/lib/dpkg*' ! -path '/var/log/*' | sort; }
# Most of /run is systemd's.
runs() { inside find /run -maxdepth 1 -name 'systole*'; }

# This machine may be in use itself.
inside rm -rf /etc/ha.d /etc/heartbeat /var/lib/heartbeat
# Where Heartbeat is installed the package takes its place, and only then is there something to look at.
if inside dpkg-query -W heartbeat >/dev/null 2>&1; then
    inside dpkg -i /package.deb || fail "it does not take the place of heartbeat"
    [ "$(inside dpkg-query -W -f '${db:Status-Status}' heartbeat)" != installed ] || fail "heartbeat is still installed"
    [ "$(inside realpath /usr/bin/cl_status)" = /usr/bin/systole ] || fail "cl_status is not ours"
    inside dpkg -P systole heartbeat || fail "both cannot be purged"
    inside rm -rf /etc/ha.d /etc/heartbeat /var/lib/heartbeat
fi
files >"$work/before"
# As in an image that is being made: no systemd runs.
inside unshare --mount sh -eu <<'IMAGE' || fail "without a running systemd the package does not come and go"
mount -t tmpfs tmpfs /run
dpkg -i /package.deb
systoled --version
dpkg -P systole
IMAGE
inside dpkg -i /package.deb || fail "dpkg -i failed"
inside systoled --version || fail "systoled --version failed"
inside systemd-analyze verify --recursive-errors=no systoled.service || fail "systemd finds faults in the unit"
[ "$(state LoadState) $(state ActiveState)" = "loaded inactive" ] || fail "installed, the node is $(state ActiveState)"
enabled=$(inside systemctl is-enabled systoled || true)
[ "$enabled" = disabled ] || fail "installed, the unit is $enabled"
if inside systemctl start systoled; then fail "it started without its files"; fi
[ "$(state ExecMainStatus)" = 6 ] || fail "without files it ended with $(state ExecMainStatus)"

# The administrator's part.
inside sh -eu <<'INSIDE'
ip link set lo up
ip link add eth0 type veth peer name eth1
ip addr add 192.168.1.1/24 brd + dev eth0
ip link set eth0 up
ip link set eth1 up
umask 077
mkdir /etc/ha.d
printf 'bcast eth0\nnode throwaway other\n' >/etc/ha.d/ha.cf
echo 'throwaway IPaddr2::192.168.1.236/24/eth0' >/etc/ha.d/haresources
printf 'auth 1\n1 sha1 a-secret-of-the-test\n' >/etc/ha.d/authkeys
systemctl enable --now systoled
INSIDE
[ "$(state ActiveState)" = active ] || fail "enabled and started, the node is $(state ActiveState)"
node=$(state MainPID)
inside dpkg -i /package.deb || fail "the same version could not be installed again"
[ "$(state MainPID)" = "$node" ] || fail "an upgrade disturbed the node"
# The old names reach the node that the unit runs; stopping by the old name does not make systemd start it again.
[ "$(inside cl_status hbstatus)" = "Heartbeat is running on this machine." ] || fail "cl_status does not find the node"
inside heartbeat -s || fail "heartbeat -s does not find the node"
inside heartbeat -k || fail "heartbeat -k failed"
[ "$(state ActiveState)" = inactive ] || fail "stopped by heartbeat -k, the node is $(state ActiveState)"
inside heartbeat || fail "heartbeat does not start the node"
[ "$(state ActiveState)" = active ] || fail "started by heartbeat, the node is $(state ActiveState)"
node=$(state MainPID)
inside dpkg -r systole || fail "dpkg -r failed"
[ ! -e "/proc/$systemd/root/proc/$node" ] || fail "the package is removed, the node runs on"
inside dpkg -P systole || fail "dpkg -P failed"
inside rm -r /etc/ha.d
files >"$work/after"
runs >>"$work/after"
diff "$work/before" "$work/after" || fail "purged, these are left, or missing"
echo "test-install: $package installs, runs, goes"
