# Sets up one machine inside fresh namespaces. Arguments: name, place for the root, disk directory, program under test
# (or nothing), serial line (or nothing). Read between the prologue and the epilogue of namespace.rs.
name=$1 root=$2 disk=$3 program=$4 serial=$5

echo "$name" >/proc/sys/kernel/hostname

# A root of its own in memory. The host's programs are shared, read-only; /etc and /var are the machine's own disk.
mount -t tmpfs -o mode=755,size=256m lab "$root"
for directory in /usr /bin /sbin /lib /lib32 /lib64 /libx32; do
    if [ -L "$directory" ]; then
        cp -P "$directory" "$root$directory"
    elif [ -d "$directory" ]; then
        mkdir "$root$directory"
        mount --rbind "$directory" "$root$directory"
        mount -o remount,bind,ro "$root$directory"
    fi
done
mkdir "$root/etc" "$root/var" "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/root" "$root/home" "$root/old"
mkdir -m 1777 "$root/tmp"
mkdir -p "$root/run/lock" "$root/opt/systole/bin"
mount --bind "$disk/etc" "$root/etc"
mount --bind "$disk/var" "$root/var"

mkdir "$root/dev/pts"
mkdir -m 1777 "$root/dev/shm"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 lab "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
if [ -n "$serial" ]; then
    : >"$root/dev/ttyS0"
    mount --bind "$serial" "$root/dev/ttyS0"
fi

if [ -n "$program" ]; then
    : >"$root/opt/systole/bin/systole"
    mount --bind "$program" "$root/opt/systole/bin/systole"
    for other in systoled heartbeat cl_status cl_respawn hb_standby hb_takeover hb_addnode hb_delnode hb_setweight hb_setsite; do
        ln -s systole "$root/opt/systole/bin/$other"
    done
fi

mount -t proc -o nosuid,nodev,noexec lab "$root/proc"
mount -t sysfs -o ro,nosuid,nodev,noexec lab "$root/sys"

cd "$root"
pivot_root . old
cd /
umount -l /old
rmdir /old
ip link set lo up
