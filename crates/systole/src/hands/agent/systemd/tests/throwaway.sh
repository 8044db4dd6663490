#!/bin/sh
# A systemd of its own for one test: private mounts, processes, network, host name and control groups, on an overlay
# of the root whose upper half is memory. It ends, and everything with it, when the process of this script ends.
# Arguments: a directory; the name of a new control group. In the directory: root, laid over the root; and bind, with a
# line "PATH SOURCE" for each file of this machine to be seen at another path.
set -eu
if [ "${3:-}" != inside ]; then
    top=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
    mkdir "$top/$2"
    echo $$ > "$top/$2/cgroup.procs"
    exec unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child sh "$0" "$1" "$2" inside
fi
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
root=/mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work $root
mount -t proc proc $root/proc
mount --bind $root/proc/sys $root/proc/sys
mount -o remount,bind,ro $root/proc/sys
mount -t sysfs -o ro sysfs $root/sys
mount -t tmpfs tmpfs $root/sys/fs/cgroup 2> /dev/null || true
mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
mount -t tmpfs tmpfs $root/run
mount -t tmpfs tmpfs $root/dev
for node in null zero full random urandom tty; do
    : > $root/dev/$node
    mount --bind /dev/$node $root/dev/$node
done
mkdir -p $root/dev/shm $root/dev/pts $root/etc/systemd/system
: > $root/dev/console
cp -r "$1/root/." $root/
while read -r path source; do
    : > "$root$path"
    mount --bind "$source" "$root$path"
done < "$1/bind"
for unit in journald.service journald.socket journald-dev-log.socket journald-audit.socket udevd.service logind.service; do
    ln -sf /dev/null $root/etc/systemd/system/systemd-$unit
done
echo throwaway > $root/etc/hostname
hostname throwaway
cd $root
mkdir -p old
pivot_root . old
umount -l old
exec chroot . /usr/bin/env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd \
    --unit=test.target --log-target=console --log-level=notice --show-status=no
