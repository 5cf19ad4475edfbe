import type { Scheduler } from "../../core/runtime/scheduler.js"

const tasks: (() => void)[] = []
const runNext = (): void => tasks.shift()?.()
const turn = createTurn()

function nextTurn(task: () => void): void {
  tasks.push(task)
  turn()
}

/**
 * Returns a function that runs `runNext` in a separate task. It uses a message channel, or a timer in React Native, which
 * has no `MessageChannel`.
 */
function createTurn(): () => void {
  if (typeof MessageChannel === "undefined") return () => setTimeout(runNext, 0)
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = runNext
  // Bundles for browsers may also run in Node, where an open port would keep the process alive.
  ;(port1 as { unref?: () => void }).unref?.()
  return () => {
    port2.postMessage(undefined)
  }
}

/**
 * Whether the page is being unloaded, so its event loop may not turn again. It may return from the back/forward
 * cache.
 */
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
 * Uses separate tasks, which run after all microtasks, because browsers offer nothing earlier. While a page is being
 * unloaded, its listeners may still send, and these messages must be written before the listeners return.
 */
export const browserScheduler: Scheduler = {
  afterMicrotasks(task) {
    if (leaving) queueMicrotask(task)
    else nextTurn(task)
  },
  nextTurn,
}
