// Debian's nginx as the proxy, with the file of examples/nginx: only names, ports and paths are changed.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { launch } from './support/chromium.mjs';
import { freePort, startApp, until } from './support/net.mjs';
import { startProvider } from './support/provider.mjs';
import { ROOT, Vestibule, app, client, provider, server } from './support/vestibule.mjs';

let upstream, notes, vestibule, nginx, nginxIsOver, browser, log, certificate;
before(async () => {
  const [port, plain, inner] = [await freePort(), await freePort(), await freePort()];
  const url = `https://localhost:${port}`;
  notes = await startApp();
  upstream = await startProvider({ clients: [client([`${url}/callback/uni`])] });
  vestibule = await Vestibule.serve(
    () => [server({ port: inner, url, more: 'trusted_proxies = ["127.0.0.1"]' }), provider({ issuer: upstream.issuer }), app({ url: notes.url })].join('\n'),
    { port: inner, url },
  );
  const at = join(vestibule.folder, 'nginx');
  await mkdir(at);
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', join(at, 'privkey.pem'), '-out', join(at, 'fullchain.pem')]);
  certificate = await readFile(join(at, 'fullchain.pem'));
  const given = await readFile(join(ROOT, 'examples/nginx/vestibule.conf'), 'utf8');
  await writeFile(join(at, 'vestibule.conf'), given
    .replace(/^\s*listen \[::\].*$/gm, '')
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replace('listen 80', `listen 127.0.0.1:${plain}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${inner}`)
    .replaceAll('auth.example.org', 'localhost')
    .replaceAll('/etc/ssl/vestibule/', `${at}/`)
    .replaceAll('/var/log/nginx/', `${at}/`));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${at}/${what};`).join('\n');
  await writeFile(join(at, 'nginx.conf'), `daemon off;
worker_processes 1;
${process.getuid() === 0 ? 'user root;' : ''}
pid ${at}/nginx.pid;
error_log ${at}/error.log;
events {}
http {
${temporary}
include ${at}/vestibule.conf;
}
`);
  nginx = spawn('nginx', ['-p', at, '-c', join(at, 'nginx.conf'), '-e', join(at, 'error.log')], { stdio: 'inherit' });
  nginxIsOver = new Promise((done) => nginx.once('close', done));
  log = () => readFile(join(at, 'vestibule.log'), 'utf8');
  await until('nginx answers', async () => (await get('/readyz')).status === 200);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  nginx?.kill('SIGQUIT');
  await nginxIsOver;
  await vestibule?.stop();
  await upstream?.stop();
  await notes?.stop();
});

/** A request over TLS that verifies the certificate. */
function get(path, headers = {}) {
  return new Promise((done, failed) => {
    request(vestibule.url + path, { ca: certificate, headers }, (answer) => {
      let text = '';
      answer.on('data', (more) => { text += more; }).on('end', () => done({ status: answer.statusCode, headers: answer.headers, text }));
    }).on('error', failed).end();
  });
}

async function visitor() {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  return { context, page: await context.newPage() };
}
const start = (state) => `${vestibule.url}/auth/notes?state=${state}&nonce=nonce-${state}`;
async function signIn(page) {
  await page.click('button[value=ada]');
  const allow = page.locator('button[value=allow]');
  if (await allow.count()) await allow.click();
}

test('a sign-in works through nginx, and cookies and token belong to its address', async () => {
  const { context, page } = await visitor();
  await page.goto(start('through'));
  await signIn(page);
  await page.waitForURL(`${notes.url}*`);
  const answer = new URLSearchParams(new URL(page.url()).hash.slice(1));
  assert.deepEqual([answer.get('iss'), answer.get('state')], [vestibule.url, 'through']);
  const session = (await context.cookies(vestibule.url)).find(({ name }) => name === '__Host-vestibule');
  assert.deepEqual([session.secure, session.httpOnly, session.sameSite, session.path], [true, true, 'Lax', '/']);
  await context.close();
});

test('eight logins in flight pass its header limits, and the last one finishes', async () => {
  const { context, page } = await visitor();
  // The longest start: a state and a nonce of 256 bytes each.
  const long = (at) => `${vestibule.url}/auth/notes?state=${String(at).repeat(256)}&nonce=${'n'.repeat(256)}`;
  for (let at = 1; at <= 9; at += 1) await page.goto(long(at));
  const pending = (await context.cookies(vestibule.url)).filter(({ name }) => name.startsWith('__Host-vestibule-login-'));
  const size = pending.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  assert.ok(pending.length >= 2 && pending.length <= 8 && size <= 6_144, `${pending.length} of ${size} bytes`);
  await signIn(page);
  await page.waitForURL(`${notes.url}*`);
  assert.match(page.url(), /state=9{256}/);
  await context.close();
});

test('eight short logins in flight are all kept, and the first one finishes', async () => {
  const { context, page } = await visitor();
  const tabs = [];
  for (let at = 1; at <= 8; at += 1) {
    const tab = at === 1 ? page : await context.newPage();
    await tab.goto(`${vestibule.url}/auth/notes?state=tab${at}`);
    tabs.push(tab);
  }
  await signIn(tabs[0]);
  await tabs[0].waitForURL(`${notes.url}*`);
  assert.match(tabs[0].url(), /state=tab1/);
  await context.close();
});

test('a visitor’s own X-Forwarded-For is ignored, and that of nginx counts', async () => {
  const denied = async (context) => {
    const page = await context.newPage();
    await page.goto(start('network'));
    await page.click('button[value=deny]');
    const code = await page.textContent('code');
    await context.close();
    return (await vestibule.command('explain', code)).out;
  };
  const honest = await denied(await browser.newContext({ ignoreHTTPSErrors: true }));
  assert.match(honest, /network: 127\.0\.0\.0/);
  const forged = await denied(await browser.newContext({ ignoreHTTPSErrors: true, extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.9' } }));
  assert.match(forged, /network: 127\.0\.0\.0/);
});

test('plain http is redirected to https', async () => {
  const plain = (await readFile(join(vestibule.folder, 'nginx/vestibule.conf'), 'utf8')).match(/listen (127\.0\.0\.1:\d+);/)[1];
  const answer = await fetch(`http://${plain}/logout`, { redirect: 'manual' });
  assert.equal(answer.status, 301);
  assert.match(answer.headers.get('location'), /^https:\/\/localhost\/logout$/);
});

test('Vestibule’s headers reach the browser unchanged, and nginx adds HSTS', async () => {
  const { headers } = await get('/logout');
  assert.match(headers['content-security-policy'], /default-src 'none'/);
  assert.equal(headers['cache-control'], 'no-store');
  assert.match(headers['strict-transport-security'], /max-age=\d+/);
});

// C56
test('its access log has a line for each request, without code, state, nonce or token', async () => {
  await get('/callback/uni?code=the-code&state=the-state');
  const lines = await until('the request is in the log', async () => {
    const all = await log();
    return all.includes('/callback/uni') && all;
  });
  assert.match(lines, /"GET \/auth\/notes HTTP\/[\d.]+" 303/);
  for (const secret of [/the-code/, /the-state/, /[?&](code|state|nonce)=/, /eyJ/, /through/]) assert.doesNotMatch(lines, secret);
});

test('while Vestibule is down, nginx answers 502 and its error log has no query', async () => {
  const { folder, port, url } = vestibule;
  await vestibule.end();
  assert.equal((await get('/callback/uni?code=the-code&state=the-state')).status, 502);
  const errors = await readFile(join(folder, 'nginx/vestibule-error.log'), 'utf8');
  assert.doesNotMatch(errors, /the-code/);
  vestibule = await Vestibule.serve(() => [server({ port, url, more: 'trusted_proxies = ["127.0.0.1"]' }), provider({ issuer: upstream.issuer }), app({ url: notes.url })].join('\n'), { port, url, again: folder });
  assert.equal((await get('/readyz')).status, 200);
});
