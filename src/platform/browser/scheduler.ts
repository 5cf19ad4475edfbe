import type { Scheduler } from "../../core/runtime.js"

const turns = new MessageChannel()
const tasks: (() => void)[] = []
turns.port1.onmessage = () => tasks.shift()?.()
// Bundles for browsers also run in Node, where an open port would keep the process alive.
;(turns.port1 as { unref?: () => void }).unref?.()

function nextTurn(task: () => void): void {
  tasks.push(task)
  turns.port2.postMessage(undefined)
}

/** A task of its own comes after all microtasks, and browsers have nothing sooner. */
export const browserScheduler: Scheduler = { afterMicrotasks: nextTurn, nextTurn }
