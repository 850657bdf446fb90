/** Runs the resource server. */
import { runService } from 'shared/lifecycle/run-service.ts';
import { createApp } from './app.ts';
import { settingsSchema } from './config.ts';

await runService('resource-server', settingsSchema, createApp);
