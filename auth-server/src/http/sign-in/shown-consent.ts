/** What the consent page shows of a request, in the languages of its reader. */
import { type LocalizedText, plainText } from '../../core/apis/api.ts';
import { inLanguage, languagesOf } from '../../core/apis/languages.ts';
import { type AskedScope, isChoice } from '../../core/sign-in/asked-scopes.ts';
import { fingerprintOf } from '../../core/sign-in/consent-fingerprint.ts';
import type { PendingInteraction } from '../../core/sign-in/interactions.ts';
import type { Consent, PermissionGroup } from '../pages/consent-page.ts';

/** The heading over the scopes of OpenID Connect. */
const ACCOUNT = plainText('Your account');

/** @param acceptLanguage the header of the request that the page answers */
export function shownConsent(
  { client, asked, redirectUri, uiLocales }: PendingInteraction,
  acceptLanguage: string,
): Pick<Consent, 'clientName' | 'vouching' | 'isUncheckedProgram' | 'groups' | 'shown' | 'destination'> {
  const languages = languagesOf(uiLocales, acceptLanguage);
  const account = { name: ACCOUNT, scopes: asked.openid };
  return {
    clientName: client.name,
    groups: [account, ...asked.apis].map(groupOf),
    vouching: client.claimed ?? (client.isStrangers === true ? 'nobody' : 'operator'),
    isUncheckedProgram:
      (client.claimed !== undefined || client.isStrangers === true) &&
      redirectUri !== undefined &&
      !/^https:/i.test(redirectUri),
    shown: fingerprintOf(asked, client.claimed),
    destination: redirectUri === undefined ? undefined : URL.parse(redirectUri)?.host || redirectUri,
  };

  function groupOf({ name, scopes }: { name: LocalizedText; scopes: AskedScope[] }): PermissionGroup {
    return {
      name: inLanguage(name, languages),
      permissions: scopes.map((scope) => ({
        meaning: inLanguage(scope.meaning, languages),
        isNew: scope.isNew,
        ...(isChoice(scope) && { box: { value: scope.choice, ticked: !scope.wasLeftOut } }),
      })),
    };
  }
}
