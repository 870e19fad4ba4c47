export interface LocalModule {
  /** Relative POSIX name: `helper.py`, `pkg/__init__.py`. */
  name: string;
  /** Where it is on the user's machine. */
  path: string;
  content: Buffer;
}

/** The modules beside a script that it imports. */
export async function findLocalImports(_script: { path: string; source: string }): Promise<LocalModule[]> {
  return Promise.resolve([]);
}
