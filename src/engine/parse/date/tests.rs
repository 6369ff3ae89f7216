//! Dates as they stand in feeds, each form with where it comes from.

mod languages;

use proptest::prelude::*;

use super::*;

/// 2026-05-04T12:30:00Z, a Monday.
const NOON: &str = "2026-05-04T12:30:00Z";
const DAY: &str = "2026-05-04T00:00:00Z";

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn told(read: Option<i64>) -> String {
    read.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).map_or_else(|| "none".into(), |at| at.to_string())
}

/// Every form that does not mean `expected`, at once.
#[track_caller]
fn all(expected: &str, forms: &[&str]) {
    let wrong: Vec<String> =
        forms.iter().filter(|text| read(text) != Some(ms(expected))).map(|text| format!("{text}: {}", told(read(text)))).collect();
    assert!(wrong.is_empty(), "not {expected}:\n{}", wrong.join("\n"));
}

#[track_caller]
fn none(forms: &[&str]) {
    let wrong: Vec<String> = forms.iter().filter(|text| read(text).is_some()).map(|text| format!("{text}: {}", told(read(text)))).collect();
    assert!(wrong.is_empty(), "dates after all:\n{}", wrong.join("\n"));
}

#[test]
fn standards_are_read_to_the_letter() {
    // RFC 3339, section 5.8, and its permission to write a blank for the T and lower case.
    all(
        NOON,
        &["2026-05-04T12:30:00Z", "2026-05-04t12:30:00z", "2026-05-04 12:30:00Z", "2026-05-04T15:30:00+03:00", "2026-05-04T12:30:00.000Z"],
    );
    // RFC 9557: a zone's name in brackets after the offset.
    all(NOON, &["2026-05-04T15:30:00+03:00[Asia/Damascus]", "2026-05-04T12:30:00Z[UTC]"]);
    // RFC 5322, sections 3.3 and 4.3: comments, old zones, short years, three digits from `getYear` of JavaScript.
    all(
        NOON,
        &[
            "Mon, 04 May 2026 12:30:00 +0000",
            "Mon, 4 May 2026 12:30:00 -0000",
            "4 May 2026 12:30 GMT",
            "Mon, 04 May 2026 08:30:00 EDT",
            "Mon, 04 May 2026 07:30:00 CDT",
            "Mon, 04 May 2026 06:30:00 MDT",
            "Mon, 04 May 2026 05:30:00 PDT",
            "Mon, 04 May 2026 07:30:00 EST",
            "Mon, 04 May 26 12:30:00 UT",
            "Mon, 04 May 126 12:30:00 GMT",
            "Mon, 04 May 2026 15:30:00 +0300 (MSK)",
            "Mon ,\t04  May\r\n 2026 12 : 30 : 00 Z",
            "Mon, 04 May 2026 12:30:00 A",
            "Mon, 04 May 2026 12:30:00 M",
        ],
    );
    all("1994-05-04T12:30:00Z", &["Wed, 04 May 94 12:30:00 GMT"]);
    // ISO 8601: basic, extended, ordinal and week dates, decimal comma, hours alone, the day's end.
    all(NOON, &["20260504T123000Z", "20260504T1230Z", "20260504123000", "202605041230", "2026-05-04T12:30:00,000Z", "2026-05-04T12:30"]);
    all(NOON, &["2026-124T12:30:00Z", "2026124T123000Z", "2026-W19-1T12:30:00Z", "2026W191T123000Z", "2026-W19-1T15:30+03"]);
    all(DAY, &["2026-05-04", "20260504", "2026-124", "2026124", "2026-W19-1", "2026W191", "2026-W19", "2026W19"]);
    all("2026-05-04T12:00:00Z", &["2026-05-04T12Z", "2026-05-04T12", "2026-05-04T15+03:00"]);
    all("2026-05-05T00:00:00Z", &["2026-05-04T24:00:00Z", "Mon, 04 May 2026 24:00 GMT"]);
    all("2026-05-04T12:30:00.250Z", &["2026-05-04T12:30:00.25Z", "2026-05-04T12:30:00,250Z", "2026-05-04T12:30:00.2509999Z"]);
    // W3CDTF (NOTE-datetime): a month alone.
    all("2026-05-01T00:00:00Z", &["2026-05"]);
    // A leap second is the second before it.
    all("2025-12-31T23:59:59Z", &["Wed, 31 Dec 2025 23:59:60 +0000", "2025-12-31T23:59:60Z"]);
}

#[test]
fn programs_write_their_own_forms() {
    // asctime, date(1), Twitter, git, Perl.
    all(
        NOON,
        &["Mon May  4 12:30:00 2026", "Mon May 4 12:30:00 UTC 2026", "Mon May 04 12:30:00 +0000 2026", "Mon May 4 15:30:00 2026 +0300"],
    );
    // RFC 850, cookies of Netscape.
    all(NOON, &["Monday, 04-May-26 12:30:00 GMT", "Mon, 04-May-2026 12:30:00 GMT"]);
    // Date.toString of JavaScript, Apache's log, EXIF.
    all(NOON, &["Mon May 04 2026 15:30:00 GMT+0300 (Arabian Standard Time)", "04/May/2026:15:30:00 +0300", "2026:05:04 12:30:00"]);
    // The epoch in four units; .NET; git's raw form.
    all(NOON, &["1777897800", "1777897800000", "1777897800000000", "1777897800000000000", "/Date(1777897800000)/", "@1777897800"]);
    all(NOON, &["1777897800 +0300", "1777897800.25", "/Date(1777897800000+0300)/"]);
    // Java's Date.toString; SQL Server; Go's time.String.
    all(
        NOON,
        &[
            "Mon May 04 12:30:00 GMT 2026",
            "2026-05-04 12:30:00.0",
            "2026-05-04 15:30:00.000000 +0300 EEST",
            "2026-05-04 12:30:00 +0000 UTC",
        ],
    );
    // Java's hours from 1 to 24.
    all("2026-05-04T00:30:00Z", &["2026-05-04 24:30:00"]);
    // en-US of .NET: the half of the day says that the month is first.
    all(NOON, &["5/4/2026 12:30:00 PM", "05/04/2026 12:30 PM", "5/4/2026 8:30:00 AM -0400"]);
}

#[test]
fn feedparser_s_own_forms() {
    // feedparser 6, `datetimes`: iso8601, onblog, nate, greek, hungarian, perforce, asctime, w3dtf.
    all("2004-07-13T12:15:00Z", &["2004-július-13T9:15-03:00"]);
    all("2004-07-11T17:00:00Z", &["Κυρ, 11 Ιούλ 2004 12:00:00 EST"]);
    all("2004-07-11T00:00:00Z", &["Κυρ, 11 Ιουλίου 2004"]);
    all(
        "2004-05-28T14:31:15Z",
        &["2004년 05월 28일  14:31:15", "2004-05-28 오후 02:31:15", "2004. 5. 28. 오후 2:31:15", "2004-05-28 14:31:15.0"],
    );
    all("2006-09-15T12:19:53Z", &["Fri, 2006/09/15 08:19:53 EDT"]);
    all("2003-12-31T10:14:55Z", &["2003-12-31T10:14:55Z", "20031231T101455Z", "Wed, 31 Dec 2003 10:14:55 GMT", "Wed Dec 31 10:14:55 2003"]);
    all("2003-12-31T18:14:55Z", &["2003-12-31T10:14:55-08:00", "Wed, 31 Dec 2003 10:14:55 PST"]);
    all("2003-12-01T00:00:00Z", &["2003-12"]);
    all("2003-12-31T00:00:00Z", &["2003-365", "20031231"]);
}

#[test]
fn offsets_in_every_spelling() {
    let at = |zone: &str| told(read(&format!("Mon, 04 May 2026 15:30:00{zone}")));
    for zone in [
        " +0300",
        " +03:00",
        " +03",
        " +3",
        " +3:00",
        " +300",
        " +030000",
        "+03:00",
        " GMT+3",
        " GMT+03:00",
        " UTC+3",
        " UTC +03:00",
        " GMT +0300",
        " (UTC+3)",
        " MSK",
        " МСК",
        " TRT",
        " TSİ",
        " AST",
        " EEST",
        " msk",
        " EAT",
        " IDT",
    ] {
        assert_eq!(at(zone), NOON, "{zone}");
    }
    let cases = [
        (" IRST", "12:00"),
        (" IST", "10:00"),
        (" PKT", "10:30"),
        (" CET", "14:30"),
        (" CEST", "13:30"),
        (" BST", "14:30"),
        (" EET", "13:30"),
        (" GST", "11:30"),
        (" AFT", "11:00"),
        (" -0330", "19:00"),
        (" −03:30", "19:00"),
        (" JST", "06:30"),
        (" AEST", "05:30"),
        (" NST", "19:00"),
        (" +1400", "01:30"),
        (" GMT", "15:30"),
        (" بتوقيت غرينتش", "15:30"),
        ("", "15:30"),
        (" Xyz", "15:30"),
        (" +9900", "15:30"),
    ];
    for (zone, hours) in cases {
        assert_eq!(at(zone), format!("2026-05-04T{hours}:00Z"), "{zone}");
    }
}

#[test]
fn what_people_write_in_english() {
    all(
        NOON,
        &[
            "May 4, 2026 12:30:00",
            "May 4th, 2026 at 12:30 PM",
            "4th of May 2026, 12:30 pm",
            "Monday 4 May 2026 12:30 p.m. GMT",
            "Monday, May 4, 2026 - 12:30",
            "Mnday, 4 May 2026 12:30:00 GMT",
            "Mon 04 May 2026 12:30:00 GMT",
            "Mon, 04 May 2026 12.30",
            "12:30 4 May 2026",
            "12:30, May 4 2026 GMT",
            "4-May-2026 12:30",
            "2026 May 4 12:30",
            "2026-May-04 12:30",
            "Mon, 04 May '26 12:30",
            "Posted on Monday, May 4, 2026 at 12:30",
            "2026/05/04 12:30",
            "2026.05.04 12:30",
            "2026-5-4 12:30",
            "2026-05-04-12:30:00",
            "2026-05-04T12-30-00",
            "2026-05-04 12.30.00",
            "2026-05-04T12:30:00 Z",
            "2026-05-04T 12:30:00",
        ],
    );
    all("2026-05-04T00:30:00Z", &["May 4, 2026 12:30 AM", "May 4, 2026 0:30 AM"]);
    all("2026-05-04T15:00:00Z", &["May 4, 2026 3 PM", "May 4, 2026, 3pm", "May 4, 2026 15:00 PM"]);
    all("2026-09-04T00:00:00Z", &["4 Sept 2026", "4 Sept. 2026", "Septembr 4 2026", "4 September 2026"]);
    all("2026-02-21T00:00:00Z", &["21st Febuary 2026", "Feb. 21st, 2026"]);
}

#[test]
fn day_and_month_are_told_apart_or_not_at_all() {
    // Dotted is day first; over 12 is no month; a weekday, another language or the half of the day decides.
    all(
        DAY,
        &[
            "04.05.2026",
            "4.5.2026",
            "04.05.26",
            "04. 05. 2026",
            "Mon, 05/04/2026",
            "Mon, 04/05/2026",
            "Pazartesi, 04/05/2026",
            "الاثنين 04/05/2026",
        ],
    );
    all("2026-05-24T00:00:00Z", &["24/05/2026", "05/24/2026", "24-05-2026", "05-24-2026", "24.05.26", "24/05/26", "Sun, 24/05/2026"]);
    all("2026-05-05T00:00:00Z", &["05/05/2026", "05-05-2026"]);
    all(
        "2026-05-04T12:30:00Z",
        &["04.05.2026 12:30", "04.05.2026, 12.30 Uhr", "04.05.2026 - 12:30", "04/05/2026 12:30 م", "05/04/2026 12:30 PM"],
    );
    none(&["05/04/2026", "05/04/2026 12:30", "04-05-2026", "26-05-04", "5/4/26"]);
}

#[test]
fn what_is_no_date_is_none() {
    none(&[
        "",
        "yesterday",
        "12:30",
        "2026",
        "99 May 2026",
        "2026-13-01",
        "🎉",
        "-",
        "May",
        "0x10",
        "31 June 2026",
        "4 May",
        "2026-W60",
        "2026-999",
        "12345",
    ]);
    // The Islamic calendar alone; years of the seventies as milliseconds that could be written dates; phone numbers.
    none(&["17 ذو القعدة 1447", "17 رمضان 1447 هـ", "1447/11/17", "Dhu al-Qadah 17, 1447", "555-1234", "+963 11 123 4567"]);
    none(&[&"1".repeat(5_000), &"4 May 2026 ".repeat(40)]);
}

#[test]
fn dates_are_held_to_what_can_be() {
    let now = 1_777_897_800_000;
    assert_eq!(clamp(0, now), None);
    assert_eq!(clamp(now + AHEAD_MS, now), Some(now + AHEAD_MS));
    assert_eq!(clamp(now + AHEAD_MS + 1, now), Some(now));
    for text in ["9999-12-31T00:00:00Z", "10000-01-01", "12345-05-04T00:00:00Z", "Mon, 04 May 10000 00:00:00 GMT"] {
        assert_eq!(clamp(read(text).unwrap(), now), Some(now), "{text}");
    }
    assert_eq!(clamp(read("1970-01-01T00:00:00Z").unwrap(), now), None);
    assert_eq!(clamp(i64::MAX, i64::MAX), Some(i64::MAX));
}

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC{0,60}|[0-9 :./+TZWa-z-]{0,40}|([0-9]{1,20}|[ :/.+-]|May|مايو|am|م|ذو القعدة|年|h|GMT){0,12}") {
        read(&text);
    }

    #[test]
    fn what_is_written_by_rule_is_read_back(seconds in 631_152_000_i64..4_102_444_800, offset in -12 * 60..=14 * 60_i32) {
        let zone = jiff::tz::Offset::from_seconds(offset * 60).unwrap().to_time_zone();
        let at = jiff::Timestamp::from_second(seconds).unwrap().to_zoned_datetime(zone);
        for form in ["%a, %d %b %Y %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%:z", "%A, %B %-d, %Y %I:%M:%S %p %z", "%d.%m.%Y %H:%M:%S %z", "%a %b %e %H:%M:%S %z %Y", "%Y%m%dT%H%M%S%z"] {
            let text = at.strftime(form).to_string();
            prop_assert_eq!(read(&text), Some(seconds * 1000), "{}", text);
        }
    }
}
