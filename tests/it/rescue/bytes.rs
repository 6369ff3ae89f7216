//! Bytes that were changed or lost.

use super::*;

/// How many archives are damaged.
const CASES: u64 = 120;

/// What became of a damaged archive.
#[derive(Debug, PartialEq, Clone, Copy)]
enum End {
    /// It was opened, and is sound as it is.
    Sound,
    /// It was set aside, and a backup took its place.
    Restored,
}

/// Starts until a round goes well, three times at most: what is found in use ends it, and is believed when it was found twice.
async fn end(copy: &Copy, config: &str, what: &str) -> End {
    let mut done = copy.once(config).await;
    for _ in 0..2 {
        if let Err(DaemonError::Damaged(_)) = done {
            done = copy.once(config).await;
        }
    }
    if let Err(error) = done {
        panic!("{what}: {}", daemon::chain(&error));
    }
    assert!(copy.is_sound(), "{what}: it goes on with an archive that is not sound");
    assert_eq!(copy.count("SELECT count(*) FROM article"), 2, "{what}: articles");
    if copy.aside().is_empty() {
        return End::Sound;
    }
    let word = "SELECT count(*) FROM alert WHERE kind = 'health' AND title LIKE '%from the backup of%'";
    assert_eq!(copy.count(word), 1, "{what}: nothing is said of it");
    End::Restored
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_bytes_end_in_a_sound_archive_or_in_the_backup() {
    let house = House::open().await;
    let (mut restored, mut sound) = (0, 0);
    for seed in 0..CASES {
        let copy = house.copy();
        let mut dice = Dice(seed);
        let flips = [1, 8, 64, 1000][seed as usize % 4];
        let mut bytes = fs::read(&copy.archive).unwrap();
        for _ in 0..flips {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 + dice.below(255) as u8;
        }
        fs::write(&copy.archive, &bytes).unwrap();
        match end(&copy, &house.config, &format!("{flips} bytes, seed {seed}")).await {
            End::Sound => sound += 1,
            End::Restored => restored += 1,
        }
    }
    println!("{restored} restored, {sound} sound as they were");
    assert!(restored >= 60 && sound >= 1, "{restored} restored, {sound} sound");
}
