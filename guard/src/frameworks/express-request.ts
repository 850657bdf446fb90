/** Requests of Express, as the guard sees them and leaves them. */
import type { NodeRequest } from 'shared/oauth/incoming-request.ts';
import type { Caller } from '../guard.ts';

declare global {
  namespace Express {
    interface Request {
      /** Who makes the call; undefined until the guard has let it pass. */
      caller?: Caller;
    }
  }
}

/** What the guard uses of a request. */
export interface ExpressRequest extends NodeRequest {
  /** The target before a mounted application took its own path away. */
  originalUrl: string;
  caller?: Caller | undefined;
}

/** Lets a request pass, or hands an error to the error handling of the application. */
export type Next = (error?: unknown) => void;
