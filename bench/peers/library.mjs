// The measured library, the arguments of the process, and code that the roles share.
import { createRequire } from "node:module"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { meter, say } from "./meter.mjs"

const [library, role, endpoint, ...numbers] = process.argv.slice(2)
const [size, peers, warmUp, duration] = numbers.map(Number)
export { duration, endpoint, peers, role, size, warmUp }

const began = performance.now()
export const zmq = role === "required" ? createRequire(import.meta.url)(library) : await import(library)
/** In ms. */
export const loadTime = performance.now() - began

export const body = Buffer.alloc(size, 0x61)
export const Meter = meter(size, warmUp, duration)
zmq.context.maxSockets = 16_000

/** First byte of messages that get no reply. */
export const FLOOD = 0x66

export async function bound(socket) {
  await socket.bind(endpoint)
  say({ endpoints: socket.lastEndpoint })
  return socket
}

/** @param index Index of the endpoint, among those of the process that binds. */
export function connected(socket, index = 0) {
  socket.connect(endpoint.split(" ")[index])
  return socket
}

/** Resolution of the event loop's histogram, in ms. */
const RESOLUTION = 1

/** Reports the longest pause of the event loop after the warm-up, in ms, when the benchmark ends this process. */
export function watchPauses() {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION })
  setTimeout(() => delays.enable(), warmUp)
  process.once("SIGTERM", () => {
    say({ pause: Math.max(0, delays.max / 1e6 - RESOLUTION) })
    process.exit()
  })
}
