// Elements, and the texts for a sign-in that did not succeed.

/** Children are text, so nothing from the fragment is read as HTML. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const WORDS = {
  access_denied: (room) => [`${room} is not open to you`, 'You are signed in, but no rule lets you into this room. Try another account or another room.'],
  login_required: (room) => [`Sign in to enter ${room}`, 'You are not signed in at the moment.'],
  interaction_required: (room) => [`Sign in to enter ${room}`, 'The sign-in needs an answer from you first.'],
  temporarily_unavailable: () => ['The sign-in is not answering', 'Nothing is wrong with your account. Try again in a moment.'],
  nothing_pending: (room) => [`Sign in to enter ${room}`, 'This page got an answer, but no sign-in began in this tab. This happens with an old link, or if the answer was used before.'],
  state_mismatch: (room) => [`Sign in to enter ${room}`, 'This page got the answer of another sign-in, and did not use it.'],
  iss_mismatch: (room) => [`Sign in to enter ${room}`, 'The answer did not come from the place where you signed in, so this page did not use it.'],
  exp: (room) => [`Sign in to enter ${room}`, 'The answer is valid for a minute, and came too late. Please sign in once more.'],
  iat: (room) => [`Sign in to enter ${room}`, 'The clock of this computer is behind the clock of the sign-in. Please check it.'],
  keys: () => ['The sign-in is not answering', 'The answer could not be checked because the public keys did not arrive.'],
  insecure_context: () => ['This address cannot check a sign-in', 'Browsers can do this only on https and on localhost. Open the conference at such an address.'],
};
const ANY = (room) => [`You are not in ${room} yet`, 'This page got an answer that did not pass its checks.'];

/** A title and a text for `code`. `detail` is the message of the broker or of the check. */
export function refusalWords(code, room, detail) {
  const [title, text] = (WORDS[code] ?? ANY)(room);
  return { title, words: [text], rest: detail ? [element('p', { class: 'quiet' }, detail)] : [] };
}
