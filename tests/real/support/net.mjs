// Ports, waiting, and small servers for all suites.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createSocket } from 'node:net';

/**
 * A free port of the loopback. Linux assigns automatic ports from 32768 on, so a lower port stays free until it is used.
 */
export function freePort() {
  return new Promise((done, failed) => {
    const port = randomInt(20_000, 32_768);
    const socket = createSocket().once('error', (why) => (why.code === 'EADDRINUSE' ? done(freePort()) : failed(why)));
    socket.listen(port, '127.0.0.1', () => socket.close(() => done(port)));
  });
}

/**
 * Waits until `holds` returns a true value, and returns it. `what` names the condition in the error after a timeout.
 * `stillPossible` throws if that can't happen any more.
 */
export async function until(what, holds, { timeout = 60_000, stillPossible = () => {} } = {}) {
  const end = Date.now() + timeout;
  let last;
  while (Date.now() < end) {
    try {
      const found = await holds();
      if (found) return found;
    } catch (why) {
      last = why;
    }
    stillPossible();
    await pause(50);
  }
  throw new Error(`${what}: not within ${timeout / 1000} s${last ? ` (${last.message})` : ''}`);
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** An app: answers every request with a page, and records the requests. */
export async function startApp() {
  const asked = [];
  const server = createServer((request, answer) => {
    asked.push({ url: request.url, referrer: request.headers.referer });
    answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>The app</title><h1>The app</h1>');
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return { url: `http://127.0.0.1:${server.address().port}/`, asked, stop: () => closed(server) };
}

/**
 * Ends a server. Waits at most two seconds, because `close` also waits for broken connections that closeAllConnections does
 * not know.
 */
export function closed(server) {
  const over = new Promise((done) => server.close(done));
  server.closeAllConnections();
  server.unref();
  return Promise.race([over, new Promise((done) => setTimeout(done, 2000))]);
}
