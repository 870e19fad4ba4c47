import { setTimeout as sleep } from 'node:timers/promises';

/** How long a person's patience lasts where the machine is slow. */
export const patienceMs = 60_000;

/** Asks again and again until `probe` gives something else than undefined or false; throws with `what` and the last answer. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = patienceMs,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let lastError: unknown;
  do {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await sleep(100);
  } while (Date.now() < end);
  throw new Error(`After ${timeoutMs / 1000} s still not: ${what}`, { cause: lastError });
}

/** What `read` gives once it has given the same for so long. */
export async function settled(what: string, read: () => Promise<string>, quietMs: number): Promise<string> {
  let last: string | undefined;
  let since = 0;
  await until(`${what} has settled`, async () => {
    const now = await read();
    if (now !== last) since = Date.now();
    last = now;
    return Date.now() - since >= quietMs;
  });
  return last!;
}
