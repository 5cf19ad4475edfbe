import type { Scheduler } from "../../core/runtime.js"

const tasks: (() => void)[] = []
const runNext = (): void => tasks.shift()?.()
const turn = createTurn()

function nextTurn(task: () => void): void {
  tasks.push(task)
  turn()
}

/** What runs `runNext` in a task of its own: a message, or a timer in React Native, which has no `MessageChannel`. */
function createTurn(): () => void {
  if (typeof MessageChannel === "undefined") return () => setTimeout(runNext, 0)
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = runNext
  // Bundles for browsers also run in Node, where an open port would keep the process alive.
  ;(port1 as { unref?: () => void }).unref?.()
  return () => {
    port2.postMessage(undefined)
  }
}

/** A task of its own comes after all microtasks, and browsers have nothing sooner. */
export const browserScheduler: Scheduler = { afterMicrotasks: nextTurn, nextTurn }
