//! `[metrics]`: where figures about the daemon are shown, if anywhere.

use super::{Metrics, raw::Reader, report::Problems};
use std::{net::SocketAddr, path::Path};

/// Reads `[metrics]` of a file in `folder`.
pub(super) fn read(mut table: Reader<'_>, folder: &Path, p: &mut Problems) -> Metrics {
    let listen = table.text("listen", p).and_then(|text| {
        let Ok(address) = text.value.trim().parse::<SocketAddr>() else {
            p.error(text.at, format!("`{}` is not an address with a port", text.value), Some("write \"127.0.0.1:9469\"".into()));
            return None;
        };
        if !address.ip().is_loopback() {
            let hint = "write \"127.0.0.1:9469\"; to read it from elsewhere, put a proxy that asks who is there in front of it";
            p.error(text.at, "the metrics are shown to this machine alone", Some(hint.into()));
            return None;
        }
        Some(address)
    });
    let file = table.text("file", p).and_then(|text| {
        let written = text.value.trim();
        if !written.ends_with(".prom") {
            p.error(text.at, "the file of metrics must end in `.prom`", Some("node_exporter reads no other".into()));
            return None;
        }
        Some(folder.join(written))
    });
    table.finish(p);
    Metrics { listen, file }
}
