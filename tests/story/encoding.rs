//! What is no UTF-8 is refused, and never taken for something that looks like it.

use crate::house::House;

// C32: a decoder's guess would make one room's name of another
#[tokio::test]
async fn a_start_whose_percent_encoding_is_no_utf8_is_refused() {
    let house = House::open().await;
    let browser = house.browser();
    for query in ["room=caf%E9", "room=%FF", "room=maths&state=%C3", "%ED%A0%80=x"] {
        let page = browser.go(&format!("/auth/meet?{query}")).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(page.text().contains("not UTF-8"), "{query}: {}", page.text());
        assert!(browser.logins().is_empty(), "{query}");
    }
    assert_ne!(browser.go("/auth/meet?room=caf%C3%A9").await.status, 400);
    assert!(house.uni.received().authorize.is_empty());
}

// C2
#[tokio::test]
async fn a_callback_whose_percent_encoding_is_no_utf8_is_not_ours() {
    let house = House::open().await;
    let browser = house.browser();
    let page = browser.go("/callback/uni?state=%FF&code=x").await;
    let other = browser.go("/callback/uni?state=nobody-made-this&code=x").await;
    assert_eq!(page.status, 400);
    assert_eq!(page.but_for_its_code(), other.but_for_its_code());
    let posted = reqwest::Client::new()
        .post(format!("{}/callback/uni", house.base))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("state=%FF&code=x");
    assert_eq!(posted.send().await.unwrap().status().as_u16(), 400);
}
