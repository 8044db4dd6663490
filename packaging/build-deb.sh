#!/bin/sh
# Builds target/debian/systole_VERSION_ARCH.deb from the release build, looks into it (test-deb.sh), and installs it
# under a throw-away systemd (test-install.sh, as root). It takes dpkg-deb and objdump.
# Installing the package never starts the node: without its three files it cannot run.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C
umask 022

cargo build --locked --release --package systole
target=${CARGO_TARGET_DIR:-target}
program=$target/release/systole
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)-1
architecture=$(dpkg --print-architecture)

# The C library it was linked with may be newer than the machine's where it is installed: the newest symbol decides.
libc=$(objdump -T "$program" | sed -n 's/.*GLIBC_\([0-9.]*\).*/\1/p' | sort -V | tail -n 1)
needed=$(objdump -p "$program" | sed -n 's/^ *NEEDED *//p')
depends="libc6 (>= $libc)"
for library in $needed; do
    case $library in
    libc.so.* | libm.so.* | ld-linux*) ;;
    libgcc_s.so.1) depends="$depends, libgcc-s1" ;;
    *) echo "build-deb: $program needs $library; say in packaging/build-deb.sh which package has it" >&2; exit 1 ;;
    esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
root=$work/root
docs=$root/usr/share/doc/systole
# No /etc/ha.d: it would hide files that lie in /etc/heartbeat.
mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/lib/systemd/system" "$docs" "$root/DEBIAN"
install -m 755 "$program" "$root/usr/bin/systole"
# One executable; the name it is called by says what it is.
ln -s ../bin/systole "$root/usr/sbin/systoled"
# Heartbeat's tools where Debian had them, so that scripts find them. Not its daemon in /usr/libexec/heartbeat: the init
# script that a removed Heartbeat leaves behind would start this one beside its unit.
mkdir -p "$root/usr/share/heartbeat"
ln -s ../bin/systole "$root/usr/sbin/heartbeat"
for name in cl_status cl_respawn; do ln -s systole "$root/usr/bin/$name"; done
for name in hb_standby hb_takeover hb_addnode hb_delnode hb_setweight hb_setsite; do
    ln -s ../../bin/systole "$root/usr/share/heartbeat/$name"
done
install -m 644 packaging/systoled.service "$root/lib/systemd/system/systoled.service"
install -m 644 packaging/copyright "$docs/copyright"
# Licences ask that notices travel with the program, also those of the libraries in it.
CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
cargo tree --locked --package systole --edges normal --prefix none --format '{p}|{l}' --target all |
    sed -n 's/^\([^ ]*\) v\([^ |]*\)[^|]*|\(.*\)/\1 \2 \3/p' | grep -v '^systole' | sort -u |
    while read -r name number licence; do
        printf '==== %s %s: %s\n' "$name" "$number" "${licence% (\*)}"
        find "$CARGO_HOME"/registry/src/*/"$name-$number" -maxdepth 1 -type f \
            \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'copyright*' -o -iname 'notice*' \) \
            ! -iname '*apache*' -exec cat {} + || true
    done | gzip -9n >"$docs/libraries.gz"
for text in README.md docs/migrating-from-heartbeat.md docs/benchmarks.md; do
    [ ! -e "$text" ] || install -m 644 "$text" "$docs/"
done
[ ! -d docs/guide ] || cp -r docs/guide "$docs/guide"
if [ -e CHANGELOG.md ]; then gzip -9n <CHANGELOG.md >"$docs/changelog.gz"; fi
chmod -R u=rwX,go=rX "$docs"
for script in postinst prerm postrm; do install -m 755 "packaging/debian/$script" "$root/DEBIAN/$script"; done

# Conflicts and Replaces: both programs would beat on one port as one node, from the same files.
cat >"$root/DEBIAN/control" <<CONTROL
Package: systole
Version: $version
Architecture: $architecture
Maintainer: The Systole authors <systole@localhost>
Section: admin
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f 1)
Depends: $depends
Suggests: apache2, default-mta | mail-transport-agent, nftables, resource-agents
Conflicts: heartbeat
Replaces: heartbeat
Description: high availability for two servers from three small files
 Systole keeps services running on a pair of Linux servers: when one of them
 fails, the other takes over its addresses and services. It is the successor
 of Linux-HA Heartbeat, reads the same files (ha.cf, haresources, authkeys)
 and speaks the same protocol.
 .
 Installing it starts nothing. Write the three files, let "systole check"
 read them, then: systemctl enable --now systoled
CONTROL
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

mkdir -p "$target/debian"
package=$target/debian/systole_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$package"
packaging/test-deb.sh "$package"
if [ "$(id -u)" -eq 0 ]; then packaging/test-install.sh "$package"; else sudo packaging/test-install.sh "$package"; fi
