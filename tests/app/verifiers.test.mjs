// The three programs of examples/verify, on good and bad tokens.
// Run: tests/app/install-verifiers FOLDER && VERIFIERS=FOLDER node --test tests/app/verifiers.test.mjs
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

const folder = process.env.VERIFIERS;
if (!folder) throw new Error('VERIFIERS is not set: tests/app/install-verifiers FOLDER makes the folder that it names');

const programs = {
  python: [join(folder, 'python/.venv/bin/python'), join(folder, 'python/verify.py')],
  go: [join(folder, 'go/verify')],
  javascript: [process.execPath, join(folder, 'javascript/verify.mjs')],
};

const AUDIENCE = 'https://notes.example.org/signed-in';
const NONCE = 'n-5f3a0c';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = publicKey.export({ format: 'jwk' });
const published = { ...jwk, kid: 'k1', alg: 'ES256', use: 'sig' };

let server, broker, claims;
before(async () => {
  server = createServer((request, answer) => {
    if (request.url !== '/.well-known/jwks.json') return answer.writeHead(404).end();
    answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [published] }));
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  broker = `http://127.0.0.1:${server.address().port}`;
  const now = Math.floor(Date.now() / 1000);
  claims = { iss: broker, sub: '01J', aud: AUDIENCE, iat: now, exp: now + 60, jti: 'j1', nonce: NONCE, name: 'Zoë' };
});
after(() => server.close());

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const es256 = (key) => (text) => sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
const hs256 = (secret) => (text) => createHmac('sha256', secret).update(text).digest();

/** A token of the broker, with these changes. */
function token({ header = {}, claim = {}, signature = es256(privateKey) } = {}) {
  const text = `${part({ alg: 'ES256', typ: 'login+jwt', kid: 'k1', ...header })}.${part({ ...claims, ...claim })}`;
  return `${text}.${Buffer.from(signature(text)).toString('base64url')}`;
}

function run([command, ...fixed], input, { nonce = NONCE, audience = AUDIENCE, at = broker } = {}) {
  const child = spawn(command, [...fixed, '--broker', at, '--audience', audience, ...(nonce ? ['--nonce', nonce] : [])], { timeout: 120_000 });
  child.stdin.end(input);
  const said = { out: '', err: '' };
  child.stdout.on('data', (text) => { said.out += text; });
  child.stderr.on('data', (text) => { said.err += text; });
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (status) => done({ status, ...said }));
  });
}

const now = () => Math.floor(Date.now() / 1000);
const bad = {
  'has expired': () => token({ claim: { iat: now() - 90, exp: now() - 30 } }),
  'never expires': () => token({ claim: { exp: undefined } }),
  'has an expiry written as text': () => token({ claim: { exp: String(now() + 60) } }),
  'comes from the future': () => token({ claim: { iat: now() + 60, exp: now() + 120 } }),
  'has no issue time': () => token({ claim: { iat: undefined } }),
  'is meant for another app': () => token({ claim: { aud: 'https://other.example.org/' } }),
  'is meant for a path below the app’s': () => token({ claim: { aud: `${AUDIENCE}/x` } }),
  'is meant for several apps': () => token({ claim: { aud: [AUDIENCE, 'https://other.example.org/'] } }),
  'is meant for nobody': () => token({ claim: { aud: undefined } }),
  'has another issuer': () => token({ claim: { iss: 'https://evil.example' } }),
  'has the issuer with a slash': () => token({ claim: { iss: `${broker}/` } }),
  'has no issuer': () => token({ claim: { iss: undefined } }),
  'is of another type': () => token({ header: { typ: 'at+jwt' } }), // C29
  'has no type': () => token({ header: { typ: undefined } }),
  'has alg none and no signature': () => token({ header: { alg: 'none' }, signature: () => '' }),
  'has alg none and a signature': () => token({ header: { alg: 'none' } }),
  'is HS256 with the public key in PEM as its secret': () => token({
    header: { alg: 'HS256' }, signature: hs256(publicKey.export({ type: 'spki', format: 'pem' })),
  }),
  'is HS256 with the public key in JSON as its secret': () => token({ header: { alg: 'HS256' }, signature: hs256(JSON.stringify(published)) }),
  'has another nonce': () => token({ claim: { nonce: 'another' } }),
  'has no nonce': () => token({ claim: { nonce: undefined } }),
  'names a key that is not published': () => token({ header: { kid: 'k2' } }),
  'is signed by another key': () => token({ signature: es256(stranger.privateKey) }),
  'contains its own key': () => token({
    header: { kid: undefined, jwk: stranger.publicKey.export({ format: 'jwk' }) }, signature: es256(stranger.privateKey),
  }), // C11
  'was changed': () => token().replace(/\.[^.]+\./, `.${part({ ...claims, sub: 'somebody-else' })}.`),
  'is cut short': () => token().split('.').slice(0, 2).join('.'),
  'is empty': () => '',
};

for (const [language, command] of Object.entries(programs)) {
  describe(language, { concurrency: 2 }, () => {
    test('a good token prints its claims', async () => {
      const { status, out, err } = await run(command, `${token()}\n`);
      assert.equal(status, 0, err);
      assert.deepEqual(JSON.parse(out), claims);
    });

    test('a good token without a nonce passes if none was requested', async () => {
      assert.equal((await run(command, token({ claim: { nonce: undefined } }), { nonce: null })).status, 0);
    });

    test('a token just past its expiry passes', async () => {
      const { status, err } = await run(command, token({ claim: { iat: now() - 62, exp: now() - 1 } }));
      assert.equal(status, 0, err);
    });

    test('without the keys, every token is refused', async () => {
      assert.equal((await run(command, token(), { at: 'http://127.0.0.1:9' })).status, 1);
    });

    for (const [what, make] of Object.entries(bad)) {
      test(`a token that ${what} is refused in one line`, async () => {
        const { status, out, err } = await run(command, make());
        assert.deepEqual({ status, out }, { status: 1, out: '' });
        assert.match(err, /^[^\n]+\n$/);
      });
    }
  });
}
