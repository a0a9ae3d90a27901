// The conference: a list of rooms, and rooms that open with a valid token.
import { element, refusalWords } from '/words.js';
import { showStory } from '/story.js';

// First, so that the token leaves the address bar before this page sends any request.
const { hash } = location;
if (hash) history.replaceState(history.state, '', location.pathname + location.search);

const view = document.getElementById('view');
const config = await (await fetch('/config.json')).json();

try {
  // The broker serves the module, so both always have the same version.
  const vestibule = await import(`${config.broker}/vestibule.js`);
  if (document.body.dataset.page === 'room') await openRoom(vestibule);
  else listRooms(vestibule);
} catch (error) {
  console.error(error);
  show({
    title: 'The sign-in is not answering',
    words: [`This page could not load what it needs from ${config.broker}. Nothing is wrong with your account: try again in a moment.`],
    ways: [button('Try again', () => location.reload())],
  });
}

/** `/`: each room is a button. */
function listRooms({ start }) {
  const rooms = config.rooms.map(({ id, name }) => {
    const enter = button(`Enter ${name}`, () => begin(start, id));
    return element('li', { class: 'room' }, element('h2', {}, name), element('code', {}, id), enter);
  });
  show({
    title: 'Which room?',
    words: ['You sign in with an account that you already have. This page never sees your password.'],
    rest: element('ul', { class: 'rooms' }, ...rooms),
  });
}

/** `/room/{room}/`: the broker sends the browser back to this page. */
async function openRoom({ receive, start }) {
  const story = { room: roomOfThisPage() };
  const name = config.rooms.find(({ id }) => id === story.room)?.name ?? story.room;
  const again = button(`Sign in to ${name}`, () => begin(start, story.room));
  const rooms = element('a', { href: '/' }, 'See all rooms');
  try {
    const answer = receive({ broker: config.broker, hash });
    if (!answer) {
      return show({ title: `Sign in to enter ${name}`, words: ['After the sign-in, you are in the room.'], ways: [again, rooms] });
    }
    Object.assign(story, { answer, request: takeRequest(answer.state) });
    if (answer.error) {
      // After this refusal the person is still signed in, so only another account can help.
      const another = button('Use another account', () => begin(start, story.room, { prompt: 'login' }));
      const way = answer.error === 'access_denied' ? another : again;
      return show({ ...refusalWords(answer.error, name, answer.description), ways: [way, rooms] });
    }

    // Trust nothing in the token before this check.
    const { verify } = await import(`${config.broker}/verify.js`);
    story.audience = location.origin + location.pathname;
    story.checks = [];
    const claims = await verify({
      token: answer.token, nonce: answer.nonce, audience: story.audience, broker: config.broker,
      watch: (check) => story.checks.push(check),
    });
    letIn(claims, name);
  } catch (refusal) {
    if (refusal.name !== 'Refusal') throw refusal;
    story.refusal = refusal;
    show({ ...refusalWords(refusal.code, name, refusal.message), ways: [again, rooms] });
  } finally {
    showStory(story);
  }
}

function letIn(claims, room) {
  const name = claims.name ?? claims.preferred_username ?? claims.sub;
  const initials = name.split(/\s+/).map((word) => [...word][0]).slice(0, 2).join('').toUpperCase();
  const may = claims.permissions?.length
    ? element('ul', { class: 'may' }, ...claims.permissions.map((word) => element('li', {}, word)))
    : element('span', {}, 'listen');
  const others = config.rooms.filter(({ id }) => id !== claims.room)
    .map(({ id, name: other }) => element('a', { href: `/room/${id.split('/').map(encodeURIComponent).join('/')}/` }, `Go to ${other}`));
  show({
    title: `You are in ${room}`,
    rest: element('div', { class: 'stage' },
      element('div', { class: 'face', 'aria-hidden': 'true' }, initials),
      element('dl', {},
        element('div', {}, element('dt', {}, 'Name'), element('dd', {}, name)),
        element('div', {}, element('dt', {}, 'Room'), element('dd', {}, claims.room ?? room)),
        element('div', {}, element('dt', {}, 'You may'), element('dd', {}, may)))),
    ways: [element('a', { class: 'button', href: '/' }, 'Leave the room'), ...others],
  });
}

/** Puts one view on the page. Its title is also the page's title. */
function show({ title, words = [], rest = [], ways = [] }) {
  document.title = `${title} · Conference`;
  document.getElementById('said').textContent = title;
  view.replaceChildren(
    element('h1', {}, title), ...words.map((text) => element('p', {}, text)),
    ...[rest].flat(), ...(ways.length ? [element('p', { class: 'ways' }, ...ways)] : []),
  );
  view.removeAttribute('aria-busy');
}

/** Starts a sign-in, and keeps the request for the panel of the next page. */
function begin(start, room, more = {}) {
  const request = start({ app: config.app, room, broker: config.broker, ...more });
  sessionStorage.setItem(`conference:${new URL(request).searchParams.get('state')}`, request);
}

function takeRequest(state) {
  const key = `conference:${state}`;
  const request = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  return request;
}

function roomOfThisPage() {
  const path = location.pathname.replace(/^\/room\//, '').replace(/\/$/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function button(text, act) {
  const made = element('button', { type: 'button' }, text);
  made.addEventListener('click', act);
  return made;
}
