import { createServer } from 'node:net';
import { WorkbenchError } from '../base/errors.ts';

/** The first port from `first` on that nobody listens on, on this machine's own address. */
export async function nextFreePort(first: number): Promise<number> {
  for (let port = first; port < 65_536; port += 1) if (await isFree(port)) return port;
  throw new WorkbenchError('conflict', `There is no free port from ${first} on.`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
