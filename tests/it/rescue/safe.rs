//! A process that ends badly again and again.

use super::*;

#[test]
fn after_three_bad_ends_no_feed_is_asked_and_the_rest_goes_on() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(House::open());
    let archive = house.room.archive();
    let due = || open::read_write(&archive).unwrap().execute_batch("UPDATE feed SET next_poll_ms = 0").unwrap();
    for n in 0..3 {
        due();
        assert_eq!(wait(house.start(&["run"], &archive, Some("fetch.begin")), "the daemon").0.signal(), Some(9), "{n}");
    }
    due();
    let asked = || house.room.server.requests().iter().filter(|seen| seen.method == "GET").count();
    let before = asked();
    let daemon = house.start(&["run"], &archive, None);
    let title = "marsad ended badly 3 times within 10 minutes; no feed is asked for 10 minutes";
    until(90, "the health alert is told", || house.health() == [title]);
    let (status, _) = wait(house.start(&["status"], &archive, None), "the status");
    assert_eq!(status.code(), Some(0));
    assert_eq!(house.room.count("SELECT count(*) FROM condition WHERE kind = 'crashing' AND ended_ms IS NULL"), 1);
    pause(1500);
    assert_eq!(asked(), before, "no feed was asked");
    signal(&daemon, "TERM");
    assert_eq!(wait(daemon, "the daemon").0.code(), Some(0));
    // It ended well: the next one asks at once.
    let daemon = house.start(&["run"], &archive, None);
    until(90, "the feed is asked", || asked() > before);
    until(90, "the condition ends", || {
        house.room.count("SELECT count(*) FROM condition WHERE kind = 'crashing' AND ended_ms IS NULL") == 0
    });
    signal(&daemon, "TERM");
    assert_eq!(wait(daemon, "the daemon").0.code(), Some(0));
}
