//! A small browser: it keeps and sends cookies like a real browser, and follows redirects and forms one by one.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;

use reqwest::header::{ACCEPT_LANGUAGE, COOKIE, LOCATION, ORIGIN, SET_COOKIE, USER_AGENT};
use reqwest::{Client, Method, RequestBuilder};

use crate::page::Page;
use crate::provider::Fields;

/// A browser with its Vestibule cookies.
pub struct Browser {
    base: String,
    http: Client,
    jar: Mutex<BTreeMap<String, String>>,
    language: Option<&'static str>,
    /// The `X-Forwarded-For` that a proxy reports.
    address: Option<&'static str>,
    agent: Option<&'static str>,
}

/// The page that posts a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormOrigin {
    OurPage,
    AnotherSite,
}

/// More hops than any sign-in has.
const TOO_MANY_HOPS: usize = 12;

impl Browser {
    pub fn new(base: &str) -> Self {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let none = reqwest::redirect::Policy::none();
        let http = Client::builder().redirect(none).no_proxy().resolve("localhost", here).build().unwrap();
        Self { base: base.to_owned(), http, jar: Mutex::default(), language: None, address: None, agent: None }
    }

    /// The same browser, in another language.
    pub fn with_language(self, language: &'static str) -> Self {
        Self { language: Some(language), ..self }
    }

    /// The same browser, at another address.
    pub fn from_address(self, address: &'static str) -> Self {
        Self { address: Some(address), ..self }
    }

    /// The same browser, which names itself in `User-Agent`.
    pub fn with_agent(self, agent: &'static str) -> Self {
        Self { agent: Some(agent), ..self }
    }

    /// Opens an address, or a path of Vestibule.
    pub async fn go(&self, to: &str) -> Page {
        let url = self.absolute(to);
        let request = self.http.get(&url);
        // A top-level navigation sends Lax cookies, wherever it comes from.
        self.send(self.with_cookies(request, &url), &url).await
    }

    pub async fn ask(&self, method: Method, to: &str, headers: &[(&str, &str)]) -> Page {
        let url = self.absolute(to);
        let request = headers.iter().fold(self.http.request(method, &url), |request, (k, v)| request.header(*k, *v));
        self.send(self.with_cookies(request, &url), &url).await
    }

    /// Posts a form. From another site, the browser sends no Lax cookies.
    pub async fn post(&self, to: &str, fields: &[(String, String)], from: FormOrigin) -> Page {
        let url = self.absolute(to);
        let request = self.http.post(&url).form(fields);
        let request = match from {
            FormOrigin::OurPage => self.with_cookies(request, &url).header("Sec-Fetch-Site", "same-origin"),
            FormOrigin::AnotherSite => {
                request.header("Sec-Fetch-Site", "cross-site").header(ORIGIN, "http://127.0.0.1")
            }
        };
        self.send(request, &url).await
    }

    /// Posts a form with our cookies and only these headers: as from a page that a browser does not tell us about.
    pub async fn post_with(&self, to: &str, fields: &[(String, String)], headers: &[(&str, &str)]) -> Page {
        let url = self.absolute(to);
        let request = headers.iter().fold(self.http.post(&url).form(fields), |request, (k, v)| request.header(*k, *v));
        self.send(self.with_cookies(request, &url), &url).await
    }

    /// Submits the form of a page with a name and a password.
    pub async fn submit_password(&self, page: &Page, name: &str, password: &str) -> Page {
        let typed = [("username", name), ("password", password)];
        let fields = typed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.post(&page.form_action(), &fields, FormOrigin::OurPage).await
    }

    /// Opens a path and follows redirects, up to a page of Vestibule or a redirect to an app.
    pub async fn sign_in(&self, to: &str) -> Page {
        self.follow(self.go(to).await).await
    }

    /// Follows redirects and forms that post themselves, as a browser does.
    pub async fn follow(&self, page: Page) -> Page {
        let (mut page, mut hops) = (page, 0);
        while let Some(next) = self.next(&page).await {
            page = next;
            hops += 1;
            assert!(hops < TOO_MANY_HOPS, "too many redirects: {}", page.url);
        }
        page
    }

    async fn next(&self, page: &Page) -> Option<Page> {
        if let Some(to) = page.headers.get(LOCATION) {
            let to = to.to_str().unwrap().to_owned();
            // Apps have https addresses here, and are never visited.
            let is_followed = to.starts_with('/') || to.starts_with(&self.base) || to.starts_with("http://127.0.0.1:");
            return if is_followed { Some(self.go(&to).await) } else { None };
        }
        let is_self_posting = page.body.contains("forms[0].submit()") || page.body.contains("id=\"repost\"");
        if !is_self_posting {
            return None;
        }
        let from = if page.url.starts_with(&self.base) { FormOrigin::OurPage } else { FormOrigin::AnotherSite };
        Some(self.post(&page.form_action(), &Fields::of_form(&page.body).0, from).await)
    }

    /// Goes to the provider and returns the callback's address, without opening it.
    pub async fn callback_url(&self, to: &str) -> String {
        let provider = self.go(to).await.redirect_target();
        self.go(&provider).await.redirect_target()
    }

    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.jar.lock().unwrap().clone()
    }

    /// The cookies of in-flight logins.
    pub fn login_cookies(&self) -> Vec<(String, String)> {
        self.cookies().into_iter().filter(|(name, _)| name.starts_with("__Host-vestibule-login-")).collect()
    }

    pub fn session(&self) -> Option<String> {
        self.cookies().get("__Host-vestibule").cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub fn delete_cookies(&self, which: impl Fn(&str) -> bool) {
        self.jar.lock().unwrap().retain(|name, _| !which(name));
    }

    fn absolute(&self, to: &str) -> String {
        if to.starts_with('/') { format!("{}{to}", self.base) } else { to.to_owned() }
    }

    fn with_cookies(&self, request: RequestBuilder, url: &str) -> RequestBuilder {
        let jar = self.jar.lock().unwrap();
        if jar.is_empty() || !url.starts_with(&self.base) {
            return request;
        }
        let line: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header(COOKIE, line.join("; "))
    }

    async fn send(&self, request: RequestBuilder, url: &str) -> Page {
        let request = self.language.into_iter().fold(request, |request, tag| request.header(ACCEPT_LANGUAGE, tag));
        let request = self.address.into_iter().fold(request, |request, ip| request.header("X-Forwarded-For", ip));
        let request = self.agent.into_iter().fold(request, |request, agent| request.header(USER_AGENT, agent));
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        if url.starts_with(&self.base) {
            headers.get_all(SET_COOKIE).iter().for_each(|line| self.store_cookie(line.to_str().unwrap()));
        }
        Page { url: url.to_owned(), status, headers, body: response.text().await.unwrap() }
    }

    /// RFC 6265bis: a `__Host-` cookie without Secure, with a Domain or another Path is dropped; so is one too long.
    fn store_cookie(&self, line: &str) {
        let cookie = cookie::Cookie::parse(line.to_owned()).unwrap();
        let bound = cookie.secure() == Some(true) && cookie.domain().is_none() && cookie.path() == Some("/");
        if (cookie.name().starts_with("__Host-") && !bound) || line.len() > 4096 {
            return;
        }
        if cookie.max_age().is_some_and(cookie::time::SignedDuration::is_zero) {
            self.jar.lock().unwrap().remove(cookie.name());
        } else {
            self.set_cookie(cookie.name(), cookie.value());
        }
    }
}
