//! What a file is by its first bytes. Its name is never looked at.

/// How many of the first bytes are enough for every test here.
pub(crate) const HEAD_LEN: usize = 4_096;

/// What the first bytes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// RIFF/WAVE, RF64, BW64 or Sony Wave64, read by our own tolerant parser (`riff`).
    Wave,
    /// MP4, M4A, MOV, 3GP.
    Mp4,
    /// A container that symphonia reads: if it refuses, the file is damaged.
    Known,
    /// Frames of MPEG audio or ADTS from the first byte on, which any bytes may look like.
    Frames,
    /// Nothing known.
    Unknown,
    /// Sound or video that no reader here understands, with its usual name.
    Unsupported(&'static str),
    /// No sound at all, with what it is (`a PDF`).
    Foreign(&'static str),
}

/// Formats by the bytes they start with (offset, bytes), from the formats' own specifications.
const SIGNATURES: &[(usize, &[u8], Kind)] = &[
    (0, b"RF64", Kind::Wave),
    (0, b"BW64", Kind::Wave),
    (0, b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", Kind::Wave),
    (0, b"caff", Kind::Known),
    (0, b"fLaC", Kind::Known),
    (28, b"Speex   ", Kind::Unsupported("Speex")),
    (0, b"OggS", Kind::Known),
    (0, b"\x1a\x45\xdf\xa3", Kind::Known),
    (8, b"AIFF", Kind::Known),
    (8, b"AIFC", Kind::Known),
    (0, b"%PDF", Kind::Foreign("a PDF")),
    (0, b"\x89PNG", Kind::Foreign("a picture (PNG)")),
    (0, b"\xff\xd8\xff", Kind::Foreign("a picture (JPEG)")),
    (0, b"GIF8", Kind::Foreign("a picture (GIF)")),
    (0, b"II*\0", Kind::Foreign("a picture (TIFF)")),
    (0, b"MM\0*", Kind::Foreign("a picture (TIFF)")),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind::Foreign("an older Office document")),
    (0, b"{\\rtf", Kind::Foreign("a text document (RTF)")),
    (0, b"Rar!", Kind::Foreign("an archive (RAR)")),
    (0, b"7z\xbc\xaf\x27\x1c", Kind::Foreign("an archive (7z)")),
    (0, b"\x1f\x8b\x08", Kind::Foreign("an archive (gzip)")),
    (0, b"BZh", Kind::Foreign("an archive (bzip2)")),
    (0, b"\xfd7zXZ\0", Kind::Foreign("an archive (xz)")),
    (0, b"\x28\xb5\x2f\xfd", Kind::Foreign("an archive (zstd)")),
    (257, b"ustar", Kind::Foreign("an archive (tar)")),
    (0, b"\x7fELF", Kind::Foreign("a program")),
    (0, b"MZ", Kind::Foreign("a program")),
    (0, b"\xcf\xfa\xed\xfe", Kind::Foreign("a program")),
    (0, b"\xca\xfe\xba\xbe", Kind::Foreign("a program")),
    (0, b"SQLite format 3\0", Kind::Foreign("a database")),
    (0, b"MThd", Kind::Foreign("a list of notes (MIDI), which holds no sound")),
    (0, b"GGUF", Kind::Foreign("a model file")),
    (0, b"lmgg", Kind::Foreign("a model file")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind::Unsupported("WMA")),
    (0, b"#!AMR-WB", Kind::Unsupported("AMR-WB")),
    (0, b"#!AMR", Kind::Unsupported("AMR")),
    (0, b"FLV\x01", Kind::Unsupported("Flash video")),
    (0, b".RMF", Kind::Unsupported("RealMedia")),
    (0, b".ra\xfd", Kind::Unsupported("RealAudio")),
    (0, b".snd", Kind::Unsupported("Sun AU")),
    (0, b"wvpk", Kind::Unsupported("WavPack")),
    (0, b"MAC ", Kind::Unsupported("Monkey's Audio")),
    (0, b"MPCK", Kind::Unsupported("Musepack")),
    (0, b"MP+", Kind::Unsupported("Musepack")),
    (0, b"TTA1", Kind::Unsupported("True Audio")),
    (0, b"OFR ", Kind::Unsupported("OptimFROG")),
    (0, b"DSD ", Kind::Unsupported("DSD")),
    (0, b"FRM8", Kind::Unsupported("DSD")),
    (0, b"Creative Voice File", Kind::Unsupported("Creative Voice")),
    (0, b"\x0b\x77", Kind::Unsupported("Dolby Digital")),
    (0, b"\x00\x00\x01\xba", Kind::Unsupported("MPEG program stream")),
    (8, b"8SVX", Kind::Unsupported("8SVX")),
];

/// Recognises a file by its first bytes (up to [`HEAD_LEN`], fewer for a short file).
pub(crate) fn recognise(head: &[u8]) -> Kind {
    let at = |offset: usize, what: &[u8]| head.get(offset..offset + what.len()) == Some(what);
    if at(0, b"RIFF") {
        return match head.get(8..12) {
            Some(b"WAVE") => Kind::Wave,
            Some(b"AVI ") => Kind::Unsupported("AVI"),
            Some(b"WEBP") => Kind::Foreign("a picture (WebP)"),
            _ => Kind::Unknown,
        };
    }
    if at(4, b"ftyp") {
        return match head.get(8..12) {
            Some(b"heic" | b"heix" | b"mif1" | b"msf1") => Kind::Foreign("a picture (HEIC)"),
            Some(b"avif" | b"avis") => Kind::Foreign("a picture (AVIF)"),
            _ => Kind::Mp4,
        };
    }
    if at(0, b"PK\x03\x04") {
        return Kind::Foreign(zip_content(head));
    }
    // Transport stream packets are 188 bytes long and begin with 0x47 (ISO 13818-1).
    if at(0, b"\x47") && at(188, b"\x47") && at(376, b"\x47") {
        return Kind::Unsupported("MPEG transport stream");
    }
    if let Some((_, _, kind)) = SIGNATURES.iter().find(|(offset, bytes, _)| at(*offset, bytes)) {
        return kind.clone();
    }
    // Eleven set bits begin a frame of MPEG audio, twelve one of ADTS.
    if matches!(head, [0xff, second, ..] if second & 0xe0 == 0xe0) {
        return Kind::Frames;
    }
    text_content(head).map_or(Kind::Unknown, Kind::Foreign)
}

fn zip_content(head: &[u8]) -> &'static str {
    let has = |what: &[u8]| head.windows(what.len()).any(|window| window == what);
    if has(b"word/") {
        "a Word document"
    } else if has(b"xl/") {
        "an Excel workbook"
    } else if has(b"ppt/") {
        "a PowerPoint presentation"
    } else if has(b"opendocument") {
        "an OpenDocument file"
    } else if has(b"epub") {
        "an e-book"
    } else if has(b"[Content_Types].xml") {
        "an Office document"
    } else {
        "an archive (ZIP)"
    }
}

/// Text is what decodes as UTF-8 (a character cut off at the end aside) and has no control characters but line ends
/// and tabs. Sound practically never does over this many bytes, so a short head is not judged.
fn text_content(head: &[u8]) -> Option<&'static str> {
    const ENOUGH: usize = 16;
    if head.len() < ENOUGH {
        return None;
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    let text = text.trim_start_matches('\u{feff}');
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')) {
        return None;
    }
    let start: String = text.trim_start().chars().take(16).collect::<String>().to_ascii_lowercase();
    Some(if start.starts_with("<!doctype html") || start.starts_with("<html") {
        "a web page"
    } else if start.starts_with("#extm3u") {
        "a playlist"
    } else if start.starts_with("webvtt") {
        "subtitles"
    } else {
        "plain text"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &[u8], kind: Kind) {
        assert_eq!(recognise(head), kind);
    }

    #[test]
    fn content_that_is_no_sound() {
        check(b"%PDF-1.7\n%\xe2\xe3", Kind::Foreign("a PDF"));
        check(b"PK\x03\x04\x14\0\x06\0[Content_Types].xml word/document.xml", Kind::Foreign("a Word document"));
        check(b"PK\x03\x04 photo.jpg", Kind::Foreign("an archive (ZIP)"));
        check("  \n<!DOCTYPE html><title>ü</title>".as_bytes(), Kind::Foreign("a web page"));
        check("Sehr geehrte Frau Müller, anbei".as_bytes(), Kind::Foreign("plain text"));
        check(b"\x7fELF\x02\x01\x01", Kind::Foreign("a program"));
        check(b"\0\0\0\x18ftypheic", Kind::Foreign("a picture (HEIC)"));
    }

    #[test]
    fn text_cut_inside_a_character_is_text() {
        let mut text = "ä".repeat(40).into_bytes();
        text.pop();
        check(&text, Kind::Foreign("plain text"));
    }

    #[test]
    fn sound_is_not_called_text() {
        check(b"", Kind::Unknown);
        check(b"ID3\x04\0\0\0\0\x02\x01TIT2", Kind::Unknown);
        check(b"OggS\0\x02\0\0\0\0\0\0\0\0", Kind::Known);
        check(b"fLaC\0\0\0\x22\x10\0\x10\0", Kind::Known);
        check(b"\xff\xfb\x90\x64\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", Kind::Frames);
        check(b"\xff\xf1\x50\x40", Kind::Frames);
        check(b"RIFF\x24\0\0\0WAVEfmt ", Kind::Wave);
        check(b"\0\0\0\x18ftypM4A \0\0\0\0", Kind::Mp4);
    }

    #[test]
    fn formats_that_are_known_but_not_read() {
        check(b"#!AMR\n\x3c", Kind::Unsupported("AMR"));
        check(b"#!AMR-WB\n\x3c", Kind::Unsupported("AMR-WB"));
        check(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", Kind::Unsupported("WMA"));
        check(b"RIFF\x24\0\0\0AVI LIST", Kind::Unsupported("AVI"));
    }
}
