// npm's oauth2-mock-server, whose every answer a test can change: odd answers to both kinds of providers.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OAuth2Server } from 'oauth2-mock-server';

import { freePort, startApp } from './support/net.mjs';
import { claims, refusal } from './support/outcome.mjs';
import { Vestibule, app, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

const ALIAS = 'https://former.example.org';
const SECRET = 'only-for-these-tests-0123456789';

let upstream, issuer, notes, vestibule;
before(async () => {
  const [port, at] = [await freePort(), await freePort()];
  issuer = `http://127.0.0.1:${at}`;
  upstream = new OAuth2Server();
  upstream.issuer.url = issuer;
  for (const algorithm of ['RS256', 'ES256', 'EdDSA']) await upstream.issuer.keys.generate(algorithm);
  await upstream.start(at, '127.0.0.1');
  notes = await startApp();
  const config = () => [
    server({ port }),
    plain('plain'),
    plain('public', 'client_auth = "none"'),
    openid('openid'),
    openid('asking', 'userinfo = true'),
    openid('lenient', `nonce = "not_returned"\nissuer_aliases = ["${ALIAS}"]\nverified_strings = true`),
    app({ url: notes.url, more: 'claims = ["preferred_username", "name", "email"]' }),
  ].join('\n');
  vestibule = await Vestibule.serve(config, { port });
});
after(async () => {
  await vestibule?.stop();
  await upstream?.stop();
  await notes?.stop();
});

const common = (id, more) => `id = "${id}"
name = "Example ${id}"
issuer = "${issuer}"
client_id = "vestibule"
${more.includes('client_auth') ? '' : `client_secret = "${SECRET}"`}
username = "${id}-{{ sub }}"
allow_private = true
${more}
`;

const plain = (id, more = '') => `[[provider]]
kind = "oauth2"
${common(id, more)}
auth_url = "${issuer}/authorize"
token_url = "${issuer}/token"
userinfo_url = "${issuer}/userinfo"
scopes = ["profile"]
subject = "sub"
email_verified = "verified"
`;

const openid = (id, more = '') => `[[provider]]\nkind = "oidc"\n${common(id, more)}`;

/** Changes the next answer of one endpoint. */
const changeNext = {
  token: (change) => upstream.service.once('beforeResponse', change),
  userinfo: (change) => upstream.service.once('beforeUserinfo', change),
  redirect: (change) => upstream.service.once('beforeAuthorizeRedirect', ({ url }) => change(url.searchParams, url)),
  /** The server also signs the access token, which has no `aud`. */
  idToken: (change) => {
    const listener = ({ payload, header }) => {
      if (!payload.aud) return;
      upstream.service.off('beforeTokenSigning', listener);
      change(payload, header);
    };
    upstream.service.on('beforeTokenSigning', listener);
  },
};

const answer = (statusCode, body) => (it) => Object.assign(it, { statusCode, body });

const signIn = (id) => new Visitor().visit(`${vestibule.url}/auth/notes?state=s1&provider=${id}`, { stop: notes.url });

const succeeds = async (id) => claims(await signIn(id), vestibule, notes.url);

/** A refusal after a change. The next person gets in, so no odd answer counts as an outage. */
async function isRefused(id, status, cause, detail) {
  const refused = await refusal(await signIn(id), vestibule);
  assert.deepEqual([refused.status, refused.cause], [status, cause], `${id}: ${refused.detail}`);
  assert.match(refused.detail, detail, id);
  await succeeds(id);
}

/** One test for each row: what is odd, the change of the endpoint's answer, and for which providers. */
function accepts(endpoint, rows) {
  for (const [what, change, ids] of rows) {
    test(`${what} is accepted`, async () => {
      for (const id of ids) {
        changeNext[endpoint](change);
        await succeeds(id);
      }
    });
  }
}

/** One test for each row, which also has the status of the page, the cause and its details. */
function refuses(endpoint, rows) {
  for (const [what, change, ids, status, cause, detail] of rows) {
    test(`${what} is refused`, async () => {
      for (const id of ids) {
        changeNext[endpoint](change);
        await isRefused(id, status, cause, detail);
      }
    });
  }
}

const ALL = ['plain', 'openid', 'asking'];
const [UNTRUSTED, BUSY, OURS] = [[400, 'answer_refused'], [503, 'provider_unreachable'], [503, 'client_rejected']];

test('people sign in by both kinds, with each key in turn', async () => {
  for (const id of ['plain', 'public', 'openid', 'asking', 'lenient']) {
    for (let turn = 0; turn < 3; turn += 1) {
      assert.equal((await succeeds(id)).preferred_username, `${id}-johndoe`);
    }
  }
});

describe('the token answer', () => {
  accepts('token', [
    ['token_type in small letters', ({ body }) => { body.token_type = 'bearer'; }, ALL],
    ['no token_type', ({ body }) => { delete body.token_type; }, ALL],
    ['expires_in as text', ({ body }) => { body.expires_in = '3599'; }, ALL],
    ['scope as a list', ({ body }) => { body.scope = ['profile']; }, ALL],
    ['an empty error beside the tokens', ({ body }) => { body.error = ''; }, ALL],
    ['a refresh token of another type', ({ body }) => { body.refresh_token = { a: 1 }; }, ALL],
    ['status 201', (it) => { it.statusCode = 201; }, ALL],
    ['no ID token', ({ body }) => { delete body.id_token; }, ['plain']],
    ['no access token', ({ body }) => { delete body.access_token; }, ['openid']],
    ['an unused access token of another type', ({ body }) => { body.token_type = 'mac'; }, ['openid']],
  ]);
  // A refused code takes a while: another instance could have used it.
  const used = { message: 'This code has been used.', type: 'OAuthException', code: 100 };
  refuses('token', [
    ['invalid_grant', answer(400, { error: 'invalid_grant' }), ['plain'], ...UNTRUSTED, /its own code: invalid_grant/],
    ['an error of GitHub', answer(200, { error: 'bad_verification_code' }), ['openid'], ...UNTRUSTED, /its own code/],
    ['an error of Facebook', answer(400, { error: used }), ['plain'], ...UNTRUSTED, /OAuthException: This code has/],
    ['invalid_client', answer(401, { error: 'invalid_client' }), ALL, ...OURS, /invalid_client/],
    ['an unknown redirect address', answer(400, { error: 'redirect_uri_mismatch' }), ALL, ...OURS, /_mismatch/],
    ['a known outage', answer(400, { error: 'temporarily_unavailable' }), ALL, ...BUSY, /temporarily_unavailable/],
    ['status 429', answer(429, {}), ALL, ...BUSY, /status 429/],
    ['status 500', answer(500, 'oops'), ALL, ...BUSY, /status 500/],
    ['a redirect', answer(302, {}), ALL, ...UNTRUSTED, /status 302.*which is not followed/],
    ['an empty object', answer(200, {}), ALL, ...UNTRUSTED, /^C14: the token answer: .*got none \(status 200\)/],
    ['null', answer(200, null), ALL, ...UNTRUSTED, /is not a JSON object/],
    ['a list', answer(200, [{ access_token: 'a' }]), ALL, ...UNTRUSTED, /is not a JSON object/],
    ['a text', answer(200, 'access_token'), ALL, ...UNTRUSTED, /is not a JSON object/],
    ['a type of token that is not Bearer', ({ body }) => { body.token_type = 'mac'; }, ['plain', 'asking'],
      ...UNTRUSTED, /^C14: `token_type` of the token answer: expected Bearer, got mac/],
    ['an access token that is a number', ({ body }) => { body.access_token = 7; }, ['plain', 'asking'],
      ...UNTRUSTED, /^C15/],
    ['an access token with a line break', ({ body }) => { body.access_token = 'a\nb'; }, ['plain', 'asking'],
      ...UNTRUSTED, /^C14.*in visible ASCII/],
  ]);
});

describe('userinfo', () => {
  test('a subject that is a number is its digits, and an address is verified if the member is true', async () => {
    changeNext.userinfo(answer(200, { sub: 7, email: 'ada@example.org', verified: true }));
    const token = await succeeds('plain');
    assert.deepEqual([token.preferred_username, token.email_verified], ['plain-7', true]);
    changeNext.userinfo(answer(200, { sub: 7, email: 'ada@example.org', email_verified: true, amr: ['mfa'] }));
    const unverified = await succeeds('plain');
    assert.deepEqual([unverified.sub, unverified.email_verified], [token.sub, false]);
  });
  accepts('userinfo', [
    ['a name of another type', answer(200, { sub: 'johndoe', name: 7, email: ['a'] }), ['plain', 'asking']],
    ['status 203', answer(203, { sub: 'johndoe' }), ['plain', 'asking']],
  ]);
  const error = { error: 'invalid_auth', message: 'Ask again' };
  const both = ['plain', 'asking'];
  refuses('userinfo', [
    ['status 401', answer(401, error), both, ...UNTRUSTED, /401; it says: invalid_auth: Ask again/],
    ['status 404', answer(404, {}), both, ...UNTRUSTED, /status 404/],
    ['status 429', answer(429, {}), both, ...BUSY, /status 429/],
    ['status 500', answer(500, error), both, ...BUSY, /status 500; it says: invalid_auth/],
    ['a redirect', answer(302, { sub: 'johndoe' }), both, ...UNTRUSTED, /status 302.*which is not followed/],
    ['an error with status 200', answer(200, error), both, ...UNTRUSTED, /^C1[57].*; it says: invalid_auth: Ask again/],
    ['an answer without a subject', answer(200, { id: 7 }), both, ...UNTRUSTED, /^C1[57].*got none$/],
    ['a list', answer(200, [{ sub: 'johndoe' }]), both, ...UNTRUSTED, /it does not begin as an object/],
    ['an empty answer', answer(204, {}), both, ...UNTRUSTED, /empty/],
    ['another subject than that of the ID token', answer(200, { sub: 'eve' }), ['asking'], ...UNTRUSTED, /^C17/],
    ['a verification that is a text', answer(200, { sub: 'johndoe', email: 'ada@example.org', verified: 'true' }),
      ['plain'], ...UNTRUSTED, /^C15: type of a claim: expected `email_verified` as true or false/],
  ]);
});

describe('the way back', () => {
  const instead = (error) => (sent) => { sent.delete('code'); sent.set('error', error); };
  accepts('redirect', [
    ['an unknown parameter', (sent) => sent.set('session_state', 'x'), ALL],
    ['the fragment of Facebook', (_, url) => { url.hash = '_=_'; }, ALL],
    ['the right iss', (sent) => sent.set('iss', issuer), ALL],
    ['an alias as iss', (sent) => sent.set('iss', ALIAS), ['lenient']],
  ]);
  refuses('redirect', [
    ['another iss', (sent) => sent.set('iss', ALIAS), ALL, ...UNTRUSTED, /^C8: `iss` of the answer/],
    ['a denial', instead('access_denied'), ALL, 400, 'provider_denied', /answered access_denied/],
    ['a denial as LINE sends it', instead('ACCESS_DENIED'), ALL, 400, 'provider_denied', /answered ACCESS_DENIED/],
    ['a denial as LinkedIn sends it', instead('user_cancelled_login'), ALL, 400, 'provider_denied', /_cancelled_/],
    ['a known outage', instead('temporarily_unavailable'), ALL, ...BUSY, /reports a problem: temporarily_unavailable/],
    ['an unknown scope', instead('invalid_scope'), ALL, ...OURS, /refuses our request: invalid_scope/],
    ['no state', (sent) => sent.delete('state'), ALL, 400, 'callback_refused', /state/],
    ['another state', (sent) => sent.set('state', 'x'.repeat(80)), ALL, 400, 'callback_refused', /state/],
    ['a code that comes twice', (sent) => sent.append('code', 'x'), ALL, 400, 'callback_refused', /code/],
    ['a code together with an error', (sent) => sent.set('error', 'x'), ALL, 400, 'callback_refused', /error/],
  ]);
});

describe('the ID token', () => {
  const both = ['openid', 'lenient'];
  accepts('idToken', [
    ['aud as a list', (token) => { token.aud = ['vestibule']; }, both],
    ['no kid', (_, header) => { delete header.kid; }, both],
    ['no nonce, if the config says so,', (token) => { delete token.nonce; }, ['lenient']],
    ['an empty nonce, if the config says so,', (token) => { token.nonce = ''; }, ['lenient']],
    ['an alias as iss', (token) => { token.iss = ALIAS; }, ['lenient']],
  ]);
  test('email_verified as text counts only if the config says so', async () => {
    const change = (token) => Object.assign(token, { email: 'ada@example.org', email_verified: 'true' });
    changeNext.idToken(change);
    assert.equal((await succeeds('lenient')).email_verified, true);
    changeNext.idToken(change);
    await isRefused('openid', ...UNTRUSTED, /^C15: type of a claim: expected `email_verified`/);
  });
  refuses('idToken', [
    ['no nonce', (token) => { delete token.nonce; }, ['openid'], ...UNTRUSTED, /^C13: `nonce`/],
    ['another nonce', (token) => { token.nonce = 'x'; }, both, ...UNTRUSTED, /^C13: `nonce`/],
    ['an unknown alias', (token) => { token.iss = ALIAS; }, ['openid'], ...UNTRUSTED, /^C12: `iss`/],
    ['iss with a slash at its end', (token) => { token.iss += '/'; }, both, ...UNTRUSTED, /^C12: `iss`/],
    ['another aud', (token) => { token.aud = 'x'; }, both, ...UNTRUSTED, /^C12: `aud`/],
    ['two audiences without azp', (token) => { token.aud = ['vestibule', 'x']; }, both, ...UNTRUSTED, /^C12: `azp`/],
    ['an old exp', (token) => { token.exp = 1; }, both, ...UNTRUSTED, /^C12: `exp`.*our clock is ahead/],
    ['no iat', (token) => { delete token.iat; }, both, ...UNTRUSTED, /^C12: `iat`/],
    ['an iat that is an hour ahead', (token) => { token.iat += 3600; }, both, ...UNTRUSTED, /^C12: `iat`/],
    ['no sub', (token) => { delete token.sub; }, both, ...UNTRUSTED, /^C15: `sub`/],
    ['a sub that is a number', (token) => { token.sub = 7; }, both, ...UNTRUSTED, /^C15: `sub`/],
    ['a kid that no key has', (_, header) => { header.kid = 'x'; }, both, ...UNTRUSTED, /^C14: signature/],
    ['the type of an access token', (_, header) => { header.typ = 'at+jwt'; }, both, ...UNTRUSTED, /^C18: `typ`/],
  ]);
});

test('no token, code, state or secret is in the log', () => {
  // C56
  for (const secret of [/[?&]code=/, /[?&]state=/, /eyJ[\w-]+\.[\w-]+\./, /only-for-these-tests/]) {
    assert.doesNotMatch(vestibule.log, secret);
  }
});
