/** Reads parameters of requests, which the library passes on without a type. */

/** A parameter's text; undefined when it is missing or not a text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
