import { request, type IncomingHttpHeaders } from 'node:http';
import type { EngineAgent } from './engineAgent.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** The answer to a question of ours is never larger. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** One GET without dockerode, which is loaded only once an engine has answered. Rejects with what Node throws. */
export function ask(agent: EngineAgent, path: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // With a socket path, nobody takes it for a request that should go through a proxy; the agent goes where it goes.
    const query = request({ agent, socketPath: 'engine', path, method: 'GET', signal }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) query.destroy(new Error('the answer is too long'));
        else chunks.push(chunk);
      });
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
      answer.on('error', reject);
    });
    query.on('error', reject);
    query.end();
  });
}
