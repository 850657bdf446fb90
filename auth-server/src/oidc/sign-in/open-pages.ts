/** Lets a browser have several sign-out and device pages open at once: the library remembers the last one only. */
import { timingSafeEqual } from 'node:crypto';
import { Provider } from 'oidc-provider';

/** How many pages a session remembers. A form of an older page is not accepted, and its user is asked anew. */
const MAX_PAGES = 5;

/** What the library keeps of a page in the session: the anti-forgery token of its form, and what the form is about. */
interface PageState {
  secret: string;
}

/** What a session has of its pages. */
interface OpenPages {
  states?: PageState[];
  /** The page that this request shows; it is not stored. */
  shown?: PageState | undefined;
}

/**
 * Makes the `state` of a provider's sessions that of the page in question: the one that the request shows, or else the one
 * whose form was posted, or else the last one.
 */
export function keepOpenPages({ Session }: Provider): void {
  const payload = Session as unknown as { IN_PAYLOAD: string[] };
  // The one state stays, too: sessions have it that the version before has stored.
  const stored = [...payload.IN_PAYLOAD, 'states'];
  Object.defineProperty(payload, 'IN_PAYLOAD', { get: () => stored });
  Object.defineProperty(Session.prototype, 'state', {
    get(this: OpenPages) {
      return this.shown ?? stateInQuestion(this.states);
    },
    set(this: OpenPages, state: PageState | undefined) {
      const answered = state ?? stateInQuestion(this.states);
      const others = (this.states ?? []).filter(({ secret }) => secret !== answered?.secret);
      this.states = state === undefined ? others : [...others, state].slice(-MAX_PAGES);
      this.shown = state;
    },
  });
}

function stateInQuestion(states: PageState[] = []): PageState | undefined {
  const posted = Provider.ctx?.oidc?.params?.xsrf;
  const matching = states.find(({ secret }) => typeof posted === 'string' && isSame(secret, posted));
  return matching ?? states.at(-1);
}

function isSame(secret: string, posted: string): boolean {
  const [one, other] = [Buffer.from(secret), Buffer.from(posted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
