//! One login at a server that waits for it: SASL and nothing after it (RFC 6120 §6). No resource, no presence.

use tokio::time::{Instant, sleep};
use tokio_xmpp::parsers::sasl::{Auth, DefinedCondition, Nonza, Response};
use tokio_xmpp::xmlstream::XmppStreamElement;

use super::connection::{Door, ended};
use super::hashing::{Hashing, Unproved};
use super::mechanism::{self, Chosen, Conversation, Proof};
use super::name::Account;
use crate::base::ids::Subject;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::signin::identify::password::{NotAccepted, Wrong};

/// How to log in there.
///
/// # Errors
/// That the server offers no way that we use.
pub fn choose(door: &Door) -> Result<Chosen, NotAccepted> {
    mechanism::choose(&door.features, &door.secured).ok_or_else(|| none_left(door))
}

/// Whether the server takes the password as the account's.
///
/// # Errors
/// That it says no, or that it can't be asked.
pub async fn attempt(
    door: &mut Door,
    chosen: &Chosen,
    account: &Account<'_>,
    password: &Secret<String>,
    hashing: &Hashing,
) -> Result<(), NotAccepted> {
    let mut conversation = Conversation::new(chosen, account.local.as_str(), password)
        .map_err(|why| door.not(format!("no login can be begun: {why}; look at this machine")))?;
    door.redaction = Redaction::of([password.expose().as_str()]);
    let begun = Instant::now();
    let auth = Auth { mechanism: chosen.name.clone(), data: conversation.begin() };
    let heard = sasl(door, Nonza::Auth(auth)).await?;
    match (conversation, heard) {
        (_, Heard::Failure(DefinedCondition::NotAuthorized)) if chosen.name != PLAIN => {
            // It said so before it asked for a proof: nobody has that name. From outside, that has to look as a wrong
            // password does, which takes a proof and another answer (security rule C42).
            let answered = begun.elapsed();
            let hashed = hashing.in_vain(chosen, password, door.deadline).await;
            hashed.map_err(|why| not_proved(why, door))?;
            door.by(sleep(answered)).await?;
            Err(refused(&DefinedCondition::NotAuthorized, account, chosen, door))
        }
        (_, Heard::Failure(why)) => Err(refused(&why, account, chosen, door)),
        (Conversation::Plain(_), Heard::Success(_)) => Ok(()),
        (Conversation::Plain(_), Heard::Challenge(_)) => Err(odd(door)),
        (Conversation::Scram(_), Heard::Success(_)) => Err(unproved(door)),
        (Conversation::Scram(proof), Heard::Challenge(asked)) => {
            let proved = hashing.prove(proof, asked, door.deadline).await;
            let (proof, answer) = proved.map_err(|why| not_proved(why, door))?;
            finish(door, proof, answer, account, chosen).await
        }
    }
}

const PLAIN: tokio_xmpp::parsers::sasl::Mechanism = tokio_xmpp::parsers::sasl::Mechanism::Plain;

fn not_proved(why: Unproved, door: &Door) -> NotAccepted {
    match why {
        Unproved::Busy => NotAccepted::Busy,
        Unproved::Wrong(why) => door.not(why).into(),
    }
}

/// Gives the proof, and takes no yes without the server's own.
async fn finish(
    door: &mut Door,
    mut proof: Box<Proof>,
    answer: Vec<u8>,
    account: &Account<'_>,
    chosen: &Chosen,
) -> Result<(), NotAccepted> {
    let mut signature = match sasl(door, Nonza::Response(Response { data: answer })).await? {
        Heard::Success(signature) => return proof.verify(&signature).map_err(|_| unproved(door)),
        Heard::Failure(why) => return Err(refused(&why, account, chosen, door)),
        // RFC 5802 §5: the signature may come as a last challenge, to be answered with nothing.
        Heard::Challenge(signature) => signature,
    };
    proof.verify(&signature).map_err(|_| unproved(door))?;
    signature.clear();
    match sasl(door, Nonza::Response(Response { data: signature })).await? {
        Heard::Success(_) => Ok(()),
        Heard::Failure(why) => Err(refused(&why, account, chosen, door)),
        Heard::Challenge(_) => Err(odd(door)),
    }
}

/// What a server may say in a login.
enum Heard {
    Challenge(Vec<u8>),
    Success(Vec<u8>),
    Failure(DefinedCondition),
}

async fn sasl(door: &mut Door, say: Nonza) -> Result<Heard, NotAccepted> {
    match door.exchange(&XmppStreamElement::Sasl(say)).await? {
        XmppStreamElement::Sasl(Nonza::Challenge(challenge)) => Ok(Heard::Challenge(challenge.data)),
        XmppStreamElement::Sasl(Nonza::Success(success)) => Ok(Heard::Success(success.data)),
        XmppStreamElement::Sasl(Nonza::Failure(failure)) => Ok(Heard::Failure(failure.defined_condition)),
        XmppStreamElement::StreamError(why) => Err(door.not(ended(&why.0, &door.redaction)).into()),
        XmppStreamElement::Sasl(Nonza::Auth(_) | Nonza::Response(_) | Nonza::Abort(_))
        | XmppStreamElement::Stanza(_)
        | XmppStreamElement::Starttls(_)
        | XmppStreamElement::ComponentHandshake(_)
        | XmppStreamElement::SM(_) => Err(odd(door)),
    }
}

/// What a no of the server means (RFC 6120 §6.5).
fn refused(why: &DefinedCondition, account: &Account<'_>, chosen: &Chosen, door: &Door) -> NotAccepted {
    let who = || Some(Subject::from(account.jid.as_str()));
    match why {
        DefinedCondition::NotAuthorized => NotAccepted::Refused { why: Wrong::NameOrPassword, who: None },
        // Our own words are well-formed: what PLAIN carried was what somebody typed, such as a password that no account
        // can have.
        DefinedCondition::MalformedRequest if chosen.name == PLAIN => {
            NotAccepted::Refused { why: Wrong::NameOrPassword, who: None }
        }
        DefinedCondition::AccountDisabled => NotAccepted::Refused { why: Wrong::Locked, who: who() },
        DefinedCondition::CredentialsExpired => NotAccepted::Refused { why: Wrong::PasswordExpired, who: who() },
        DefinedCondition::TemporaryAuthFailure => {
            door.not("it can't check passwords right now, or limits how often this machine may try (temporary-auth-failure); see its log").into()
        }
        DefinedCondition::Aborted
        | DefinedCondition::EncryptionRequired
        | DefinedCondition::IncorrectEncoding
        | DefinedCondition::InvalidAuthzid
        | DefinedCondition::InvalidMechanism
        | DefinedCondition::MalformedRequest
        | DefinedCondition::MechanismTooWeak => {
            let how = mechanism::spelt(&chosen.name);
            door.not(format!("it breaks off a login by {how} ({why:?}); see its log and its SASL settings")).into()
        }
    }
}

fn none_left(door: &Door) -> NotAccepted {
    door.not(no_way(&door.features.sasl_mechanisms)).into()
}

/// That no way to log in is left.
#[must_use]
pub fn no_way(offered: &std::collections::BTreeSet<String>) -> String {
    let offered: Vec<String> = offered.iter().take(20).map(|name| format!("{name:.40?}")).collect();
    let offered = if offered.is_empty() { "nothing".to_owned() } else { offered.join(", ") };
    format!(
        "no way to log in is left: it offers {}, and what is used is SCRAM-SHA-256, SCRAM-SHA-1 and PLAIN; switch one of \
         them on there",
        offered.replace(';', ",")
    )
}

fn unproved(door: &Door) -> NotAccepted {
    door.not(
        "it says yes, and does not prove that it knows the password (RFC 5802 §5), so it may be another server; see who \
         answers there",
    )
    .into()
}

fn odd(door: &Door) -> NotAccepted {
    door.not("what it says has no place in a login; see its log").into()
}
