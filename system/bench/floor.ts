/** One of the floor's three processes: the exchanges of the chain on bare node:http, with Ed25519 and nothing else. */
import { createPrivateKey, createPublicKey, randomUUID, sign, verify } from 'node:crypto';
import { Agent, createServer, request, type ServerResponse } from 'node:http';

const { ROLE, KEY = '', PORTS = '' } = process.env;
const [authPort, apiPort, webPort] = PORTS.split(',').map(Number);
const privateKey = createPrivateKey(KEY);
const publicKey = createPublicKey(KEY);
const agent = new Agent({ keepAlive: true });
const header = Buffer.from('{"alg":"EdDSA","typ":"at+jwt"}').toString('base64url');

const roles = {
  auth: {
    port: authPort,
    answer(url: string, body: string, response: ServerResponse) {
      if (url === '/token')
        return send(response, { access_token: issue(), token_type: 'Bearer', expires_in: 5 });
      return send(response, introspect(String(new URLSearchParams(body).get('token'))));
    },
  },
  api: {
    port: apiPort,
    async answer(_url: string, _body: string, response: ServerResponse, authorization: string) {
      const token = authorization.slice('Bearer '.length);
      const { active } = JSON.parse(await call(authPort, 'POST', '/introspect', `token=${token}`));
      send(response, active ? { current_time: new Date().toISOString() } : {}, active ? 200 : 401);
    },
  },
  web: {
    port: webPort,
    async answer(_url: string, _body: string, response: ServerResponse) {
      const form = 'grant_type=password&username=bob&password=builder&scope=current_time';
      const { access_token } = JSON.parse(await call(authPort, 'POST', '/token', form));
      const time = await call(apiPort, 'GET', '/current_time', '', {
        authorization: `Bearer ${access_token}`,
      });
      send(response, JSON.parse(time));
    },
  },
};

const { port, answer } = roles[ROLE as keyof typeof roles];
createServer((incoming, response) => {
  if (incoming.url === '/ready') return void response.end();
  let body = '';
  incoming.on('data', (chunk) => {
    body += chunk;
  });
  incoming.on(
    'end',
    () => void answer(String(incoming.url), body, response, String(incoming.headers.authorization)),
  );
}).listen(port, '127.0.0.1');

function send(response: ServerResponse, body: object, status = 200): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function call(
  port: number | undefined,
  method: string,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host: '127.0.0.1', port, method, path, headers }, (incoming) => {
      let text = '';
      incoming.on('data', (chunk) => {
        text += chunk;
      });
      incoming.on('end', () => resolve(text));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function issue(): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    sub: 'bob',
    iat,
    exp: iat + 5,
    jti: randomUUID(),
    scope: 'current_time',
    client_id: '1234',
  };
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
}

function introspect(token: string): object {
  const [head, payload, signature] = token.split('.');
  const good = verify(
    null,
    Buffer.from(`${head}.${payload}`),
    publicKey,
    Buffer.from(String(signature), 'base64url'),
  );
  const claims = JSON.parse(Buffer.from(String(payload), 'base64url').toString());
  return good && claims.exp > Date.now() / 1000 ? { active: true, ...claims } : { active: false };
}
