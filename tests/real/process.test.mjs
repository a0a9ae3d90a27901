// The process: start, kill, reload, and shutdown.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { freePort, startApp, until } from './support/net.mjs';
import { startProvider } from './support/provider.mjs';
import { Vestibule, app, client, provider, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

let upstream, notes, port, good;
before(async () => {
  port = await freePort();
  notes = await startApp();
  upstream = await startProvider({ clients: [client([`http://localhost:${port}/callback/uni`])] });
  good = () => [server({ port }), provider({ issuer: upstream.issuer }), app({ url: notes.url })].join('\n');
});
after(async () => {
  await upstream?.stop();
  await notes?.stop();
});

const running = [];
async function serve(options) {
  const vestibule = await Vestibule.serve(good, { port, ...options });
  running.push(vestibule);
  return vestibule;
}
afterEach(async () => {
  for (const vestibule of running.splice(0)) {
    vestibule.child.kill('SIGKILL');
    await vestibule.over;
    await rm(vestibule.folder, { recursive: true, force: true });
  }
});

const start = (more = '') => `http://localhost:${port}/auth/notes?state=s${more}`;
async function through(visitor, page) {
  let at = page;
  while (at.status === 200 && at.url.href.startsWith(upstream.issuer)) {
    at = await visitor.press(at, at.text.includes('<title>login') ? 'ada' : 'allow', { stop: notes.url });
  }
  return at;
}
const signIn = async (visitor, url = start()) => through(visitor, await visitor.visit(url, { stop: notes.url }));

test('the first start creates a key that only its owner can read', async () => {
  const vestibule = await serve();
  const { mode } = await stat(join(vestibule.folder, 'vestibule.key'));
  assert.equal(mode & 0o777, 0o600);
});

test('a backup by Debian’s sqlite3 from a running server is readable and sufficient for a restart', async () => {
  const before = await serve();
  const visitor = new Visitor();
  assert.match((await signIn(visitor)).url.hash, /^#token=/);
  const [database, copy] = ['vestibule.db', 'copy.db'].map((name) => join(before.folder, name));
  const sqlite = async (...words) => (await promisify(execFile)('sqlite3', words)).stdout.trim();
  await sqlite(database, `.backup '${copy}'`);
  assert.equal(await sqlite(copy, 'SELECT count(*) FROM account'), '1');
  await before.end('SIGTERM');
  for (const beside of ['-wal', '-shm']) await rm(database + beside, { force: true });
  await rename(copy, database);
  await serve({ again: before.folder });
  assert.match((await visitor.visit(start(), { stop: notes.url })).url.hash, /^#token=/, 'the backup contains the session');
});

describe('killed with kill -9', () => {
  test('in the middle of a login, the next start accepts the database and the login continues', async () => {
    const before = await serve();
    const visitor = new Visitor();
    const atProvider = await visitor.visit(start(), { stop: notes.url });
    await before.end('SIGKILL');
    await serve({ again: before.folder });
    const page = await through(visitor, atProvider);
    assert.match(page.url.hash, /^#token=/);
  });

  test('while logins are written, the next start accepts the database and everybody can begin again', async () => {
    const before = await serve();
    const crowd = Array.from({ length: 12 }, async () => signIn(new Visitor()).catch(() => null));
    await before.until('the first login is finished', () => /first_login|signed_in|provisioned|callback/.test(before.log));
    await before.end('SIGKILL');
    await Promise.all(crowd);
    await serve({ again: before.folder });
    const page = await signIn(new Visitor());
    assert.match(page.url.hash, /^#token=/);
  });

  test('a session survives', async () => {
    const before = await serve();
    const visitor = new Visitor();
    await signIn(visitor);
    await before.end('SIGKILL');
    await serve({ again: before.folder });
    const asked = upstream.seen.length;
    assert.match((await signIn(visitor)).url.hash, /^#token=/);
    assert.equal(upstream.seen.length, asked);
  });
});

describe('SIGHUP', () => {
  test('applies a valid config', async () => {
    const vestibule = await serve();
    assert.equal((await fetch(`${vestibule.url}/auth/wiki`)).status, 404);
    await vestibule.reload(`${good()}${app({ id: 'wiki', name: 'Wiki', url: `${notes.url}wiki` })}`, /read again/);
    const page = await new Visitor().visit(`${vestibule.url}/auth/wiki`);
    assert.match(page.text, /<title>login/);
  });

  test('keeps the old config if the new one has mistakes, and names their lines', async () => {
    const vestibule = await serve();
    const said = await vestibule.reload(good().replace('client_id', 'clientid'), /the old one stays/);
    assert.match(said, /vestibule\.toml:\d+/);
    assert.match(said, /client_id/);
    const page = await signIn(new Visitor());
    assert.match(page.url.hash, /^#token=/);
  });

  test('names keys that need a restart', async () => {
    const vestibule = await serve();
    const said = await vestibule.reload(good().replace(`listen = "127.0.0.1:${port}"`, 'listen = "127.0.0.1:1"'), /read again/);
    assert.match(said, /server\.listen/);
  });

  // C27
  test('stops a login in flight if the app is now disabled', async () => {
    const vestibule = await serve();
    const visitor = new Visitor();
    const atProvider = await visitor.visit(start(), { stop: notes.url });
    await vestibule.reload(good().replace('kind = "plain"', 'kind = "plain"\nenabled = false'), /read again/);
    const page = await through(visitor, atProvider);
    assert.equal(page.status, 403);
    assert.match(page.text, /Notes can’t be used at the moment/);
  });
});

test('on SIGTERM, it finishes logins in flight and accepts no new ones', async () => {
  const vestibule = await serve();
  const visitor = new Visitor();
  const asked = upstream.thinkBeforeTokens(1_000);
  const login = signIn(visitor);
  await asked;
  const over = vestibule.end('SIGTERM');
  await until('no new connection is accepted', () => fetch(`${vestibule.local}/healthz`).then(() => false, () => true));
  assert.match((await login).url.hash, /^#token=/);
  assert.deepEqual(await over, { status: 0, signal: null });
});
