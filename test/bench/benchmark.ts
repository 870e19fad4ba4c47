/** One comparison of ours against what a user would pick instead; lower is better. */
export interface Benchmark {
  name: string;
  unit: 's' | 'ms' | 'MB' | 'bytes' | '%';
  /** The ratio ours / peer that is not to be exceeded. */
  goal?: number;
  /** Both measured in the same run, taking turns, as medians. */
  run(): Promise<{ ours: number; peer: number; peerName: string }>;
}
