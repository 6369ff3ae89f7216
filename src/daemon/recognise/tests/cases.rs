//! The table.

use super::{
    Case, E, case,
    feed::{page, text, title},
};

const A: &str = "https://a.example/1";

/// An article that a case is about.
fn one() -> E {
    E::of("g", A, 1)
}

pub fn all() -> Vec<Case> {
    let renewals = renewals().into_iter().map(|case| Case { alone: true, ..case }).collect();
    [identifiers(), links(), edits(), reuse(), shared(), columns(), renewals].into_iter().flatten().collect()
}

fn identifiers() -> Vec<Case> {
    let bbc = |revision: &str| E::of(&format!("https://b.example/news/c4g8#{revision}"), "https://b.example/news/c4g8?at_medium=RSS", 1);
    let random = |poll: usize| page(5, |i| E::of(&format!("r{poll}x{i}"), &format!("https://a.example/{i}"), i));
    let both = |poll: usize| page(5, |i| E::of(&format!("r{poll}x{i}"), &format!("https://a.example/{i}?session={poll}"), i));
    let path = |poll: usize| page(5, |i| E::of("", &format!("https://a.example/r/{poll}abc{i}/"), i).undated());
    vec![
        case(
            "BBC raises the revision of its guid",
            "1+0 0+0 0+1",
            vec![vec![bbc("0")], vec![bbc("3")], vec![bbc("4").title("Another title")]],
        ),
        case("guid random at each poll", "5+0 0+0 0+0 0+0 0+0", (0..5).map(random).collect()),
        case("guid random and a session in the link", "5+0 0+0 0+0 0+0", (0..4).map(both).collect()),
        case("no guid, a token in the path, undated", "5+0 0+0 0+0 0+0", (0..4).map(path).collect()),
        case("guid random at each poll, one retitled meanwhile", "5+0 0+0 0+1", {
            let mut third = random(3);
            third[2] = third[2].clone().title("Retitled meanwhile");
            vec![random(1), random(2), third]
        }),
        case("guid random and link rotating, one retitled meanwhile", "5+0 0+0 0+1", {
            let mut third = both(3);
            third[2] = third[2].clone().title("Retitled meanwhile");
            vec![both(1), both(2), third]
        }),
        case("one guid of many changes", "1+0 0+0", vec![vec![one()], vec![one().guid("h")]]),
        case("one guid and link of many change", "1+0 0+0", vec![vec![one()], vec![one().guid("h").link("https://a.example/r/1")]]),
        case(
            "guid, link and title of one change",
            "1+0 0+1",
            vec![vec![one()], vec![one().guid("h").link("https://a.example/r/1").title("New")]],
        ),
        case("guid from http to https", "1+0 0+1", {
            let at = |scheme: &str| E::of(&format!("{scheme}://www.a.example/?p=7"), "", 1);
            vec![vec![at("http")], vec![at("https").text(&text(1).replace("w1x5 ", "corrected "))]]
        }),
        case("no guid, link only", "1+0 0+0 0+1 1+0", {
            let link = E::of("", A, 1);
            vec![vec![link.clone()], vec![link.clone()], vec![link.title("Edited")], vec![E::of("", "https://a.example/2", 2)]]
        }),
        case("no guid nor link", "2+0 0+0 1+0 0+1", {
            let bare = |n| E::of("", "", n);
            let edited = bare(3).text(&text(3).replace("w3x20", "corrected"));
            vec![vec![bare(1), bare(2)], vec![bare(1), bare(2)], vec![bare(3), bare(2)], vec![edited, bare(2)]]
        }),
        case("no guid, link nor title", "1+0 0+0 1+0", {
            let bare = |n| E::of("", "", n).title("").undated();
            vec![vec![bare(1)], vec![bare(1)], vec![bare(2)]]
        }),
    ]
}

fn links() -> Vec<Case> {
    let at = |link: &str| E::of("", link, 1).text("").undated();
    let known = |name, first: &str, second: &str| case(name, "1+0 0+1", vec![vec![at(first)], vec![at(second).title("Edited")]]);
    let mirror = |host: &str| page(4, |i| E::of("", &format!("https://{host}.example/n/{i}"), i));
    vec![
        known("AMP page", "https://www.a.example/news/1", "https://www.a.example/amp/news/1"),
        known("mobile page", "https://www.a.example/news/1", "https://m.a.example/news/1"),
        known("trailing slash", "https://a.example/news/1", "https://a.example/news/1/"),
        known("http and https", "http://a.example/news/1", "https://a.example/news/1"),
        known("www comes", "https://a.example/news/1", "https://www.a.example/news/1"),
        known("www goes", "https://www.a.example/news/1", "https://a.example/news/1"),
        known("tracking", "https://a.example/news/1", "https://a.example/news/1?utm_source=rss&fbclid=7"),
        case("an unknown parameter is the identity", "2+0 0+0 1+0", {
            let id = |n: usize| E::of("", &format!("https://a.example/read?id={n}"), n);
            vec![vec![id(7), id(8)], vec![id(8), id(7)], vec![id(9), id(8)]]
        }),
        case("articles behind #!", "2+0 0+1 1+0", {
            let id = |n: usize| E::of("", &format!("https://a.example/#!/news/{n}"), n);
            vec![vec![id(7), id(8)], vec![id(7).title("Edited").text("anew"), id(8)], vec![id(9), id(8)]]
        }),
        case("two mirrors take turns", "4+0 0+0 0+0 0+0", vec![mirror("one"), mirror("two"), mirror("one"), mirror("two")]),
        case("two mirrors take turns under one guid", "1+0 0+0 0+0 0+1", {
            let at = |host: &str| one().link(&format!("https://{host}.example/n/1"));
            vec![vec![at("one")], vec![at("two")], vec![at("one")], vec![at("two").title("Edited")]]
        }),
    ]
}

fn edits() -> Vec<Case> {
    vec![
        case("retitled", "1+0 0+1 0+0", vec![vec![one()], vec![one().title("New")], vec![one().title("New")]]),
        case("retitled, and the slug with it", "1+0 0+1", vec![vec![one()], vec![one().title("New").link("https://a.example/new")]]),
        case("retitled and extended, and the slug with it", "1+0 0+1", {
            let then = one().title("T1alpha at last").text(&format!("{} and more of it", text(1))).link("https://a.example/new");
            vec![vec![one()], vec![then]]
        }),
        case(
            "rewritten from title to end under guid and link",
            "1+0 0+1",
            vec![vec![one()], vec![one().title("New").text(&text(50)).hour(9)]],
        ),
        case("the slug alone changes", "1+0 0+0", vec![vec![one()], vec![one().link("https://a.example/new")]]),
        case("title edited, no guid", "1+0 0+1", vec![vec![one().guid("")], vec![one().guid("").title("New")]]),
        case("title edited, no guid, no text, undated", "1+0 0+1", {
            let bare = one().guid("").text("").undated();
            vec![vec![bare.clone()], vec![bare.title("New")]]
        }),
        case("the date alone moves", "1+0 0+0", vec![vec![one()], vec![one().hour(30)]]),
        case("unpublished and republished", "2+0 0+0 0+0", {
            let other = E::of("h", "https://a.example/2", 2);
            vec![vec![one(), other.clone()], vec![other.clone()], vec![one().hour(5), other]]
        }),
        case("two versions take turns", "1+0 0+1 0+1", vec![vec![one()], vec![one().title("New")], vec![one()]]),
    ]
}

fn reuse() -> Vec<Case> {
    let place = |n: usize| E::of("latest", &format!("https://a.example/{n}"), n);
    vec![
        case("guid reused for another article", "1+0 1+0 1+0 0+0", vec![vec![place(1)], vec![place(2)], vec![place(3)], vec![place(3)]]),
        case("guid is the place in the list", "3+0 1+0 1+0", {
            let list = |from: usize| page(3, |i| E::of(&i.to_string(), &format!("https://a.example/{}", from + 3 - i), from + 3 - i));
            vec![list(0), list(1), list(2)]
        }),
        case(
            "no guid, one link for the newest article",
            "1+0 1+0 1+0",
            (1..4).map(|n| vec![E::of("", "https://a.example/latest", n)]).collect(),
        ),
        case("posts of a live page, each with its guid", "1+0 1+0 1+0", {
            (1..4).map(|n| vec![E::of(&format!("p{n}"), "https://a.example/live", n)]).collect()
        }),
    ]
}

fn shared() -> Vec<Case> {
    let home = |n: usize| E::of("", "https://a.example/", n);
    let same = |n: usize| E::of("0", &format!("https://a.example/{n}"), n);
    vec![
        case(
            "all entries share one guid",
            "3+0 0+0 1+0 1+0",
            vec![vec![same(1), same(2), same(3)], vec![same(1), same(2), same(3)], vec![same(4), same(2)], vec![same(5)]],
        ),
        case(
            "link is the home page for all",
            "2+0 0+0 1+0 1+0",
            vec![vec![home(1), home(2)], vec![home(1), home(2)], vec![home(3), home(2)], vec![home(4)]],
        ),
        case("link is one page for all", "2+0 0+0 1+0 1+0", {
            let at = |n: usize| home(n).link("https://a.example/news");
            vec![vec![at(1), at(2)], vec![at(1), at(2)], vec![at(3), at(2)], vec![at(4), at(3)]]
        }),
        case("duplicate guid for different items", "2+0 0+0", {
            let both = vec![one(), E::of("g", "https://a.example/2", 2)];
            vec![both.clone(), both]
        }),
        case("an item repeated in one document", "1+0 0+0 0+1", {
            let twice = |e: E| vec![e.clone(), e.clone(), e.guid("again")];
            vec![twice(one()), twice(one()), twice(one().title("New"))]
        }),
        case("all entries bear the time of the build", "3+0 1+0 1+0", {
            let built = |from: usize, hour| {
                page(3, |i| E::of(&format!("g{}", from + i), &format!("https://a.example/{}", from + i), from + i).hour(hour))
            };
            vec![built(0, 1), built(1, 2), built(2, 3)]
        }),
    ]
}

fn columns() -> Vec<Case> {
    let daily = |n: usize| E::of(&format!("d{n}"), &format!("https://a.example/d/{n}"), n).title("Daily briefing");
    let picture = |n: usize| E::of(&format!("p{n}"), &format!("https://a.example/p/{n}"), n).title("صور اليوم").text("").day(0);
    vec![
        case("two of one title on one day", "1+0 1+0", vec![vec![daily(1)], vec![daily(2), daily(1)]]),
        case("two of one title on one day, the first is gone", "1+0 1+0", vec![vec![daily(1)], vec![daily(2)]]),
        case(
            "two of one title on one day, without text, dated by the day",
            "1+0 1+0 1+0",
            vec![vec![picture(1)], vec![picture(2), picture(1)], vec![picture(3)]],
        ),
        case("two of one title at once", "2+0 0+0", vec![vec![picture(1), picture(2)], vec![picture(2), picture(1)]]),
        case("weekly column", "1+0 1+0 1+0", (0..3).map(|week| vec![daily(week).hour(week as i64 * 168)]).collect()),
        case("weekly column, no guid", "1+0 1+0 1+0", (0..3).map(|week| vec![daily(week).guid("").hour(week as i64 * 168)]).collect()),
        case(
            "weekly column, nothing but title and text",
            "1+0 1+0",
            (0..2).map(|week| vec![daily(week).guid("").link("").hour(week as i64 * 168)]).collect(),
        ),
        case("a token in the link, one title, another text", "1+0 1+0", {
            (1..3).map(|n| vec![E::of("", &format!("https://a.example/r/t{n}/"), n).title("Daily briefing")]).collect()
        }),
        case("the same words printed again under another guid, link and date", "1+0 1+0", {
            vec![vec![one()], vec![one().guid("h").link("https://a.example/2").hour(30), one()]]
        }),
        case("one article of many repeats a title", "3+0 1+0", {
            let first = page(3, |i| E::of(&format!("g{i}"), &format!("https://a.example/{i}"), i));
            let mut second = first.clone();
            second.insert(0, E::of("g9", "https://a.example/9", 9).title(&title(1)));
            vec![first, second]
        }),
    ]
}

fn renewals() -> Vec<Case> {
    let old = || page(6, |i| E::of(&format!("http://old.example/?p={i}"), &format!("http://old.example/{i}"), i));
    let moved = |name, change: fn(E, usize) -> E| {
        case(name, "6+0 0+0 0+0 0+0", {
            let then: Vec<E> = old().into_iter().enumerate().map(|(i, e)| change(e, i)).collect();
            vec![old(), old(), then.clone(), then]
        })
    };
    vec![
        moved("all guids from http to https", |e, i| e.guid(&format!("https://old.example/?p={i}"))),
        moved("all guids under a new prefix", |e, i| e.guid(&format!("cms2:{i}"))),
        moved("all guids and links of another domain", |e, i| {
            e.guid(&format!("https://new.example/?p={i}")).link(&format!("https://new.example/{i}"))
        }),
        moved("a new system: guids, links and dates", |e, i| {
            e.guid(&format!("n{i}")).link(&format!("https://old.example/node/{i}")).hour(50 + i as i64)
        }),
        case("a move, with an article that is new", "6+0 1+0", {
            let mut then = page(6, |i| E::of(&format!("n{i}"), &format!("https://new.example/{i}"), i));
            then.insert(0, E::of("n9", "https://new.example/9", 9));
            vec![old(), then]
        }),
        case("a move, titles alone", "6+0 0+0", {
            let bare = |host: &str| page(6, |i| E::of(&format!("{host}{i}"), &format!("https://{host}.example/{i}"), i).text("").undated());
            vec![bare("old"), bare("new")]
        }),
    ]
}
