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

/** What a page of refusal says, with the cause in the log. */
export async function refusal(page, vestibule) {
  const code = page.text.match(/V-[0-9A-Z]{8}/)?.[0];
  assert.ok(code, `no refusal at ${page.url}: ${page.text}`);
  const line = new RegExp(`^\\S+ +[A-Z]+ (.*) code=${code} cause="(\\w+)"`, 'm');
  await vestibule.until(`the log has ${code}`, () => line.test(vestibule.log));
  const [, detail, cause] = line.exec(vestibule.log);
  return { code, status: page.status, heading: page.text.match(/<h1[^>]*>([^<]*)/)[1].trim(), cause, detail };
}

/** The same, with the cause from the audit, as `vestibule explain` shows it. */
export async function explained(page, vestibule) {
  const refused = await refusal(page, vestibule);
  const { out, err } = await vestibule.command('explain', refused.code, '--json');
  assert.ok(out, err);
  const { cause, detail } = JSON.parse(out);
  return { ...refused, cause, detail };
}
