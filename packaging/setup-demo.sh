#!/bin/sh
# Installs the Debian packages that `systole demo` runs on: real Apache, iproute2, util-linux.
# Nothing is started: while packages are being installed a policy says no to every service, and afterwards
# whatever policy stood there before stands there again.
set -eu

policy=/usr/sbin/policy-rc.d
saved=

missing() {
    for package in apache2 iproute2 util-linux mount bash; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
    done
}

put_back() {
    if [ -n "$saved" ]; then
        rm -f "$policy"
        [ "$saved" = none ] || mv "$saved" "$policy"
        saved=
    fi
}

want=$(missing)
if [ -z "$want" ]; then
    echo "setup-demo: apache2, iproute2 and util-linux are here already"
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "setup-demo: these Debian packages are missing: $want" >&2
    echo "setup-demo: run this as root, or install them yourself: apt-get install --no-install-recommends $want" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup-demo: no apt-get on this system; please install by your own means: $want" >&2
    exit 1
fi

trap put_back EXIT
trap 'exit 1' HUP INT TERM
if [ -e "$policy" ] || [ -L "$policy" ]; then
    kept=$(mktemp "$policy.kept.XXXXXX")
    mv "$policy" "$kept"
    saved=$kept
else
    saved=none
fi
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words on purpose
install() { apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends $want; }
echo "setup-demo: installing $want(no service is started)"
# Old package lists point to files that are gone: fetch new ones and try once more.
install || { apt-get -q update && install; }
