import type { Metafile } from 'esbuild';

export function build(options?: { production?: boolean }): Promise<Metafile>;
export function eagerOutputs(metafile: Metafile, entry: string): { path: string; bytes: number }[];
