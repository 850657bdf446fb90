/** Reads one of got's answers to its end. */
import type { Request as GotRequest, Response } from 'got';

/** The largest answer of an upstream, in bytes. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** An answer is larger than {@link MAX_ANSWER_BYTES}. The rest of it is not read. */
export class AnswerTooLarge extends Error {}

/**
 * Resolves with the whole answer.
 *
 * @throws {AnswerTooLarge} when it is too large
 * @throws {RequestError} of got, when no answer came or not all of it
 */
export function readAnswer(request: GotRequest): Promise<{ response: Response; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    let response: Response;
    const chunks: Buffer[] = [];
    let size = 0;
    request.once('response', (begun: Response) => {
      response = begun;
    });
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= MAX_ANSWER_BYTES) return;
      reject(new AnswerTooLarge());
      request.destroy();
    });
    request.once('end', () => resolve({ response, bytes: Buffer.concat(chunks, size) }));
    request.on('error', reject);
  });
}
