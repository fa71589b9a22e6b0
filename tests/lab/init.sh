#!/bin/busybox sh
# The first process of the guest: loads the modules, lays a throw-away file system over the read-only image,
# and becomes Python (_waiting.py).
B=/bin/busybox
$B mkdir -p /proc /sys /dev /image /scratch /root
$B mount -t proc proc /proc
$B mount -t sysfs sys /sys
$B mount -t devtmpfs dev /dev
for module in $($B cat /modules/order); do
    $B insmod "/modules/$module" || echo "init: no $module"
done
$B mount -t erofs -o ro /dev/vda /image
$B mount -t tmpfs scratch /scratch
$B mkdir -p /scratch/upper /scratch/work
$B mount -t overlay -o lowerdir=/image,upperdir=/scratch/upper,workdir=/scratch/work overlay /root
for folder in proc sys dev; do $B mount --move /$folder /root/$folder; done
$B mkdir -p /root/project /root/out
$B mount -t tmpfs run /root/run
$B mount -t tmpfs tmp /root/tmp
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8
export PYTHONPATH=/project:/opt/lab PYTHONUNBUFFERED=1
exec $B switch_root /root /usr/bin/python3 /opt/lab/waiting.py
