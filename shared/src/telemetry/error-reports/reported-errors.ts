/**
 * What a report says of an error: its class, its code, and where it was thrown. Messages stay in the process, since they
 * quote what was read or sent: the log has them, under the id of the request.
 */
import { fileURLToPath } from 'node:url';
import { createStackParser, type Exception, type StackFrame } from '@sentry/core';
import { nodeStackLineParser } from '@sentry/core/server';

/** The folder of the project; where that is on the machine is nobody's business. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** How many errors of a chain of causes are told, the error itself included. */
const MAX_ERRORS = 6;

/** The codes of Node, PostgreSQL and libraries, such as `ECONNREFUSED`, `ERR_INVALID_URL` and `23505`. */
const CODE = /^[A-Z\d]{1,20}(?:_[A-Z\d]{1,20}){0,5}$/;

/** A name as it is written in code. One that was computed can be any text. */
const CLASS = /^[\w$]{1,60}$/;
const FUNCTION =
  /^(?:new |get |set )?[\w$#]{1,60}(?:\.(?:[\w$#]{1,60}|<\w+>|\?)){0,5}(?: \[as [\w$#]{1,60}\])?$/;

/** Reads the lines of a stack. */
export const stackParser = createStackParser(nodeStackLineParser());

/** The error and its causes, the first of them first. Of what is thrown and no error only its type is told. */
export function reportedErrors(error: unknown): Exception[] {
  if (!(error instanceof Error)) return [{ type: typeof error }];
  const chain: Exception[] = [];
  for (let link: unknown = error; link instanceof Error && chain.length < MAX_ERRORS; link = link.cause) {
    chain.unshift({ type: classOf(link), ...codeOf(link), stacktrace: { frames: framesOf(link) } });
  }
  return chain;
}

/** Not its `name`, which anybody can set. */
function classOf(error: Error): string {
  const { name } = error.constructor;
  return CLASS.test(name) ? name : 'Error';
}

function codeOf(error: Error): { value?: string } {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && CODE.test(code) ? { value: code } : {};
}

/** The message, at the beginning of a stack, is cut off, since its lines may look like frames. */
function framesOf({ stack = '', message }: Error): StackFrame[] {
  const start = stack.indexOf(message);
  if (start === -1) return [];
  return stackParser(stack.slice(start + message.length)).map(placeOf);
}

/** Neither variables nor lines of source: only where it was. */
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
