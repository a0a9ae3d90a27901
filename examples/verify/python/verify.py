"""Verifies a Vestibule token with PyJWT.  pip install -r requirements.txt"""
import argparse
import json
import sys

import jwt


def verify(token: str, broker: str, audience: str, nonce: str | None, keys: jwt.PyJWKClient) -> dict:
    """The claims of a good token; raises jwt.PyJWTError for any other. Keep `keys`: it caches them."""
    # RFC 8725 §3.11: a token of another kind is not a login.
    if jwt.get_unverified_header(token).get("typ") != "login+jwt":
        raise jwt.InvalidTokenError("typ is not login+jwt")
    claims = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token),
        algorithms=["ES256"],  # RFC 8725 §3.1: never taken from the token
        issuer=broker,
        audience=audience,
        leeway=5,
        options={"require": ["iss", "aud", "sub", "iat", "exp"], "strict_aud": True},
    )
    # PyJWT takes times written as text, too; Vestibule sends numbers.
    if not all(isinstance(claims[time], int) for time in ("iat", "exp")):
        raise jwt.InvalidTokenError("iat or exp is not a number")
    if nonce is not None and claims.get("nonce") != nonce:
        raise jwt.InvalidTokenError("nonce is another")
    return claims


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Verifies the token on standard input.")
    options.add_argument("--broker", required=True)
    options.add_argument("--audience", required=True)
    options.add_argument("--nonce")
    given = options.parse_args()
    known = jwt.PyJWKClient(f"{given.broker}/.well-known/jwks.json")
    try:
        print(json.dumps(verify(sys.stdin.read().strip(), given.broker, given.audience, given.nonce, known)))
    except jwt.PyJWTError as wrong:
        sys.exit(str(wrong).splitlines()[0])
