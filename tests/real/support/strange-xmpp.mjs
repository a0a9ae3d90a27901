// XMPP servers that no honest program would be: each speaks just enough to try a client with.
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
 * Offers `features` to whoever opens a stream, then answers each thing that is said with what `says(name, text, mechanism)` gives:
 * the element's name, its text out of base64, and the mechanism of an `auth`. With `tls` from the first byte, else in the clear.
 */
export async function startStrange({ features, says = () => undefined, tls }) {
  const heard = [];
  const sockets = new Set();
  const serve = (socket) => {
    sockets.add(socket.on('error', () => {}).once('close', () => sockets.delete(socket)));
    if (features === undefined) return;
    socket.on('data', (data) => {
      for (const [element] of data.toString().matchAll(/<[^/?][^>]*>(?:[^<]*<\/[^>]*>)?/g)) {
        const name = /^<([\w:]+)/.exec(element)[1];
        const text = Buffer.from(/>([^<]*)</.exec(element)?.[1] ?? '', 'base64').toString();
        const mechanism = /mechanism=['"]([^'"]*)/.exec(element)?.[1];
        heard.push({ name, text, mechanism });
        const answer = name === 'stream:stream' ? `${HEADER}<stream:features>${features}</stream:features>` : says(name, text, mechanism);
        if (answer) socket.write(answer);
      }
    });
  };
  const server = (tls ? createTlsServer(tls, serve).on('tlsClientError', () => {}) : createServer(serve)).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return {
    port: server.address().port,
    heard,
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}
