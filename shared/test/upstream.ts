/** A fake upstream, which records every request and answers as the test says. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { serve } from './serve.ts';

export interface ReceivedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Answer = (request: ReceivedRequest, response: ServerResponse) => void;

/** Starts an upstream until the test is finished. */
export async function startUpstream(answer: Answer): Promise<{ base: string; received: ReceivedRequest[] }> {
  const received: ReceivedRequest[] = [];
  const base = await serve(async (req, res) => {
    const { method = '', url = '', headers } = req;
    const request = { method, url, headers, body: await text(req) };
    received.push(request);
    answer(request, res);
  });
  return { base, received };
}

/** An answer with this JSON. */
export function json(body: unknown, status = 200): Answer {
  return (_, res) => {
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(JSON.stringify(body));
  };
}

/** The parameters of a form that was received. */
export function form({ body }: ReceivedRequest): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body));
}
