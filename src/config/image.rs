//! Keys that name an image file.

use std::path::PathBuf;

use super::reader::{Fault, Section};

/// The path of an image. Its content is read with the settings of the pages.
pub(super) fn image(section: &mut Section, key: &str) -> Option<PathBuf> {
    let image = section.path(key);
    if let Some(path) = image.as_ref().filter(|path| !path.is_file()) {
        section.note_fault(
            key,
            Fault::new(format!("names {}, which is not a file", path.display()))
                .fix("name an image; a path is relative to the config's folder"),
        );
    }
    image
}
