/** A container's health check: exits with 0 when the service on the given port of 127.0.0.1 is ready, else with 1. */
const answer = await fetch(`http://127.0.0.1:${process.argv[2]}/health/ready`, {
  signal: AbortSignal.timeout(2_500),
}).catch(() => undefined);
process.exit(answer?.ok ? 0 : 1);
