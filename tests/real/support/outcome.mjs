// How a sign-in at a provider ended: the claims of a token that jose accepts, or a refusal with its cause.
import assert from 'node:assert/strict';
import { createRemoteJWKSet, jwtVerify } from 'jose';

/** The claims of the token that a page of the app `notes` at `audience` got. */
export async function claims(page, vestibule, audience) {
  const token = new URLSearchParams(page.url.hash.slice(1)).get('token');
  assert.ok(token, `no token at ${page.url}: ${page.text}\n${vestibule.log.slice(-3000)}`);
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', vestibule.url));
  const expected = { algorithms: ['ES256'], typ: 'login+jwt', issuer: vestibule.url, audience };
  const { payload } = await jwtVerify(token, keys, expected);
  return payload;
}

/** What a page of refusal says, with what `vestibule explain` says about its code. */
export async function refusal(page, vestibule) {
  const code = page.text.match(/V-[0-9A-Z]{8}/)?.[0];
  assert.ok(code, `no refusal at ${page.url}: ${page.text}`);
  const { out, err } = await vestibule.command('explain', code, '--json');
  assert.ok(out, err);
  return { status: page.status, heading: page.text.match(/<h1[^>]*>([^<]*)/)?.[1].trim(), ...JSON.parse(out) };
}
