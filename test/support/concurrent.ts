/**
 * Returns an `it` for tests that mostly wait, for other processes or for timeouts. They run at the same time, up to
 * `limit` of them; each reports its own result. Call it in `describe`. What such tests open may only be closed after all
 * of them: `closing(after)`.
 */
export function concurrent(limit: number): (title: string, body: () => Promise<void>) => Mocha.Test {
  const bodies: (() => Promise<void>)[] = []
  const runs: Promise<void>[] = []
  after(() => Promise.allSettled(runs).then(() => undefined))

  /** Starts the tests up to this one. */
  const startUpTo = (last: number): void => {
    while (runs.length < bodies.length && runs.length <= last) {
      const run = bodies[runs.length]!()
      // A failure is reported by its own test.
      run.catch(() => undefined)
      runs.push(run)
    }
  }

  return (title, body) => {
    const index = bodies.push(body) - 1
    return it(title, () => {
      startUpTo(index + limit - 1)
      return runs[index]
    })
  }
}
