// Does with the address what Galène's page does (rules 6, 7 and 8). What it came to stands in #state:
// "ready" (the token was probed), "joined", "failed: …".
const token = new URLSearchParams(location.search).get('token');
const WENT = `went to the portal of ${location.pathname}`;
const element = (id) => document.getElementById(id);
const state = (text) => { element('state').textContent = text; };

const { authPortal, authServer } = await (await fetch('.status')).json();

if (token) {
  history.replaceState(null, '', location.pathname); // query and fragment both; the fragment was never looked at
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
  location.replace(authPortal); // as it stands, without a referrer; it wins over authServer
} else if (authServer) {
  state('form');
  element('form').hidden = false;
  element('form').addEventListener('submit', ask);
} else {
  state('failed: no portal');
}

/** What was typed goes to the authorisation server, empty or not; what comes back goes to Galène. */
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

/** The same token, probed when the page opens and sent again when the person clicks. */
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
