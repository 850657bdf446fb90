/** `npm run example:mcp`: an MCP server beside the three services, until Ctrl-C. */
import { fileURLToPath } from 'node:url';
import { issuerUrl, startServices } from '../npm-start.ts';

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

console.log('The three services start …');
await startServices({
  APIS_FILE: pathOf('apis.json'),
  CLIENTS_FILE: pathOf('clients.json'),
  ISSUER: issuerUrl,
  // Nobody knows the MCP clients that will come: they register themselves, or have an address for their metadata.
  REGISTRATION: 'open',
  CIMD_ALLOWED: '*',
});
Object.assign(process.env, { ISSUER: issuerUrl, NOTES_SECRET: 'a-long-random-value' });
// The rest is plain JavaScript, as in a repository of your own.
await import(new URL('server.js', import.meta.url).href);
