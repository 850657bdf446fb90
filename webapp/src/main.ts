/** Runs the webapp. */
import { runService } from 'shared/lifecycle/run-service.ts';
import { createApp } from './app.ts';
import { settingsSchema } from './config.ts';

await runService('webapp', settingsSchema, createApp);
