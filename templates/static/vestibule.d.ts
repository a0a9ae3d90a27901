/** Why an answer or a token was not taken. */
export class Refusal extends Error {
  readonly name: 'Refusal';
  /** From `receive()`: one of these. From `verify()`: the check that did not hold. */
  readonly code: 'malformed' | 'nothing_pending' | 'state_mismatch' | 'iss_mismatch' | Check | 'keys' | 'insecure_context';
}

export interface Start {
  /** The app's id at Vestibule. */
  app: string;
  /** For apps with rooms. */
  room?: string;
  /** One of the app's registered addresses, exactly. */
  location?: string;
  /** Skips the choice of a provider. */
  provider?: string;
  prompt?: 'login' | 'none' | 'select_account';
  loginHint?: string;
  /** Languages by preference, parted by spaces: `"fr en"`. */
  uiLocales?: string;
  /** Vestibule's address; the origin this module was loaded from, if left out. */
  broker?: string;
}

/** Makes state and nonce, keeps them in this tab, sends the browser to the sign-in, and returns the address it goes to. */
export function start(what: Start): string;

export interface Answer {
  /** Not verified yet. */
  token: string;
  /** The nonce of this sign-in, which the token must carry. */
  nonce: string;
  state: string;
  iss: string;
  error?: undefined;
}

export interface Declined {
  /** An RFC 6749 or OpenID Connect code, such as `access_denied` or `login_required`. */
  error: string;
  description?: string;
  state: string;
  iss: string;
  token?: undefined;
}

/**
 * Wipes the fragment from the address bar, then reads it. Null: it held no answer of Vestibule's (and was left alone).
 * Call it once, before any other script looks at the address.
 * @throws Refusal for an answer that no sign-in of this tab asked for; show a way to begin anew.
 */
export function receive(from?: {
  /** Takes an answer from this Vestibule alone; from the one asked by `start()`, if left out. */
  broker?: string;
  /** The fragment with its `#`, where the page took it out of the address bar before it had this module. */
  hash?: string;
}): Answer | Declined | null;

/** In the order in which `verify()` goes through them. */
export type Check = 'alg' | 'typ' | 'crit' | 'kid' | 'signature' | 'iss' | 'aud' | 'exp' | 'iat' | 'nonce';
