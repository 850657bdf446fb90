/** PostgreSQL without a server: in WebAssembly, for one connection at a time. It knows nothing of timeouts. */
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { afterAll } from 'vitest';

/** Starts one until the tests of the file that calls this are finished; the answer is its URL. It takes seconds. */
export async function startPglite(): Promise<string> {
  const starting = start();
  // Before anything is waited for: later the hook would be nobody's.
  afterAll(async () => {
    const { engine, server } = await starting;
    await server.stop();
    await engine.close();
  });
  const { server } = await starting;
  return `postgres://postgres@${server.getServerConn()}/postgres`;
}

async function start() {
  const engine = await PGlite.create();
  // The connection before may not be gone yet when the next comes.
  const server = new PGLiteSocketServer({ db: engine, port: 0, host: '127.0.0.1', maxConnections: 2 });
  await server.start();
  return { engine, server };
}
