//! An archive that may not be written: from the start, or from one moment to the next.

use super::wire::{DUE, Wire};
use crate::support::systemd::{Lab, Service};

#[test]
fn a_service_that_may_not_write_its_archive_is_refused_in_one_line_at_each_try_until_one_may() {
    let lab = Lab::boot();
    let wire = Wire::serve(&lab, &["Ceasefire in Idlib"]);
    let service = Service { lab: &lab, user: false };
    wire.install(&service, "Ceasefire in Idlib");
    // So fast that the limit of the unit ends it; by its own RestartSec= it is tried for ever.
    service.amend("RestartSec=100ms\\nReadOnlyPaths=/var/lib/private/marsad");
    service.systemctl("restart --no-block marsad");
    service.wait_for("ActiveState", "failed");
    assert_eq!([service.property("ExecMainStatus"), service.property("NRestarts")], ["4", "10"]);
    let reason = "the archive cannot be used: cannot make the lock file /var/lib/marsad/marsad.lock: Read-only file system (os error 30)";
    // What is told of each start, at the priority of an error.
    let told = lab.good("journalctl --no-pager -o cat -p err -t marsad");
    assert!(told.lines().all(|line| line == reason) && (10..=11).contains(&told.lines().count()), "{told}");
    let all = lab.good("journalctl --no-pager -o cat -t marsad");
    assert!(!all.contains("caused by"), "{all}");
    assert_eq!(service.property("StatusText"), reason);
    service.amend("");
    service.systemctl("reset-failed marsad");
    wire.publish(&["Talks in Idlib", "Ceasefire in Idlib"]);
    lab.good(&format!("python3 -c \"{DUE}\""));
    service.systemctl("start marsad");
    wire.wait_for("Talks in Idlib");
    assert_eq!(wire.times_told("Idlib"), 2);
}

/// Makes a disk in a file the folder of the archive. Its file system turns read-only at the first fault.
fn put_on_a_disk(service: &Service<'_>) {
    let nodes = "test -e /dev/loop-control || mknod /dev/loop-control c 10 237
        for n in $(seq 0 63); do test -e /dev/loop$n || mknod /dev/loop$n b 7 $n; done";
    service
        .good(&format!("{nodes}\ntruncate -s 64M /srv/disk && mkfs.ext4 -q -O ^has_journal /srv/disk && mkdir -p -m 700 /var/lib/private"));
    mount(service);
}

fn mount(service: &Service<'_>) {
    let folder = service.data();
    service.good(&format!("mkdir -p -m 700 {folder} && mount -o loop,errors=remount-ro /srv/disk {folder} && chmod 700 {folder}"));
}

/// The kernel finds a fault in the file system, right behind a last write of ours that makes the feed due.
fn break_disk(service: &Service<'_>) {
    let fault = "open('/mnt/fs/ext4/$loop/trigger_fs_error', 'w').write('1')";
    service.good(&format!(
        "loop=$(basename $(findmnt -no SOURCE {})); mount -t sysfs sysfs /mnt && mount -o remount,rw /mnt && python3 -c \"{DUE}; {fault}\" && umount /mnt",
        service.data()
    ));
    assert_ne!(service.sh(&format!("touch {}/file", service.data())).code, 0, "the disk is for reading alone");
}

#[test]
fn an_archive_whose_disk_turns_read_only_is_told_past_it_and_nothing_is_lost_when_that_is_mended() {
    let lab = Lab::boot();
    let wire = Wire::serve(&lab, &["Ceasefire in Idlib"]);
    let service = Service { lab: &lab, user: false };
    put_on_a_disk(&service);
    // It pings at a quarter of that, and looks for what is due then.
    service.amend("WatchdogSec=8");
    wire.install(&service, "Ceasefire in Idlib");
    wire.wait_until_settled();
    break_disk(&service);
    wire.publish(&["Talks in Idlib", "Ceasefire in Idlib"]);
    wire.wait_for("the archive takes nothing in");
    service.wait_for("StatusText", "*'the archive takes nothing in'*");
    assert_eq!([service.property("ActiveState"), service.property("NRestarts")], ["active", "0"]);
    assert_eq!(wire.times_told("Talks in Idlib"), 0, "what is not archived is not told");
    super::stops(&service);
    service.good(&format!("umount {}; e2fsck -fp /srv/disk || test $? = 1", service.data()));
    mount(&service);
    service.systemctl("start marsad");
    wire.wait_for("Talks in Idlib");
    for words in ["Ceasefire in Idlib", "Talks in Idlib", "the archive takes nothing in"] {
        assert_eq!(wire.times_told(words), 1, "{words}: {:?}", wire.told());
    }
    let check = "import sqlite3; print(sqlite3.connect('marsad.db').execute('PRAGMA integrity_check').fetchone()[0])";
    assert_eq!(service.good(&format!("cd {}; python3 -c \"{check}\"", service.data())), "ok");
    super::stops(&service);
    service.good(&format!("umount {}", service.data()));
}
