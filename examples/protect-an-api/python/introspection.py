"""Checks tokens by introspection (RFC 7662): at each use, so that a revoked token is refused at once."""

import os

import httpx

from protection import ISSUER, Outage

client = httpx.Client(auth=("notes-api", os.environ.get("SECRET", "")), timeout=2)


def claims_of(token: str) -> dict | None:
    try:
        answer = client.post(f"{ISSUER}/introspect", data={"token": token})
        answer.raise_for_status()
        claims = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Outage from error
    return claims if claims.get("active") is True else None
