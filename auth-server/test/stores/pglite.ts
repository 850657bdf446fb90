/** PostgreSQL without a server: in WebAssembly, for one connection at a time. It ignores timeouts. */
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { afterAll } from 'vitest';

/** Starts PostgreSQL until the tests of the calling file are finished, and answers its URL. It takes seconds. */
export async function startPglite(): Promise<string> {
  const starting = start();
  // Registered before the first await, because later the hook would belong to no file.
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
  // The previous connection may still be open when the next one comes.
  const server = new PGLiteSocketServer({ db: engine, port: 0, host: '127.0.0.1', maxConnections: 2 });
  await server.start();
  return { engine, server };
}
