//! Writes every sample of every page to a file. `VESTIBULE_GALLERY=DIR cargo test gallery` keeps the files in DIR.

use std::path::{Path, PathBuf};
use std::{env, fs};

use super::tests::brand;
use super::{Brand, Language, Layout, Page, PageVisitor, Pages, assets, visit_pages};

#[test]
fn the_gallery_shows_every_page_in_every_language() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = env::var_os("VESTIBULE_GALLERY").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    fs::create_dir_all(&folder).unwrap();
    for asset in assets::all() {
        fs::write(folder.join(file_name(&asset.path)), asset.body).unwrap();
    }
    let mut gallery = Gallery { folder: &folder, written: Vec::new() };
    visit_pages(&mut gallery);
    for page in gallery.written {
        let html = fs::read_to_string(&page).unwrap();
        assert!(html.starts_with("<!doctype html>") && html.contains("<h1>"), "{}", page.display());
        // A page that is opened as a file finds its assets in the same folder.
        let is_loaded = |value: &&str| Path::new(value).extension().is_some_and(|end| end == "css" || end == "js");
        let loaded: Vec<_> = html.split('"').filter(is_loaded).collect();
        assert!(!loaded.is_empty(), "{} loads no stylesheet", page.display());
        for name in loaded {
            assert!(folder.join(name).is_file(), "{} loads {name}", page.display());
        }
    }
}

/// The files written so far.
struct Gallery<'f> {
    folder: &'f Path,
    written: Vec<PathBuf>,
}

impl PageVisitor for Gallery<'_> {
    fn visit<P: Page>(&mut self) {
        self.written.extend(write::<P>(self.folder));
    }
}

/// Writes every sample of a page in every language, and returns the files.
fn write<P: Page>(folder: &Path) -> Vec<PathBuf> {
    let pages = Pages::new().unwrap();
    let logo = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'%3E%3Cpath \
                fill='%231c6b3c' d='M0 9V4a4 4 0 0 1 9 0v5H6V5a1 1 0 0 0-3 0v4z'/%3E%3C/svg%3E";
    let brand = Brand { logo: Some(logo.to_owned()), ..brand() };
    let layout = Layout { brand: &brand, languages: &Language::ALL, page_path: Some("/auth/galene?room=seminar%20B") };
    let stem = P::TEMPLATE.trim_end_matches(".html");
    let mut written = Vec::new();
    for language in Language::ALL {
        for (number, page) in P::samples().iter().enumerate() {
            let html = pages.render(page, language, &layout).unwrap();
            // The assets are in the same folder, so that the pages can be opened as files.
            let html = assets::all().fold(html, |html, asset| html.replace(&asset.path, file_name(&asset.path)));
            let file = folder.join(format!("{stem}-{number:02}-{}.html", language.tag()));
            fs::write(&file, html).unwrap();
            written.push(file);
        }
    }
    assert_eq!(written.len(), P::samples().len() * Language::ALL.len());
    assert!(!written.is_empty(), "{stem} has no sample");
    written
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}
