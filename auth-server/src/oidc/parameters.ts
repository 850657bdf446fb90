/** Parameters of requests, which the library hands on without a type. */

/** A parameter's text; undefined when there is none. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
