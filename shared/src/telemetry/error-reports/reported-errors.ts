/**
 * What a report says about an error: its class, its code, and where it was thrown. It has no message, since messages
 * quote what was read or sent; the log has them under the id of the request.
 */
import { fileURLToPath } from 'node:url';
import { createStackParser, type Exception, type StackFrame } from '@sentry/core';
import { nodeStackLineParser } from '@sentry/core/server';

/** The project's folder. Reports name files relative to it. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** How many errors of a chain of causes are reported, the error itself included. */
const MAX_ERRORS = 6;

/** The codes of Node, PostgreSQL and libraries, such as `ECONNREFUSED`, `ERR_INVALID_URL` and `23505`. */
const CODE = /^[A-Z\d]{1,20}(?:_[A-Z\d]{1,20}){0,5}$/;

/** A class name as code writes it. A computed name could be any text. */
const CLASS = /^[\w$]{1,60}$/;
const FUNCTION =
  /^(?:new |get |set )?[\w$#]{1,60}(?:\.(?:[\w$#]{1,60}|<\w+>|\?)){0,5}(?: \[as [\w$#]{1,60}\])?$/;

/** Parses the lines of a stack. */
export const stackParser = createStackParser(nodeStackLineParser());

/** The error and its causes, the root cause first. Of a thrown value that is not an error, only the type. */
export function reportedErrors(error: unknown): Exception[] {
  if (!(error instanceof Error)) return [{ type: typeof error }];
  const chain: Exception[] = [];
  for (let link: unknown = error; link instanceof Error && chain.length < MAX_ERRORS; link = link.cause) {
    chain.unshift({ type: classOf(link), ...codeOf(link), stacktrace: { frames: framesOf(link) } });
  }
  return chain;
}

/** The name of the class, and not `error.name`, which any code can set. */
function classOf(error: Error): string {
  const { name } = error.constructor;
  return CLASS.test(name) ? name : 'Error';
}

function codeOf(error: Error): { value?: string } {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && CODE.test(code) ? { value: code } : {};
}

/** Cuts off the message, with which a stack begins, since its lines may look like frames. */
function framesOf({ stack = '', message }: Error): StackFrame[] {
  const start = stack.indexOf(message);
  if (start === -1) return [];
  return stackParser(stack.slice(start + message.length)).map(placeOf);
}

/** Only the place: no variables, and no lines of source. */
function placeOf({ filename = '', function: name = '', lineno, colno, in_app }: StackFrame): StackFrame {
  return {
    filename: fileOf(filename),
    function: FUNCTION.test(name) ? name : '?',
    ...(lineno !== undefined && { lineno }),
    ...(colno !== undefined && { colno }),
    ...(in_app !== undefined && { in_app }),
  };
}

function fileOf(filename: string): string {
  if (filename.startsWith(ROOT)) return filename.slice(ROOT.length);
  return /^(?:node:[\w/]+|<anonymous>)$/.test(filename) ? filename : 'elsewhere';
}
