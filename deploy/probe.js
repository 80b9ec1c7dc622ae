// For a container's health check: asks the server beside it, and ends with 0 when it answers 200.
const PATIENCE_MS = 4_000;
const { PORT = '8000' } = process.env;
const [, , path = '/health'] = process.argv;

const response = await fetch(`http://127.0.0.1:${PORT}${path}`, {
  signal: AbortSignal.timeout(PATIENCE_MS),
}).catch(() => undefined);
process.exit(response?.status === 200 ? 0 : 1);
