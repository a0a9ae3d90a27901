// A stand-in for Facebook that signs one person in without a page, and appends #_=_ to our address, as Facebook does.
import { createServer } from 'node:http';

import { closed } from './net.mjs';

/**
 * Starts it. `config` is its table in the config: all other keys come from the preset. After `refuse(true)`, everybody
 * cancels there, and it sends only a number.
 */
export async function startFacebook() {
  const json = (answer, value) => answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  let refuses = false;
  const server = createServer((request, answer) => {
    const { pathname, searchParams: sent } = new URL(request.url, 'http://127.0.0.1');
    if (pathname === '/dialog') {
      const said = refuses ? { error_code: '200' } : { code: 'one-code' };
      const fields = new URLSearchParams({ ...said, state: sent.get('state') });
      return answer.writeHead(302, { location: `${sent.get('redirect_uri')}?${fields}#_=_` }).end();
    }
    if (pathname === '/token') return json(answer, { access_token: 'EAA', token_type: 'bearer', expires_in: 5183944 });
    return json(answer, { id: '10158000000000001', name: 'Fay' });
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const at = (path) => `"http://127.0.0.1:${server.address().port}/${path}"`;
  const config = `[[provider]]
kind = "facebook"
client_id = "vestibule"
client_secret = "only-for-these-tests-0123456789"
allow_private = true
auth_url = ${at('dialog')}
token_url = ${at('token')}
userinfo_url = ${at('me')}
`;
  return { config, refuse: (whether) => { refuses = whether; }, stop: () => closed(server) };
}
