//! A real notification server on a real screen.

use crate::support::{alerts::Brief, desktop::Desktop, sink_process::SinkProcess};
use marsad::engine::rule::Severity;
use std::path::Path;

#[test]
fn a_real_notification_server_draws_arabic_and_turkish() {
    let desktop = Desktop::start();
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("desktop.png");
    assert_eq!(desktop.screenshot(&picture), 1, "the screen is empty at first");

    let mut sink = SinkProcess::start(desktop.env());
    let arabic = "خرق وقف إطلاق النار في ريف إدلب ونزوح 37 عائلة (UNHCR)";
    let turkish = "İdlib'de ateşkes bozuldu: <b>yüzlerce</b> aile yola çıktı";
    sink.shown(&Brief::one("idlib", arabic, "إدلب"));
    let mut urgent = Brief::one("ceasefire", turkish, "ateşkes");
    urgent.alerts[0].severity = Severity::Critical;
    urgent.alerts.push(Brief::one("idlib", turkish, "İdlib'de").alerts.remove(0));
    sink.shown(&urgent);
    desktop.wait_for("two toasts", || desktop.count("displayed") == Some(2));
    desktop.wait_for("picture of them", || desktop.screenshot(&picture) > 20);

    let history = desktop.history().to_string();
    for text in [arabic, turkish, "idlib: «\u{2068}إدلب\u{2069}»", "https://news.example/1"] {
        assert!(history.contains(&serde_json::to_string(text).unwrap()[1..][..text.len()]), "{text} is not in {history}");
    }
}
