//! The word list as a hint to the model, bounded so that it can never crowd out the text.

/// Most tokens of the hint. Whisper's decoder holds 448: at most 224 of hint and 220 of text, so even a full hint leaves
/// the text its room; half of that keeps the decoder fast, and long hints were seen to be repeated as text.
const MAX_TOKENS: usize = 112;
/// Longer "words" are no words.
const MAX_WORD_CHARS: usize = 100;

/// The tokens of a word list: a sentence that names the words, as far as they fit, the first ones first. Empty where
/// there are none.
pub fn tokens(words: &[String], tokenize: &dyn Fn(&str) -> Vec<i32>) -> Vec<i32> {
    let mut prompt = Vec::new();
    let end = tokenize(".");
    for word in words {
        let word = word.trim();
        if word.is_empty() || word.chars().count() > MAX_WORD_CHARS {
            continue;
        }
        let piece = tokenize(&if prompt.is_empty() { format!(" {word}") } else { format!(", {word}") });
        if prompt.len() + piece.len() + end.len() > MAX_TOKENS {
            break;
        }
        prompt.extend(piece);
    }
    if !prompt.is_empty() {
        prompt.extend(end);
    }
    prompt
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tokenizer with one token a byte.
    fn bytes(text: &str) -> Vec<i32> {
        text.bytes().map(i32::from).collect()
    }

    fn as_text(prompt: &[i32]) -> String {
        prompt.iter().map(|&t| t as u8 as char).collect()
    }

    #[test]
    fn words_become_one_sentence() {
        let words = ["Ada".to_string(), " ".to_string(), "Babbage ".to_string()];
        assert_eq!(as_text(&tokens(&words, &bytes)), " Ada, Babbage.");
        assert!(tokens(&[], &bytes).is_empty());
    }

    #[test]
    fn long_lists_are_cut_at_a_word() {
        let words: Vec<String> = (0..1000).map(|i| format!("word{i}")).collect();
        let prompt = tokens(&words, &bytes);
        assert!(prompt.len() <= MAX_TOKENS && prompt.len() > MAX_TOKENS - 10);
        assert!(as_text(&prompt).ends_with("."));
        assert!(tokens(&["x".repeat(5000)], &bytes).is_empty());
    }
}
