//! The values that name no person. Only this module's parent can name the trait, so nothing else becomes a fact.

use std::fmt::Display;

use crate::base::ids::{AppId, Group, KeyId, OperationId, ProviderId, Sid};
use crate::base::role::Role;
use crate::signin::app::Room;

/// A number, or the id of something that is no person.
pub trait Fact: Display {}

impl Fact for u64 {}
impl Fact for usize {}
impl Fact for AppId {}
impl Fact for Group {}
impl Fact for KeyId {}
impl Fact for OperationId {}
impl Fact for ProviderId {}
impl Fact for Sid {}
impl Fact for Role {}
impl Fact for Room {}
