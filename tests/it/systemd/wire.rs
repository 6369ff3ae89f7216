//! A feed and a webhook inside a lab, for a service that may reach nothing else.

use crate::support::systemd::{Lab, Service};

/// Serves `/srv/wire/once`, but that one time alone, or `/srv/wire/feed`; appends to `/srv/wire/told` when it was told what.
const HUB: &str = r#"
import http.server, json, os, time
class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        try: os.rename("once", "shown"); name = "shown"
        except FileNotFoundError: name = "feed"
        body = open(name, "rb").read()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        alert = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alert"]
        with open("told", "a") as told: told.write("%.3f %s\n" % (time.time(), alert["title"]))
        self.send_response(204); self.end_headers()
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8099), Hub).serve_forever()
"#;

/// Ends well when no delivery is open.
const SETTLED: &str = "import sqlite3\nlab = sqlite3.connect('file:/var/lib/private/marsad/marsad.db?mode=ro', uri=True)\n\
                       raise SystemExit(lab.execute(\"SELECT count(*) FROM delivery WHERE state <> 'sent'\").fetchone()[0])";

/// Everything is due.
pub const DUE: &str = "import sqlite3; c = sqlite3.connect('/var/lib/private/marsad/marsad.db', isolation_level=None); \
                       c.execute('UPDATE feed SET next_poll_ms = 0')";

pub struct Wire<'l> {
    lab: &'l Lab,
}

impl<'l> Wire<'l> {
    /// Serves a feed with these titles.
    pub fn serve(lab: &'l Lab, titles: &[&str]) -> Wire<'l> {
        let wire = Wire { lab };
        lab.good("mkdir -p /srv/wire && touch /srv/wire/told");
        wire.publish(titles);
        lab.good(&format!("cd /srv/wire && cat >hub.py <<'HUB'\n{HUB}\nHUB\nsetsid python3 hub.py >/dev/null 2>&1 &"));
        lab.wait_for("python3 -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:8099/feed')\"");
        wire
    }

    /// Installs the service with a config that tells the webhook of each title with Idlib in it, and of what is wrong with marsad;
    /// comes back when it has told this one.
    pub fn install(&self, service: &Service<'_>, title: &str) {
        service.configure(
            "[[feed]]\nname = \"wire\"\nurl = \"http://127.0.0.1:8099/feed\"\nallow_private = true\nbacklog = \"alert\"\n\
             [sink.hook]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:8099/hook\"\n[alert]\nsinks = [\"hook\"]\n\
             [[rule]]\nname = \"idlib\"\nall = [\"@idlib\"]\n",
        );
        service.good("marsad install --system --now");
        self.wait_for(title);
    }

    /// From now on the feed has items of these titles.
    pub fn publish(&self, titles: &[&str]) {
        let items = titles.iter().map(|title| format!("<item><guid>{title}</guid><title>{title}</title></item>"));
        let feed = format!("<rss version=\"2.0\"><channel><title>t</title>{}</channel></rss>", items.collect::<String>());
        self.lab.good(&format!("cat >/srv/wire/new <<'FEED'\n{feed}\nFEED\nmv /srv/wire/new /srv/wire/feed"));
    }

    /// Waits until the webhook was told this.
    pub fn wait_for(&self, title: &str) {
        self.lab.wait_for(&format!("grep -q '{title}' /srv/wire/told"));
    }

    /// Waits until the service has put on record that all was told.
    pub fn wait_until_settled(&self) {
        self.lab.good(&format!("cat >/srv/wire/settled.py <<'SETTLED'\n{SETTLED}\nSETTLED"));
        self.lab.wait_for("python3 /srv/wire/settled.py");
    }

    /// What the webhook was told, and when: Unix seconds.
    pub fn told(&self) -> Vec<(f64, String)> {
        let lines = self.lab.good("cat /srv/wire/told");
        lines.lines().map(|line| line.split_once(' ').map(|(at, title)| (at.parse().unwrap(), title.to_owned())).unwrap()).collect()
    }

    /// How often it was told something with these words in it.
    pub fn times_told(&self, words: &str) -> usize {
        self.told().iter().filter(|(_, title)| title.contains(words)).count()
    }
}
