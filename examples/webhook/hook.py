"""Says who a name and a password belong to: `hook.py PORT SECRET_FILE`. See README.md."""
import hmac, json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "Bearer " + open(sys.argv[2]).read().strip()  # the same file as in `secret_file`
PEOPLE = {"ada": {"id": "4711", "password": "only for trying out", "name": "Ada Lovelace", "groups": ["lab"]}}

def answer(request):  # replace this with your own look-up
    if request.get("probe"):
        return 200, {"probe": True}
    name = request["username"].strip().lower()
    person = PEOPLE.get(name)
    if person is None:
        return 404, {"unknown": True}
    if not hmac.compare_digest(person["password"].encode(), request["password"].encode()):
        return 403, {"refused": "password", "subject": person["id"]}
    claims = {"preferred_username": name, "name": person["name"]}
    return 200, {"subject": person["id"], "claims": claims, "groups": person["groups"]}

class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        secret_is_right = hmac.compare_digest(self.headers.get("Authorization", "").encode(), SECRET.encode())
        status, result = answer(json.loads(body)) if secret_is_right else (401, {})
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(result).encode())

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Hook).serve_forever()
