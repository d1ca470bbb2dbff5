//! What the mapping table cannot say well: one small file for each, reached from the table.

mod archive;
mod command;
mod disco;
mod form;
mod html;
mod items;
mod oob;
mod room;
mod variables;

use super::Done;
use super::to_json::ToJson;
use crate::xml::Element;

pub(super) use archive::{ARCHIVE_IDS, ARCHIVE_QUERY};
pub(super) use command::COMMAND;
pub(super) use disco::DISCO;
pub(super) use form::{FIELD_OPTIONS, FIELD_VALUE, FIELD_VALUES, FORM, REPORTED_ITEMS};
pub(super) use html::HTML;
pub(super) use items::{ITEMS, ITEMS_QUERY};
pub(super) use oob::OOB_URL;
pub(super) use room::JOIN;
pub(super) use variables::{COMMAND_DATA, FORM_DATA};

/// For what is only written.
#[expect(clippy::unnecessary_wraps, reason = "the signature of all readers")]
fn ignore(_: &mut ToJson<'_, '_>, _: &'static str, _: Element<'_>) -> Done {
    Ok(())
}
