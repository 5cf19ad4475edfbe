/**
 * Skips the current test, or in a `before` hook the current suite. Appends the reason to the title, so that reports show
 * what was not tested, and why.
 */
export function skip(context: Mocha.Context, reason: string): never {
  const test = context.test!
  const explain = (skipped: Mocha.Runnable): void => {
    skipped.title += ` (skipped: ${reason})`
  }
  if (test.title.startsWith('"before all" hook')) test.parent!.eachTest(explain)
  else explain(context.currentTest ?? test)
  context.skip()
}
