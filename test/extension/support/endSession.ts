import { liveStack } from '../../support/liveStack.ts';

/** Ends the session of the test stack, which outlives windows and so the tests of others. */
export async function endSession(): Promise<void> {
  const { url, token } = (await liveStack()).session;
  const headers = { authorization: `token ${token}` };
  const sessions = (await (await fetch(new URL('/api/sessions', url), { headers })).json()) as {
    id: string;
  }[];
  for (const { id } of sessions)
    await fetch(new URL(`/api/sessions/${id}`, url), { method: 'DELETE', headers });
}
