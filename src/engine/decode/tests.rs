//! Documents in encodings, with labels that are true, missing and false.

use encoding_rs::Encoding;

use super::*;

fn kinds(decoded: &Decoded) -> Vec<&'static str> {
    decoded.defects.iter().map(|defect| defect.kind).collect()
}

const ARABIC: &str = "<rss><title>الأخبار من إدلب وريفها اليوم</title></rss>";

#[test]
fn header_wins_over_declaration() {
    let (bytes, _, _) = encoding_rs::WINDOWS_1256.encode(ARABIC);
    let decoded = decode(&bytes, Some("text/xml; charset=\"windows-1256\""));
    assert_eq!((&*decoded.text, decoded.encoding), (ARABIC, "windows-1256"));
}

#[test]
fn declaration_speaks_where_the_header_is_silent() {
    let text = format!("<?xml version='1.0' encoding = 'windows-1256' ?>\n{ARABIC}");
    let (bytes, _, _) = encoding_rs::WINDOWS_1256.encode(&text);
    let decoded = decode(&bytes, Some("text/xml"));
    assert_eq!((&*decoded.text, decoded.encoding), (ARABIC, "windows-1256"));
    assert!(decoded.defects.is_empty());
}

#[test]
fn unlabelled_arabic_is_guessed() {
    let (bytes, _, _) = encoding_rs::WINDOWS_1256.encode(ARABIC);
    assert_eq!(decode(&bytes, None).text, ARABIC);
}

#[test]
fn one_bad_byte_leaves_the_rest_alone() {
    let mut bytes = ARABIC.as_bytes().to_vec();
    bytes.insert(5, 0xFF);
    for content_type in [None, Some("text/xml; charset=utf-8")] {
        let decoded = decode(&bytes, content_type);
        assert_eq!(decoded.text, ARABIC.replacen("<rss>", "<rss>\u{FFFD}", 1));
        assert_eq!(kinds(&decoded), ["bad-bytes"]);
    }
}

#[test]
fn utf_8_label_on_a_legacy_text_is_overruled() {
    let (bytes, _, _) = encoding_rs::WINDOWS_1256.encode(ARABIC);
    let decoded = decode(&bytes, Some("text/xml; charset=utf-8"));
    assert_eq!(decoded.text, ARABIC);
    assert_eq!(kinds(&decoded), ["wrong-charset"]);
}

#[test]
fn legacy_label_on_utf_8_is_overruled() {
    let decoded = decode(ARABIC.as_bytes(), Some("text/xml; charset=iso-8859-1"));
    assert_eq!(decoded.text, ARABIC);
    assert_eq!(kinds(&decoded), ["wrong-charset"]);
}

#[test]
fn utf_16_with_and_without_mark() {
    for mark in ["", "\u{FEFF}"] {
        let text = format!("{mark}<?xml version=\"1.0\" encoding=\"utf-16\"?>{ARABIC}");
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            assert_eq!(decode(&bytes, Some("text/xml")).text, ARABIC);
        }
    }
}

#[test]
fn utf_16_label_on_bytes_means_utf_8() {
    let text = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{ARABIC}");
    assert_eq!(decode(text.as_bytes(), None).text, ARABIC);
}

#[test]
fn blanks_controls_and_every_declaration_go() {
    let decoded = decode(b"\xEF\xBB\xBF \n<?xml version='1.0'?>\n<a>\0b\x1b</a><?xml version='1.0'?><?xml-stylesheet x?>", None);
    assert_eq!(decoded.text, "<a>b</a><?xml-stylesheet x?>");
    assert_eq!(kinds(&decoded), ["control-characters"]);
}

#[test]
fn json_keeps_what_looks_like_a_declaration() {
    let json = "{\"items\":[{\"content_text\":\"<?xml version\"}]}";
    assert_eq!(decode(format!("\u{1}{json}").as_bytes(), None).text, json);
    assert_eq!(decode(format!("\n{json}").as_bytes(), None).text, json);
}

#[test]
fn blanks_before_a_windows_1252_declaration() {
    let decoded = decode(b"\n\n  <?xml version='1.0' encoding='windows-1252'?><a>\x93caf\xe9\x94</a>", None);
    assert_eq!(decoded.text, "<a>\u{201c}caf\u{e9}\u{201d}</a>");
}

#[test]
fn long_documents_are_cut() {
    let bytes = vec![b'a'; MAX_DOCUMENT_BYTES + 1];
    let decoded = decode(&bytes, None);
    assert_eq!((decoded.text.len(), kinds(&decoded)), (MAX_DOCUMENT_BYTES, vec!["too-long"]));
}

/// News in one paragraph each: what is decoded in the tests below.
const SAMPLES: [(&str, &str, &[&str]); 12] = [
    (
        "Arabic",
        "أعلنت مصادر محلية في مدينة إدلب أن آلاف العائلات نزحت من القرى والبلدات الواقعة جنوب المحافظة بعد تجدد القصف المدفعي على المنطقة، فيما دعت الأمم المتحدة إلى وقف فوري لإطلاق النار.",
        &["windows-1256", "iso-8859-6"],
    ),
    // Its legacy texts have the Arabic letter for its own yeh, which windows-1256 lacks.
    (
        "Persian",
        "به گزارش خبرنگار ما از تهران، وزير امور خارجه در ديدار با همتاي خود گفت که گفتگوها درباره آتش بس ادامه دارد و کمک هاي بشردوستانه به مردم پناهجو خواهد رسيد.",
        &["windows-1256"],
    ),
    (
        "Russian",
        "Источники в провинции Идлиб сообщили, что тысячи семей покинули сёла на юге после возобновления артиллерийского обстрела. ООН призвала стороны немедленно прекратить огонь.",
        &["windows-1251", "koi8-r", "iso-8859-5", "ibm866"],
    ),
    (
        "Ukrainian",
        "Місцеві джерела в Ідлібі повідомили, що тисячі родин залишили села на півдні після відновлення обстрілів. ООН закликала негайно припинити вогонь.",
        &["windows-1251", "koi8-u"],
    ),
    (
        "Turkish",
        "İdlib'deki yerel kaynaklar, topçu atışlarının yeniden başlamasının ardından güneydeki köylerden binlerce ailenin göç ettiğini bildirdi. Birleşmiş Milletler ateşkes çağrısında bulundu.",
        &["windows-1254"],
    ),
    (
        "Hebrew",
        "מקורות מקומיים במחוז אידליב מסרו כי אלפי משפחות עזבו את הכפרים בדרום לאחר שההפגזות התחדשו. האו\"ם קרא לצדדים להפסיק את האש באופן מיידי ולאפשר סיוע הומניטרי.",
        &["windows-1255"],
    ),
    (
        "Greek",
        "Τοπικές πηγές στην επαρχία Ιντλίμπ ανέφεραν ότι χιλιάδες οικογένειες εγκατέλειψαν τα χωριά στο νότο μετά την επανάληψη των βομβαρδισμών.",
        &["windows-1253", "iso-8859-7"],
    ),
    (
        "French",
        "Des sources locales à Idleb ont déclaré que des milliers de familles ont été forcées de quitter leurs villages après la reprise des bombardements ; l’ONU a appelé à un cessez-le-feu immédiat.",
        &["windows-1252"],
    ),
    (
        "Chinese",
        "叙利亚西北部的消息人士说，在炮击再次开始以后，数千个家庭已经离开了他们在南部的村庄。联合国要求各方立即停火，并且让人道主义援助进入这个地区。",
        &["gbk", "gb18030"],
    ),
    (
        "Taiwan",
        "敘利亞西北部的消息人士說，在砲擊再次開始以後，數千個家庭已經離開了他們在南部的村莊。聯合國要求各方立即停火，並且讓人道主義援助進入這個地區。",
        &["big5"],
    ),
    (
        "Japanese",
        "シリア北西部の現地の情報筋によると、砲撃が再開された後、数千の家族が南部の村を離れた。国連は直ちに停戦するよう求めている。",
        &["shift_jis", "euc-jp", "iso-2022-jp"],
    ),
    (
        "Korean",
        "시리아 북서부의 현지 소식통은 포격이 다시 시작된 뒤 수천 가구가 남부의 마을을 떠났다고 전했다. 유엔은 즉각적인 휴전을 촉구했다.",
        &["euc-kr"],
    ),
];

fn document(text: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>News</title><item><title>{text}</title><link>https://example.org/a?b=1</link></item></channel></rss>"
    )
}

fn encoded(text: &str, label: &str) -> Vec<u8> {
    let (bytes, _, lossy) = Encoding::for_label(label.as_bytes()).unwrap().encode(text);
    assert!(!lossy, "{label} cannot hold {text}");
    bytes.into_owned()
}

/// Each sample in each of its encodings.
fn each(mut check: impl FnMut(&str, &str, &[u8])) {
    for (language, text, labels) in SAMPLES {
        for label in labels {
            let text = document(text);
            check(&format!("{language} in {label}"), &text, &encoded(&text, label));
        }
    }
}

#[test]
fn what_is_labelled_truly_is_read_so() {
    for (language, text, labels) in SAMPLES {
        for label in labels {
            let text = document(text);
            let bytes = encoded(&text, label);
            let decoded = decode(&bytes, Some(&format!("text/xml; charset={label}")));
            assert_eq!((&*decoded.text, decoded.defects), (text.as_str(), vec![]), "{language} in {label}");
        }
    }
}

#[test]
fn what_has_no_label_is_guessed() {
    each(|what, text, bytes| assert_eq!(decode(bytes, None).text, text, "{what}"));
}

#[test]
fn what_calls_itself_utf_8_and_is_not_is_guessed() {
    each(|what, text, bytes| {
        if what.contains("iso-2022-jp") {
            return;
        }
        let decoded = decode(bytes, Some("application/rss+xml; charset=UTF-8"));
        assert_eq!((&*decoded.text, kinds(&decoded)), (text, vec!["wrong-charset"]), "{what}");
    });
}

#[test]
fn utf_8_is_known_under_any_label() {
    for (language, text, _) in SAMPLES {
        let text = document(text);
        for label in
            ["iso-8859-1", "windows-1256", "windows-1251", "koi8-r", "gbk", "big5", "shift_jis", "euc-kr", "us-ascii", "windows-1254"]
        {
            let decoded = decode(text.as_bytes(), Some(&format!("text/xml; charset={label}")));
            assert_eq!((&*decoded.text, kinds(&decoded)), (text.as_str(), vec!["wrong-charset"]), "{language} as {label}");
            // One bad byte in it changes nothing but itself.
            let mut bytes = text.clone().into_bytes();
            bytes.insert(5, 0xFF);
            let decoded = decode(&bytes, Some(&format!("text/xml; charset={label}")));
            assert_eq!(decoded.text.replace('\u{FFFD}', ""), text, "{language} as {label} with a bad byte");
        }
    }
}

#[test]
fn a_legacy_label_that_lies_is_noticed() {
    let lies = [
        ("Russian", "koi8-r", "windows-1251"),
        ("Russian", "windows-1251", "koi8-r"),
        ("Russian", "windows-1251", "iso-8859-1"),
        ("Arabic", "windows-1256", "iso-8859-1"),
        ("Arabic", "windows-1256", "windows-1252"),
        ("Arabic", "windows-1256", "windows-1251"),
        ("Persian", "windows-1256", "iso-8859-1"),
        ("Hebrew", "windows-1255", "iso-8859-1"),
        ("Turkish", "windows-1254", "iso-8859-1"),
        ("Greek", "windows-1253", "iso-8859-1"),
        ("Chinese", "gbk", "iso-8859-1"),
        ("Chinese", "gbk", "big5"),
        ("Taiwan", "big5", "gbk"),
        ("Japanese", "shift_jis", "euc-jp"),
        ("Korean", "euc-kr", "iso-8859-1"),
        ("Japanese", "euc-jp", "shift_jis"),
    ];
    for (language, truth, lie) in lies {
        let text = document(SAMPLES.iter().find(|(name, _, _)| *name == language).unwrap().1);
        let bytes = encoded(&text, truth);
        let decoded = decode(&bytes, Some(&format!("text/xml; charset={lie}")));
        assert_eq!(decoded.text, text, "{language} in {truth}, called {lie}: {:?}", decoded.defects);
        assert_eq!(kinds(&decoded), ["wrong-charset"], "{language} in {truth}, called {lie}");
    }
}

#[test]
fn a_label_that_may_be_true_is_believed() {
    let cases = [
        ("windows-1252", "<a>Þórður sagði að það væri ágætt, ýmis orð í bókinni</a>"),
        ("windows-1254", "<a>ışığı söndürüp güçlü düşüşe geçti; çığ düştü, öğütüldü</a>"),
        ("windows-1252", "<a>Ärger über Öl, «naïveté» – 20 °C, ½ £, “ok”</a>"),
        ("windows-1251", "<a>СРОЧНО</a>"),
        ("windows-1251", "<a>ООН и США</a>"),
        ("gbk", "<a>鏂</a>"),
        ("windows-1256", "<a>«إدلب»: 5% — “خبر”</a>"),
        ("windows-1252", "<a>é</a>"),
    ];
    for (label, text) in cases {
        let bytes = encoded(text, label);
        let decoded = decode(&bytes, Some(&format!("text/xml; charset={label}")));
        assert_eq!((&*decoded.text, kinds(&decoded)), (text, vec![]), "{label}");
    }
}

#[test]
fn labels_in_every_spelling() {
    let name = |label: &str| label::encoding(label).map(Encoding::name);
    let cases = [
        ("UTF-8", &["utf8", "UTF_8", " utf-8 ", "\"utf-8\"", "unicode-1-1-utf-8", "unicode", "utf-16", "UTF8MB4", "cp65001"][..]),
        ("windows-1256", &["cp1256", "CP-1256", "win1256", "windows1256", "Windows_1256", "x-cp1256", "ANSI-1256"]),
        ("windows-1251", &["cp1251", "win-1251", "windows1251"]),
        ("windows-1252", &["iso-8859-1", "ISO8859_1", "latin1", "ascii", "us-ascii", "ISO 8859-1", "iso8859-1"]),
        ("windows-1254", &["iso-8859-9", "latin5", "cp1254", "ISO8859_9"]),
        ("KOI8-R", &["koi8", "KOI8_R", "koi-8-r"]),
        ("GBK", &["gb2312", "GB_2312-80", "cp936", "x-gbk"]),
        ("Big5", &["big5-hkscs", "cp950"]),
        ("Shift_JIS", &["sjis", "cp932", "shift-jis", "windows-31j"]),
    ];
    for (expected, labels) in cases {
        for label in labels {
            assert_eq!(name(label), Some(expected), "{label}");
        }
    }
    for label in
        ["", "utf-7", "unicode-1-1-utf-7", "x-user-defined", "none", "binary", "iso-2022-kr", "hz-gb-2312", "arabic?", "replacement"]
    {
        assert_eq!(name(label), None, "{label}");
    }
}

#[test]
fn utf_7_stays_as_it_is_written() {
    let decoded = decode(b"<a>+ADw-script+AD4-</a>", Some("text/xml; charset=utf-7"));
    assert_eq!(decoded.text, "<a>+ADw-script+AD4-</a>");
}

#[test]
fn utf_32_with_and_without_mark() {
    for mark in ["", "\u{FEFF}"] {
        let text = format!("{mark}<?xml version=\"1.0\" encoding=\"utf-32\"?>{ARABIC}");
        let little: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let big: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        for bytes in [little, big] {
            assert_eq!(decode(&bytes, Some("text/xml; charset=utf-32")).text, ARABIC);
            let cut = decode(&bytes[..bytes.len() - 2], None);
            assert_eq!((kinds(&cut), cut.text.chars().last()), (vec!["bad-bytes"], Some('\u{FFFD}')));
        }
    }
}

#[test]
fn a_document_cut_within_a_character_keeps_the_rest() {
    let whole = ARABIC.as_bytes();
    let cut = &whole[..whole.iter().rposition(|byte| *byte >= 0xC0).unwrap() + 1];
    for content_type in [None, Some("text/xml; charset=utf-8")] {
        let decoded = decode(cut, content_type);
        assert!(decoded.text.starts_with("<rss><title>الأخبار من إدلب وريفها اليو\u{FFFD}"), "{}", decoded.text);
        assert_eq!(kinds(&decoded), ["bad-bytes"]);
    }
}

#[test]
fn a_few_letters_of_windows_1252_in_a_document_of_utf_8() {
    // Nothing in it is UTF-8 beyond ASCII, so nothing speaks for the label.
    let decoded = decode(b"<a>caf\xe9 na\xefve</a>", Some("text/xml; charset=utf-8"));
    assert_eq!((&*decoded.text, kinds(&decoded)), ("<a>café naïve</a>", vec!["wrong-charset"]));
}

#[test]
fn a_page_s_own_word_is_heard() {
    let text = format!("<!DOCTYPE html><html><head><META HTTP-EQUIV=content-type content='text/html; charset=windows-1256'>{ARABIC}");
    assert_eq!(decode(&encoded(&text, "windows-1256"), Some("text/html")).text, text);
}

#[test]
fn utf_8_written_twice_is_mended_where_it_is_certain() {
    for (language, text, _) in SAMPLES {
        let text = document(text);
        for legacy in [encoding_rs::WINDOWS_1252, encoding_rs::WINDOWS_1256, encoding_rs::WINDOWS_1251] {
            let (twice, failed) = legacy.decode_without_bom_handling(text.as_bytes());
            // A byte that the encoding does not have is lost for good.
            if failed {
                continue;
            }
            let decoded = decode(twice.as_bytes(), Some("text/xml; charset=utf-8"));
            assert_eq!((&*decoded.text, kinds(&decoded)), (text.as_str(), vec!["mojibake"]), "{language} by {}", legacy.name());
        }
    }
    for text in ["<a>Ã© and É® and FRÜ®, Ø¥</a>", "<a>«إدلب»</a>", "<a>Идлиб – Сирия</a>", "<a>ÃÂÃ</a>", "<a>naïve café à Öl</a>"]
    {
        assert_eq!(decode(text.as_bytes(), None).text, text);
    }
    // Single letters need to be many.
    let french = "dÃ©tÃ© ".repeat(8);
    assert_eq!(decode(french.as_bytes(), None).text, "dété ".repeat(8));
    let isolated = "<a>Ø¥Ø¯Ù„Ø¨ Ø¥Ø¯Ù„Ø¨ and “real” quotes</a>";
    assert_eq!(decode(isolated.as_bytes(), None).text, "<a>إدلب إدلب and “real” quotes</a>");
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300), label in "[a-z0-9-]{0,12}") {
        let decoded = decode(&bytes, Some(&format!("text/xml; charset={label}")));
        proptest::prop_assert!(!has_forbidden(&decoded.text));
    }
}
