/** The APIs of APIS_FILE, as far as each is concerned by itself; whether their clients exist is checked at start. */
import { z } from 'zod';
import { apiDefinition } from '../core/apis/api-definition.ts';
import { normalised } from '../core/apis/apis.ts';
import { jsonFile } from './json-file.ts';

/** A file with a JSON array of APIs, no two of which have one identifier. */
export const apisFile = jsonFile(
  z.array(apiDefinition).superRefine((apis, context) => {
    const urls = apis.map(({ resource }) => normalised(resource));
    for (const [index, url] of urls.entries()) {
      if (urls.indexOf(url) === index) continue;
      context.addIssue({
        code: 'custom',
        path: [index, 'resource'],
        message: 'is the identifier of another API too',
      });
    }
  }),
);
