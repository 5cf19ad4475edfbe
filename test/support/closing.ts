import type { Socket } from "../../src/index.js"

/** What a test has to put away: a socket of ours, or anything that closes. */
export interface Closable {
  close(): unknown
}

/**
 * To be called in `describe`: what is passed to the function it returns is closed after each test, last one first.
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
