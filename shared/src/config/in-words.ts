/** Faults of values, in words that say what the value must be and never what it is. */
import type { z } from 'zod';

const kinds: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
};

/** An error map for zod, for faults that a schema has no text of its own for. */
export const inWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${orOf(issue.values.map(String))}`;
    case 'too_small':
      if (issue.origin === 'number') return `must be ${issue.minimum} or more`;
      if (issue.minimum === 1) return 'must not be empty';
      return `must have ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'entries'} or more`;
    case 'too_big':
      return issue.origin === 'number' ? `must be ${issue.maximum} or less` : undefined;
    case 'invalid_key':
      return issue.issues[0]?.message;
    default:
      return undefined;
  }
};

function orOf(values: string[]): string {
  return values.length < 2 ? values.join() : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

/** A fault as one line: the setting, and where in its value something is wrong. Entries count from 1. */
export function faultLine({ path, message }: z.core.$ZodIssue): string {
  const [setting, ...inside] = path;
  const parts = inside.map((part) => (typeof part === 'number' ? `entry ${part + 1}` : String(part)));
  return `${String(setting)}: ${[parts.reverse().join(' of '), message].filter(Boolean).join(' ')}`;
}
