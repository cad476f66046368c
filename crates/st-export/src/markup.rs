//! What formats made of angle brackets have in common: escaping, addresses, and a look whether a file is well formed.

use std::io;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::Written;
use crate::check::unsound;
use crate::text::printable;

/// Text for the content of an element or for an attribute in double quotes. What XML cannot hold goes; line breaks stay.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // A parser would make line feeds of these.
            '\r' => safe.push('\n'),
            c => safe.push(c),
        }
    }
    safe
}

/// A file name as the path of a relative address (RFC 3986): what is not unreserved is written as bytes.
pub(crate) fn address(name: &str) -> String {
    let mut address = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}

/// The media type that the ending of a sound or video file stands for.
pub(crate) fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("mp3") => "audio/mpeg",
        Some("m4a" | "m4b") => "audio/mp4",
        Some("mp4" | "m4v") => "video/mp4",
        Some("flac") => "audio/flac",
        Some("ogg" | "oga" | "opus") => "audio/ogg",
        Some("webm") => "video/webm",
        Some("mkv" | "mka") => "video/x-matroska",
        Some("mov") => "video/quicktime",
        _ => "audio/x-wav",
    }
}

/// Reads a file to its end and checks that elements are closed, that it is UTF-8 and has no other entities than those of
/// XML, and that its outermost element is the one that is wanted.
pub(crate) fn well_formed(file: &mut dyn Written, outermost: &str) -> io::Result<()> {
    let mut reader = Reader::from_reader(file);
    reader.config_mut().check_end_names = true;
    let (mut buffer, mut depth, mut seen) = (Vec::new(), 0_usize, false);
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(|error| unsound(error.to_string()))?;
        match event {
            Event::Start(ref start) | Event::Empty(ref start) => {
                if depth == 0 && (seen || start.name().as_ref() != outermost) {
                    return Err(unsound(format!("the outermost element is not {outermost}")));
                }
                seen = true;
                for attribute in start.attributes() {
                    attribute.map_err(|error| unsound(error.to_string()))?;
                }
                depth += usize::from(matches!(event, Event::Start(_)));
            }
            Event::End(_) => depth -= 1,
            Event::Eof if depth == 0 && seen => return Ok(()),
            Event::Eof => return Err(unsound("the file ends inside an element")),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn names_become_addresses_and_text_is_escaped() {
        assert_eq!(address("Gespräch 1#.mp3"), "Gespr%C3%A4ch%201%23.mp3");
        assert_eq!(escaped("a<b> & \"c\"\0\u{ffff}"), "a&lt;b&gt; &amp; &quot;c&quot;");
        assert_eq!(media_type("A.MP3"), "audio/mpeg");
    }

    #[test]
    fn files_that_are_cut_or_wrong_are_found() {
        let check = |text: &str| well_formed(&mut Cursor::new(text.as_bytes()), "a").is_ok();
        assert!(check("<?xml version=\"1.0\"?>\n<a b=\"1\"><c/>x</a>\n"));
        for wrong in ["", "<a>", "<a><c></a>", "<b/>", "<a/><a/>", "<a b=1/>"] {
            assert!(!check(wrong), "{wrong}");
        }
        assert!(well_formed(&mut Cursor::new(b"<a>\xff</a>"), "a").is_err());
    }
}
