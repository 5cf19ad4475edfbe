// The delay of a peer or a timer while other peers keep a socket busy.
import { body, connected, duration, FLOOD, size, warmUp, zmq } from "../library.mjs"
import { report } from "../meter.mjs"

export async function flood() {
  const socket = connected(new zmq.Dealer())
  const flood = Buffer.alloc(size, FLOOD)
  for (;;) await socket.send(flood)
}

/** The 99th percentile of a round trip, in µs. */
export async function ping() {
  const socket = connected(new zmq.Dealer())
  const times = []
  const end = performance.now() + warmUp + duration
  const start = end - duration
  for (let now = performance.now(); now < end;) {
    await socket.send(body)
    await socket.receive()
    const then = performance.now()
    if (now > start) times.push(then - now)
    now = then
  }
  times.sort((a, b) => a - b)
  report(times[Math.floor(times.length * 0.99)] * 1000)
}

/** Maximum delay of a timer during a loop of sends, in ms. */
export async function lateness() {
  const socket = connected(new zmq.Push())
  const end = performance.now() + warmUp + duration
  let worst = 0
  let due = performance.now() + 5
  const tick = () => {
    const now = performance.now()
    if (now > end - duration) worst = Math.max(worst, now - due)
    if (now >= end) report(worst)
    due = performance.now() + 5
    setTimeout(tick, 5)
  }
  setTimeout(tick, 5)
  for (;;) await socket.send(body)
}
