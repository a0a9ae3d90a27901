// npm's certified oidc-provider with two people, and two small interaction pages.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

import { closed, freePort, pause } from './net.mjs';

export const PEOPLE = {
  ada: { sub: 'u-1815', preferred_username: 'ada', name: 'Ada Lovelace', email: 'ada@example.edu', email_verified: true, groups: ['urn:uni:staff'] },
  ben: { sub: 'u-2048', preferred_username: 'ben', name: 'Ben Okafor', email: 'ben@example.edu', email_verified: true, groups: ['urn:uni:student'] },
};

/**
 * Starts the provider. `clients` has oidc-provider's format. `idTokenClaims: false` returns all claims but `sub` only from
 * userinfo, as the standard's code flow does. A client with `userinfo_signed_response_alg` gets userinfo as a signed JWT.
 * `more` are further settings of oidc-provider.
 */
export async function startProvider({ clients, idTokenClaims = true, port, more = {} }) {
  const at = port ?? await freePort();
  const issuer = `http://127.0.0.1:${at}`;
  const seen = [];
  const userinfoTypes = [];
  const tokenRequests = [];
  let keys = [signingKey()];
  let handler;
  let slow;

  const renew = () => {
    const provider = new Provider(issuer, {
      ...more,
      clients,
      claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'], groups: ['groups'] },
      conformIdTokenClaims: !idTokenClaims,
      cookies: { keys: ['only for these tests'] },
      features: { devInteractions: { enabled: false }, jwtUserinfo: { enabled: true }, ...more.features },
      findAccount: (_, id) => {
        const person = Object.values(PEOPLE).find(({ sub }) => sub === id);
        return person && { accountId: id, claims: () => person };
      },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      jwks: { keys },
      pkce: { required: () => true },
      ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 3600, IdToken: 600, Interaction: 600, Session: 3600 },
    });
    const serve = provider.callback();
    handler = async (request, answer) => {
      const url = new URL(request.url, issuer);
      if (url.pathname === '/me') answer.once('finish', () => userinfoTypes.push(answer.getHeader('content-type')));
      if (url.pathname === '/token') tokenRequests.push(request.headers);
      if (url.pathname === '/auth') seen.push(Object.fromEntries(url.searchParams));
      if (url.pathname === '/token' && slow) {
        const { thinks, asked } = slow;
        slow = undefined;
        asked();
        await pause(thinks);
      }
      if (url.pathname.startsWith('/interaction/')) return interact(provider, request, answer);
      return serve(request, answer);
    };
  };
  renew();
  const server = createServer((request, answer) => {
    Promise.resolve(handler(request, answer)).catch((why) => answer.writeHead(500).end(String(why)));
  }).listen(at, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));

  return {
    issuer,
    /** The authorization requests, in order. */
    seen,
    /** The headers of the token requests, in order. */
    tokenRequests,
    /** The content types of the userinfo answers, in order. */
    userinfoTypes,
    /** Replaces the key with a new one that has another `kid`. */
    rotate() {
      keys = [signingKey()];
      renew();
      return keys[0].kid;
    },
    /** Delays the next token answer. Resolves when its request arrives. */
    thinkBeforeTokens: (thinks) => new Promise((asked) => { slow = { thinks, asked }; }),
    stop: () => closed(server),
  };
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'RS256', use: 'sig' };
}

/** The person signs in, and then consents. */
async function interact(provider, request, answer) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, answer);
  if (request.method === 'GET') {
    const choices = prompt.name === 'login' ? Object.keys(PEOPLE) : ['allow'];
    answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(prompt.name, [...choices, 'deny']));
    return;
  }
  const said = new URLSearchParams(await text(request)).get('answer');
  let result;
  if (said === 'deny') {
    result = { error: 'access_denied', error_description: 'The person said no' };
  } else if (prompt.name === 'login') {
    result = { login: { accountId: PEOPLE[said].sub } };
  } else {
    const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
    if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims);
    result = { consent: { grantId: await grant.save() } };
  }
  await provider.interactionFinished(request, answer, result, { mergeWithLastSubmission: prompt.name !== 'login' });
}

function page(prompt, answers) {
  const buttons = answers.map((answer) => `<button name="answer" value="${answer}">${answer}</button>`).join(' ');
  return `<!doctype html><html lang="en"><title>${prompt}</title><h1>${prompt}</h1><form method="post">${buttons}</form></html>`;
}
