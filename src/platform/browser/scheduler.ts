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

/** The page is being left: there may be no other turn of its event loop. It may return from the back/forward cache. */
let leaving = false

const { addEventListener } = globalThis as Partial<EventTarget>
addEventListener?.call(globalThis, "pagehide", () => {
  leaving = true
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task()
})
addEventListener?.call(globalThis, "pageshow", () => {
  leaving = false
})

/**
 * A task of its own comes after all microtasks, and browsers have nothing sooner. While a page is being left, listeners of
 * the application still send, and what they send has to be written when they return.
 */
export const browserScheduler: Scheduler = {
  afterMicrotasks(task) {
    if (leaving) queueMicrotask(task)
    else nextTurn(task)
  },
  nextTurn,
}
