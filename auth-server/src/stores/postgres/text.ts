/**
 * A text as PostgreSQL can keep and compare it. It has no zero characters, and these can come from anyone who makes up
 * a client id or a name: they become what UTF-8 makes of other characters that it does not have.
 */
export function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
