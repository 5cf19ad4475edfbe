import { nodeScheduler } from "../../src/platform/node/scheduler.js"

/** Resolves after all scheduled microtasks, and the next turn of the event loop. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    nodeScheduler.afterMicrotasks(() => {
      nodeScheduler.nextTurn(resolve)
    })
  })
}
