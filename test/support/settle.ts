import { afterMicrotasks, nextTurn } from "../../src/core/platform.js"

/** Everything booked so far has run: what waits for the microtasks to end, and for the next turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    afterMicrotasks(() => {
      nextTurn(resolve)
    })
  })
}
