/** An MCP server with two tools, each of which needs a scope. */
import { localhostOriginValidation, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import express from 'express';
import { createGuard } from 'guard';
import { metadata, protect } from 'guard/express';
import { z } from 'zod';

const { PORT = '5070', ISSUER = 'http://localhost:5001', NOTES_SECRET = '' } = process.env;

const guard = createGuard({
  resource: `http://localhost:${PORT}/mcp`,
  issuer: ISSUER,
  name: 'Notes',
  scopes: ['notes:read', 'notes:write'],
  tokens: { clientId: 'notes-mcp', clientSecret: NOTES_SECRET },
});

/** The last hundred notes of each user. */
const notes = new Map();
const notesOf = (user) => notes.get(user) ?? [];

/** The tools. `scope` is all that a call of the tool needs. */
const tools = {
  list_notes: {
    scope: 'notes:read',
    description: 'Lists your notes',
    inputSchema: z.object({}),
    run: (user) => notesOf(user).join('\n') || 'You have no notes.',
  },
  add_note: {
    scope: 'notes:read notes:write',
    description: 'Adds a note to yours',
    inputSchema: z.object({ note: z.string().min(1).max(1000) }),
    run(user, { note }) {
      notes.set(user, [...notesOf(user), note].slice(-100));
      return `You have ${notesOf(user).length} notes.`;
    },
  },
};

/** The MCP server of one request, whose user the guard has told. */
function serverOf({ authInfo }) {
  const { user } = authInfo.extra;
  const server = new McpServer({ name: 'notes', version: '1.0.0' });
  for (const [name, { description, inputSchema, run }] of Object.entries(tools)) {
    server.registerTool(name, { description, inputSchema }, (input) => ({
      content: [{ type: 'text', text: run(user, input) }],
    }));
  }
  return server;
}

// Whoever connects has to read at least. A call of a tool needs the scope of the tool.
const connects = protect(guard, { scope: 'notes:read' });
const calls = new Map(Object.entries(tools).map(([name, { scope }]) => [name, protect(guard, { scope })]));

function authorize(request, response, next) {
  const { method, params } = request.body ?? {};
  const called = method === 'tools/call' ? calls.get(params?.name) : undefined;
  return (called ?? connects)(request, response, next);
}

const handle = toNodeHandler(createMcpHandler(serverOf));
const isOriginAllowed = localhostOriginValidation();

const app = express();
app.use(metadata(guard));
// Some clients look for the metadata here alone, without the path of the server.
app.get('/.well-known/oauth-protected-resource', (_, response) => {
  const { headers, body } = guard.metadata.answer;
  response.set(headers).json(body);
});
app.all('/mcp', express.json(), (request, response, next) => {
  if (!isOriginAllowed(request, response)) return;
  // Several calls in one request would need the scopes of all of them.
  if (Array.isArray(request.body)) response.status(400).json({ error: 'send one call at a time' });
  else authorize(request, response, next);
});
app.all('/mcp', (request, response) => {
  const { user, clientId, scopes } = request.caller;
  request.auth = { token: '', clientId, scopes, extra: { user } };
  return handle(request, response, request.body);
});
app.listen(Number(PORT), 'localhost', () => console.log(`MCP server at http://localhost:${PORT}/mcp`));
