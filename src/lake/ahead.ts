/**
 * Runs `task` on each item, up to `width` at once, and gives the results in the order of the items. What is under way
 * when the consumer stops is awaited and dropped.
 */
export async function* ahead<T, R>(
  items: Iterable<T>,
  width: number,
  task: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  const start = (item: T): void => {
    const promise = task(item);
    // Its failure is thrown when its turn comes.
    promise.catch(() => {});
    running.push(promise);
  };
  try {
    for (const item of items) {
      start(item);
      if (running.length >= width) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}
