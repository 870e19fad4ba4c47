/** Whether an engine's API version, "1.45", is `wanted` or later. */
export function apiAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * Networks and their MAC addresses are given when a container is created, all at once, and health checks have a
 * `start_interval`: Docker Engine 25.
 */
export const engine25 = '1.44';
