//! The backups that are made by themselves.

use super::*;

#[test]
fn a_daemon_whose_newest_backup_is_old_makes_one_beside_its_work_and_so_does_a_round() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(House::open());
    assert_eq!(fs::metadata(backups::folder(&house.room.archive())).unwrap().permissions().mode() & 0o777, 0o700);
    let (by_daemon, by_round) = (house.copy(), house.copy());
    let age = |copy: &Copy| {
        let newest = backups::list(&copy.archive, i64::MAX).unwrap()[0].file.clone();
        fs::rename(&newest, newest.with_file_name("marsad-20200101T000000Z.db")).unwrap();
        fs::write(newest.with_file_name(".marsad-20200102T000000Z.db.1.part"), "half").unwrap();
    };
    age(&by_daemon);
    age(&by_round);
    let daemon = house.start(&["run"], &by_daemon.archive, None);
    until(90, "a backup is made", || backups::list(&by_daemon.archive, i64::MAX).unwrap().len() == 2);
    signal(&daemon, "TERM");
    assert_eq!(wait(daemon, "the daemon").0.code(), Some(0));
    assert_eq!(wait(house.start(&["once"], &by_round.archive, None), "a round").0.code(), Some(0));
    for copy in [by_daemon, by_round] {
        let made = &backups::list(&copy.archive, i64::MAX).unwrap()[0];
        let count = |archive: &Path| -> i64 {
            open::read_only(archive).unwrap().query_row("SELECT count(*) FROM alert", [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count(&made.file), count(&copy.archive));
        assert_eq!(fs::read_dir(backups::folder(&copy.archive)).unwrap().count(), 2, "nothing half-written is left");
    }
    let none = house.copy();
    age(&none);
    let config = format!("[archive]\nbackups = 0\n{}", house.config);
    fs::write(house.room.folder.path().join("marsad.toml"), config).unwrap();
    assert_eq!(wait(house.start(&["once"], &none.archive, None), "a round").0.code(), Some(0));
    assert_eq!(backups::list(&none.archive, i64::MAX).unwrap().len(), 1, "none are wanted");
}
