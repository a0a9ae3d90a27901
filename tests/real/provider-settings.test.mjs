// npm's certified oidc-provider with other settings than in oidc-provider.test.mjs, and as a plain OAuth 2.0 provider.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { freePort, startApp } from './support/net.mjs';
import { claims, refusal } from './support/outcome.mjs';
import { startProvider } from './support/provider.mjs';
import { Vestibule, app, client, provider, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

let notes;
before(async () => { notes = await startApp(); });
after(() => notes?.stop());

/** Serves oidc-provider with `clients`, and Vestibule with `providers`. Both are functions: each needs the other. */
function site({ clients, settings, providers }) {
  const running = {};
  before(async () => {
    const port = await freePort();
    const back = (id) => `http://localhost:${port}/callback/${id}`;
    running.upstream = await startProvider({ clients: clients(back), more: settings });
    const { issuer } = running.upstream;
    const notesApp = app({ url: notes.url, more: 'claims = ["preferred_username", "name", "email", "groups"]' });
    const config = () => [server({ port }), ...providers(issuer), notesApp].join('\n');
    running.vestibule = await Vestibule.serve(config, { port });
  });
  after(async () => {
    await running.vestibule?.stop();
    await running.upstream?.stop();
  });
  /** Signs in, up to the app's answer or a page of Vestibule. `answers`: what the person presses at the provider. */
  running.signIn = async (id, { answers = ['ada', 'allow'], query = '' } = {}) => {
    const visitor = new Visitor();
    let page = await visitor.visit(`${running.vestibule.url}/auth/notes?provider=${id}${query}`, { stop: notes.url });
    for (const answer of answers) {
      if (!page.url.href.startsWith(running.upstream.issuer)) break;
      page = await visitor.press(page, answer, { stop: notes.url });
    }
    return page;
  };
  running.succeeds = async (id, how) => claims(await running.signIn(id, how), running.vestibule, notes.url);
  running.refuses = async (id, how) => refusal(await running.signIn(id, how), running.vestibule);
  return running;
}

describe('client authentication', () => {
  const registered = { secret: 'client_secret_post', public: 'none' };
  const at = site({
    settings: { clientAuthMethods: Object.values(registered) },
    clients: (back) => Object.entries(registered).map(([id, method]) => client(
      ['post', 'basic', 'none', 'missing'].map(back),
      { client_id: id, token_endpoint_auth_method: method, ...(method === 'none' && { client_secret: undefined }) },
    )),
    providers: (issuer) => {
      const one = (id, method, clientId = 'secret') => provider({
        issuer, id, username: `${id}-{{ sub }}`, more: `client_auth = "${method}"`,
      }).replace('client_id = "vestibule"', `client_id = "${clientId}"`);
      const withoutSecret = (text) => text.replace(/client_secret = .*/, '');
      return [
        one('post', 'client_secret_post'),
        one('basic', 'client_secret_basic'),
        withoutSecret(one('none', 'none', 'public')),
        withoutSecret(one('missing', 'none')),
      ];
    },
  });
  test('client_secret_post puts the secret into the body, client_secret_basic into the header', async () => {
    for (const [id, header] of [['post', undefined], ['basic', /^Basic /]]) {
      assert.equal((await at.succeeds(id)).preferred_username, `${id}-u-1815`);
      const { authorization } = at.upstream.tokenRequests.at(-1);
      if (header) assert.match(authorization, header); else assert.equal(authorization, undefined);
    }
  });
  test('a client without a secret signs people in, and a client that leaves out its secret does not', async () => {
    await at.succeeds('none');
    const { status, cause, detail } = await at.refuses('missing');
    assert.deepEqual([status, cause], [503, 'client_rejected']);
    assert.match(detail, /refuses our client, which has no secret: invalid_client: .*; set client_secret/);
  });
  test('vestibule check compares the way with the metadata, and tries each client', async () => {
    const { out } = await at.vestibule.command('check');
    for (const line of [
      /ok +provider post: client authentication: client_secret_post/,
      /ok +provider post: client secret: accepted/,
      /BAD +provider basic: client authentication: client_secret_basic is not among its "client_secret_post", "none"/,
      /ok +provider none: client_id: accepted/,
      /BAD +provider missing: token endpoint: .*invalid_client/,
    ]) {
      assert.match(out, line);
    }
  });
});

describe('without a userinfo endpoint', () => {
  const at = site({
    settings: { features: { userinfo: { enabled: false }, jwtUserinfo: { enabled: false } } },
    clients: (back) => [client(['uni', 'asking'].map(back))],
    providers: (issuer) => [provider({ issuer }), provider({ issuer, id: 'asking', more: 'userinfo = true' })],
  });
  test('people sign in by the ID token, and userinfo = true is a mistake that log and check name', async () => {
    const token = await at.succeeds('uni');
    assert.deepEqual([token.preferred_username, token.name, token.groups], ['ada', 'Ada Lovelace', ['staff']]);
    const { status, cause, detail } = await at.refuses('asking');
    assert.deepEqual([status, cause], [400, 'answer_refused']);
    assert.equal(detail, 'C17: userinfo: expected an endpoint in the metadata, got none; leave `userinfo` out');
    const { out } = await at.vestibule.command('check');
    assert.match(out, /BAD +provider asking: userinfo: it has no such endpoint → leave `userinfo` out/);
    assert.doesNotMatch(out, /BAD +provider uni/);
  });
});

describe('as a plain OAuth 2.0 provider', () => {
  const plain = (issuer, id, at = issuer) => `[[provider]]
id = "${id}"
kind = "oauth2"
name = "Example ${id}"
issuer = "${issuer}"
auth_url = "${at}/auth"
token_url = "${at}/token"
userinfo_url = "${at}/me"
client_id = "vestibule"
client_secret = "only-for-these-tests-0123456789"
scopes = ["openid", "profile", "email", "groups"]
subject = "sub"
email_verified = "email_verified"
groups_claim = "groups"
groups = { "urn:uni:staff" = "staff" }
allow_private = true
`;
  const at = site({
    clients: (back) => [client(['plain', 'other'].map(back))],
    providers: (issuer) => [plain(issuer, 'plain'), plain('http://127.0.0.1:9', 'other', issuer)],
  });
  test('people sign in by an access token alone', async () => {
    const token = await at.succeeds('plain');
    assert.deepEqual([token.preferred_username, token.name, token.groups], ['ada', 'Ada Lovelace', ['staff']]);
    assert.deepEqual([token.email, token.email_verified], ['ada@example.edu', true]);
    assert.equal(token.auth_time, undefined);
    assert.equal(at.upstream.seen.at(-1).nonce, undefined);
  });
  test('a denial has a page of its own', async () => {
    const { status, cause, detail } = await at.refuses('plain', { answers: ['deny'] });
    assert.deepEqual([status, cause], [400, 'provider_denied']);
    assert.equal(detail, 'the provider answered access_denied: "The person said no"');
  });
  // C8
  test('the iss of its answers must be the issuer, with a code and with a denial', async () => {
    for (const answers of [['ada', 'allow'], ['deny']]) {
      const { cause, detail } = await at.refuses('other', { answers });
      assert.equal(cause, 'answer_refused');
      assert.match(detail, /^C8: `iss` of the answer: expected http:\/\/127\.0\.0\.1:9, got /);
    }
  });
  // C13
  test('prompt=login is refused, because nothing says when the person signed in', async () => {
    const { status, cause } = await at.refuses('plain', { query: '&prompt=login' });
    assert.deepEqual([status, cause], [400, 'proof_unknown']);
  });
});

// C13
describe('demands', () => {
  const at = site({
    settings: { acrValues: ['urn:uni:two-factors'] },
    clients: (back) => [client(['recent', 'strong'].map(back))],
    providers: (issuer) => [
      provider({ issuer, id: 'recent', more: 'max_age = "1h"' }),
      provider({ issuer, id: 'strong', more: 'acr_values = ["urn:uni:two-factors"]' }),
    ],
  });
  test('max_age brings the time of the sign-in', async () => {
    const now = Math.floor(Date.now() / 1000);
    const { auth_time: proved } = await at.succeeds('recent');
    assert.ok(proved >= now - 1 && proved <= now + 60, `${proved}, ${now}`);
    assert.equal(at.upstream.seen.at(-1).max_age, '3600');
  });
  test('a provider that does not say how the person signed in does not meet acr_values', async () => {
    const { cause, detail } = await at.refuses('strong');
    assert.equal(cause, 'acr_refused');
    assert.match(detail, /^C13: `acr` of the ID token: .*urn:uni:two-factors.*, got none$/);
    assert.equal(at.upstream.seen.at(-1).acr_values, 'urn:uni:two-factors');
  });
});
