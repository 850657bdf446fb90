/** Runs the auth server. */
import { runService } from 'shared/run-service.ts';
import { createApp, expectedNotices } from './app.ts';
import { settingsSchema } from './config.ts';

await runService('auth-server', settingsSchema, createApp, expectedNotices);
