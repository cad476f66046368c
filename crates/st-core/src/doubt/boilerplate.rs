//! Sentences that Whisper writes where nobody speaks, because subtitles end with them. The list is from what its models are
//! widely known to write; each counts only where it is the whole of a piece.

/// Language, and sentences in it without case, spaces, digits and marks.
const TABLE: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "thanks for watching",
            "thank you for watching",
            "thank you so much for watching",
            "thank you very much for watching",
            "thanks for watching and see you next time",
            "thanks for watching see you next time",
            "see you in the next video",
            "i'll see you in the next video",
            "please subscribe",
            "please subscribe to my channel",
            "subscribe to my channel",
            "like and subscribe",
            "don't forget to subscribe",
            "please like and subscribe",
            "don't forget to like and subscribe",
            "subtitles by the amara.org community",
            "subtitles by",
            "subtitles made by the amara.org community",
            "captions by",
            "transcription by castingwords",
            "transcription by eso translation by",
            "transcribed by https otter.ai",
            "www.mooji.org",
            "bf-watch tv",
            "this video is brought to you by",
            "copyright australian broadcasting corporation",
        ],
    ),
    (
        "de",
        &[
            "untertitel im auftrag des zdf",
            "untertitel im auftrag des zdf für funk",
            "untertitelung im auftrag des zdf",
            "untertitelung des zdf",
            "untertitelung des zdf für funk",
            "untertitel der amara.org-community",
            "untertitel von stephanie geiges",
            "untertitel",
            "untertitelung",
            "untertitelung br",
            "untertitel br",
            "swr",
            "copyright wdr",
            "vielen dank fürs zuschauen",
            "danke fürs zuschauen",
            "abonniert den kanal",
            "mehr informationen auf www.untertitel.de",
        ],
    ),
    (
        "fr",
        &[
            "sous-titres réalisés par la communauté d'amara.org",
            "sous-titres réalisés para la communauté d'amara.org",
            "sous-titres réalisés par l'amara.org",
            "sous-titres fait par sous-titres par amara.org",
            "sous-titrage société radio-canada",
            "sous-titrage st'",
            "sous-titrage",
            "sous-titres",
            "sous-titres par",
            "merci d'avoir regardé cette vidéo",
            "merci d'avoir regardé la vidéo",
            "merci d'avoir regardé",
            "abonnez-vous",
            "abonnez-vous à la chaîne",
            "à la prochaine vidéo",
        ],
    ),
    (
        "es",
        &[
            "subtítulos realizados por la comunidad de amara.org",
            "subtítulos por la comunidad de amara.org",
            "subtitulado por la comunidad de amara.org",
            "subtítulos en español de amara.org",
            "subtítulos creados por la comunidad de amara.org",
            "gracias por ver el video",
            "gracias por ver el vídeo",
            "gracias por ver",
            "suscríbete al canal",
            "suscríbete",
            "no olvides suscribirte",
            "más información www.alimmenta.com",
        ],
    ),
    (
        "pt",
        &[
            "legendas pela comunidade amara.org",
            "legendado pela comunidade amara.org",
            "legendas pela comunidade de amara.org",
            "transcrição e legendas pela comunidade amara.org",
            "obrigado por assistir",
            "obrigada por assistir",
            "inscreva-se no canal",
            "até o próximo vídeo",
        ],
    ),
    (
        "it",
        &[
            "sottotitoli creati dalla comunità amara.org",
            "sottotitoli e revisione a cura di qtss",
            "sottotitoli a cura di qtss",
            "sottotitoli di sottotitoli di amara.org",
            "grazie per aver guardato il video",
            "grazie per la visione",
            "iscrivetevi al canale",
        ],
    ),
    (
        "nl",
        &[
            "ondertiteld door de amara.org gemeenschap",
            "ondertiteling door de amara.org gemeenschap",
            "tv gelderland",
            "bedankt voor het kijken",
            "ondertiteling",
            "vertaald door",
        ],
    ),
    (
        "sv",
        &[
            "undertexter från amara.org-gemenskapen",
            "undertexter av amara.org-gemenskapen",
            "textning stina hedin www.btistudios.com",
            "svensktextning.nu",
            "textat av",
            "undertexter",
            "tack för att ni tittade",
            "tack för att du tittade",
            "tack för att ni har tittat",
        ],
    ),
    (
        "da",
        &[
            "danske tekster af amara.org-fællesskabet",
            "danske tekster af nicolai winther",
            "tak fordi du så med",
            "tak for at se med",
        ],
    ),
    (
        "no",
        &[
            "undertekster av ai-media",
            "teksting av nicolai winther",
            "undertekster fra amara.org-fellesskapet",
            "takk for at du så på",
        ],
    ),
    ("fi", &["tekstitys amara.org-yhteisö", "kiitos kun katsoit", "kiitos katsomisesta"]),
    (
        "pl",
        &[
            "napisy stworzone przez społeczność amara.org",
            "napisy robione przez społeczność amara.org",
            "dziękuję za oglądanie",
            "dzięki za oglądanie",
            "subskrybuj kanał",
            "wszystkie prawa zastrzeżone",
        ],
    ),
    ("cs", &["titulky vytvořil johnyx", "titulky vytvořila komunita amara.org", "děkuji za sledování"]),
    ("hu", &["feliratok az amara.org közösségtől", "köszönöm, hogy megnézted", "köszönjük, hogy megnéztétek"]),
    (
        "ro",
        &[
            "subtitrarea realizată de comunitatea amara.org",
            "vă mulțumesc pentru vizionare",
            "mulțumesc pentru vizionare",
        ],
    ),
    (
        "tr",
        &[
            "altyazı m.k",
            "altyazı",
            "izlediğiniz için teşekkür ederim",
            "izlediğiniz için teşekkürler",
            "abone olmayı unutmayın",
        ],
    ),
    ("el", &["υπότιτλοι authorwave", "υπότιτλοι από την κοινότητα του amara.org", "ευχαριστώ που παρακολουθήσατε"]),
    (
        "ru",
        &[
            "редактор субтитров а.семкин корректор а.егорова",
            "редактор субтитров а.синецкая корректор а.егорова",
            "субтитры сделал dimatorzok",
            "субтитры создавал dimatorzok",
            "субтитры подогнал симон",
            "субтитры предоставил dimatorzok",
            "продолжение следует",
            "спасибо за просмотр",
            "подписывайтесь на канал",
            "подпишись на канал",
        ],
    ),
    (
        "uk",
        &[
            "дякую за перегляд",
            "субтитри створені спільнотою amara.org",
            "дякуємо за перегляд",
            "підписуйтесь на канал",
        ],
    ),
    ("ar", &["ترجمة نانسي قنقر", "نانسي قنقر", "شكرا للمشاهدة", "اشتركوا في القناة", "ترجمة مجتمع amara.org"]),
    ("he", &["תודה שצפיתם", "תודה על הצפייה", "כתוביות על ידי קהילת amara.org"]),
    ("hi", &["देखने के लिए धन्यवाद", "सब्सक्राइब करें"]),
    (
        "vi",
        &[
            "hãy subscribe cho kênh ghiền mì gõ để không bỏ lỡ những video hấp dẫn",
            "cảm ơn các bạn đã theo dõi",
            "hẹn gặp lại các bạn trong những video tiếp theo",
        ],
    ),
    ("id", &["terima kasih telah menonton", "terima kasih sudah menonton"]),
    ("ca", &["subtítols creats per la comunitat d'amara.org", "gràcies per veure el vídeo"]),
    (
        "zh",
        &[
            "字幕由amara.org社区提供",
            "字幕由amara.org社區提供",
            "字幕志愿者",
            "字幕志愿者 李宗盛",
            "字幕by索兰娅",
            "字幕製作人zither harp",
            "中文字幕志愿者 李宗盛",
            "中文字幕",
            "字幕",
            "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
            "請不吝點贊 訂閱 轉發 打賞支持明鏡與點點欄目",
            "谢谢观看",
            "謝謝觀看",
            "谢谢收看",
            "感谢观看",
            "感謝觀看",
            "謝謝大家收看",
            "优优独播剧场 yoyo television series exclusive",
            "優優獨播劇場 yoyo television series exclusive",
        ],
    ),
    (
        "ja",
        &[
            "ご視聴ありがとうございました",
            "ご視聴いただきありがとうございました",
            "ご視聴ありがとうございます",
            "最後までご視聴いただきありがとうございました",
            "チャンネル登録お願いします",
            "チャンネル登録よろしくお願いします",
            "高評価とチャンネル登録をお願いします",
            "次回予告",
            "字幕視聴ありがとうございました",
            "字幕",
            "次の動画でお会いしましょう",
        ],
    ),
    (
        "ko",
        &[
            "시청해주셔서 감사합니다",
            "구독과 좋아요 부탁드립니다",
            "구독 좋아요 알림설정 부탁드립니다",
            "한글자막 by 한효정",
            "자막 제공",
            "다음 영상에서 만나요",
        ],
    ),
];

/// What is also said by people, and counts only where nobody speaks: the commonest words that a model writes over silence.
const FILLERS: &[&str] = &[
    "thank you",
    "thank you very much",
    "thank you so much",
    "thanks",
    "you",
    "bye",
    "bye bye",
    "okay",
    "so",
    "the end",
    "vielen dank",
    "danke",
    "danke schön",
    "tschüss",
    "bis zum nächsten mal",
    "das war's für heute",
    "merci",
    "au revoir",
    "gracias",
    "muchas gracias",
    "adiós",
    "obrigado",
    "obrigada",
    "grazie",
    "tack",
    "tack så mycket",
    "dziękuję",
    "dziękuję za uwagę",
    "спасибо",
    "谢谢",
    "謝謝",
    "谢谢大家",
    "ありがとうございました",
    "감사합니다",
];

/// A text without case, spaces, digits and marks.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

/// Whether the whole of a text is a sentence that ends subtitles, in its language or in English, or such sentences one after
/// the other.
pub fn is_boilerplate(text: &str, language: &str) -> bool {
    let known: Vec<String> = TABLE
        .iter()
        .filter(|(code, _)| *code == language || *code == "en")
        .flat_map(|(_, sentences)| sentences.iter().map(|sentence| plain(sentence)))
        .collect();
    made_of(&plain(text), &known)
}

/// Whether a text is what models write over silence though people say it too.
pub(super) fn is_filler(text: &str) -> bool {
    let known: Vec<String> = FILLERS.iter().map(|filler| plain(filler)).collect();
    made_of(&plain(text), &known)
}

/// Whether a text is one of the sentences, or several of them.
fn made_of(text: &str, known: &[String]) -> bool {
    // ends[n]: whether the first n bytes are made of sentences.
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for at in 0..text.len() {
        if !ends[at] {
            continue;
        }
        for sentence in known.iter().filter(|sentence| text[at..].starts_with(sentence.as_str())) {
            ends[at + sentence.len()] = true;
        }
    }
    !text.is_empty() && ends[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_subtitles_are_known_in_their_language_and_in_english() {
        for (text, language) in [
            ("Thanks for watching!", "en"),
            ("Thank you for watching. Please subscribe.", "en"),
            ("Untertitel im Auftrag des ZDF für funk, 2017", "de"),
            ("Untertitelung des ZDF, 2020", "de"),
            ("Thanks for watching!", "de"),
            ("Sous-titres réalisés par la communauté d'Amara.org", "fr"),
            ("Subtítulos realizados por la comunidad de Amara.org", "es"),
            ("字幕由Amara.org社区提供", "zh"),
            ("ご視聴ありがとうございました。", "ja"),
            ("Субтитры сделал DimaTorzok", "ru"),
        ] {
            assert!(is_boilerplate(text, language), "{text}");
        }
    }

    #[test]
    fn what_holds_more_than_that_is_speech() {
        for (text, language) in [
            ("Thanks for watching the children last night.", "en"),
            ("Thank you.", "en"),
            ("The subtitles by the community are good.", "en"),
            ("Untertitelung des ZDF, 2020", "en"),
            ("Der Untertitel ist falsch.", "de"),
            ("", "en"),
            ("123", "en"),
        ] {
            assert!(!is_boilerplate(text, language), "{text}");
        }
        assert!(is_filler("Thank you. Thank you. Bye-bye.") && !is_filler("Thank you, Anna."));
    }

    #[test]
    fn no_entry_is_empty_or_there_twice() {
        for (language, sentences) in TABLE {
            let mut plain: Vec<String> = sentences.iter().map(|s| super::plain(s)).collect();
            assert!(plain.iter().all(|s| s.chars().count() > 1), "{language}");
            let all = plain.len();
            plain.sort();
            plain.dedup();
            assert_eq!(plain.len(), all, "{language}");
        }
    }
}
