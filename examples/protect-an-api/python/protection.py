"""Protects an API with access tokens: who calls, and whether the token suffices."""

import logging
import os
from typing import Callable, NamedTuple

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER = os.environ.get("ISSUER", "http://localhost:5001")
RESOURCE = "http://localhost:5050"
METADATA = f"{RESOURCE}/.well-known/oauth-protected-resource"


class Outage(Exception):
    """The token cannot be checked now. The caller is not to blame."""


class Caller(NamedTuple):
    client: str
    user: str | None


def protection(claims_of: Callable[[str], dict | None]):
    """Makes `needs`. `claims_of` returns the claims of a token that is in force, and None for any other."""

    def needs(scope: str, user: bool = True):
        """A dependency that gives the caller of an authorized call, and refuses any other."""

        def caller_of(sent: HTTPAuthorizationCredentials | None = Depends(HTTPBearer(auto_error=False))):
            if sent is None:
                raise refusal(401)
            try:
                claims = claims_of(sent.credentials)
            except Outage as outage:
                # Such as that the issuer refuses the secret of this API, which only its operator can mend.
                logging.error("Tokens cannot be checked: %s", outage.__cause__)
                raise HTTPException(503, "Tokens cannot be checked now.", {"Retry-After": "1"}) from outage
            if claims is None or claims.get("aud") != RESOURCE:
                raise refusal(401, "invalid_token", "the token is expired, revoked or for another API")
            # Only who proves the key may use it (RFC 9449), and this API checks no proofs.
            if "cnf" in claims:
                raise refusal(401, "invalid_token", "the token is bound to a key")
            is_user = claims["sub"] != claims["client_id"]
            if user and not is_user:
                raise refusal(401, "invalid_token", "the token is not bound to a user")
            if scope not in claims.get("scope", "").split():
                raise refusal(403, "insufficient_scope", "the token lacks a scope", scope)
            return Caller(claims["client_id"], claims["sub"] if is_user else None)

        return Depends(caller_of)

    return needs


def refusal(status: int, error: str = "", description: str = "a token is needed", scope: str = ""):
    """A refusal with its challenge (RFC 6750 section 3, RFC 9728 section 5.1)."""
    parameters = {"error": error, "error_description": error and description, "scope": scope}
    parameters["resource_metadata"] = METADATA
    challenge = ", ".join(f'{name}="{value}"' for name, value in parameters.items() if value)
    return HTTPException(status, description, {"WWW-Authenticate": f"Bearer {challenge}"})
