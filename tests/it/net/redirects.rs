//! Where a redirect may lead, and what it takes along.

use super::*;

/// Redirects `/n` to `/n-1`, down to `/0`, which is a feed.
fn countdown(status: u16) -> Server {
    Server::start(move |seen| match seen.path[1..].parse::<u32>().unwrap() {
        0 => Reply::ok(RSS),
        n => Reply::redirect(status, format!("/{}", n - 1)),
    })
}

#[tokio::test]
async fn five_redirects_are_followed_and_a_sixth_is_not() {
    let server = countdown(302);
    let got = body(client().fetch(&ask(&server.url("/5"))).await);
    assert_eq!((got.url, got.moved_to), (server.url("/0"), None));
    let server = countdown(302);
    assert_eq!(failure(client().fetch(&ask(&server.url("/6"))).await), "more than 5 redirects");
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn circle_of_redirects_ends() {
    let server = Server::start(|_| Reply::redirect(301, "/round"));
    assert_eq!(failure(client().fetch(&ask(&server.url("/round"))).await), "more than 5 redirects");
}

#[tokio::test]
async fn feed_has_moved_when_every_redirect_is_for_good() {
    for (status, permanent) in [(301, true), (308, true), (302, false), (303, false), (307, false)] {
        let server = countdown(status);
        let got = body(client().fetch(&ask(&server.url("/2"))).await);
        assert_eq!(got.moved_to, permanent.then(|| server.url("/0")), "{status}");
    }
    let server = Server::start(|seen| match seen.path.as_str() {
        "/feed" => Reply::redirect(301, "/passing"),
        "/passing" => Reply::redirect(302, "/end"),
        _ => Reply::ok(RSS),
    });
    assert_eq!(body(client().fetch(&ask(&server.url("/feed"))).await).moved_to, None);
}

#[tokio::test]
async fn moved_feed_is_told_with_unchanged_answers_too() {
    let server = Server::start(|seen| match (seen.path.as_str(), seen.header("if-none-match")) {
        ("/old", _) => Reply::redirect(301, "/new"),
        (_, Some(_)) => Reply::status(304),
        _ => Reply::ok(RSS).header("ETag", "\"a\""),
    });
    let (old, new) = (server.url("/old"), server.url("/new"));
    let first = body(client().fetch(&ask(&old)).await);
    let again = Request { validators: &first.validators, validators_url: Some(&first.url), ..ask(&old) };
    let got = client().fetch(&again).await;
    let Fetched::Unchanged { url, moved_to, .. } = got else { panic!("{got:?}") };
    assert_eq!((url.as_str(), moved_to.as_deref()), (new.as_str(), Some(new.as_str())));
}

#[tokio::test]
async fn redirect_to_another_scheme_is_refused() {
    for to in ["ftp://ftp.example/feed", "file:///etc/passwd", "javascript:alert(1)", "data:text/xml,<rss/>", "gopher://g.example/"] {
        assert!(refusal(answer(Reply::redirect(301, to)).await).contains("not http or https"), "{to}");
    }
}

#[tokio::test]
async fn redirect_without_a_target_is_a_failure() {
    for reply in [Reply::status(302), Reply::redirect(302, "http://"), Reply::redirect(302, b"\xff\xfe")] {
        assert!(failure(answer(reply).await).contains("without a readable target"));
    }
}

#[tokio::test]
async fn private_feed_may_not_lead_to_another_private_host() {
    let inner = Server::start_on("127.0.0.2:0", |_| Reply::ok("the router's own page"));
    let target = inner.url("/admin");
    let server = Server::start(move |_| Reply::redirect(302, &target));
    let reason = refusal(client().fetch(&ask(&server.url("/feed"))).await);
    assert!(reason.contains("redirects to a host that the feed may not reach"), "{reason}");
    assert_eq!((server.accepts(), inner.accepts()), (1, 0));
}

#[tokio::test]
async fn private_feed_may_move_within_its_host() {
    let other_port = Server::start(|_| Reply::ok(RSS));
    let target = other_port.url("/feed");
    let server = Server::start(move |_| Reply::redirect(301, &target));
    assert_eq!(body(client().fetch(&ask(&server.url("/feed"))).await).moved_to, Some(other_port.url("/feed")));
}

#[tokio::test]
async fn credentials_stay_with_their_origin_and_out_of_what_is_kept() {
    let other = Server::start(|_| Reply::ok(RSS));
    let target = other.url("/elsewhere");
    let server = Server::start(move |seen| match seen.path.as_str() {
        "/feed" => Reply::redirect(301, format!("http://{}/same", seen.header("host").unwrap())),
        _ => Reply::redirect(301, target.replace("//", "//evil:bait@")),
    });
    let url = server.url("/feed").replace("//", "//user:pa55@");
    let got = body(client().fetch(&ask(&url)).await);
    assert_eq!((got.url, got.moved_to), (other.url("/elsewhere"), None));
    let sent: Vec<_> = server.requests().iter().map(|s| s.header("authorization")).collect();
    assert_eq!(sent, [Some("Basic dXNlcjpwYTU1".to_owned()), Some("Basic dXNlcjpwYTU1".to_owned())]);
    assert_eq!(other.requests()[0].header("authorization"), None);
}
