//! One login: SASL, and nothing after it (RFC 6120 §6). No resource, no presence.

use tokio::time::{Instant, sleep};
use tokio_xmpp::parsers::sasl::{Auth, DefinedCondition, Nonza, Response};
use tokio_xmpp::xmlstream::XmppStreamElement;

use super::connection::Connection;
use super::hashing::{Hashing, ProofError};
use super::jid::Account;
use super::mechanism::{self, ChosenMechanism, SaslClient};
use super::scram::Scram;
use super::stream_element::{Failure, StreamElement, refusal_of_scram};
use super::stream_error::for_log;
use crate::base::ids::Subject;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::signin::identify::password::{NotAccepted, RefusalReason};

/// Chooses how to log in.
///
/// # Errors
/// When the server offers no mechanism that we use.
pub fn choose(connection: &Connection) -> Result<ChosenMechanism, NotAccepted> {
    mechanism::choose(&connection.features, &connection.tls_session).ok_or_else(|| no_mechanism_error(connection))
}

/// Checks whether the server accepts the password for the account.
///
/// # Errors
/// When it refuses, or can't be asked.
pub async fn attempt(
    connection: &mut Connection,
    chosen: &ChosenMechanism,
    account: &Account<'_>,
    password: &Secret<String>,
    hashing: &Hashing,
) -> Result<(), NotAccepted> {
    let sasl_client = SaslClient::new(chosen, account.local.as_str(), password);
    let typed = [password.expose().as_str(), account.local.as_str(), account.jid.as_str()];
    connection.redaction = Redaction::of_typed(typed);
    let begun = Instant::now();
    let auth = Auth { mechanism: chosen.name.clone(), data: sasl_client.begin() };
    let reply = sasl(connection, Nonza::Auth(auth), chosen).await?;
    match (sasl_client, reply) {
        (sasl_client, SaslReply::Failure(why)) => {
            let refusal = refused(&why, account, chosen, connection);
            if matches!((&sasl_client, &refusal), (SaslClient::Scram(_), NotAccepted::Refused { .. })) {
                // A refusal before the challenge, as for an unknown name. It must take as long as a wrong password,
                // which needs a proof and another answer (security rule C42).
                let answered = begun.elapsed();
                let hashed = hashing.hash_dummy(chosen, password, connection.deadline).await;
                hashed.map_err(|why| proof_failed(why, connection))?;
                connection.within(sleep(answered)).await?;
            }
            Err(refusal)
        }
        (SaslClient::Plain(_), SaslReply::Success(_)) => Ok(()),
        (SaslClient::Plain(_), SaslReply::Challenge(_)) => Err(unexpected_element(connection)),
        (SaslClient::Scram(_), SaslReply::Success(_)) => Err(unproved_server(connection)),
        (SaslClient::Scram(scram), SaslReply::Challenge(challenge)) => {
            let proved = hashing.prove(scram, challenge, connection.deadline).await;
            let (scram, answer) = proved.map_err(|why| proof_failed(why, connection))?;
            finish(connection, &scram, answer, account, chosen).await
        }
    }
}

const PLAIN: tokio_xmpp::parsers::sasl::Mechanism = tokio_xmpp::parsers::sasl::Mechanism::Plain;

const HASHING: &str = "the threads that hash passwords for SCRAM are busy; see how many rounds of hashing the server \
                       asks for, and whether this machine has too few cores";

fn proof_failed(why: ProofError, connection: &Connection) -> NotAccepted {
    match why {
        ProofError::Busy => NotAccepted::Busy(HASHING),
        ProofError::TooSlow { rounds } => connection
            .not_available(format!(
                "the server asks for {rounds} rounds of hashing, which this machine does not finish within `timeout`; \
                 raise `timeout` of the provider, or lower the rounds there"
            ))
            .into(),
        ProofError::Wrong(why) => connection.not_available(why).into(),
    }
}

/// Sends the proof. Accepts a success only with the server's own proof.
async fn finish(
    connection: &mut Connection,
    scram: &Scram,
    answer: Vec<u8>,
    account: &Account<'_>,
    chosen: &ChosenMechanism,
) -> Result<(), NotAccepted> {
    let mut signature = match sasl(connection, Nonza::Response(Response { data: answer }), chosen).await? {
        SaslReply::Success(signature) => return scram.verify(&signature).map_err(|_| unproved_server(connection)),
        SaslReply::Failure(why) => return Err(refused(&why, account, chosen, connection)),
        // RFC 5802 §5: the signature may come as a last challenge, to be answered with nothing.
        SaslReply::Challenge(signature) => signature,
    };
    scram.verify(&signature).map_err(|_| unproved_server(connection))?;
    signature.clear();
    match sasl(connection, Nonza::Response(Response { data: signature }), chosen).await? {
        SaslReply::Success(_) => Ok(()),
        SaslReply::Failure(why) => Err(refused(&why, account, chosen, connection)),
        SaslReply::Challenge(_) => Err(unexpected_element(connection)),
    }
}

/// A server's reply in a login.
enum SaslReply {
    Challenge(Vec<u8>),
    Success(Vec<u8>),
    Failure(Failure),
}

async fn sasl(connection: &mut Connection, request: Nonza, chosen: &ChosenMechanism) -> Result<SaslReply, NotAccepted> {
    let refusal = |data: &[u8]| refusal_of_scram(data).filter(|_| chosen.name != PLAIN);
    match connection.exchange(&XmppStreamElement::Sasl(request)).await? {
        StreamElement::Challenge(data) => Ok(refusal(&data).map_or(SaslReply::Challenge(data), SaslReply::Failure)),
        StreamElement::Success(data) => Ok(refusal(&data).map_or(SaslReply::Success(data), SaslReply::Failure)),
        StreamElement::Failure(failure) => Ok(SaslReply::Failure(failure)),
        StreamElement::StreamError(why) => Err(connection.ended(&why).into()),
        StreamElement::Features(_) | StreamElement::Proceed | StreamElement::NoTls | StreamElement::Other => {
            Err(unexpected_element(connection))
        }
    }
}

/// The meaning of a failure (RFC 6120 §6.5).
fn refused(failure: &Failure, account: &Account<'_>, chosen: &ChosenMechanism, connection: &Connection) -> NotAccepted {
    let who = || Some(Subject::from(account.jid.as_str()));
    if let Some(word) = &failure.unknown_word {
        let word = for_log(word, &connection.redaction);
        tracing::warn!(
            server = %connection.target,
            "the server refuses a login by {word:?}, which no standard defines, so the person reads that the name or \
             the password is wrong; see its log"
        );
    }
    let why = &failure.condition;
    match why {
        DefinedCondition::NotAuthorized => NotAccepted::Refused { why: RefusalReason::NameOrPassword, subject: None },
        // Our request is well-formed, so the typed text in PLAIN is the cause, such as a password that no account can
        // have.
        DefinedCondition::MalformedRequest if chosen.name == PLAIN => {
            NotAccepted::Refused { why: RefusalReason::NameOrPassword, subject: None }
        }
        DefinedCondition::AccountDisabled => NotAccepted::Refused { why: RefusalReason::Disabled, subject: who() },
        DefinedCondition::CredentialsExpired => {
            NotAccepted::Refused { why: RefusalReason::PasswordExpired, subject: who() }
        }
        DefinedCondition::TemporaryAuthFailure => {
            let why = "it can't check passwords right now, or limits how often this machine may try \
                       (temporary-auth-failure); see its log";
            connection.not_available(why).into()
        }
        DefinedCondition::Aborted
        | DefinedCondition::EncryptionRequired
        | DefinedCondition::IncorrectEncoding
        | DefinedCondition::InvalidAuthzid
        | DefinedCondition::InvalidMechanism
        | DefinedCondition::MalformedRequest
        | DefinedCondition::MechanismTooWeak => {
            let how = mechanism::wire_name(&chosen.name);
            let cause = format!("it aborts a login by {how} ({why:?}); see its log and its SASL settings");
            connection.not_available(cause).into()
        }
    }
}

fn no_mechanism_error(connection: &Connection) -> NotAccepted {
    connection.not_available(no_mechanism(&connection.features.sasl_mechanisms)).into()
}

/// The error when the server offers no mechanism that we use.
#[must_use]
pub fn no_mechanism(offered: &std::collections::BTreeSet<String>) -> String {
    let offered: Vec<String> = offered.iter().take(20).map(|name| format!("{name:.40?}")).collect();
    let offered = if offered.is_empty() { "nothing".to_owned() } else { offered.join(", ") };
    format!(
        "no way to log in is left: it offers {}, and Vestibule uses SCRAM-SHA-256, SCRAM-SHA-1 and PLAIN; switch one \
         of them on there",
        offered.replace(';', ",")
    )
}

fn unproved_server(connection: &Connection) -> NotAccepted {
    connection.not_available(
        "it accepts the login, but does not prove that it knows the password (RFC 5802 §5), and may be another server; \
         see which server answers there",
    )
    .into()
}

fn unexpected_element(connection: &Connection) -> NotAccepted {
    connection.not_available("it sends an element that does not belong to a login; see its log").into()
}
