/** What a faulty link does to an answer's bytes. */

/** The faults that a link can have. */
export type LinkFault =
  | { kind: 'none' }
  /** Answers come later. */
  | { kind: 'delay'; ms: number }
  /** Connections are accepted, and all bytes are swallowed, both ways. */
  | { kind: 'drop' }
  /** Nothing listens. */
  | { kind: 'refuse' }
  /** Answers are cut off, and the connection is closed in good order. */
  | { kind: 'truncate' }
  /** The connection is reset when the answer is on its way, so the request was carried out. */
  | { kind: 'reset' }
  /** Bytes of answers have their high bit flipped. */
  | { kind: 'corrupt'; part: 'head' | 'body' };

/** Which bytes of an answer are passed on, when, and how the connection then ends, if it does. */
export interface Delivery {
  bytes: Buffer;
  afterMs?: number;
  close?: 'end' | 'reset';
}

/**
 * Applies a fault to one answer. The services' answers are small, so each comes in one or two pieces: head and body.
 *
 * @param nth the number of the answer on this link, so that each is damaged in another place
 */
export function deliver(fault: LinkFault, answer: Buffer, nth: number): Delivery {
  switch (fault.kind) {
    case 'none':
      return { bytes: answer };
    case 'delay':
      return { bytes: answer, afterMs: fault.ms };
    case 'drop':
    case 'refuse':
      return { bytes: Buffer.alloc(0) };
    case 'truncate':
      // In the head and near the end of the body, by turns.
      return { bytes: answer.subarray(0, nth % 2 === 0 ? 20 : -5), close: 'end' };
    case 'reset':
      return { bytes: Buffer.alloc(0), close: 'reset' };
    case 'corrupt':
      return { bytes: corrupt(answer, fault.part, nth) };
  }
}

/**
 * Flips the high bit of one byte. Without TLS nobody could notice that a digit has become another digit. This damage
 * can be noticed: the services' answers are ASCII, and a single byte above ASCII is not UTF-8.
 */
function corrupt(answer: Buffer, part: 'head' | 'body', nth: number): Buffer {
  const headEnd = answer.indexOf('\r\n\r\n');
  const isHead = answer.subarray(0, 5).equals(Buffer.from('HTTP/'));
  const bodyStart = isHead && headEnd >= 0 ? headEnd + 4 : 0;
  const [from, to] = part === 'head' ? [0, isHead ? bodyStart : 0] : [bodyStart, answer.length];
  if (from === to) return answer;
  const hurt = Buffer.from(answer);
  // Steps of 7, so that few answers reach all sorts of places.
  const at = from + ((nth * 7) % (to - from));
  hurt[at] = (hurt[at] ?? 0) ^ 0x80;
  return hurt;
}
