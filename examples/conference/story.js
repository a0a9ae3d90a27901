// The panel "What just happened": each step of the sign-in with its real values.
import { element } from '/words.js';

const section = document.getElementById('story');

/** Shows the request, the answer, the token's parts, each check, and the refusal if there is one. */
export function showStory({ request, answer, checks, audience, refusal }) {
  if (!answer && !refusal) return;
  const steps = [
    request && step('This page began a sign-in', 'It made state and nonce at random, kept them in this tab, and sent the browser to:', address(request)),
    answer && step('The answer came in the fragment', answer.error
      ? 'A fragment is never sent to a server. The page wiped it from the address bar before it read it.'
      : 'A fragment is never sent to a server, so the token is in no log. The page wiped it from the address bar before it read it.',
    pairs(Object.entries(answer).filter(([name, value]) => name !== 'nonce' && value !== undefined))),
    answer && step('The answer belongs to this sign-in', 'The page compared both with the values that this tab had kept.', list([
      { check: 'state', found: answer.state, expected: answer.state, holds: true },
      { check: 'sender', found: answer.iss, expected: answer.iss, holds: true },
    ])),
    answer?.token && step('The parts of the token', 'A header, the claims and a signature, separated by dots. Anybody can read it. Only the broker can make it.', parts(answer.token)),
    checks && step('Each check', `The browser makes them with WebCrypto. The audience is this page: ${audience}`, list(checks)),
    refusal && step('The sign-in ended here', refusal.message, null),
  ];
  section.replaceChildren(element('h2', { id: 'story-title' }, 'What just happened'), element('ol', {}, ...steps.filter(Boolean)));
  section.hidden = false;
}

function step(title, text, shown) {
  const made = element('li', {}, element('h3', {}, title), element('p', {}, text));
  if (shown) made.append(shown);
  return made;
}

function address(request) {
  const url = new URL(request);
  return element('div', {}, element('pre', {}, `GET ${url.origin}${url.pathname}`), pairs([...url.searchParams]));
}

function pairs(entries) {
  return element('dl', { class: 'pairs' }, ...entries.map(([name, value]) => (
    element('div', {}, element('dt', {}, name), element('dd', {}, String(value))))));
}

function parts(token) {
  const [header, claims, signature] = token.split('.');
  return element('div', {},
    element('h4', {}, 'Header'), element('pre', {}, pretty(header)),
    element('h4', {}, 'Claims'), element('pre', {}, pretty(claims)),
    element('h4', {}, 'Signature'), element('pre', {}, signature ?? ''));
}

/** Only for the panel: `verify()` decodes the token itself. */
function pretty(part) {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
    return JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)), null, 2);
  } catch {
    return part ?? '';
  }
}

const MEANING = {
  state: 'It belongs to a sign-in that this tab began',
  sender: 'It comes from the right broker',
  alg: 'This page allows the algorithm',
  typ: 'It is a login token, not another kind',
  crit: 'It requires no unknown extension',
  kid: 'The broker publishes the key with this id',
  signature: 'This key made the signature',
  iss: 'The issuer is the broker',
  aud: 'It is for this page',
  exp: 'It has not expired',
  iat: 'It does not come from the future',
  nonce: 'It belongs to this sign-in',
};

function list(checks) {
  return element('ul', { class: 'checks' }, ...checks.map(({ check, found, expected, holds }) => (
    element('li', { class: holds ? 'holds' : 'fails' },
      element('span', { class: 'mark', role: 'img', 'aria-label': holds ? 'holds' : 'does not hold' }, holds ? '✓' : '✗'),
      element('div', {},
        element('strong', {}, MEANING[check]), ' ', element('code', {}, check),
        element('div', { class: 'quiet' }, compared(check, found, expected)))))));
}

function compared(check, found, expected) {
  const shown = found === undefined ? 'absent' : String(found);
  if (check === 'kid') return `${shown}, looked for at ${expected.replace(/^.* /, '')}/.well-known/jwks.json`;
  if (check === 'exp' || check === 'iat') return `${shown} (${clock(found)}); expected ${expected} (${clock(expected.match(/\d+/))})`;
  return found === expected ? shown : `${shown}; expected ${expected ?? 'absent'}`;
}

const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString();
