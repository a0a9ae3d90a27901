// Handles the address like Galène's page (rules 6, 7 and 8). The result is in #state:
// "ready" (the token was tested), "form", "joined", or "failed: …".
const token = new URLSearchParams(location.search).get('token');
const WENT = `went to the portal of ${location.pathname}`;
const element = (id) => document.getElementById(id);
const state = (text) => { element('state').textContent = text; };

const { authPortal, authServer } = await (await fetch('.status')).json();

if (token) {
  history.replaceState(null, '', location.pathname); // removes query and fragment; the fragment is never read
  sessionStorage.removeItem(WENT);
  if (await join({ token })) {
    state('ready');
    element('connect').hidden = false;
    element('connect').addEventListener('click', connect);
  }
} else if (authPortal && sessionStorage.getItem(WENT)) {
  sessionStorage.removeItem(WENT);
  state('failed: back from the portal without a token');
} else if (authPortal) {
  sessionStorage.setItem(WENT, 'yes');
  location.replace(authPortal); // unchanged, without a referrer; it has precedence over authServer
} else if (authServer) {
  state('form');
  element('form').hidden = false;
  element('form').addEventListener('submit', ask);
} else {
  state('failed: no portal');
}

/** Sends the form's content, even if empty, to the authorisation server, and its answer to Galène. */
async function ask(event) {
  event.preventDefault();
  state('asking');
  const { username, password } = Object.fromEntries(new FormData(element('form')));
  try {
    const answer = await fetch(authServer, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ location: location.href, username, password }),
    });
    if (answer.status === 204) return enter({ username, password });
    if (!answer.ok) return state(`failed: The authorisation server said ${answer.status} ${answer.statusText}`);
    const kind = answer.headers.get('Content-Type')?.split(';')[0].trim().toLowerCase();
    const body = await answer.text();
    if (answer.status !== 200 || kind !== 'application/jwt' || !body) return state('failed: Authorisation server returned an unexpected answer');
    return enter({ token: body });
  } catch (why) {
    return state(`failed: ${why.message}`);
  }
}

/** Sends the token: when the page opens, and again when the person clicks. */
async function join(credentials) {
  const answer = await fetch('.join', { method: 'POST', body: JSON.stringify(credentials) });
  if (!answer.ok) state(`failed: ${(await answer.text()).trim()}`);
  return answer.ok ? answer.json() : null;
}

async function connect() {
  element('connect').hidden = true;
  await enter({ token });
}

async function enter(credentials) {
  const came = await join(credentials);
  if (!came) return;
  element('username').textContent = came.username;
  element('permissions').textContent = came.permissions.join(' ');
  element('joined').hidden = false;
  state('joined');
}
