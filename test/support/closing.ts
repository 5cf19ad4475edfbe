import type { Socket } from "../../src/index.js"

/** A socket, or anything else that a test has to close. */
export interface Closable {
  close(): unknown
}

/**
 * Call it in `describe`. It returns a function that registers values; they are closed after each test, the last one first.
 * @param hook Pass `after` to close everything after all tests.
 */
export function closing(hook: Mocha.HookFunction = afterEach): <T extends Closable>(thing: T) => T {
  const things: Closable[] = []
  hook(async () => {
    for (let thing = things.pop(); thing !== undefined; thing = things.pop()) {
      if (isSocket(thing) && !thing.closed) thing.linger = 0
      await thing.close()
    }
  })
  return (thing) => {
    things.push(thing)
    return thing
  }
}

function isSocket(thing: Closable): thing is Socket {
  return "linger" in thing
}
