/** Which requirements of RFC 9700, the best current practice for OAuth 2.0 security, the deployment breaks. */
import { type Deployment, NO_METADATA } from '../deployment.ts';
import { type Finding, skip } from '../findings.ts';
import { brokenByMetadata } from './rfc9700-metadata.ts';
import { brokenByResponses } from './rfc9700-responses.ts';
import { brokenBySettings } from './rfc9700-settings.ts';

/** What the settings say is told in any case, the rest only of an auth server that is there. */
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
