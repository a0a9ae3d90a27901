// Verifies a login token in the browser against Vestibule's public keys. Servers verify tokens themselves: see examples/verify.

import { Refusal } from './vestibule.js';

const HERE = new URL(import.meta.url).origin;
const LEEWAY = 5; // seconds that two clocks may differ

/**
 * Resolves to the claims, or rejects with a Refusal whose `code` names the check that failed.
 * Calls `watch`, if given, for each check in turn: `{check, found, expected, holds}`.
 */
export async function verify({ token, nonce, audience, broker = HERE, watch }) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) {
    throw new Refusal('insecure_context', 'Browsers check signatures on https and on localhost only: open this page there.');
  }
  if (!nonce || !audience) throw new TypeError('verify() needs the nonce of the sign-in and the audience');
  broker = new URL(broker).origin;
  const check = (name, found, expected, holds = found === expected) => {
    watch?.({ check: name, found, expected, holds });
    if (!holds) throw new Refusal(name, `The token's ${name} is ${JSON.stringify(found)}; expected: ${expected}.`);
  };

  const { header, claims, signed, signature } = take(token);
  // RFC 8725 §3.1, §3.11: the verifier chooses the algorithm and the kind of token, never the token.
  check('alg', header.alg, 'ES256');
  check('typ', header.typ, 'login+jwt');
  check('crit', header.crit, undefined);
  const key = await keyFor(header.kid, broker);
  check('kid', header.kid, `a key published by ${broker}`, key !== null);
  const { kty, crv, x, y } = key;
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  const imported = await subtle.importKey('jwk', { kty, crv, x, y }, curve, false, ['verify']);
  const good = await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, imported, signature, signed);
  check('signature', good ? 'made by that key' : 'not made by that key', 'made by that key');

  const now = Math.floor(Date.now() / 1000);
  check('iss', claims.iss, broker);
  check('aud', claims.aud, audience);
  check('exp', claims.exp, `a time after ${now}`, Number.isFinite(claims.exp) && now < claims.exp + LEEWAY);
  check('iat', claims.iat, `a time up to ${now}`, Number.isFinite(claims.iat) && claims.iat <= now + LEEWAY);
  check('nonce', claims.nonce, nonce);
  return claims;
}

/** Splits the token. Nothing in it is trusted yet. */
function take(token) {
  try {
    const parts = token.split('.');
    const [header, claims, signature] = parts.map(bytes);
    if (parts.length !== 3) throw new SyntaxError('not three parts');
    const json = (part) => ({ ...JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(part)) });
    const signed = new TextEncoder().encode(`${parts[0]}.${parts[1]}`);
    return { header: json(header), claims: json(claims), signed, signature };
  } catch {
    throw new Refusal('malformed', 'This is not a signed token.');
  }
}

function bytes(part) {
  if (!/^[\w-]+$/.test(part)) throw new SyntaxError('not base64url');
  const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** The published key with this id. If the browser's cached copy lacks it, fetches the keys again without the cache. */
async function keyFor(kid, broker) {
  if (typeof kid !== 'string') return null;
  for (const cache of ['default', 'reload']) {
    const { keys } = await published(broker, cache);
    const found = keys.find((key) => key.kid === kid && key.kty === 'EC' && key.crv === 'P-256');
    if (found) return found;
  }
  return null;
}

async function published(broker, cache) {
  try {
    const answer = await fetch(`${broker}/.well-known/jwks.json`, { cache, redirect: 'error' });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await answer.json();
  } catch (cause) {
    throw new Refusal('keys', `Vestibule's public keys could not be fetched (${cause.message}).`);
  }
}
