// Elements, and what the page says when it lets nobody in.

/** Text stays text: nothing that came in the fragment is ever read as HTML. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const WORDS = {
  access_denied: (room) => [`${room} is not open to you`, 'You are signed in, but no rule lets you into this room. Another account may be, or another room.'],
  login_required: (room) => [`You are at the door of ${room}`, 'Nobody is signed in here at the moment.'],
  interaction_required: (room) => [`You are at the door of ${room}`, 'The sign-in has something to ask you first.'],
  temporarily_unavailable: () => ['The sign-in is not answering', 'Nothing is wrong with your account. Try again in a moment.'],
  nothing_pending: (room) => [`You are at the door of ${room}`, 'An answer arrived here, but no sign-in was begun in this tab. That happens with an old link, or after the answer was used once.'],
  state_mismatch: (room) => [`You are at the door of ${room}`, 'The answer that arrived belongs to another sign-in, so it was put aside.'],
  iss_mismatch: (room) => [`You are at the door of ${room}`, 'The answer that arrived does not come from where you signed in, so it was put aside.'],
  exp: (room) => [`You are at the door of ${room}`, 'A minute passed before the answer arrived, and it had run out. Sign in once more: it takes a moment.'],
  iat: (room) => [`You are at the door of ${room}`, 'By the clock of this computer, the answer comes from the future. Is the clock right?'],
  keys: () => ['The sign-in is not answering', 'The answer could not be checked because the public keys did not arrive.'],
  insecure_context: () => ['This address cannot check a sign-in', 'Browsers do that on https and on localhost only. Open the conference at such an address.'],
};
const ANY = (room) => [`You are not in ${room} yet`, 'The answer that arrived did not pass its checks, so it was put aside.'];

/** A title and a sentence or two for `code`; `detail` is what the broker or the check said. */
export function refusalWords(code, room, detail) {
  const [title, text] = (WORDS[code] ?? ANY)(room);
  return { title, words: [text], rest: detail ? [element('p', { class: 'quiet' }, detail)] : [] };
}
