import { readLibrary } from './runPipeline.ts';

/** The modules that a script of one's own needs of ours: the package `medallion` where it is imported, else none. */
export async function libraryFor(source: string): Promise<ReadonlyMap<string, Buffer>> {
  return /^\s*(import|from)\s+medallion\b/m.test(source) ? new Map(await readLibrary()) : new Map();
}
