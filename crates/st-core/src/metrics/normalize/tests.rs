use proptest::prelude::*;

use super::Normalizer;

fn check(normalizer: Normalizer, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(normalizer.words(text).join(" "), *expected, "{text}");
    }
}

#[test]
fn simple_takes_punctuation_and_case_away() {
    check(
        Normalizer::Simple,
        &[
            ("Hello, World — it’s “me”!", "hello world it's me"),
            ("'tis the boys' well-known café №5", "tis the boys well known café no5"),
            ("ÉTÉ ﬁn Straße", "été fin straße"),
            ("हिन्दी में।", "हिन्दी में"),
            ("  ", ""),
        ],
    );
}

#[test]
fn characters_are_words_in_chinese() {
    check(Normalizer::Characters, &[("今天，天气 AI。", "今 天 天 气 a i"), ("がぎ", "が ぎ")]);
    assert_eq!(Normalizer::for_language("ja"), Normalizer::Characters);
    assert_eq!(Normalizer::for_language("de"), Normalizer::Simple);
}

#[test]
fn english_writes_contractions_out() {
    check(
        Normalizer::English,
        &[
            ("I can't, won't, don’t.", "i can not will not do not"),
            ("She's been; he'd gone; it's Lena's.", "she has been he had gone it is lena is"),
            ("We're gonna see Mr. Smith and Dr. Who, y'all", "we are going to see mister smith and doctor who you all"),
            ("Mm-hmm, uh-huh. Um, uh [laughs] (off) so... <unk> ok", "huh so ok"),
            ("I'd've", "i would have"),
        ],
    );
}

#[test]
fn english_writes_numbers_as_digits() {
    check(
        Normalizer::English,
        &[
            ("twenty-one and thirty three", "21 and 33"),
            ("nineteen forty-five", "1945"),
            ("two thousand and five", "2005"),
            ("in nineteen oh five", "in 1905"),
            ("one hundred and twenty three thousand four hundred", "123400"),
            ("the twenty first of March, the third and the 4th", "the 21st of march the 3rd and the 4th"),
            ("the eighteen seventies, the 1980s", "the 1870s the 1980s"),
            ("ten thousand dollars", "$10000"),
            ("$1,250.50 and 3.5 million", "$1250.50 and 3500000"),
            ("two dollars and seven cents", "$2.07"),
            ("fifty percent, 20 per cent, 5%", "50% 20% 5%"),
            ("minus three point one four", "-3.14"),
            ("two and a half", "2.5"),
            ("one two three", "123"),
            ("version two point oh, €3.5 billion and £20", "version 2.0 €3500000000 and £20"),
            ("only one", "only one"),
            ("double oh seven", "double oh 7"),
            ("call five five double two", "call 5522"),
        ],
    );
}

#[test]
fn english_spells_the_american_way() {
    check(
        Normalizer::English,
        &[
            ("The colours of neighbouring theatres", "the colors of neighboring theaters"),
            ("analysis analysed organisations realise", "analysis analyzed organizations realize"),
            ("travelled grey emphasis totally rise storeys", "traveled gray emphasis totally rise stories"),
        ],
    );
}

proptest! {
    #[test]
    fn no_text_is_too_odd(
        text in "\\PC{0,40}",
        numbers in prop::collection::vec(prop::sample::select(vec![
            "million", "hundred", "one", "oh", "point", "forty", "ninth", "and", "a", "half", "double", "minus", "$7",
            "quadrillion", "340282366920938463463374607431768211400", "0.5", "cents", "per", "cent", "'s", "(", "twenties",
        ]), 0..12),
    ) {
        for text in [text, numbers.join(" ")] {
            for normalizer in [Normalizer::Simple, Normalizer::English, Normalizer::Characters] {
                let words = normalizer.words(&text);
                prop_assert!(words.iter().all(|w| !w.is_empty() && !w.contains(char::is_whitespace)));
            }
        }
    }
}
