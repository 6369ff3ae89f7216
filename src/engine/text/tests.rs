//! Markup as feeds hold it, and the text that a reader sees.

use super::*;

#[track_caller]
fn check(html: &str, expected: &str) {
    assert_eq!(html_to_text(html), expected);
}

#[test]
fn blocks_become_lines_and_paragraphs() {
    check("<p>One <b>two</b>\nthree</p><p>four<br/>five</p>", "One two three\n\nfour\nfive");
    check("<ul><li>a</li><li>b</li></ul>c", "a\nb\n\nc");
    check("<div>a</div><div>b</div>", "a\nb");
    check("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc");
}

#[test]
fn what_no_reader_sees_is_left_out() {
    check("<head><title>t</title></head>a<script>x<b>y</b></script><style>p{}</style><template>t</template><!-- c -->b", "ab");
    check("<div>a<video>old browser</div>b", "a\nb");
    check("<img alt=\"no\" src=x><a href=\"Idlib\" title='no'>yes</a>", "yes");
}

#[test]
fn entities_are_resolved_even_when_escaped_twice() {
    check("T&uuml;rkiye &amp; &#1573;&#1583;&#1604;&#1576;&nbsp;x", "Türkiye & إدلب x");
    check("<p>It&amp;#8217;s</p>", "It’s");
    check("&lt;p&gt;one&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;", "one\n\ntwo");
    check("<p>use &lt;/b&gt; here</p>", "use </b> here");
}

#[test]
fn what_attributes_hide_is_left_out() {
    check("a<span hidden>b</span><p style=\"color:red; Display : none\">c</p><i style='visibility:hidden'>d</i>e", "a\n\ne");
    check("<p>hidden is a word, none is another</p>", "hidden is a word, none is another");
    check("a<img hidden>b<input type=hidden>c", "abc");
}

#[test]
fn words_are_not_parted_by_what_stands_in_them() {
    check("super<wbr>califragil<b>istic</b>", "supercalifragilistic");
    check("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>の本", "漢字の本");
    check("<ruby>漢<rt>かん</ruby>の本", "漢の本");
    check("می\u{200c}خواهم &zwnj;<b>کتاب\u{200c}ها</b> soft\u{ad}hyphen", "می\u{200c}خواهم \u{200c}کتاب\u{200c}ها soft\u{ad}hyphen");
}

#[test]
fn comments_of_every_kind_are_left_out() {
    check("a<!-- b --><!--[if mso]>c<![endif]--><![if !mso]>d<![endif]><?php e ?>f", "adf");
    check("<p>a<!-- > -->b</p>", "ab");
}

#[test]
fn sections_of_cdata_within_text_are_text() {
    check("<![CDATA[Hello <b>world</b>]]>", "Hello world");
    check("&lt;![CDATA[Hello &lt;b&gt;world&lt;/b&gt;]]&gt;", "Hello world");
    check("<p><![CDATA[one]]></p><p>two</p>", "one\n\ntwo");
}

#[test]
fn blocks_of_every_kind_part_text() {
    check("<pre>a\n  b\n\n\nc</pre>d", "a\nb\n\nc\n\nd");
    check("<dl><dt>a</dt><dd>b</dd></dl><h2>c</h2>d<hr>e", "a\nb\n\nc\n\nd\n\ne");
    check("<blockquote>a</blockquote>b<br><br><br>c<br>d", "a\n\nb\n\nc\nd");
    check("<table><caption>t</caption><tr><th>a</th><td>b</td></tr></table>", "t\na b");
    check("one<p>two<p>three", "one\n\ntwo\n\nthree");
    check("<P>ONE</P>\r\n\r\n<P>TWO</P>", "ONE\n\nTWO");
}

#[test]
fn the_second_reading_takes_references_written_in_full_only() {
    check("https://a.example/?a=1&amp;lt=2&amp;copy=3", "https://a.example/?a=1&lt=2&copy=3");
    check("AT&amp;amp;T &amp;nbsp;x &amp;hellip;", "AT&T x …");
}

#[test]
fn angle_brackets_of_a_sentence_stay() {
    check("5 < 6 and 7 > 3", "5 < 6 and 7 > 3");
    check("a &lt; b", "a < b");
    check("<b>5</b> <إدلب <& x <", "5 <إدلب <& x <");
}

#[test]
fn ampersands_beside_tags_stay() {
    check("<b>&</b>a &<i>b</i>&", "&a &b&");
    check("<p>a&\r\nb</p>&amp;<p>&copy=2", "a& b\n\n&\n\n&copy=2");
}

#[test]
fn raw_text_ends_with_its_own_element() {
    check("<style></b>a</style >b<script>'</scrip'</SCRIPT>c<noscript><p>d</p></noscript>e", "bce");
    check("<title>a</titles></title>b<plaintext>c</plaintext>", "bc</plaintext>");
}

#[test]
fn pictures_and_formulas_have_rules_of_their_own() {
    check("a<svg><title/><style/><g></g></svg>b", "ab");
    check("a<svg><foreignObject><b>x</b></foreignObject><title>y</title></svg>b<svg/>c", "abc");
    check("a<math><mi>x</mi><mtext><b>y</b></mtext></math>b", "ab");
}

#[test]
fn elements_end_with_the_one_that_holds_them() {
    check("<div>a<span hidden>b<i>c</div>d</i>e", "a\nde");
    check("<a-name-longer-than-any-of-html hidden>b</a-name-longer-than-any-of-htmk>c</a-name-longer-than-any-of-html>d", "d");
}

#[test]
fn markup_built_to_hurt_is_read_in_linear_time() {
    let deep = "<a><b><i><p>".repeat(20_000);
    assert_eq!(html_to_text(&format!("{deep}text")), "");
    assert_eq!(html_to_text(&format!("text{deep}")), "text");
    html_to_text(&"<".repeat(100_000));
    html_to_text(&"&".repeat(100_000));
    html_to_text(&"<p ".repeat(100_000));
    html_to_text(&"<script>".repeat(10_000));
    html_to_text(&format!("{}{}", "<a>".repeat(10_000), "</b>".repeat(8_000)));
    html_to_text(&format!("none<p {}", "a=\"&amp;\" ".repeat(10_000)));
    for flood in ["&<", "<&", "<!--", "<![CDATA[", "<svg><desc>", "<!--><script>", "</"] {
        html_to_text(&flood.repeat(30_000));
    }
}

#[test]
fn cut_between_characters() {
    let text = html_to_text(&"ش".repeat(MAX_HTML_BYTES));
    assert_eq!(text.len(), MAX_HTML_BYTES);
    assert_eq!(cut("aش", 2), "a");
}

#[test]
fn controls_and_overrides_go_but_joiners_stay() {
    assert_eq!(clean("a\u{1b}]8;;x\u{7}b\0\u{9b}c\u{202e}d\u{202a}"), "a]8;;xbcd");
    let persian = "می\u{200c}خواهم";
    let arabic = "\u{200f}إدلب\u{200e}";
    let hindi = "क\u{94d}\u{200d}ष";
    for text in [persian, arabic, hindi, "\u{2067}א\u{2069}", "👩\u{200d}💻"] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn white_space_is_folded() {
    assert_eq!(clean(" \t a\u{a0}\u{2003} b \r\n c\r\n\r\n\r\nd\u{2029}e \n"), "a b\nc\n\nd\n\ne");
    assert_eq!(clean_line("a\r\n b\n\nc"), "a b c");
    assert_eq!(clean("a\u{1b}b"), "ab");
}

#[test]
fn what_is_clean_is_copied_and_the_rest_is_cleaned_from_there() {
    for text in ["", "a", "a b", "a\nb", "a\n\nb c", "«إدلب» — “x” …", "中文、日本語。", "\u{200f}א", "a\u{ad}b"] {
        assert_eq!(clean(text), text);
    }
    for (text, expected) in [
        (" a", "a"),
        ("a ", "a"),
        ("a\n", "a"),
        ("a  b", "a b"),
        ("a \nb", "a\nb"),
        ("a\n b", "a\nb"),
        ("a\n\n\nb", "a\n\nb"),
        ("é\u{a0}b", "é b"),
        ("x\u{3000}y\u{202e}z", "x yz"),
        ("ok \u{7f}k", "ok k"),
        ("a\tb", "a b"),
        ("«\u{feff}»", "«»"),
        ("a\u{85}b", "a\nb"),
    ] {
        assert_eq!(clean(text), expected, "{text:?}");
    }
}

#[test]
fn clean_is_a_fixed_point() {
    let text = "a\u{1b} \u{202e}\n \u{85}b\u{2028}\tc\u{feff}";
    assert_eq!(clean(&clean(text)), clean(text));
}
