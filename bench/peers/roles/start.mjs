// The start of a process: loading the library, the first message, and the first thousands of messages.
import { bound, connected, body, loadTime, peers, zmq } from "../library.mjs"
import { report } from "../meter.mjs"

/** Time of `import()`, in ms. */
export function imported() {
  report(loadTime)
}

/** Time of `require()`, in ms. */
export function required() {
  report(loadTime)
}

/** Sends messages to processes that have just started. */
export async function supply() {
  const socket = await bound(new zmq.Push())
  for (;;) await socket.send(body)
}

/** Time from the start of this process to its first message, in ms. */
export async function firstMessage() {
  const socket = connected(new zmq.Pull())
  await socket.receive()
  report(performance.now())
  socket.close()
}

/** The rate of the first `peers` messages that this process receives, counted from the first one. */
export async function firstMessages() {
  const socket = await bound(new zmq.Pull())
  let received = -1
  let start = 0
  for await (const {} of socket) {
    if (++received === 0) start = performance.now()
    if (received === peers) break
  }
  report((peers / (performance.now() - start)) * 1000)
}
