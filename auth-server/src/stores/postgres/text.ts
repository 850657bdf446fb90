/**
 * A text as PostgreSQL can keep and compare it. PostgreSQL has no zero characters, but anyone can send them in a client id
 * or a name. They become U+FFFD, as other characters do that cannot be written in UTF-8.
 */
export function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
