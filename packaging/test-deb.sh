#!/bin/sh
# Looks into a built package: the right files with the right rights, the right words to dpkg. Installs nothing.
# Every fault is named before it ends. Argument: the package.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 PACKAGE.deb" >&2; exit 2; }
package=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
faults=0
fault() {
    echo "test-deb: $*" >&2
    faults=$((faults + 1))
}

dpkg-deb -c "$package" >"$work/contents"
holds() { # MODE PATH [-> TARGET], as tar lists them
    grep -qE "^$1 +root/root .* $2\$" "$work/contents" || fault "no line \"$1 root/root $2\" in dpkg-deb -c"
}
holds -rwxr-xr-x ./usr/bin/systole
holds lrwxrwxrwx './usr/sbin/systoled -> \.\./bin/systole'
holds lrwxrwxrwx './usr/sbin/heartbeat -> \.\./bin/systole'
for name in cl_status cl_respawn; do holds lrwxrwxrwx "./usr/bin/$name -> systole"; done
for name in hb_standby hb_takeover hb_addnode hb_delnode hb_setweight hb_setsite; do
    holds lrwxrwxrwx "./usr/share/heartbeat/$name -> \.\./\.\./bin/systole"
done
if grep ' \./usr/libexec' "$work/contents"; then fault "these would be started by Heartbeat's old init script"; fi
holds -rw-r--r-- ./lib/systemd/system/systoled.service
holds -rw-r--r-- ./usr/share/doc/systole/copyright
holds -rw-r--r-- ./usr/share/doc/systole/libraries.gz
if grep -v ' root/root ' "$work/contents"; then fault "these belong to somebody else than root"; fi
if grep -E '^.{5}w|^.{8}w|^[^l].{2}[sS]|^.{6}[sS]' "$work/contents" | grep -v '^l'; then
    fault "these can be written by others, or change who runs them"
fi
if grep -E ' \./(etc|run|var|tmp|home|root)(/|$)' "$work/contents"; then
    fault "these are the administrator's or the program's to make"
fi

field() { dpkg-deb -f "$package" "$1"; }
says() { # FIELD WORDS
    case ", $(field "$1")," in
    *", $2"[,\ ]*) ;;
    *) fault "$1 is \"$(field "$1")\" but must name $2" ;;
    esac
}
says Package systole
says Architecture "$(dpkg --print-architecture)"
says Conflicts heartbeat
says Replaces heartbeat
says Depends libc6

dpkg-deb -e "$package" "$work/control"
for script in preinst postinst prerm postrm; do
    [ -e "$work/control/$script" ] || continue
    sh -n "$work/control/$script" || fault "$script is no shell script"
    if grep -vE '^ *#' "$work/control/$script" |
        grep -E '(systemctl|invoke-rc\.d|deb-systemd-[a-z]*).* (re)?(start|enable)|service .* (re)?start'; then
        fault "$script starts the node, which cannot run before its three files are there"
    fi
done
[ ! -e "$work/control/preinst" ] || fault "a preinst is not needed"

dpkg-deb -x "$package" "$work/root"
(cd "$work/root" && md5sum --quiet -c "$work/control/md5sums") || fault "md5sums do not fit"
version=$(field Version)
for name in usr/bin/systole usr/sbin/systoled; do
    said=$("$work/root/$name" --version) || fault "$name --version failed"
    [ "$said" = "${name##*/} ${version%-*}" ] || fault "$name --version says \"$said\""
done
# By each old name it is the old tool: one line of each that needs no daemon.
said=$("$work/root/usr/sbin/heartbeat" -V) || fault "heartbeat -V failed"
[ "${said%% *}" = "${version%-*}" ] || fault "heartbeat -V says \"$said\""
for name in bin/cl_status bin/cl_respawn share/heartbeat/hb_standby share/heartbeat/hb_takeover \
    share/heartbeat/hb_addnode share/heartbeat/hb_delnode share/heartbeat/hb_setweight share/heartbeat/hb_setsite; do
    "$work/root/usr/$name" --help >"$work/said" 2>&1 || true
    grep -qi "^usage.* *${name##*/}\|^${name##*/} \[" "$work/said" || fault "$name --help says \"$(cat "$work/said")\""
done
# The unit must start what is in the package.
sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$work/root/lib/systemd/system/systoled.service" >"$work/start"
while read -r program; do
    [ -x "$work/root$program" ] || fault "the unit starts $program, which is not in the package"
done <"$work/start"
[ -s "$work/start" ] || fault "the unit starts nothing"

dpkg-deb -I "$package" | sed -n 's/^ \(Version\|Installed-Size\|Depends\):/test-deb: \1:/p'
[ "$faults" -eq 0 ] || { echo "test-deb: $faults faults in $package" >&2; exit 1; }
echo "test-deb: $package is in order"
