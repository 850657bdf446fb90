/** Runs the auth server. */
import { runService } from 'shared/run-service.ts';
import { createApp } from './app.ts';
import { settingsSchema } from './config.ts';
import { PARSED_BODY_NOTICE } from './oidc/structured-tokens.ts';

await runService('auth-server', settingsSchema, createApp, PARSED_BODY_NOTICE);
