"""Verifies tokens by their signatures (RFC 9068): without a call, and blind to revocations until they expire."""

import jwt

from protection import ISSUER, RESOURCE, Outage

LONGEST_LIFETIME = 300  # seconds: the access_token_ttl of the API
keys = jwt.PyJWKClient(f"{ISSUER}/jwks", timeout=2)


def claims_of(token: str) -> dict | None:
    try:
        key = keys.get_signing_key_from_jwt(token)
        verified = jwt.decode_complete(
            token,
            key,
            algorithms=["ES256"],
            issuer=ISSUER,
            audience=RESOURCE,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "client_id"]},
        )
    except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError) as error:
        raise Outage from error
    except jwt.PyJWTError:
        return None
    claims = verified["payload"]
    # PyJWT does not look at the type. ID tokens have the same signatures, and another type.
    if verified["header"].get("typ") != "at+jwt":
        return None
    return claims if claims["exp"] - claims["iat"] <= LONGEST_LIFETIME else None
