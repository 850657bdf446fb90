/** An app that another can take the place of while requests are being answered. */
import type { RequestListener } from 'node:http';

/** Something that answers requests, such as a Koa app. */
export interface App {
  callback(): RequestListener;
}

export interface Replaceable extends App {
  /** From now on requests are answered by this one; those that have begun are finished by the one before. */
  replace(app: App): void;
}

export function replaceable(first: App): Replaceable {
  let answer = first.callback();
  return {
    callback: () => (request, response) => answer(request, response),
    replace(app) {
      answer = app.callback();
    },
  };
}
