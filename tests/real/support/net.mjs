// Ports, waiting, and small servers: what every suite needs of the machine.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createSocket } from 'node:net';

/**
 * A port of the loopback that is free at this moment. Linux hands out those from 32768 on to whoever connects or listens
 * without a wish, so a port from below stays free until it is used.
 */
export function freePort() {
  return new Promise((done, failed) => {
    const port = randomInt(20_000, 32_768);
    const socket = createSocket().once('error', (why) => (why.code === 'EADDRINUSE' ? done(freePort()) : failed(why)));
    socket.listen(port, '127.0.0.1', () => socket.close(() => done(port)));
  });
}

/** Waits until `holds` gives something, and gives that; `what` names it where it never does. */
export async function until(what, holds, { patience = 60_000 } = {}) {
  const end = Date.now() + patience;
  let last;
  while (Date.now() < end) {
    try {
      const found = await holds();
      if (found) return found;
    } catch (why) {
      last = why;
    }
    await pause(50);
  }
  throw new Error(`${what}: not within ${patience / 1000} s${last ? ` (${last.message})` : ''}`);
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** An app's side: answers every address with a page, and remembers what it was asked. */
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
 * Ends a server. A connection that broke before its request was read is none to Node's HTTP, but `close` waits for it: so
 * nobody waits longer than a moment.
 */
export function closed(server) {
  const over = new Promise((done) => server.close(done));
  server.closeAllConnections();
  server.unref();
  return Promise.race([over, new Promise((done) => setTimeout(done, 2000))]);
}
