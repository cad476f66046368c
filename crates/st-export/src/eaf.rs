//! ELAN annotations, <http://www.mpi.nl/tools/elan/EAFv3.0.xsd>: a tier a speaker, and below it one of their words.

use std::io::{self, Write};

use st_core::time::TimeSpan;

use crate::markup::{address, escaped, media_type, well_formed};
use crate::tiers::{Tier, tiers};
use crate::{ExportOptions, Exporter, Source, Written};

pub(super) struct Eaf;

/// The schema wants a date; this one stands where none is known.
const NO_DATE: &str = "1970-01-01T00:00:00Z";

impl Exporter for Eaf {
    fn id(&self) -> &'static str {
        "eaf"
    }

    fn extension(&self) -> &'static str {
        "eaf"
    }

    fn name(&self) -> &'static str {
        "ELAN annotations (EAF)"
    }

    fn write(&self, source: &Source<'_>, _: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let tiers = tiers(source.transcript);
        let slots = Slots::of(&tiers);
        let date = source.origin.exported_at.as_deref().unwrap_or(NO_DATE);
        writeln!(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            to,
            "<ANNOTATION_DOCUMENT AUTHOR=\"{}\" DATE=\"{}\" FORMAT=\"3.0\" VERSION=\"3.0\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:noNamespaceSchemaLocation=\"http://www.mpi.nl/tools/elan/EAFv3.0.xsd\">",
            escaped(&source.origin.program),
            escaped(date)
        )?;
        writeln!(to, "  <HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">")?;
        let name = &source.transcript.recording.name;
        if !name.is_empty() {
            let (address, kind) = (address(name), media_type(name));
            writeln!(
                to,
                "    <MEDIA_DESCRIPTOR MEDIA_URL=\"./{address}\" MIME_TYPE=\"{kind}\" RELATIVE_MEDIA_URL=\"./{address}\"/>"
            )?;
        }
        writeln!(to, "    <PROPERTY NAME=\"lastUsedAnnotationId\">{}</PROPERTY>", slots.count)?;
        writeln!(to, "  </HEADER>\n  <TIME_ORDER>")?;
        for (number, (time, _)) in slots.ordered.iter().enumerate() {
            writeln!(to, "    <TIME_SLOT TIME_SLOT_ID=\"ts{}\" TIME_VALUE=\"{time}\"/>", number + 1)?;
        }
        writeln!(to, "  </TIME_ORDER>")?;
        let mut next = 0;
        for tier in &tiers {
            write_tier(to, tier, &slots, &mut next)?;
        }
        to.write_all(
            b"  <LINGUISTIC_TYPE GRAPHIC_REFERENCES=\"false\" LINGUISTIC_TYPE_ID=\"utterance\" TIME_ALIGNABLE=\"true\"/>
  <LINGUISTIC_TYPE CONSTRAINTS=\"Included_In\" GRAPHIC_REFERENCES=\"false\" LINGUISTIC_TYPE_ID=\"word\" TIME_ALIGNABLE=\"true\"/>
  <CONSTRAINT DESCRIPTION=\"Time alignable annotations within the parent annotation's time interval, gaps are allowed\" STEREOTYPE=\"Included_In\"/>
</ANNOTATION_DOCUMENT>
",
        )
    }

    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        well_formed(file, "ANNOTATION_DOCUMENT")
    }
}

/// The times of all annotations: each has two of its own, so that moving one in ELAN moves no other.
struct Slots {
    /// Annotations in the order in which they are written.
    count: usize,
    /// Times with the edge that they belong to (twice the annotation's number, one more for its end), by time.
    ordered: Vec<(u64, usize)>,
    /// Number of the slot of each edge, from 1.
    numbers: Vec<usize>,
}

impl Slots {
    fn of(tiers: &[Tier]) -> Self {
        let mut ordered = Vec::new();
        let mut add = |span: TimeSpan| {
            for time in [span.start.0, span.end.0] {
                ordered.push((time, ordered.len()));
            }
        };
        for tier in tiers {
            tier.parts.iter().for_each(|part| add(part.span));
            tier.parts.iter().flat_map(|part| &part.words).for_each(|(span, _)| add(*span));
        }
        ordered.sort_unstable();
        let mut numbers = vec![0; ordered.len()];
        for (number, (_, edge)) in ordered.iter().enumerate() {
            numbers[*edge] = number + 1;
        }
        Self { count: ordered.len() / 2, ordered, numbers }
    }
}

fn write_tier(to: &mut dyn Write, tier: &Tier, slots: &Slots, next: &mut usize) -> io::Result<()> {
    let name = escaped(&tier.name);
    let participant = escaped(tier.label.as_deref().unwrap_or(&tier.name));
    let mut annotation = |to: &mut dyn Write, text: &str| {
        let (from, until) = (slots.numbers[*next * 2], slots.numbers[*next * 2 + 1]);
        *next += 1;
        writeln!(
            to,
            "    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a{next}\" TIME_SLOT_REF1=\"ts{from}\" \
             TIME_SLOT_REF2=\"ts{until}\"><ANNOTATION_VALUE>{}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>",
            escaped(text)
        )
    };
    writeln!(to, "  <TIER LINGUISTIC_TYPE_REF=\"utterance\" PARTICIPANT=\"{participant}\" TIER_ID=\"{name}\">")?;
    for part in &tier.parts {
        annotation(to, &part.text)?;
    }
    writeln!(to, "  </TIER>")?;
    writeln!(
        to,
        "  <TIER LINGUISTIC_TYPE_REF=\"word\" PARENT_REF=\"{name}\" PARTICIPANT=\"{participant}\" \
         TIER_ID=\"{name} – words\">"
    )?;
    for (_, text) in tier.parts.iter().flat_map(|part| &part.words) {
        annotation(to, text)?;
    }
    writeln!(to, "  </TIER>")
}
