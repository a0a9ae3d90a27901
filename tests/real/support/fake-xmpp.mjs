// Dishonest XMPP servers: each implements just enough to test a client.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const HEADER = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>";
const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";

export const offer = (...mechanisms) => `<mechanisms ${SASL}>${mechanisms.map((name) => `<mechanism>${name}</mechanism>`).join('')}</mechanisms>`;
export const STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
export const success = (data = '') => `<success ${SASL}>${Buffer.from(data).toString('base64')}</success>`;
export const failure = (condition) => `<failure ${SASL}><${condition}/></failure>`;
export const challenge = (data) => `<challenge ${SASL}>${Buffer.from(data).toString('base64')}</challenge>`;

/**
 * Offers `features` on each stream, and answers each element with the result of `says(name, text, mechanism, socket)`: the
 * element's name, its decoded base64 text, the mechanism of an `auth`, and the connection. Uses direct TLS if `tls` is given.
 */
export async function startFakeXmpp({ features, says = () => undefined, tls }) {
  const received = [];
  const sockets = new Set();
  const serve = (socket) => {
    sockets.add(socket.on('error', () => {}).once('close', () => sockets.delete(socket)));
    if (features === undefined) return;
    socket.on('data', (data) => {
      for (const [element] of data.toString().matchAll(/<[^/?][^>]*>(?:[^<]*<\/[^>]*>)?/g)) {
        const name = /^<([\w:]+)/.exec(element)[1];
        const text = Buffer.from(/>([^<]*)</.exec(element)?.[1] ?? '', 'base64').toString();
        const mechanism = /mechanism=['"]([^'"]*)/.exec(element)?.[1];
        received.push({ name, text, mechanism });
        const answer = name === 'stream:stream' ? `${HEADER}<stream:features>${features}</stream:features>` : says(name, text, mechanism, socket);
        if (answer) socket.write(answer);
      }
    });
  };
  const server = (tls ? createTlsServer(tls, serve).on('tlsClientError', () => {}) : createServer(serve)).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return {
    port: server.address().port,
    received,
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}

/** The features for `boundBy`. */
export const BOUND = `${offer('SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS')}<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/></sasl-channel-binding>`;

/** An honest server that accepts `password` only by SCRAM-SHA-256-PLUS, bound to the connection (RFC 5802, RFC 9266). */
export const boundBy = (password) => (name, text, mechanism, socket) => {
  const hmac = (key, data) => createHmac('sha256', key).update(data).digest();
  const salt = Buffer.from('salt of these tests');
  if (name === 'auth') {
    const [, binding, bare, nonce] = /^(p=tls-exporter,,)(n=[^,]*,r=(.*))$/.exec(text) ?? [];
    if (mechanism !== 'SCRAM-SHA-256-PLUS' || !nonce) return failure('invalid-mechanism');
    socket.scram = { binding, bare, asked: `r=${nonce}more,s=${salt.toString('base64')},i=4096` };
    return challenge(socket.scram.asked);
  }
  if (name !== 'response') return undefined;
  const { binding, bare, asked } = socket.scram;
  const [, unproved, bound, proof] = /^(c=([^,]*),r=[^,]*),p=(.*)$/.exec(text);
  const exporter = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
  if (bound !== Buffer.concat([Buffer.from(binding), exporter]).toString('base64')) return failure('malformed-request');
  const [said, salted] = [`${bare},${asked},${unproved}`, pbkdf2Sync(password, salt, 4096, 32, 'sha256')];
  const key = hmac(salted, 'Client Key');
  const mask = hmac(createHash('sha256').update(key).digest(), said);
  if (proof !== Buffer.from(key.map((byte, at) => byte ^ mask[at])).toString('base64')) return failure('not-authorized');
  return success(`v=${hmac(hmac(salted, 'Server Key'), said).toString('base64')}`);
};
