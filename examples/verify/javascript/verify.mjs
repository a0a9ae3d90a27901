// Verifies a Vestibule token with jose.  npm install
import { parseArgs } from 'node:util';
import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, jwtVerify } from 'jose';

/** The claims of a good token; rejects any other. Keep `keys`: it caches them. */
export async function verify(token, { broker, audience, nonce, keys }) {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ['ES256'], // RFC 8725 §3.1: never taken from the token
    typ: 'login+jwt', // RFC 8725 §3.11: a token of another kind is not a login
    issuer: broker,
    audience,
    clockTolerance: 5,
    requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp'],
  });
  // jose takes a list that holds the audience, too; Vestibule sends one string. It looks at iat only where maxTokenAge is set.
  if (payload.aud !== audience) throw new Error('aud is not one string');
  if (payload.iat > Date.now() / 1000 + 5) throw new Error('iat lies in the future');
  if (nonce !== undefined && payload.nonce !== nonce) throw new Error('nonce is another');
  return payload;
}

const options = { broker: { type: 'string' }, audience: { type: 'string' }, nonce: { type: 'string' } };
const { values } = parseArgs({ options });
if (!values.broker || !values.audience) {
  console.error('verify.mjs --broker URL --audience URL [--nonce N] < token');
  process.exit(2);
}
const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', values.broker));
try {
  console.log(JSON.stringify(await verify((await text(process.stdin)).trim(), { ...values, keys })));
} catch (wrong) {
  console.error(wrong.message);
  process.exitCode = 1;
}
