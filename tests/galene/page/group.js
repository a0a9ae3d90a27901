// Does with the address what Galène's page does (rules 6 and 7). What it came to stands in #state:
// "ready" (the token was probed), "joined", "failed: …".
const token = new URLSearchParams(location.search).get('token');
const WENT = `went to the portal of ${location.pathname}`;
const element = (id) => document.getElementById(id);
const state = (text) => { element('state').textContent = text; };

const { authPortal, authServer } = await (await fetch('.status')).json();

if (token) {
  history.replaceState(null, '', location.pathname); // query and fragment both; the fragment was never looked at
  sessionStorage.removeItem(WENT);
  if (await join()) {
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
} else {
  state(authServer ? 'form' : 'failed: no portal');
}

/** The same token, probed when the page opens and sent again when the person clicks. */
async function join() {
  const answer = await fetch('.join', { method: 'POST', body: JSON.stringify({ token }) });
  if (!answer.ok) state(`failed: ${(await answer.text()).trim()}`);
  return answer.ok ? answer.json() : null;
}

async function connect() {
  element('connect').hidden = true;
  const came = await join();
  if (!came) return;
  element('username').textContent = came.username;
  element('permissions').textContent = came.permissions.join(' ');
  element('joined').hidden = false;
  state('joined');
}
