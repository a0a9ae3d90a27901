//! Defects and quirks of an ID token, with the security rule that applies.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    Key(KeyDefect),
    Claim(ClaimDefect),
    Text(TextDefect),
}

impl Defect {
    pub fn all() -> impl Iterator<Item = Self> {
        let keys = KeyDefect::ALL.iter().copied().map(Self::Key);
        let claims = ClaimDefect::ALL.iter().copied().map(Self::Claim);
        keys.chain(claims).chain(TextDefect::ALL.iter().copied().map(Self::Text))
    }
}

/// Declares an enum with the list of all its variants, so that tests cover each.
macro_rules! listed {
    ($(#[$doc:meta])* $name:ident { $($(#[$why:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$why])* $variant,)* }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
        }
    };
}

listed!(
    /// A defect of the signature or of the header.
    KeyDefect {
        /// Signed by an unpublished key, with the `kid` of the published one (C14).
        SignedByAnother,
        /// Signed by the published key, with an unpublished `kid` (C11, C20).
        UnknownKid,
        /// C10.
        AlgNone,
        /// `alg` none in the header, with a valid signature.
        AlgNoneWithSignature,
        /// HS256, keyed with the public key's PEM (C10).
        Hs256WithPublicKey,
        /// HS256, keyed with the client's id, which is not secret (C10).
        Hs256WithClientId,
        /// RS256 with an empty signature (C14).
        SignatureDropped,
        /// C11: signed by another key, which the header contains.
        EmbeddedJwk,
        Jku,
        X5u,
        X5c,
        /// C11.
        UnknownCrit,
        /// C18.
        TypLogout,
        /// C18.
        TypAccess,
    }
);

listed!(
    /// A defect of a claim, with a valid signature.
    ClaimDefect {
        /// C12.
        IssOther,
        IssWithSlash,
        IssMissing,
        AudOther,
        AudMissing,
        /// Our client id and another, without `azp`.
        AudManyWithoutAzp,
        /// Our client id and another, with the other as `azp`.
        AudManyAzpOther,
        AzpOther,
        ExpPast,
        ExpMissing,
        /// C15.
        ExpText,
        /// As a date of RFC 3339.
        ExpDate,
        /// C12: ten minutes ahead.
        IatInFuture,
        IatMissing,
        IatText,
        NbfInFuture,
        NbfText,
        /// C13.
        NonceMissing,
        NonceOther,
        NonceNumber,
        AtHashOther,
        AtHashNumber,
        /// C15.
        SubEmpty,
        SubTooLong,
        SubNumber,
        SubMissing,
        EmailVerifiedText,
    }
);

listed!(
    /// A defect of the token's text, with a valid signature over it (C16).
    TextDefect {
        SubTwice,
        UnknownClaimTwice,
        NestedTwice,
        AlgTwice,
        UnknownHeaderTwice,
        BytesAfterPayload,
        BytesAfterHeader,
        PayloadNotAnObject,
        ExpTooLargeForANumber,
        /// The unused bits of the last character are set (RFC 4648 §3.5).
        NonCanonicalHeader,
        NonCanonicalPayload,
        NonCanonicalSignature,
        PaddedPayload,
        FourParts,
        TwoParts,
    }
);

listed!(
    /// An unusual but valid token.
    Quirk {
        AudList,
        AudManyAzpOurs,
        AzpOurs,
        NoAtHash,
        NoAuthTime,
        NoKid,
        TypJwt,
        /// RFC 7515 §4.1.9: the value may have `application/` as its prefix.
        TypMediaType,
        /// The payload contains claims although `cty` says otherwise.
        CtyJwt,
        /// Beyond every calendar date: the token never expires.
        ExpFarAway,
        /// Within a minute of skew.
        IatSlightlyAhead,
        ExpJustPast,
        ExpWithFraction,
        LongestSub,
        /// Core §5.1 wants a number; several providers write a date.
        UpdatedAtDate,
        /// `email_verified` decides only beside an `email` (C15).
        EmailVerifiedTextAlone,
        /// Descriptive claims, each of a type other than the standard's (C15).
        OddDescriptions,
        /// Descriptive claims and an unread header member that no JSON reader accepts (C15).
        BrokenDescriptions,
        /// A null claim counts as missing (Core §5.3.2).
        Nulls,
        /// `auth_time` matters only if a reauthentication was requested.
        AuthTimeText,
    }
);
