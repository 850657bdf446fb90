/** The page on which a user decides what a client may do. */
import type { TextInLanguage } from '../../core/apis/languages.ts';
import { type Html, html } from './html.ts';
import { page } from './layout.ts';

/** What the page shows, and where its form leads. */
export interface Consent {
  /** The URL that the form is posted to, without the last part of the path. */
  action: string;
  clientName: string;
  /** Who answers for the name of the client: the operator, nobody, or a host, which has its own name for it. */
  vouching: 'operator' | 'nobody' | { name: string | undefined };
  /** Whether the user is sent to a program on their computer that may be any program. */
  isUncheckedProgram: boolean;
  username: string;
  /** What the client asks for: the user's account first, then one API after the other. */
  groups: PermissionGroup[];
  /** What names all of it in the user's answer. */
  shown: string;
  /** The host of the client, where the user is sent next. */
  destination: string | undefined;
}

/** What a client asks for at one API. */
export interface PermissionGroup {
  name: TextInLanguage;
  permissions: Permission[];
}

/** One thing that a client asks for, in plain words. */
export interface Permission {
  meaning: TextInLanguage;
  isNew: boolean;
  /** Where the user may leave it out: the value of its box, and whether that is ticked. */
  box?: { value: string; ticked: boolean };
}

/** The page as HTML. What is new stands out from what the user has allowed before. */
export function consentPage(consent: Consent): string {
  const { action, clientName, vouching, username, groups, shown, destination } = consent;
  const fresh = those(groups, ({ isNew }) => isNew);
  const before = those(groups, ({ isNew }) => !isNew);
  const hasBoxes = fresh.some(({ permissions }) => permissions.some(({ box }) => box !== undefined));
  return page(
    `Allow ${clientName}?`,
    html`<form method="post" action="${action}/consent">
${vouching !== 'operator' && unchecked(clientName, vouching)}
<p><strong>${clientName}</strong> ${fresh.length > 0 ? 'asks to:' : 'asks again for what you allowed before:'}</p>
${(fresh.length > 0 ? fresh : before).map((group) => groupOf(group, 'h2'))}
${hasBoxes && html`<p class="quiet">You can untick what you do not want to allow.</p>`}
${fresh.length > 0 && before.length > 0 && html`<section class="before quiet"><h2>You allowed before</h2>${before.map((group) => groupOf(group, 'h3'))}</section>`}
<p class="quiet">You are signed in as <strong>${username}</strong>.${destination !== undefined && html` You will then be sent to <strong>${destination}</strong>.`}</p>
${consent.isUncheckedProgram && html`<p class="bad">That is a program on this computer, and any program on it can say that it is ${clientName}. Allow this only if you have just started it yourself.</p>`}
<input type="hidden" name="shown" value="${shown}">
<div class="actions">
<button name="decision" value="accept">Allow</button>
<button class="second" name="decision" value="decline">Do not allow</button>
</div>
</form>`,
  );
}

/** Who vouches for a client that no operator has registered, and for what. */
function unchecked(clientName: string, vouching: 'nobody' | { name: string | undefined }): Html {
  return vouching === 'nobody' ? ofNobody(clientName) : ofHost(clientName, vouching.name);
}

function ofNobody(clientName: string): Html {
  return html`<p>An application has registered itself as “${clientName}”. Nobody here has checked that it is that. Go on only if you have just come from it.</p>`;
}

function ofHost(host: string, name: string | undefined): Html {
  return html`<p>${name === undefined ? html`It is known by its address only: ` : html`The site <strong>${host}</strong> says that this is “${name}”. `}Nobody here has checked it. Go on only if you know and trust <strong>${host}</strong>.</p>`;
}

function those(groups: PermissionGroup[], are: (permission: Permission) => boolean): PermissionGroup[] {
  return groups
    .map(({ name, permissions }) => ({ name, permissions: permissions.filter(are) }))
    .filter(({ permissions }) => permissions.length > 0);
}

function groupOf({ name, permissions }: PermissionGroup, level: 'h2' | 'h3'): Html {
  const heading = level === 'h2' ? html`<h2>${inLanguage(name)}</h2>` : html`<h3>${inLanguage(name)}</h3>`;
  return html`${heading}
<ul>${permissions.map(({ meaning, box }) =>
    box === undefined
      ? html`<li>${inLanguage(meaning)}</li>`
      : html`<li><label class="choice"><input type="checkbox" name="scope" value="${box.value}"${box.ticked && html` checked`}>${inLanguage(meaning)}</label></li>`,
  )}</ul>`;
}

function inLanguage({ text, lang }: TextInLanguage): Html {
  return lang === undefined ? html`<span>${text}</span>` : html`<span lang="${lang}">${text}</span>`;
}
