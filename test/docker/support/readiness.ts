/**
 * Whether the Docker suite can run here: `tsx readiness.ts` ends with 0, or says in one line what is missing. It pulls
 * the image that the tests use.
 */
import { baseImage, composeProgram, openDocker } from './machine.ts';

export async function whatIsMissing(): Promise<string | undefined> {
  const docker = openDocker();
  const answer = await Promise.race([
    docker.version().catch((error: unknown) => String(error)),
    new Promise<string>((resolve) => setTimeout(() => resolve('it hangs'), 10_000).unref()),
  ]);
  if (typeof answer === 'string') return `no Docker engine answers (${answer})`;
  try {
    composeProgram();
  } catch (error) {
    return (error as Error).message;
  }
  try {
    await docker.getImage(baseImage).inspect();
  } catch {
    try {
      const pull = await docker.pull(baseImage);
      await new Promise((resolve, reject) => {
        docker.modem.followProgress(pull, (error, done) => (error ? reject(error) : resolve(done)));
      });
    } catch (error) {
      return `the image ${baseImage} can't be pulled (${String(error)})`;
    }
  }
  return undefined;
}

if (process.argv[1] === import.meta.filename) {
  const missing = await whatIsMissing();
  if (missing !== undefined) console.log(missing);
  process.exit(missing === undefined ? 0 : 1);
}
