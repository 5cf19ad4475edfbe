// The part of mocha that the tests use, for runtimes without Node: registers suites and tests, and runs them in order.
const root = suite("", undefined)
let current = root

function suite(title, parent) {
  return { title, parent, entries: [], before: [], after: [], beforeEach: [], afterEach: [] }
}

/** Creates the `this` of tests. */
const makeContext = () => ({
  limit: 10_000,
  timeout(limit) {
    this.limit = limit
    return this
  },
  skip() {
    throw SKIPPED
  },
  slow() {
    return this
  },
})
const SKIPPED = new Error("skipped")

function describe(title, body) {
  const own = suite(title, current)
  current.entries.push(own)
  current = own
  try {
    body.call(makeContext())
  } finally {
    current = own.parent
  }
}

function it(title, body) {
  const test = { title, body, limit: undefined }
  current.entries.push(test)
  return { timeout: (limit) => (test.limit = limit) }
}

Object.assign(globalThis, { describe, it })
it.skip = (title) => it(title, undefined)
for (const hook of ["before", "after", "beforeEach", "afterEach"]) {
  globalThis[hook] = (body) => void current[hook].push(body)
}

/** Runs all registered tests. `note` is called with the state, name, and reason of each. */
export async function run(note) {
  await runSuite(root, "", [], [], note)
}

/** Returns the outcome of a test that has thrown `error`. A test of a feature that the host does not implement is skipped. */
export function outcomeOf(error) {
  if (error === SKIPPED) return { state: "skipped" }
  if (/^The [\w.]+ method is not implemented$/.test(error?.message)) return { state: "skipped", reason: error.message }
  return { state: "failed", reason: String(error?.stack ?? error) }
}

async function runSuite(own, path, before, after, note) {
  const name = [path, own.title].filter((text) => text !== "").join(" ")
  const hooks = { before: [...before, ...own.beforeEach], after: [...own.afterEach, ...after] }
  let broken
  try {
    for (const hook of own.before) await call(hook)
  } catch (error) {
    broken = error
  }
  for (const entry of own.entries) {
    if ("entries" in entry) {
      if (broken === undefined) await runSuite(entry, name, hooks.before, hooks.after, note)
      continue
    }
    const title = `${name} ${entry.title}`
    let outcome = { state: "passed" }
    try {
      if (broken !== undefined) throw broken
      if (entry.body === undefined) throw SKIPPED
      for (const hook of hooks.before) await call(hook)
      await call(entry.body, entry.limit)
    } catch (error) {
      outcome = outcomeOf(error)
    }
    for (const hook of hooks.after) {
      try {
        await call(hook)
      } catch (error) {
        outcome = { state: "failed", reason: `afterEach: ${error?.stack ?? error}` }
      }
    }
    note({ name: title, ...outcome })
  }
  for (const hook of own.after) await call(hook)
}

/** Runs `body`. @throws Its error, or an error if it takes too long. */
async function call(body, limit) {
  const context = makeContext()
  const result =
    body.length > 0
      ? new Promise((resolve, reject) => body.call(context, (error) => (error ? reject(error) : resolve())))
      : body.call(context)
  if (!(result instanceof Promise)) return
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Timeout of ${limit ?? context.limit} ms exceeded`)),
      limit ?? context.limit,
    )
  })
  try {
    await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}
