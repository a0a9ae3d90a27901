//! Every sample of every page, to look at: `VESTIBULE_GALLERY=DIR cargo test gallery` writes them to DIR.

use std::{fs, path::Path};

use super::tests::brand;
use super::{
    Brand, Frame, Language, LogoutAsk, NameGiven, OwnPassword, Page, Pages, PasswordChanged, Refusal, Repost, SignIn,
    SignedOut, assets,
};

#[test]
fn the_gallery_shows_every_page_in_every_language() {
    let Some(folder) = std::env::var_os("VESTIBULE_GALLERY") else { return };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder).unwrap();
    for asset in assets::all() {
        fs::write(folder.join(file_name(&asset.path)), asset.body).unwrap();
    }
    hang::<SignIn>(folder);
    hang::<Refusal>(folder);
    hang::<LogoutAsk>(folder);
    hang::<SignedOut>(folder);
    hang::<Repost>(folder);
    hang::<NameGiven>(folder);
    hang::<OwnPassword>(folder);
    hang::<PasswordChanged>(folder);
}

fn hang<P: Page>(folder: &Path) {
    let pages = Pages::new().unwrap();
    let logo = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'%3E%3Cpath fill='%231c6b3c' d='M0 9V4a4 4 0 0 1 9 0v5H6V5a1 1 0 0 0-3 0v4z'/%3E%3C/svg%3E";
    let brand = Brand { logo: Some(logo.to_owned()), ..brand() };
    let frame = Frame { brand: &brand, languages: &Language::ALL, here: Some("/auth/galene?room=seminar%20B") };
    let stem = P::TEMPLATE.trim_end_matches(".html");
    for language in Language::ALL {
        for (number, page) in P::samples().iter().enumerate() {
            let html = pages.render(page, language, &frame).unwrap();
            // Beside the pages, so that they can be opened as files.
            let html = assets::all().fold(html, |html, asset| html.replace(&asset.path, file_name(&asset.path)));
            fs::write(folder.join(format!("{stem}-{number:02}-{}.html", language.tag())), html).unwrap();
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}
