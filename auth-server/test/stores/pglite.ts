/** PostgreSQL without a server: in WebAssembly, for one connection at a time. It knows nothing of timeouts. */
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { afterAll } from 'vitest';

/** Starts one until the tests of the file are finished; the answer is its URL. It takes seconds. */
export async function startPglite(): Promise<string> {
  const engine = await PGlite.create();
  // The connection before may not be gone yet when the next comes.
  const server = new PGLiteSocketServer({ db: engine, port: 0, host: '127.0.0.1', maxConnections: 2 });
  await server.start();
  afterAll(async () => {
    await server.stop();
    await engine.close();
  });
  return `postgres://postgres@${server.getServerConn()}/postgres`;
}
