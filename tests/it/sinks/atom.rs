//! The Atom file, read by the reader that reads everybody else's feeds, while it is written.

use super::build;
use crate::support::alerts::Brief;
use marsad::{config::SinkKind, engine::parse::parse};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_never_sees_half_of_it_and_reads_every_alert() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.atom");
    let sink = build(SinkKind::Atom { path: path.clone(), entries: 20 });
    let title = "نزوح 37 & «إدلب», 3 < 5";
    sink.send(&Brief::one("rule-0", title, "إدلب").message()).await.unwrap();
    let done = std::sync::Arc::new(AtomicBool::new(false));
    let (seen, over) = (path.clone(), done.clone());
    let reader = tokio::task::spawn_blocking(move || {
        let mut reads = 0;
        while !over.load(SeqCst) {
            let document = parse(&std::fs::read(&seen).unwrap(), Some("application/atom+xml"), None, 2_000_000_000_000).unwrap();
            assert!((1..=20).contains(&document.entries.len()) && document.defects.is_empty(), "{:?}", document.defects);
            reads += 1;
        }
        reads
    });
    for n in 1..40 {
        sink.send(&Brief::one(&format!("rule-{n}"), title, "إدلب").message()).await.unwrap();
    }
    done.store(true, SeqCst);
    assert!(reader.await.unwrap() > 0);
    let document = parse(&std::fs::read(&path).unwrap(), None, None, 2_000_000_000_000).unwrap();
    assert_eq!(document.entries.len(), 20);
    let entry = &document.entries[0];
    assert_eq!(entry.title, title);
    assert_eq!(entry.url.as_deref(), Some("https://news.example/1"));
    assert!(entry.text.contains("rule-39") && entry.text.contains("enab"), "{}", entry.text);
    assert!(entry.categories.contains(&"rule-39".to_owned()), "{:?}", entry.categories);
}
