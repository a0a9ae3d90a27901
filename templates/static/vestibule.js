// Starts a sign-in at Vestibule and reads its answer. Types: vestibule.d.ts.

const HERE = new URL(import.meta.url).origin;
const PENDING = 'vestibule:';
const DAY = 86_400_000;

/** Why an answer was rejected; `code` names the check. */
export class Refusal extends Error {
  name = 'Refusal';
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Sends the browser to the sign-in, and returns the address. */
export function start({ app, broker = HERE, loginHint, uiLocales, ...asked }) {
  const to = new URL(`/auth/${encodeURIComponent(app)}`, broker);
  const [state, nonce] = [unguessable(), unguessable()];
  pending();
  sessionStorage.setItem(PENDING + state, JSON.stringify({ broker: to.origin, nonce, at: Date.now() }));

  Object.assign(asked, { state, nonce, login_hint: loginHint, ui_locales: uiLocales });
  for (const [name, value] of Object.entries(asked)) if (value != null) to.searchParams.set(name, value);
  location.assign(to.href);
  return to.href;
}

/** `{token, nonce, state, iss}`, `{error, description, state, iss}`, or null if none came. Throws Refusal. */
export function receive({ broker, hash = location.hash } = {}) {
  const answer = new URLSearchParams(hash.slice(1));
  if (!['token', 'error', 'iss'].some((name) => answer.has(name))) return null; // the page's own anchor
  // First, so that no script or bookmark gets the token.
  history.replaceState(history.state, '', location.pathname + location.search);

  const names = [...answer.keys()];
  if (new Set(names).size < names.length || answer.has('token') === answer.has('error')) {
    throw new Refusal('malformed', 'Vestibule sends no such answer.');
  }
  const { token, error, error_description: description, state, iss } = Object.fromEntries(answer);
  const keys = pending();
  if (!keys.length) throw new Refusal('nothing_pending', 'No sign-in began in this tab.');
  if (!keys.includes(PENDING + state)) throw new Refusal('state_mismatch', 'This answers another sign-in.');
  const begun = JSON.parse(sessionStorage.getItem(PENDING + state));
  // RFC 9207 §2.4: only the broker that was asked may answer.
  if (iss !== begun.broker || (broker && iss !== new URL(broker).origin)) {
    throw new Refusal('iss_mismatch', 'Another server answered.');
  }
  sessionStorage.removeItem(PENDING + state); // an answer counts once
  return error ? { error, description, state, iss } : { token, nonce: begun.nonce, state, iss };
}

/** 192 bits, base64url. */
function unguessable() {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_');
}

/** This tab's sign-ins of the last day. */
function pending() {
  return Object.keys(sessionStorage).filter((key) => {
    const [, at] = (key.startsWith(PENDING) && /"at":(\d+)/.exec(sessionStorage.getItem(key))) || [];
    if (Date.now() - at >= DAY) sessionStorage.removeItem(key);
    return Date.now() - at < DAY;
  });
}
