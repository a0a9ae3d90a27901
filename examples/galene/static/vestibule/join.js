// A page on Galène's server that joins a group with a token from the fragment: text only, no camera.
// It needs a copy of Vestibule's vestibule.js beside it, because Galène's Content-Security-Policy allows only its own scripts.
import { receive, start } from './vestibule.js';

const at = (id) => document.getElementById(id);
const group = new URLSearchParams(location.search).get('group') ?? '';
const config = await (await fetch('config.json')).json();

at('enter').addEventListener('click', () => start({ ...config, room: group }));

try {
  // This removes the fragment from the address bar, before any other script is loaded.
  const answer = receive({ broker: config.broker });
  if (!group) outside('Which group?', 'The address of this page must end in ?group= and the name of a group.');
  else if (!answer) outside(`Sign in to enter ${group}`, '');
  else if (answer.error) outside(`${group} is not open to you`, answer.description ?? '');
  else await join(answer.token);
} catch (error) {
  outside(`Sign in to enter ${group}`, error.name === 'Refusal' ? `This page did not use the answer that it got. ${error.message}` : 'The conference server is not answering.');
  console.error(error);
}

/** Gives the token to Galène, which verifies it and decides name and permissions. */
async function join(token) {
  const base = `/group/${group.split('/').map(encodeURIComponent).join('/')}/`;
  const [status] = await Promise.all([fetch(`${base}.status`), loadProtocol()]);
  if (!status.ok) return outside(`There is no group ${group}`, 'Perhaps its name has changed.');
  const { endpoint, displayName } = await status.json();

  const server = new globalThis.ServerConnection();
  let left = false;
  server.onconnected = () => server.join(group, null, { type: 'token', token });
  server.onuser = () => people(server);
  server.onchat = (id, source, dest, name, time, privileged, history, kind, text) => addMessage(name, text, { time, dest, kind });
  server.onusermessage = (id, dest, name, time, privileged, kind, error, text) => {
    if (!privileged) return; // messages of the server and of operators only
    if (kind === 'clearchat') at('chat').replaceChildren();
    else if (['kicked', 'error', 'warning', 'info'].includes(kind)) addMessage('', String(text ?? kind), { time });
  };
  server.onjoined = (kind, joined, permissions, state, data, error, message) => {
    if (kind === 'fail') {
      left = true;
      outside(`You are not in ${group}`, `The conference server says: ${message}. A token is valid for two minutes. Please sign in once more.`);
      server.close();
    } else if (kind === 'join' || kind === 'change') {
      inside(displayName || group, server);
    }
  };
  server.onclose = () => {
    if (!left) outside(`Sign in to enter ${group}`, 'The connection was lost.');
  };
  at('leave').onclick = () => {
    left = true;
    server.close();
    outside(`You have left ${displayName || group}`, '');
  };
  at('say').onsubmit = (event) => {
    event.preventDefault();
    const text = at('text').value.trim();
    if (text) server.chat('', '', text);
    at('text').value = '';
  };
  server.connect(endpoint);
}

/** Galène's script is not a module: it sets window.ServerConnection. */
function loadProtocol() {
  return new Promise((loaded, failed) => {
    const script = document.createElement('script');
    script.src = '/protocol.js';
    script.onload = loaded;
    script.onerror = () => failed(new Error('/protocol.js did not load'));
    document.head.append(script);
  });
}

function inside(name, server) {
  title(`You are in ${name}`, '');
  at('me').textContent = server.username;
  at('may').textContent = server.permissions.join(', ') || 'read messages';
  at('say').hidden = !server.permissions.includes('message');
  at('enter').hidden = true;
  at('inside').hidden = false;
}

function outside(heading, words) {
  title(heading, words);
  at('inside').hidden = true;
  at('enter').hidden = !group;
}

function title(heading, words) {
  document.title = `${heading} · Conference`;
  at('title').textContent = heading;
  at('words').textContent = words;
}

function people(server) {
  const named = Object.values(server.users).sort((a, b) => a.username.localeCompare(b.username));
  at('people').replaceChildren(...named.map(({ username, permissions }) => {
    const item = document.createElement('li');
    item.append(username || 'somebody', permissions.includes('op') ? small(' runs the room') : '');
    return item;
  }));
}

function addMessage(name, text, { time, dest, kind }) {
  const line = document.createElement('p');
  const who = document.createElement('strong');
  who.textContent = name && `${name}${dest ? ' (to one person)' : ''}${kind === 'me' ? ' ' : ': '}`;
  line.append(time ? small(`${time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })} `) : '', who, text);
  at('chat').append(line);
  line.scrollIntoView({ block: 'nearest' });
}

function small(text) {
  const made = document.createElement('small');
  made.textContent = text;
  return made;
}
