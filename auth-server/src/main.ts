/** Runs the auth server. */
import { runService } from 'shared/lifecycle/run-service.ts';
import { createApp, expectedNotices } from './app.ts';
import { settingsSchema } from './config.ts';

await runService('auth-server', settingsSchema, createApp, expectedNotices);
