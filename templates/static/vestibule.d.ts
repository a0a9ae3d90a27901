/** Why an answer or a token was rejected. */
export class Refusal extends Error {
  readonly name: 'Refusal';
  /** From `receive()`: one of these. From `verify()`: the check that failed. */
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
  /** Languages by preference, separated by spaces: `"fr en"`. */
  uiLocales?: string;
  /** Vestibule's address. The default is the origin of this module. */
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
 * Removes the fragment from the address bar, then reads it. Null: it holds no answer from Vestibule, and is kept.
 * Call it once, before any other script reads the address.
 * @throws Refusal if the answer belongs to no sign-in of this tab; offer to start again.
 */
export function receive(from?: {
  /** Accepts an answer only from this Vestibule. The default is the one that `start()` used. */
  broker?: string;
  /** The fragment with its `#`, if the page removed it from the address bar before it loaded this module. */
  hash?: string;
}): Answer | Declined | null;

/** The checks of `verify()`, in order. */
export type Check = 'alg' | 'typ' | 'crit' | 'kid' | 'signature' | 'iss' | 'aud' | 'exp' | 'iat' | 'nonce';
