/** `npm run example:chain`: each API of a chain calls the next one, for the same user. */
import { clockUrl, issuerUrl, startServices } from '../npm-start.ts';
import { almanac } from './almanac.ts';
import { type Call, startApi } from './api.ts';
import { calendar } from './calendar.ts';
import { clockDesk } from './clock-desk.ts';
import { exchange, introspect, revoke, signIn, type TokenAnswer } from './issuer.ts';
import { get } from './next-api.ts';
import { print, printCall } from './report.ts';
import { settings } from './services.ts';

const diary = { id: 'diary', secret: 'the-secret-of-the-diary' };

print(0, 'The three services start …\n');
const services = await startServices(settings);

const calls: Call[] = [];
const note = (call: Call) => void calls.push(call);
const almanacUrl = await startApi(issuerUrl, almanac, note);
const calendarApi = calendar(issuerUrl, almanacUrl);
const calendarUrl = await startApi(issuerUrl, calendarApi, note);
const deskApi = clockDesk(issuerUrl, clockUrl, calendarUrl);
const deskUrl = await startApi(issuerUrl, deskApi, note);

print(0, 'diary signs alice in, and gets a token for the clock.\n');
const first = tokenIn(await signIn(issuerUrl, diary, 'alice', deskApi.resource, 'current_time'));
const answer = await get(`${deskUrl}/now`, first);
const [toDesk, toCalendar, toAlmanac] = calls as [Call, Call, Call];
printCall(toDesk, 0);
print(1, 'clock-desk asks the clock, with the same token: GET /current_time\n');
printCall(toCalendar, 1);
printCall(toAlmanac, 2);
print(0, `diary gets ${JSON.stringify(answer)}\n`);

print(0, 'What apis.json does not allow is refused.');
const wider = await exchange(
  issuerUrl,
  calendarApi.client,
  toCalendar.token,
  almanac.resource,
  'almanac:write',
);
print(1, `calendar wants almanac:write:           ${errorIn(wider)}`);
const past = await exchange(issuerUrl, deskApi.client, toDesk.token, almanac.resource, 'almanac:read');
print(1, `clock-desk wants to call almanac:       ${errorIn(past)}\n`);

print(0, 'diary revokes its token. The last one of the chain came from it, and ends with it.');
print(1, `almanac asks the issuer about the last: ${JSON.stringify(await knownOfLast())}`);
await revoke(issuerUrl, diary, first);
print(1, `the same after the revocation:          ${JSON.stringify(await knownOfLast())}`);
print(1, `calendar calls almanac with it again:   ${await statusOfLast()}\n`);
await services.stop();
// The APIs would listen for ever.
process.exit();

/** What the issuer tells the last API of the chain about the token that it got. */
async function knownOfLast() {
  const { active } = await introspect(issuerUrl, almanac.client, toAlmanac.token);
  return { active };
}

/** What the last API of the chain answers to the token that it got. */
async function statusOfLast(): Promise<number> {
  const headers = { authorization: `Bearer ${toAlmanac.token}` };
  return (await fetch(`${almanacUrl}${almanac.path}`, { headers })).status;
}

function tokenIn({ access_token, error, error_description }: TokenAnswer): string {
  if (access_token === undefined) throw new Error(`there is no token: ${error}, ${error_description}`);
  return access_token;
}

function errorIn({ error, error_description }: TokenAnswer): string {
  return `${error}, ${error_description}`;
}
