export interface ServedPages {
  /** Ends without a slash. */
  url: string;
  pages: Record<string, { title: string; cases: Record<string, string> }>;
  close(): Promise<void>;
}

export function serveWebviews(options?: {
  port?: number;
  minify?: boolean;
  rebuilds?: boolean;
}): Promise<ServedPages>;
