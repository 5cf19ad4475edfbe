import { setScheduler } from "./core/platform.js"
import * as api from "./exports.js"

const turns = new MessageChannel()
const tasks: (() => void)[] = []
turns.port1.onmessage = () => tasks.shift()?.()
// Bundles for browsers also run in Node, where an open port would keep the process alive.
;(turns.port1 as { unref?: () => void }).unref?.()

function nextTurn(task: () => void): void {
  tasks.push(task)
  turns.port2.postMessage(undefined)
}

// A task of its own comes after all microtasks, and no browser has anything nearer.
setScheduler({ afterMicrotasks: nextTurn, nextTurn })

export * from "./exports.js"
export default { ...api }
