//! Number words as digits: `twenty-first` → `21st`, `nineteen forty five` → `1945`, `ten thousand dollars` → `$10000`.

const ONES: &[&str] = &[
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: &[&str] = &["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: &[(&str, u128)] = &[
    ("hundred", 100),
    ("thousand", 1_000),
    ("million", 1_000_000),
    ("billion", 1_000_000_000),
    ("trillion", 1_000_000_000_000),
    ("quadrillion", 1_000_000_000_000_000),
];
const ORDINALS: &[(&str, &str)] = &[
    ("first", "one"),
    ("second", "two"),
    ("third", "three"),
    ("fifth", "five"),
    ("eighth", "eight"),
    ("ninth", "nine"),
    ("twelfth", "twelve"),
];
const MONEY: &[(&str, char)] = &[
    ("dollar", '$'),
    ("dollars", '$'),
    ("cent", '¢'),
    ("cents", '¢'),
    ("euro", '€'),
    ("euros", '€'),
    ("pound", '£'),
    ("pounds", '£'),
];

/// What a word adds to a number.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// 0..=19.
    One(u128),
    /// 20, 30 … 90.
    Ten(u128),
    /// 100, 1000 …
    Scale(u128),
}

/// A number word and the ending of its ordinal or plural.
fn part(word: &str) -> Option<(Part, &'static str)> {
    if let Some(found) = cardinal(word) {
        return Some((found, ""));
    }
    if let Some((_, base)) = ORDINALS.iter().find(|(ordinal, _)| *ordinal == word) {
        let ending = match *base {
            "one" => "st",
            "two" => "nd",
            "three" => "rd",
            _ => "th",
        };
        return cardinal(base).map(|p| (p, ending));
    }
    if let Some(stem) = word.strip_suffix("ieth").and_then(|s| cardinal(&format!("{s}y"))) {
        return Some((stem, "th"));
    }
    if let Some(stem) = word.strip_suffix("th").and_then(cardinal) {
        return Some((stem, "th"));
    }
    let plural = word.strip_suffix("ies").and_then(|s| cardinal(&format!("{s}y")));
    let plural = plural.or_else(|| word.strip_suffix("es").filter(|s| *s == "six" || *s == "zero").and_then(cardinal));
    plural.or_else(|| word.strip_suffix('s').and_then(cardinal)).map(|p| (p, "s"))
}

fn cardinal(word: &str) -> Option<Part> {
    if let Some(at) = ONES.iter().position(|w| *w == word) {
        return Some(Part::One(at as u128));
    }
    if let Some(at) = TENS.iter().position(|w| !w.is_empty() && *w == word) {
        return Some(Part::Ten(at as u128 * 10));
    }
    SCALES.iter().find(|(name, _)| *name == word).map(|(_, value)| Part::Scale(*value))
}

/// The number that is being read.
#[derive(Clone, PartialEq)]
enum Value {
    /// A quantity that can still grow.
    Sum(u128),
    /// Digits in a row: a year, a telephone number, a decimal fraction.
    Digits(String),
}

impl Value {
    fn text(&self) -> String {
        match self {
            Self::Sum(n) => n.to_string(),
            Self::Digits(text) => text.clone(),
        }
    }

    fn appended(&self, digits: &str) -> Self {
        Self::Digits(self.text() + digits)
    }

    /// The number with one more word; none where that begins another number.
    fn with(&self, part: Part, last: Option<Part>) -> Option<Self> {
        Some(match (self, part) {
            (Self::Sum(n), Part::One(one)) if one > 0 && room(*n, one, last) => Self::Sum(n.checked_add(one)?),
            (Self::Sum(n), Part::Ten(ten)) if n.is_multiple_of(100) && matches!(last, Some(Part::Scale(_))) => {
                Self::Sum(n.checked_add(ten)?)
            }
            (Self::Digits(text), Part::One(one)) if (1..10).contains(&one) && matches!(last, Some(Part::Ten(_))) => {
                // "nineteen forty" + "five": the five takes the place of forty's zero.
                Self::Digits(text[..text.len() - 1].to_owned() + &one.to_string())
            }
            (_, Part::One(n) | Part::Ten(n)) => self.appended(&n.to_string()),
            (Self::Sum(0), Part::Scale(_)) => return None,
            (Self::Sum(n), Part::Scale(scale)) => {
                // "one million two hundred" + "thousand": only what is below a thousand grows.
                let above = if *n >= scale { n / 1000 * 1000 } else { 0 };
                Self::Sum((n - above).checked_mul(scale)?.checked_add(above)?)
            }
            (Self::Digits(text), Part::Scale(scale)) => return scaled(text, scale),
        })
    }
}

/// Whether a word below twenty has its place behind a sum.
fn room(sum: u128, one: u128, last: Option<Part>) -> bool {
    match last {
        Some(Part::Scale(_)) => sum.is_multiple_of(100),
        Some(Part::Ten(_)) => one < 10,
        _ => false,
    }
}

/// `3.5` and a million: 3500000; none where a fraction would be left.
fn scaled(text: &str, scale: u128) -> Option<Value> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let unit = 10u128.checked_pow(fraction.len() as u32)?;
    let product = digits.checked_mul(scale)?;
    (product % unit == 0).then(|| Value::Sum(product / unit))
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix(['$', '€', '£', '¢']).unwrap_or(word);
    !digits.is_empty()
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a word can stand in a number.
fn countable(word: Option<&String>) -> bool {
    word.is_some_and(|w| is_number(w) || part(w).is_some())
}

/// Whether a word can stand behind "point".
fn decimal(word: &str) -> bool {
    is_number(word) || matches!(word, "o" | "oh") || matches!(part(word), Some((Part::One(_), "")))
}

/// One number as it comes out.
#[derive(Default)]
struct Number {
    sign: &'static str,
    money: Option<char>,
    value: Option<Value>,
    last: Option<Part>,
}

impl Number {
    /// Whether "point" was the last word.
    fn after_point(&self) -> bool {
        matches!(&self.value, Some(Value::Digits(text)) if text.ends_with('.'))
    }

    fn flush(&mut self, out: &mut Vec<String>, ending: &str) {
        if let Some(value) = std::mem::take(self).value_text() {
            out.push(value + ending);
        }
    }

    fn value_text(self) -> Option<String> {
        let value = self.value?;
        Some(format!("{}{}{}", self.sign, self.money.map(String::from).unwrap_or_default(), value.text()))
    }
}

/// Replaces the number words among plain lower-case words.
pub(super) fn to_digits(words: &[String]) -> Vec<String> {
    let words = halves(words);
    let mut out: Vec<String> = Vec::new();
    let mut number = Number::default();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let next = words.get(at + 1);
        at += 1;
        if is_number(word) {
            let money = word.chars().next().filter(|c| !c.is_ascii_digit());
            let digits = word.trim_start_matches(|c: char| !c.is_ascii_digit());
            if let (true, Some(value)) = (number.after_point(), &number.value) {
                number.value = Some(value.appended(digits));
            } else {
                if number.value.is_some() {
                    number.flush(&mut out, "");
                }
                number.money = money;
                number.value = Some(digits.parse().map_or_else(|_| Value::Digits(digits.to_owned()), Value::Sum));
                if digits.starts_with('0') {
                    number.value = Some(Value::Digits(digits.to_owned()));
                }
            }
            number.last = Some(Part::One(0));
            continue;
        }
        if let Some((part, ending)) = part(word) {
            // A second of time or a plural such as "ones" is no number by itself.
            let alone = number.value.is_none();
            let grown = match &number.value {
                None => Some(match part {
                    Part::One(n) | Part::Ten(n) | Part::Scale(n) => Value::Sum(n),
                }),
                Some(value) => value.with(part, number.last),
            };
            if alone && ending == "s" && !matches!(part, Part::Ten(_)) {
                number = Number::default();
                out.push(word.clone());
                continue;
            }
            match grown {
                Some(value) => number.value = Some(value),
                None => {
                    number.flush(&mut out, "");
                    number.value = Some(match part {
                        Part::One(n) | Part::Ten(n) | Part::Scale(n) => Value::Sum(n),
                    });
                }
            }
            number.last = Some(part);
            if !ending.is_empty() {
                number.flush(&mut out, ending);
            }
            continue;
        }
        match (word.as_str(), number.value.is_some()) {
            ("o" | "oh", true)
                if number.after_point() || next.is_some_and(|n| matches!(part(n), Some((Part::One(_), _)))) =>
            {
                number.value = number.value.take().map(|v| v.appended("0"));
                number.last = Some(Part::One(0));
            }
            ("and", true) if matches!(number.last, Some(Part::Scale(_))) && next.is_some_and(|n| part(n).is_some()) => {
            }
            ("point", true) if next.is_some_and(|n| decimal(n)) => {
                number.value = number.value.take().map(|v| v.appended("."));
                number.last = Some(Part::One(0));
            }
            ("percent", true) => number.flush(&mut out, "%"),
            ("per", true) if next.is_some_and(|n| n == "cent") => {
                number.flush(&mut out, "%");
                at += 1;
            }
            ("minus" | "negative" | "plus" | "positive", _) if countable(next) => {
                number.flush(&mut out, "");
                number.sign = if matches!(word.as_str(), "minus" | "negative") { "-" } else { "+" };
            }
            ("double" | "triple", _) if next.is_some_and(|n| matches!(part(n), Some((Part::One(0..=9), "")))) => {
                let digit = next.and_then(|n| part(n)).map_or(String::new(), |(p, _)| match p {
                    Part::One(n) | Part::Ten(n) | Part::Scale(n) => n.to_string(),
                });
                let digits = digit.repeat(if word == "double" { 2 } else { 3 });
                number.value = Some(match &number.value {
                    Some(value) => value.appended(&digits),
                    None => Value::Digits(digits),
                });
                number.last = Some(Part::One(0));
                at += 1;
            }
            (other, true) => {
                let money = MONEY.iter().find(|(name, _)| *name == other).map(|(_, sign)| *sign);
                number.money = money.or(number.money);
                number.flush(&mut out, "");
                if money.is_none() {
                    out.push(word.clone());
                }
            }
            (_, false) => {
                number = Number::default();
                out.push(word.clone());
            }
        }
    }
    number.flush(&mut out, "");
    joined(out)
}

/// "two and a half" as "two point five".
fn halves(words: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let half = words[at..].iter().take(3).map(String::as_str).eq(["and", "a", "half"]);
        if half && out.last().is_some_and(|w| is_number(w) || matches!(part(w), Some((_, "")))) {
            out.extend(["point".to_owned(), "five".to_owned()]);
            at += 3;
        } else {
            out.push(words[at].clone());
            at += 1;
        }
    }
    out
}

/// Money of two units in one: `$2 and ¢7` is `$2.07`; a lone 1 is "one", which is mostly no number.
fn joined(words: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let cents = word.strip_prefix('¢').and_then(|c| c.parse::<u32>().ok()).filter(|c| *c < 100);
        let and = usize::from(out.last().is_some_and(|w| w == "and"));
        let whole = out.len().checked_sub(1 + and).map(|i| &out[i]);
        let whole = whole.filter(|w| w.starts_with(['$', '€', '£']) && !w.contains('.'));
        if let (Some(cents), Some(whole)) = (cents, whole) {
            let sum = format!("{whole}.{cents:02}");
            out.truncate(out.len() - 1 - and);
            out.push(sum);
        } else {
            out.push(match word.as_str() {
                "1" => "one".to_owned(),
                "1s" => "ones".to_owned(),
                _ => word,
            });
        }
    }
    out
}
