/**
 * Rows to try migrations on: for each migration, statements that fill the tables that it made as its version of the
 * code does. A migration that also changes rows needs a test of its own as well.
 */
export const ROWS: Record<string, string[]> = {
  '0001-artifacts-and-revocations': [
    `insert into artifacts (model, id, payload, sealed, grant_id, account_id, client_id, uid, user_code, consumed_at, expires_at)
    values
      ('Session', 'a-hash', '{"uid":"the-uid","accountId":"alice"}', null, null, 'alice', null, 'the-uid', null, null, now() + interval '1 day'),
      ('Grant', 'a-grant', '{"jti":"a-grant"}', null, null, 'alice', 'app', null, null, null, now() + interval '90 days'),
      ('DeviceCode', 'a-hash', '{"userCode":"BBBB"}', 'a.b.c.d.e', 'a-grant', 'alice', 'app', null, 'BBBB', now(), now() + interval '1 day'),
      ('Interaction', 'a-hash', '{}', 'a.b.c.d.e', null, null, null, null, null, null, now() - interval '1 day'),
      ('Client', 'app', '{"client_id":"app","client_name":"zero \\u0000"}', 'a.b.c.d.e', null, null, null, null, null, null, 'infinity')`,
    `insert into revocations (jti_hash, expires_at) values ('a-hash', now())`,
  ],
  '0002-users-and-guesses': [
    `insert into users (id, username, username_key, email, email_verified, roles, status, password_hash, created_at, updated_at, version)
    values
      ('alice', 'Alice', 'alice', 'alice@example.com', true, '{admin}', 'active', 'a-hash', now(), now(), 1),
      ('bob', 'bob', 'bob', null, false, '{}', 'active', 'a-hash', now(), now(), 2)`,
    `insert into guesses (key, count, expires_at) values ('alice', 3, now() + interval '1 minute')`,
  ],
  '0003-clients-and-audit': [
    `insert into clients (client_id, metadata, secrets) values ('app', '{"client_id":"app"}', '[{"id":"1","hash":"a-hash"}]')`,
    `insert into audit_log (at, action, actor_user, subject, details) values (now(), 'user_changed', 'alice', 'bob', '{"roles":[]}')`,
  ],
  '0004-signing-keys': [
    `insert into signing_keys (kid, alg, created_at, signs_from, sealed_jwk) values ('a-key', 'ES256', now(), now(), 'a.b.c.d.e')`,
  ],
  '0008-apis': [
    `insert into apis (id, definition) values ('an-id', '{"resource":"https://orders.example.com"}')`,
    `update artifacts set apis = '{https://orders.example.com}' where model = 'Grant'`,
  ],
};
