// A forge that others wrote, Gitea, by its OAuth 2.0 with its API, and by its OpenID Connect.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startGitea } from './support/gitea.mjs';
import { freePort, startApp } from './support/net.mjs';
import { claims, refusal } from './support/outcome.mjs';
import { Vestibule, app, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

let forge, notes, vestibule, clients;
before(async () => {
  const port = await freePort();
  forge = await startGitea([
    { username: 'ada', full_name: 'Ada Lovelace', email: 'ada@example.org' },
    { username: 'ben', email: 'ben@example.org' },
    { username: 'cleo', email: 'cleo@example.org' },
  ]);
  await forge.api('POST', '/orgs', { username: 'analysts' });
  const [{ id: owners }] = await forge.api('GET', '/orgs/analysts/teams');
  await forge.api('PUT', `/teams/${owners}/members/ada`);
  const register = (...ids) => forge.api('POST', '/user/applications/oauth2', {
    name: ids[0],
    confidential_client: true,
    redirect_uris: ids.map((id) => `http://localhost:${port}/callback/${id}`),
  });
  // Each has clients of its own, because the forge keeps a person's first scopes for a client.
  clients = { api: await register('api', 'wrong', 'rescoped'), openid: await register('openid', 'asking') };
  notes = await startApp();
  const config = () => [
    server({ port }),
    api('api'),
    api('wrong', 'not-the-secret'),
    openid('openid'),
    openid('asking', clients.openid, 'userinfo = true'),
    openid('rescoped', clients.api),
    openid('stranger'),
    app({ url: notes.url, more: 'claims = ["preferred_username", "name", "email", "groups"]' }),
  ].join('\n');
  vestibule = await Vestibule.serve(config, { port });
});
after(async () => {
  await vestibule?.stop();
  await forge?.stop();
  await notes?.stop();
});

const common = (id, client, secret = client.client_secret) => `id = "${id}"
name = "Example Forge ${id}"
issuer = "${forge.url}"
client_id = "${client.client_id}"
client_secret = "${secret}"
username = "${id}-{{ preferred_username }}"
allow_private = true
`;

const api = (id, secret) => `[[provider]]
kind = "oauth2"
${common(id, clients.api, secret)}
auth_url = "${forge.url}/login/oauth/authorize"
token_url = "${forge.url}/login/oauth/access_token"
userinfo_url = "${forge.url}/api/v1/user"
calls = { emails = "${forge.url}/api/v1/user/emails" }
scopes = ["read:user"]
subject = "id"
preferred_username = "login"
display_name = "full_name"
email = "emails.0.email"
email_verified = "emails.0.verified"
`;

const openid = (id, client = clients.openid, more = '') => `[[provider]]
kind = "oidc"
${common(id, client)}
scopes = ["openid", "profile", "email", "groups"]
groups_claim = "groups"
groups = { "analysts:owners" = "staff" }
${more}
`;

const start = (id) => `${vestibule.url}/auth/notes?state=s1&provider=${id}`;

/** Signs in at the forge, unless it knows the visitor. Returns the page that asks for consent, or what comes then. */
async function logIn(visitor, id, who) {
  const page = await visitor.visit(start(id), { stop: notes.url });
  if (!page.text.includes('<title>Sign In')) return page;
  const typed = { user_name: who, password: forge.password };
  return visitor.submit(page, typed, { form: 'user_name', stop: notes.url });
}

async function signIn(id, who, visitor = new Visitor()) {
  const page = await logIn(visitor, id, who);
  if (!page.text.includes('name="granted"')) return page;
  return visitor.submit(page, { granted: 'true' }, { form: 'granted', stop: notes.url });
}

/** The subjects of the identities of a provider. */
async function subjects(id) {
  const { out } = await vestibule.command('identity', 'list', '--json');
  return JSON.parse(out).filter((one) => one.provider === id).map(({ subject }) => subject);
}

test('a person signs in by the API of the forge, with the address that it has verified', async () => {
  const token = await claims(await signIn('api', 'ada'), vestibule, notes.url);
  assert.deepEqual([token.preferred_username, token.name, token.idp], ['api-ada', 'Ada Lovelace', 'api']);
  assert.deepEqual([token.email, token.email_verified], ['ada@example.org', true]);
  const { id } = await forge.api('GET', '/users/ada');
  assert.deepEqual(await subjects('api'), [String(id)]);
});

test('the same person signs in by OpenID Connect, with the teams of the forge, with and without userinfo', async () => {
  const { id } = await forge.api('GET', '/users/ada');
  for (const one of ['openid', 'asking']) {
    const token = await claims(await signIn(one, 'ada'), vestibule, notes.url);
    assert.deepEqual([token.preferred_username, token.name, token.groups], [`${one}-ada`, 'Ada Lovelace', ['staff']]);
    assert.deepEqual([token.email, token.email_verified], ['ada@example.org', true]);
    assert.deepEqual(await subjects(one), [String(id)]);
  }
});

test('a person who gets another name at the forge keeps the account', async () => {
  const before = await claims(await signIn('api', 'ben'), vestibule, notes.url);
  await forge.api('POST', '/admin/users/ben/rename', { new_username: 'benjamin' });
  const after = await claims(await signIn('api', 'benjamin'), vestibule, notes.url);
  assert.deepEqual([after.sub, after.preferred_username], [before.sub, 'api-ben']);
});

test('a person who presses Cancel reads what happened', async () => {
  const visitor = new Visitor();
  const consent = await logIn(visitor, 'openid', 'cleo');
  const page = await visitor.submit(consent, { granted: 'false' }, { form: 'granted', stop: notes.url });
  const { status, heading, cause, detail } = await refusal(page, vestibule);
  assert.deepEqual([status, cause], [400, 'provider_denied']);
  assert.equal(heading, 'You did not finish signing in with Example Forge openid.');
  assert.equal(detail, 'the provider answered access_denied: "the request is denied"');
});

/** Two sign-ins of one person at once, which stop before Vestibule gets the answers. */
async function twoAnswers(id) {
  const visitor = new Visitor();
  await signIn(id, 'ada', visitor);
  visitor.forget(vestibule.url);
  const answers = [];
  for (let tab = 0; tab < 2; tab += 1) {
    const { url } = await visitor.visit(start(id), { stop: `${vestibule.url}/callback/` });
    answers.push(url);
  }
  return { visitor, answers };
}

test('the causes differ though the forge calls a foreign code and a wrong secret unauthorized_client', async () => {
  // C5
  const { visitor, answers: [own, other] } = await twoAnswers('api');
  own.searchParams.set('code', other.searchParams.get('code'));
  const foreign = await refusal(await visitor.visit(own, { stop: notes.url }), vestibule);
  assert.deepEqual([foreign.status, foreign.cause], [400, 'answer_refused']);
  assert.match(foreign.detail, /does not accept its own code: unauthorized_client: failed PKCE code challenge/);
  const wrong = await refusal(await signIn('wrong', 'ada'), vestibule);
  assert.deepEqual([wrong.status, wrong.cause], [503, 'client_rejected']);
  assert.match(wrong.detail, /credential provider\.wrong\.client_secret: unauthorized_client: invalid client secret/);
  const { out } = await vestibule.command('check');
  for (const line of [
    /ok +provider api: client secret: accepted; a made-up code was refused, as expected/,
    /ok +provider openid: client secret: accepted; a made-up code was refused, as expected/,
    /BAD +provider wrong: client secret: refused: unauthorized_client: invalid client secret/,
    /BAD +provider stranger: token endpoint: .* refuses our request: unauthorized_client: unexpected redirect URI/,
  ]) {
    assert.match(out, line);
  }
});

// C13
test('the forge has one nonce for two sign-ins at once, so the first one is refused and can be repeated', async () => {
  const { visitor, answers: [first, second] } = await twoAnswers('openid');
  const { status, cause, detail } = await refusal(await visitor.visit(first, { stop: notes.url }), vestibule);
  assert.deepEqual([status, cause], [400, 'answer_refused']);
  assert.match(detail, /^C13: `nonce`/);
  await claims(await visitor.visit(second, { stop: notes.url }), vestibule, notes.url);
  await claims(await signIn('openid', 'ada', visitor), vestibule, notes.url);
});

test('the forge keeps the first scopes of a person, and sends no ID token if openid comes later', async () => {
  await signIn('api', 'ada');
  const { cause, detail } = await refusal(await logIn(new Visitor(), 'rescoped', 'ada'), vestibule);
  assert.equal(cause, 'answer_refused');
  assert.match(detail, /^C14: the token answer: expected an ID token, got none/);
});

test('no token, code, state or secret is in the log', async () => {
  // C56
  for (const secret of [/[?&]code=/, /[?&]state=/, /eyJ[\w-]+\.[\w-]+\./, /gto_/, /not-the-secret/]) {
    assert.doesNotMatch(vestibule.log, secret);
  }
});
