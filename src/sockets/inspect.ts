import type { SocketCore } from "./socket-core.js"

/** The method that `util.inspect` and `console.log` call in Node, Bun, and Deno. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom")

type Inspect = (value: unknown, options: object) => string

/**
 * Makes `util.inspect` show the state of a socket: its type, endpoints, peers, and queue lengths. Inspecting does not
 * change the state, and works for a closed socket.
 */
export function defineInspect<S extends object>(
  constructor: { prototype: S },
  coreOf: (socket: S) => SocketCore,
): void {
  Object.defineProperty(constructor.prototype, INSPECT, {
    configurable: true,
    writable: true,
    value(this: S, depth: number, options: object, inspect: Inspect): string {
      const { name } = this.constructor
      if (depth < 0) return `[${name}]`
      const core = coreOf(this)
      const { peers, queued, dropped } = core.stats()
      const open = { type: core.typeName, ...core.endpoints.names, peers, queued, dropped }
      return `${name} ${inspect(core.closed ? { type: core.typeName, closed: true, dropped } : open, options)}`
    },
  })
}
