// The three programs of examples/verify, on fresh tokens from a served instance. VERIFIERS names the folder that
// tests/app/install-verifiers makes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { freePort, startApp } from './support/net.mjs';
import { startProvider } from './support/provider.mjs';
import { Vestibule, app, client, ended, provider, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

const folder = process.env.VERIFIERS;
if (!folder) throw new Error('VERIFIERS is not set: tests/app/install-verifiers FOLDER makes the folder that it names');
const programs = {
  python: [join(folder, 'python/.venv/bin/python'), join(folder, 'python/verify.py')],
  go: [join(folder, 'go/verify')],
  javascript: [process.execPath, join(folder, 'javascript/verify.mjs')],
};

let upstream, notes, vestibule;
before(async () => {
  const port = await freePort();
  notes = await startApp();
  upstream = await startProvider({ clients: [client([`http://localhost:${port}/callback/uni`])] });
  vestibule = await Vestibule.serve(() => [
    server({ port }), provider({ issuer: upstream.issuer }), app({ url: notes.url, more: 'claims = ["name"]', allow: 'permissions = ["write"]' }),
  ].join('\n'), { port });
});
after(async () => {
  await vestibule?.stop();
  await upstream?.stop();
  await notes?.stop();
});

async function token() {
  const visitor = new Visitor();
  let page = await visitor.visit(`${vestibule.url}/auth/notes?nonce=n1`, { stop: notes.url });
  while (page.status === 200 && page.url.href.startsWith(upstream.issuer)) {
    page = await visitor.press(page, page.text.includes('<title>login') ? 'ada' : 'allow', { stop: notes.url });
  }
  return new URLSearchParams(page.url.hash.slice(1)).get('token');
}

function verify([command, ...fixed], input, { audience = notes.url, nonce = 'n1' } = {}) {
  const child = spawn(command, [...fixed, '--broker', vestibule.url, '--audience', audience, '--nonce', nonce], { timeout: 120_000 });
  child.stdin.on('error', () => {}).end(input);
  return ended(child);
}

for (const [language, program] of Object.entries(programs)) {
  describe(`the verifier in ${language}`, () => {
    test('accepts a fresh token and prints its claims', async () => {
      const { status, out, err } = await verify(program, await token());
      assert.equal(status, 0, err);
      const claims = JSON.parse(out);
      assert.deepEqual([claims.iss, claims.aud, claims.name, claims.permissions], [vestibule.url, notes.url, 'Ada Lovelace', ['write']]);
    });

    // C29
    test('refuses a token for another sign-in, for another app, or with changes', async () => {
      const fresh = await token();
      const [header, claims, signature] = fresh.split('.');
      const promoted = JSON.parse(Buffer.from(claims, 'base64url'));
      promoted.permissions = ['admin'];
      const changed = [header, Buffer.from(JSON.stringify(promoted)).toString('base64url'), signature].join('.');
      const refused = await Promise.all([
        verify(program, fresh, { nonce: 'n2' }), verify(program, fresh, { audience: 'https://other.example.org/' }), verify(program, changed),
      ]);
      assert.deepEqual(refused.map(({ status }) => status), [1, 1, 1]);
    });

    test('accepts a token of the new key after a rotation', async () => {
      const { status: rotated, err: why } = await vestibule.command('key', 'rotate', '--now');
      assert.equal(rotated, 0, why);
      await vestibule.end();
      vestibule = await Vestibule.serve(() => [
        server({ port: vestibule.port }), provider({ issuer: upstream.issuer }), app({ url: notes.url, more: 'claims = ["name"]', allow: 'permissions = ["write"]' }),
      ].join('\n'), { port: vestibule.port, again: vestibule.folder });
      const { status, err } = await verify(program, await token());
      assert.equal(status, 0, err);
    });
  });
}
