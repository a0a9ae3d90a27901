import type { Check } from './vestibule.js';

export interface Claims {
  iss: string;
  sub: string;
  aud: string;
  /** Seconds since 1970, as is `exp`. */
  iat: number;
  exp: number;
  jti: string;
  nonce: string;
  room?: string;
  name?: string;
  preferred_username?: string;
  email?: string;
  email_verified?: boolean;
  groups?: string[];
  permissions?: string[];
  [claim: string]: unknown;
}

export interface Verify {
  token: string;
  /** From `receive()`. */
  nonce: string;
  /** The app's registered address, exactly. */
  audience: string;
  /** Vestibule's address. The default is the origin of this module. */
  broker?: string;
  /** Called for each check. */
  watch?: (seen: { check: Check; found: unknown; expected: string | undefined; holds: boolean }) => void;
}

/**
 * Verifies with WebCrypto, on https and localhost: ES256 by a published key, `login+jwt`, issuer, audience, times, nonce.
 * @throws Refusal whose `code` names the check that failed.
 */
export function verify(what: Verify): Promise<Claims>;
