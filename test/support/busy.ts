/** Computes for `duration` ms: the event loop of this thread stands still. */
export function compute(duration: number): void {
  const end = performance.now() + duration
  while (performance.now() < end);
}
