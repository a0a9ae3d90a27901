//! Opens an encrypted stream to a domain's server. A login is never sent in the clear (security rule C45).

use std::borrow::Cow;
use std::fmt;
use std::io;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufStream, Join, ReadHalf, WriteHalf, join, split};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::client::TlsStream;
use tokio_xmpp::minidom::Element;
use tokio_xmpp::parsers::stream_error::StreamError;
use tokio_xmpp::parsers::stream_features::StreamFeatures;
use tokio_xmpp::parsers::{ns, starttls};
use tokio_xmpp::xmlstream::{ReadError, StreamHeader, Timeouts, XmlStream, XmppStreamElement, initiate_stream};

use super::bounded_reader::BoundedReader;
use super::jid::Domain;
use super::sanitized_reader::SanitizedReader;
use super::settings::{Tls, XmppSettings};
use super::srv_records::{self, Target};
use super::stream_element::StreamElement;
use super::stream_error::{ended, no_stream, outage, unreadable};
use super::tls::{self, TlsSession, TlsSetup};
use crate::base::redaction::Redaction;
use crate::signin::identify::password::NotAvailable;

/// A stream of XMPP elements.
type Stream<S> = XmlStream<BufStream<Join<Reader<S>, WriteHalf<S>>>, Element>;

/// Reads from the server. What we send needs no check.
type Reader<S> = SanitizedReader<BoundedReader<ReadHalf<S>>>;

/// A connection that is ready for a login. The TLS handshake is done, and the certificate is for the domain.
pub struct Connection {
    pub target: Target,
    pub stream: Stream<TlsStream<TcpStream>>,
    pub features: StreamFeatures,
    pub tls_session: TlsSession,
    pub deadline: Instant,
    /// Finds the name and the password in the server's words, once a login has begun.
    pub redaction: Redaction,
}

impl Connection {
    /// Opens a connection with the first of the domain's targets that answers.
    ///
    /// # Errors
    /// The error of the first target, when none answers.
    pub async fn open(
        domain: &Domain,
        settings: &XmppSettings,
        tls_setup: &TlsSetup,
        deadline: Instant,
    ) -> Result<Self, NotAvailable> {
        let targets = srv_records::targets(domain, settings, deadline).await?;
        let (mut first, mut left) = (None, u32::try_from(targets.len()).unwrap_or(u32::MAX));
        for target in targets {
            let share = deadline.saturating_duration_since(Instant::now()) / left;
            left = left.saturating_sub(1).max(1);
            match Self::open_at(target, domain, tls_setup, Instant::now() + share).await {
                // The login may use all the remaining time.
                Ok(connection) => return Ok(Self { deadline, ..connection }),
                Err(why) => _ = first.get_or_insert(why),
            }
        }
        Err(first.unwrap_or_else(|| {
            NotAvailable::new(domain.to_string(), "resolve", "there is no server to ask; name it in `server`")
        }))
    }

    /// Opens a connection with one target.
    ///
    /// # Errors
    /// The step that failed, with its cause and its fix.
    pub async fn open_at(
        target: Target,
        domain: &Domain,
        tls_setup: &TlsSetup,
        deadline: Instant,
    ) -> Result<Self, NotAvailable> {
        // On the heap: a parser and two streams are large.
        Box::pin(Self::open_boxed(target, domain, tls_setup, deadline)).await
    }

    async fn open_boxed(
        target: Target,
        domain: &Domain,
        tls_setup: &TlsSetup,
        deadline: Instant,
    ) -> Result<Self, NotAvailable> {
        let steps = Steps { target: &target, deadline };
        let tcp = steps.connect().await?;
        let tcp = match target.tls {
            Tls::Direct => tcp,
            Tls::StartTls => steps.ask_for_tls(tcp, domain).await?,
        };
        let outcome = steps.within("TLS", tls_setup.handshake(tcp, domain, target.tls)).await?;
        let secret =
            outcome.map_err(|why| steps.not_available("TLS", tls::handshake_error(&why, domain, target.tls)))?;
        let tls_session = TlsSession::of(&secret);
        // After STARTTLS, the port is known to speak XMPP.
        let fix = match target.tls {
            Tls::Direct => "see its log, and that the port is one for XMPP clients",
            Tls::StartTls => "see its log",
        };
        let (features, stream) = steps.open_stream(secret, domain, fix).await?;
        Ok(Self { target, stream, features, tls_session, deadline, redaction: Redaction::default() })
    }

    /// Sends one element and receives the next.
    ///
    /// # Errors
    /// When the server is silent, closes the stream, or sends something unreadable.
    pub async fn exchange(&mut self, element: &XmppStreamElement) -> Result<StreamElement, NotAvailable> {
        let steps = Steps { target: &self.target, deadline: self.deadline };
        let reply = steps.within("authenticate", exchange(&mut self.stream, element)).await?;
        reply.map_err(|why| steps.not_available("authenticate", unreadable(&why, &self.redaction)))
    }

    /// # Errors
    /// When the deadline comes before `work` is done.
    pub async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, NotAvailable> {
        Steps { target: &self.target, deadline: self.deadline }.within("authenticate", work).await
    }

    pub fn not_available(&self, why: impl Into<String>) -> NotAvailable {
        Steps { target: &self.target, deadline: self.deadline }.not_available("authenticate", why)
    }

    /// The server ended the stream.
    pub fn ended(&self, why: &StreamError) -> NotAvailable {
        NotAvailable { kind: outage(why), ..self.not_available(ended(why, &self.redaction)) }
    }

    /// Closes the stream and the connection, without waiting for the server to close its side.
    pub async fn close(mut self) {
        // The server's answer does not matter any more.
        _ = timeout_at(self.deadline.min(Instant::now() + CLOSE_TIMEOUT), self.stream.shutdown()).await;
    }
}

const CLOSE_TIMEOUT: std::time::Duration = std::time::Duration::from_millis(300);

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("target", &self.target).finish_non_exhaustive()
    }
}

/// The steps towards an encrypted stream with one target. An error names the step.
struct Steps<'p> {
    target: &'p Target,
    deadline: Instant,
}

impl Steps<'_> {
    fn not_available(&self, phase: &'static str, why: impl Into<String>) -> NotAvailable {
        NotAvailable::new(self.target.to_string(), phase, why)
    }

    async fn within<T>(&self, phase: &'static str, work: impl Future<Output = T>) -> Result<T, NotAvailable> {
        let fix = match phase {
            "resolve" => "no answer in time; look at the name servers of this machine",
            "connect" => "no answer in time; check that it is up, and that no firewall on the way drops packets",
            _ => "it is reachable, but does not answer in time; see whether it hangs",
        };
        timeout_at(self.deadline, work).await.map_err(|_| self.not_available(phase, fix))
    }

    /// Tries each address, until the deadline.
    async fn connect(&self) -> Result<TcpStream, NotAvailable> {
        let Target { host, port, .. } = self.target;
        let found = self.within("resolve", lookup_host((host.as_str(), *port))).await?;
        let found: Vec<_> = found
            .map_err(|why| {
                self.not_available("resolve", format!("{why}; check that the name is right and can be looked up here"))
            })?
            .collect();
        let mut refused = None;
        for (address, left) in found.iter().zip((1..=u32::try_from(found.len()).unwrap_or(u32::MAX)).rev()) {
            let share = Instant::now() + self.deadline.saturating_duration_since(Instant::now()) / left;
            let part = Steps { target: self.target, deadline: share };
            match part.within("connect", TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => {
                    // Each side waits for the other's next element, so small packets must not be delayed.
                    _ = tcp.set_nodelay(true);
                    return Ok(tcp);
                }
                Ok(Err(why)) => {
                    let why = self.not_available(
                        "connect",
                        format!("{why}; check that it is up, and that this machine may reach it"),
                    );
                    refused.get_or_insert(why);
                }
                Err(late) => _ = refused.get_or_insert(late),
            }
        }
        Err(refused.unwrap_or_else(|| self.not_available("resolve", "the name has no address; check that it is right")))
    }

    /// STARTTLS (RFC 6120 §5): the only request that is sent in the clear.
    async fn ask_for_tls(&self, tcp: TcpStream, domain: &Domain) -> Result<TcpStream, NotAvailable> {
        let (features, mut stream) = self.open_stream(tcp, domain, MAY_BE_DIRECT).await?;
        if !features.can_starttls() {
            return Err(self.not_available("TLS", STRIPPED));
        }
        let request = XmppStreamElement::Starttls(starttls::Nonza::Request(starttls::Request));
        match self.within("TLS", exchange(&mut stream, &request)).await? {
            // Anybody could have added bytes after this element, so they are dropped with the buffer (RFC 6120
            // §5.4.3.3).
            Ok(StreamElement::Proceed) => {
                let (reader, writer) = stream.into_inner().into_inner().into_inner();
                Ok(reader.into_inner().into_inner().unsplit(writer))
            }
            Ok(_) | Err(_) => Err(self.not_available("TLS", REFUSED)),
        }
    }

    /// Opens a stream to the domain and receives what the server offers. `fix`: what to do if the server begins no
    /// stream.
    async fn open_stream<S>(
        &self,
        io: S,
        domain: &Domain,
        fix: &str,
    ) -> Result<(StreamFeatures, Stream<S>), NotAvailable>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (reader, writer) = split(io);
        let io = BufStream::new(join(SanitizedReader::new(BoundedReader::new(reader)), writer));
        let header = StreamHeader { to: Some(Cow::Borrowed(domain.as_str())), ..StreamHeader::default() };
        let opened = Box::pin(async {
            let pending = initiate_stream(io, ns::JABBER_CLIENT, header, Timeouts::tight());
            let failed = |why: String| self.not_available("stream", why);
            let pending = pending.await.map_err(|why| failed(no_stream(&why, fix)))?;
            let mut stream = pending.skip_features();
            let nothing = Redaction::default();
            match next(&mut stream).await.map_err(|why| failed(unreadable(&why, &nothing)))? {
                StreamElement::Features(features) => Ok((features, stream)),
                StreamElement::StreamError(why) => {
                    Err(NotAvailable { kind: outage(&why), ..failed(ended(&why, &nothing)) })
                }
                StreamElement::Proceed
                | StreamElement::NoTls
                | StreamElement::Challenge(_)
                | StreamElement::Success(_)
                | StreamElement::Failure(_)
                | StreamElement::Other => Err(failed(NO_FEATURES.to_owned())),
            }
        });
        self.within("stream", opened).await?
    }
}

const NO_FEATURES: &str =
    "its stream does not begin with its features (RFC 6120 §4.3.2); see its log, version and modules";
const MAY_BE_DIRECT: &str = "see its log, that the port is right, and whether it wants tls = \"direct\"";
const STRIPPED: &str = "it does not offer STARTTLS, or somebody on the way removed the offer, and no password is sent \
                        in the clear; switch TLS on there, or set tls = \"direct\"";
const REFUSED: &str = "it offers STARTTLS and then refuses it, and no password is sent in the clear; check that it has \
                       a key and a certificate for the domain";

/// Sends one element and receives the next.
async fn exchange<S>(stream: &mut XmlStream<S, Element>, element: &XmppStreamElement) -> io::Result<StreamElement>
where
    S: AsyncBufRead + AsyncWrite + Unpin,
{
    stream.send(element).await?;
    next(stream).await
}

/// Receives the next element that decides something. [`BoundedReader`] limits how many others come before it.
async fn next<S>(stream: &mut XmlStream<S, Element>) -> io::Result<StreamElement>
where
    S: AsyncBufRead + AsyncWrite + Unpin,
{
    loop {
        return match stream.next().await {
            Some(Ok(reply)) => match StreamElement::of(&reply) {
                StreamElement::Other => continue,
                element => Ok(element),
            },
            Some(Err(ReadError::SoftTimeout)) => continue,
            Some(Err(ReadError::HardError(why))) => Err(why),
            Some(Err(ReadError::ParseError(why))) => Err(io::Error::new(io::ErrorKind::InvalidData, why.to_string())),
            Some(Err(ReadError::StreamFooterReceived)) | None => Err(io::ErrorKind::UnexpectedEof.into()),
        };
    }
}
