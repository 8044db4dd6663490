#!/bin/sh
# Installs the Debian packages that the tests (no argument), the demo (`demo`), fuzzing (`fuzz`) or the
# comparison with other products (`failover`) run on. Starts no service:
# a policy-rc.d that says no stands while apt works, and whatever stood there before stands there again afterwards.
set -eu

packages="apache2 bash iproute2 util-linux"
case "${1:-}" in
'') packages="$packages dbus heartbeat nftables resource-agents systemd" ;;
demo) packages="$packages nftables" ;;
failover) packages="$packages corosync heartbeat keepalived nftables pacemaker pacemaker-cli-utils resource-agents" ;;
fuzz) packages=g++ ;; # libFuzzer comes as C++
*) echo "usage: $0 [demo | failover | fuzz]" >&2; exit 2 ;;
esac

missing=
for package in $packages; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null; then
        echo "setup: sudo is used to install:$missing"
        exec sudo "$0" "$@"
    fi
    echo "setup: missing Debian packages:$missing" >&2
    echo "setup: install them as root: apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null; then
    echo "setup: missing, and there is no apt-get here to install them:$missing" >&2
    exit 1
fi

policy=/usr/sbin/policy-rc.d
aside=$policy.before-systole-setup
mark='Written by packaging/setup-test.sh for the time of one apt-get.'
put_back() {
    rm -f "$policy"
    if [ -e "$aside" ] || [ -L "$aside" ]; then mv "$aside" "$policy"; fi
}
trap put_back EXIT
trap 'exit 1' HUP INT TERM
# A run that was killed outright may have left our policy standing, and the machine's own aside: ours never counts.
if grep -qs "$mark" "$policy"; then rm "$policy"; fi
if [ -e "$policy" ] || [ -L "$policy" ]; then mv "$policy" "$aside"; fi
printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
apt="apt-get -q -o DPkg::Lock::Timeout=300"
# The lists may be old or absent; a failed update matters only if the install then fails.
# shellcheck disable=SC2086 # words on purpose
$apt update || echo "setup: apt-get update failed; trying with the lists that are here" >&2
# shellcheck disable=SC2086
$apt install -y --no-install-recommends $missing
