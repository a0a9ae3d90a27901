//! The door: what browsers and apps reach over HTTP.

pub mod pages;
