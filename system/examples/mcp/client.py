"""An application with the official Python client, which its test drives: it reads lines, and answers each with a line.

Lines that it writes: `open URL` for the user's browser, `ready` to be told a tool, `result TEXT` of one, or `failed TEXT`. Lines that it reads: the parameters that
the browser came back with, or a tool with its input as JSON.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs

from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

SERVER, CALLBACK = sys.argv[1:3]


class Memory:
    """What the application keeps."""

    def __init__(self):
        self.tokens = None
        self.client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


def say(kind, text):
    print(kind, str(text).replace("\n", " "), flush=True)


async def line():
    return (await asyncio.to_thread(sys.stdin.readline)).strip()


async def browse(url):
    say("open", url)


async def came_back():
    query = parse_qs(await line())
    return AuthorizationCodeResult(code=query["code"][0], state=query["state"][0], iss=query["iss"][0])


async def main():
    metadata = OAuthClientMetadata(client_name="Notebook", redirect_uris=[CALLBACK])
    provider = OAuthClientProvider(SERVER, metadata, Memory(), browse, came_back)
    async with create_mcp_http_client(auth=provider) as http:
        async with Client(streamable_http_client(SERVER, http_client=http)) as client:
            say("ready", "")
            while command := await line():
                tool, _, given = command.partition(" ")
                answer = await client.call_tool(tool, json.loads(given or "{}"))
                say("result", answer.content[0].text)


try:
    asyncio.run(main())
except BaseException as error:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    say("failed", repr(error))
