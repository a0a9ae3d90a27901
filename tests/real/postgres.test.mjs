// PostgreSQL as the database of served instances: one instance, its restart, and two instances side by side.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { freePort, startApp, until } from './support/net.mjs';
import { database } from './support/postgres.mjs';
import { startProvider } from './support/provider.mjs';
import { Vestibule, app, client, folder, provider, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

let upstream, notes, shared, a, b, config;
before(async () => {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  [shared, notes] = [await database(), await startApp()];
  upstream = await startProvider({ clients: [client([`${url}/callback/uni`])] });
  config = (at) => [server({ port: at, url, database: shared.url }), provider({ issuer: upstream.issuer }), app({ url: notes.url })].join('\n');
  a = await Vestibule.serve(config, { port });
  b = await beside();
});
after(async () => {
  for (const one of [a, b]) await one?.stop();
  await upstream?.stop();
  await notes?.stop();
  await shared?.drop();
});

/** Starts another instance with the same database and master key. */
async function beside() {
  const again = await folder('');
  await cp(join(a.folder, 'vestibule.key'), join(again, 'vestibule.key'));
  return Vestibule.serve(config, { url: a.url, again });
}

/** Begins a login at the instance `from`, and sends the callback to the instance `to`. */
async function signIn(visitor, { from = a, to = a } = {}) {
  let page = await visitor.visit(`${from.local}/auth/notes`, { stop: notes.url });
  while (page.status === 200 && page.url.href.startsWith(upstream.issuer)) {
    page = await visitor.press(page, page.text.includes('<title>login') ? 'ada' : 'allow', { stop: a.url });
  }
  if (page.status !== 303 || !page.url.pathname.startsWith('/callback/')) return page;
  // In place of a load balancer, the test chooses the instance for the callback.
  return visitor.visit(`${to.local}${page.url.pathname}${page.url.search}`, { stop: notes.url });
}
const subject = (page) => {
  const token = new URLSearchParams(page.url.hash.slice(1)).get('token');
  assert.ok(token, `no token at ${page.url}: ${page.text}`);
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sub;
};

test('a login makes one account, one identity and one session', async () => {
  subject(await signIn(new Visitor()));
  for (const table of ['account', 'identity', 'session']) assert.equal(await shared.ask(`SELECT count(*) FROM ${table}`), '1', table);
});

test('a login begun at one instance can finish at the other', async () => {
  const [first, second] = [await signIn(new Visitor()), await signIn(new Visitor(), { from: a, to: b })];
  assert.equal(subject(second), subject(first));
});

test('a session made at one instance opens the app at the other', async () => {
  const visitor = new Visitor();
  await signIn(visitor);
  const asked = upstream.seen.length;
  subject(await signIn(visitor, { from: b }));
  assert.equal(upstream.seen.length, asked);
});

// C3
test('a callback sent to both instances at once delivers at most once, and a refused one offers a new start', async () => {
  const visitor = new Visitor();
  let page = await visitor.visit(`${a.local}/auth/notes`);
  page = await visitor.press(page, 'ada', { stop: a.url });
  while (page.url.href.startsWith(upstream.issuer)) page = await visitor.press(page, 'allow', { stop: a.url });
  const cookie = Object.entries(visitor.cookies(a.local)).map(([name, value]) => `${name}=${value}`).join('; ');
  const both = await Promise.all([a, b].map(({ local }) => (
    fetch(`${local}${page.url.pathname}${page.url.search}`, { headers: { cookie }, redirect: 'manual' }))));
  const delivered = both.filter(({ status }) => status === 303);
  assert.ok(delivered.length <= 1);
  for (const refused of both.filter((answer) => !delivered.includes(answer))) {
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /class="button" href="[^"]*\/auth\/notes/);
  }
  const after = await fetch(`${a.local}${page.url.pathname}${page.url.search}`, { headers: { cookie }, redirect: 'manual' });
  assert.equal(after.status, 400);
});

test('behind nginx, a login survives the end of the instance that began it', async () => {
  const [port, at, pair] = [await freePort(), await folder(''), [await beside(), await beside()]];
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${at}/${what};`).join('\n');
  await writeFile(join(at, 'nginx.conf'), `daemon off;
worker_processes 1;
${process.getuid() === 0 ? 'user root;' : ''}
pid ${at}/nginx.pid;
events {}
http {
${temporary}
access_log off;
upstream vestibule { ${pair.map((one) => `server 127.0.0.1:${one.port};`).join(' ')} }
server {
  listen 127.0.0.1:${port};
  location / { proxy_pass http://vestibule; proxy_set_header Host $http_host; proxy_buffer_size 16k; proxy_buffers 8 16k; }
}
}
`);
  const nginx = spawn('nginx', ['-p', at, '-c', join(at, 'nginx.conf'), '-e', join(at, 'error.log')], { stdio: 'inherit' });
  const over = new Promise((done) => nginx.once('close', done));
  const balancer = { local: `http://127.0.0.1:${port}` };
  try {
    await until('nginx answers', async () => (await fetch(`${balancer.local}/readyz`)).ok);
    for (const login of [1, 2]) {
      const visitor = new Visitor();
      const from = pair.map((one) => one.log.length);
      let page = await visitor.visit(`${balancer.local}/auth/notes`);
      page = await visitor.press(page, 'ada', { stop: a.url });
      while (page.url.href.startsWith(upstream.issuer)) page = await visitor.press(page, 'allow', { stop: a.url });
      if (login === 1) {
        const began = pair.find((one, place) => one.log.slice(from[place]).includes('path="/auth/notes"'));
        assert.ok(began, 'one of them began it');
        await began.end('SIGKILL');
      }
      subject(await visitor.visit(`${balancer.local}${page.url.pathname}${page.url.search}`, { stop: notes.url }));
    }
  } finally {
    nginx.kill('SIGQUIT');
    await over;
    for (const one of pair) await one.stop();
    await rm(at, { recursive: true, force: true });
  }
});

test('both instances publish the same keys', async () => {
  const [one, other] = await Promise.all([a, b].map(async ({ local }) => (await fetch(`${local}/.well-known/jwks.json`)).text()));
  assert.equal(one, other);
});

test('after a restart, the account is the same and the session still opens the app', async () => {
  const visitor = new Visitor();
  const before = subject(await signIn(visitor));
  const asked = upstream.seen.length;
  await a.end();
  a = await Vestibule.serve((at) => [
    server({ port: at, url: a.url, database: shared.url }), provider({ issuer: upstream.issuer }), app({ url: notes.url }),
  ].join('\n'), { port: a.port, again: a.folder });
  assert.equal(subject(await signIn(visitor)), before);
  assert.equal(upstream.seen.length, asked);
});

test('a schema newer than the binary is refused at the start, by name', async () => {
  const newer = await database();
  try {
    const first = await Vestibule.serve((at) => [server({ port: at, database: newer.url }), provider({ issuer: upstream.issuer }), app({ url: notes.url })].join('\n'));
    await first.end();
    await newer.ask("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_from_the_future', 0)");
    const again = await first.command('serve');
    await rm(first.folder, { recursive: true, force: true });
    assert.notEqual(again.status, 0);
    assert.match(again.err, /m29991231_000001_from_the_future|newer/);
  } finally {
    await newer.drop();
  }
});
