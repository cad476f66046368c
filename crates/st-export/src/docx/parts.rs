//! The parts of the package beside the text: pages, running title, page numbers, names and types.

use std::borrow::Cow;
use std::io;

use docx_rust::Docx;
use docx_rust::content_type::OverrideContentType;
use docx_rust::core::{Core, CoreNamespace};
use docx_rust::document::{
    BodyContent, CharType, Document, FieldChar, Footer, FooterReference, Header, HeaderFooterReferenceType,
    HeaderReference, Run, RunContent,
};
use docx_rust::formatting::{LineNumberRestart, PageMargin, PageSize, PgLnNumType, SectionProperty};
use docx_rust::rels::{Relationship, Relationships};
use hard_xml::XmlWrite;

use super::styles::styles;
use super::{headed, paragraph, run, text};
use crate::pdf::language;
use crate::text::one_line;
use crate::{ExportOptions, Paper, Source};

const HEADER: &str = "rIdHeader";
const FOOTER: &str = "rIdFooter";

/// Width and height of the paper in twentieths of a point, its edges (25 mm), and line numbers.
pub(super) fn section(options: &ExportOptions) -> BodyContent<'static> {
    let (weight, height) = match options.paper {
        Paper::A4 => (11906, 16838),
        Paper::Letter => (12240, 15840),
    };
    let edge = Some(1418);
    let numbers = PgLnNumType::default().count_by(1_isize).restart(LineNumberRestart::NewPage);
    let header = HeaderReference { ty: Some(HeaderFooterReferenceType::Default), id: Some(HEADER.into()) };
    let footer = FooterReference { ty: Some(HeaderFooterReferenceType::Default), id: Some(FOOTER.into()) };
    BodyContent::SectionProperty(SectionProperty {
        header_footer_references: vec![header.into(), footer.into()],
        page_size: Some(PageSize { weight, height }),
        page_margin: Some(PageMargin {
            top: edge,
            right: edge,
            bottom: edge,
            left: edge,
            header: Some(709),
            footer: Some(709),
            gutter: Some(0),
        }),
        line_numbering: options.line_numbers.then_some(numbers),
        ..Default::default()
    })
}

/// A number that the word processor counts, with what it is before that.
fn field(code: &'static str) -> Run<'static> {
    Run::default()
        .push(FieldChar { ty: Some(CharType::Begin) })
        .push(RunContent::InstrText(code.into()))
        .push(FieldChar { ty: Some(CharType::Separate) })
        .push_text(text("1"))
        .push(FieldChar { ty: Some(CharType::End) })
}

fn relationship(id: &'static str, target: &'static str, kind: &'static str) -> Relationship<'static> {
    Relationship { id: id.into(), target: target.into(), ty: kind.into(), target_mode: None }
}

/// The whole file. Kinds of relationships are those of ECMA-376 part 1, 11.3 and part 2, annex F; the library would name
/// some of them wrongly.
pub(super) fn package(title: &str, source: &Source<'_>, document: Document<'static>) -> io::Result<Docx<'static>> {
    let mut header = Header::default();
    header.push(headed("Header", title));
    let mut footer = Footer::default();
    let number = paragraph("Footer", false)
        .push(run("Page ", None))
        .push(field("PAGE"))
        .push(run(" of ", None))
        .push(field("NUMPAGES"));
    footer.push(number);
    let footer = footer.to_string().map_err(io::Error::other)?.into_bytes();

    let language = language(source);
    let core = CoreNamespace {
        title: Some(title.to_owned().into()),
        creator: Some(one_line(&source.origin.program).into()),
        language: language.clone().map(Cow::from),
        ..Default::default()
    };
    let mut package = Docx {
        document,
        styles: styles(language.as_deref()),
        core: Some(Core::CoreNamespace(core)),
        ..Default::default()
    };
    let kind = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties";
    package.rels.relationships.push(relationship("rIdCore", "docProps/core.xml", kind));
    let mut inner = Relationships::default();
    let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/header";
    inner.relationships.push(relationship(HEADER, "header1.xml", kind));
    let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer";
    inner.relationships.push(relationship(FOOTER, "footer1.xml", kind));
    package.document_rels = Some(inner);
    package.headers.insert("header1.xml".into(), header);
    package.custom_xml.insert("word/footer1.xml".into(), footer.into());

    let types = &mut package.content_types.overrides;
    types.retain(|part| part.part != "/docProps/app.xml");
    for part in ["header", "footer"] {
        types.push(OverrideContentType {
            part: format!("/word/{part}1.xml").into(),
            ty: format!("application/vnd.openxmlformats-officedocument.wordprocessingml.{part}+xml").into(),
        });
    }
    Ok(package)
}
