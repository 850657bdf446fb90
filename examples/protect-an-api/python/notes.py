"""An API of notes."""

import os
from collections import defaultdict

import uvicorn
from fastapi import FastAPI

import introspection
import local_verification
from protection import ISSUER, RESOURCE, Caller, protection

locally = os.environ.get("VERIFY") == "locally"
needs = protection(local_verification.claims_of if locally else introspection.claims_of)
notes: defaultdict[str, list[str]] = defaultdict(list)
app = FastAPI()


@app.get("/notes")
def read(caller: Caller = needs("notes:read")):
    return {"notes": notes[caller.user]}


@app.put("/notes/{text}")
def add(text: str, caller: Caller = needs("notes:write")):
    notes[caller.user].append(text)
    return {"notes": notes[caller.user]}


@app.get("/count")
def count(caller: Caller = needs("notes:read", user=False)):
    return {"count": sum(len(own) for own in notes.values())}


@app.get("/.well-known/oauth-protected-resource")
def metadata():
    return {
        "resource": RESOURCE,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["notes:read", "notes:write"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Notes",
    }


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "5050")))
