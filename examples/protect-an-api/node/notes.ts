/** An API of notes, protected by the guard. */
import express from 'express';
import { type Caller, createGuard } from 'guard';
import { metadata, protect } from 'guard/express';

const { PORT = '5050', ISSUER = 'http://localhost:5001', SECRET = '', VERIFY } = process.env;

const guard = createGuard({
  resource: 'http://localhost:5050',
  issuer: ISSUER,
  name: 'Notes',
  scopes: ['notes:read', 'notes:write'],
  tokens:
    VERIFY === 'locally'
      ? { verify: 'locally', algs: ['ES256'], maxLifetime: 300 }
      : { clientId: 'notes-api', clientSecret: SECRET },
});

const notes = new Map<string, string[]>();
const notesOf = (caller?: Caller) => notes.get(caller?.user ?? '') ?? [];

const app = express();
app.use(metadata(guard));

app.get('/notes', protect(guard, { scope: 'notes:read' }), (request, response) => {
  response.json({ notes: notesOf(request.caller) });
});

app.put('/notes/:text', protect(guard, { scope: 'notes:write' }), (request, response) => {
  const own = [...notesOf(request.caller), request.params.text];
  notes.set(request.caller?.user ?? '', own);
  response.json({ notes: own });
});

app.get('/count', protect(guard, { scope: 'notes:read', user: 'optional' }), (_request, response) => {
  response.json({ count: [...notes.values()].flat().length });
});

app.listen(Number(PORT), '127.0.0.1');
