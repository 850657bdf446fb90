/** Databases on the PostgreSQL server that TEST_DATABASE_URL names. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll } from 'vitest';

/** Creates an empty database until the tests of the file that calls this are finished; the answer is its URL. */
export async function createDatabase(): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  // Before anything is waited for: later the hook would be nobody's.
  afterAll(() => atServer(`drop database if exists ${name} with (force)`));
  await atServer(`create database ${name}`);
  const url = new URL(serverUrl());
  url.pathname = name;
  return url.href;
}

/** Runs a statement on a connection of its own. */
export async function atServer(statement: string, url = serverUrl()): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (!url) throw new Error('TEST_DATABASE_URL must name a PostgreSQL server: .ci/postgres starts one');
  return url;
}
