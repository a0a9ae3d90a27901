"""A minimal authorisation server: a table of passwords, and a token for each right password."""

import json, sys, time, uuid
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = json.loads(ECAlgorithm.to_jwk(KEY.public_key())) | {"alg": "ES256", "kid": "1"}
PEOPLE = {f"person-{n}": f"the password of person {n}" for n in range(100)}


async def keys(_):
    return web.json_response({"keys": [PUBLIC]})


async def authorise(request):
    asked = await request.json()
    if PEOPLE.get(asked["username"]) != asked["password"]:
        raise web.HTTPForbidden()
    now = int(time.time())
    claims = {"iss": f"http://127.0.0.1:{sys.argv[1]}", "sub": asked["username"], "aud": asked["location"], "iat": now, "exp": now + 120,
              "jti": str(uuid.uuid4()), "permissions": ["present", "message"]}
    return web.Response(text=jwt.encode(claims, KEY, "ES256", {"kid": "1"}), content_type="application/jwt")


app = web.Application()
app.add_routes([web.get("/jwks", keys), web.post("/auth", authorise)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
