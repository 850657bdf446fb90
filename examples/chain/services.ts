/** The settings of the three services, with the APIs and the clients of this example. */
import { fileURLToPath } from 'node:url';
import { clockUrl, issuerUrl } from '../npm-start.ts';

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export const settings = {
  APIS_FILE: pathOf('apis.json'),
  CLIENTS_FILE: pathOf('clients.json'),
  // The clock is in apis.json, with tokens that live long enough to look at them.
  CLOCK_API: 'off',
  RESOURCE: 'https://clock.example',
  RESOURCE_SERVER_URL: clockUrl,
  ISSUER: issuerUrl,
  PASSWORD_GRANT: 'on',
};
