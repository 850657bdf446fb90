/** Checks the deployment for RFC 9700, the best current practice for OAuth 2.0 security. */
import { type Deployment, NO_METADATA } from '../deployment.ts';
import { type Finding, skip } from '../findings.ts';
import { brokenByMetadata } from './rfc9700-metadata.ts';
import { brokenByResponses } from './rfc9700-responses.ts';
import { brokenBySettings } from './rfc9700-settings.ts';

/** Always checks the settings, and the rest only when the auth server can be reached. */
export async function checkRfc9700(deployment: Deployment): Promise<Finding[]> {
  const { metadata } = deployment;
  if (metadata === undefined) {
    return [...brokenBySettings(deployment), skip('the rest', NO_METADATA, 'RFC 9700')];
  }
  return [
    ...brokenBySettings(deployment),
    ...brokenByMetadata(metadata, deployment),
    ...(await brokenByResponses(deployment)),
  ];
}
