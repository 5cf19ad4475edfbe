import { nodeScheduler } from "../../src/platform/node/scheduler.js"

/** Everything booked so far has run: what waits for the microtasks to end, and for the next turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    nodeScheduler.afterMicrotasks(() => {
      nodeScheduler.nextTurn(resolve)
    })
  })
}
