//! Everything that can be wrong or unusual in an ID token, with the rule that applies.

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

/// Declares an enum together with the list of all its variants, so that no test forgets one.
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
    /// What is wrong with the signature, or with what the header says of it.
    KeyDefect {
        /// By a key in no key set, under the `kid` of ours (C14).
        SignedByAnother,
        /// By our key, under a `kid` that is in no key set (C11, C20).
        UnknownKid,
        /// C10.
        AlgNone,
        /// `alg` none in the header, over a signature that is right.
        AlgNoneWithSignature,
        /// HS256, keyed with the public key's PEM (C10).
        Hs256WithPublicKey,
        /// HS256, keyed with the client's id: as good as any word that is no secret (C10).
        Hs256WithClientId,
        /// An empty third part under RS256 (C14).
        SignatureDropped,
        /// C11: by another key, which the header brings along.
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
    /// What is wrong with a claim, the signature being right.
    ClaimDefect {
        /// C12.
        IssOther,
        IssWithSlash,
        IssMissing,
        AudOther,
        AudMissing,
        /// Ours and another, without `azp`.
        AudManyWithoutAzp,
        /// Ours and another, with `azp` the other.
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
    /// What is wrong with the text, the signature being right for it (C16).
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
    /// What is unusual in a token, and still valid.
    Quirk {
        AudList,
        AudManyAzpOurs,
        AzpOurs,
        NoAtHash,
        NoAuthTime,
        NoKid,
        TypJwt,
        /// RFC 7515 §4.1.9: `application/` may stand before it.
        TypMediaType,
        /// The payload is claims all the same.
        CtyJwt,
        /// Beyond every calendar: it never expires.
        ExpFarAway,
        /// Within a minute of skew.
        IatSlightlyAhead,
        ExpJustPast,
        ExpWithFraction,
        LongestSub,
        /// Core §5.1 wants a number; several providers write a date.
        UpdatedAtDate,
        /// Claims that only describe, each of a type that the standard does not give it (C15).
        OddDescriptions,
        /// Null is as good as not returned (Core §5.3.2).
        Nulls,
        /// It decides only where a fresh proof was asked for.
        AuthTimeText,
    }
);
