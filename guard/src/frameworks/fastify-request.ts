/** Requests and replies of Fastify, as the guard sees them and leaves them. */
import type {} from 'fastify';
import type { NodeRequest } from 'shared/oauth/incoming-request.ts';
import type { Caller } from '../guard.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the call; undefined until the guard has let it pass. */
    caller?: Caller | undefined;
  }
}

/** What the guard uses of a request. */
export interface GuardedRequest {
  raw: NodeRequest;
  /** The target before a rewrite. */
  originalUrl: string;
  caller?: Caller | undefined;
}

/** What the guard uses of a reply. */
export interface GuardedReply {
  code(status: number): GuardedReply;
  headers(values: Record<string, string>): GuardedReply;
  send(body: string): GuardedReply;
}
