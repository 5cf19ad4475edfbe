import fc from "fast-check"
import { parseEndpoint } from "../../src/sockets/endpoint.js"
import * as zmq from "../../src/index.js"
import { registeredType } from "../../src/sockets/type-registry.js"
import { TABLE } from "../../src/sockets/options/settings.js"
import { parseBindAddress, parseConnectAddress } from "../../src/transports/tcp/tcp-address.js"
import type { Target } from "./target.js"

const part = fc.constantFrom(
  ...["tcp", "ipc", "inproc", "://", ":", "*", "[", "]", "::1", "127.0.0.1", "localhost", ";", "%lo", "0", "65535"],
  ...["65536", "-1", "@", "/", "\0", " ", "é", "", "ws", "[::ffff:1.2.3.4]", "__proto__"],
)
const endpoint = fc.oneof(
  fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")),
  fc.string({ maxLength: 40 }),
  fc.array(part, { maxLength: 5 }).map((parts) => `tcp://${parts.join("")}`),
)

/** Whether `error` is of a kind that reports a mistake of the application. */
function isTold(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && "code" in error && typeof error.code === "string")
}

function tells(attempt: () => unknown): void {
  try {
    attempt()
  } catch (error) {
    if (!isTold(error)) throw error
  }
}

const sockets = Object.values(zmq).filter(
  (exported): exported is typeof zmq.Dealer =>
    typeof exported === "function" && exported.prototype instanceof zmq.Socket,
)

const value = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.string({ maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(null, undefined, NaN, Infinity, -0, 2 ** 53, {}, [], () => undefined, Symbol("x"), 10n),
)

export const parsers: readonly Target[] = [
  {
    name: "endpoints of any text",
    weight: 15,
    property: () =>
      fc.property(endpoint, (text) => {
        for (const parse of [parseEndpoint, parseBindAddress, parseConnectAddress]) tells(() => parse(text))
      }),
  },
  {
    name: "options with any value, by name and by number",
    weight: 10,
    property: () =>
      fc.property(
        fc.nat(sockets.length - 1),
        fc.array(fc.tuple(fc.nat(), value), { maxLength: 20 }),
        (type, changes) => {
          const context = new zmq.Context()
          const socket = new sockets[type]!({ context })
          try {
            const { optionNames } = registeredType(socket.type)!
            for (const [index, value] of changes) {
              const name = optionNames[index % optionNames.length]!
              const { id } = TABLE[name]
              const loose = socket as unknown as Record<string, unknown>
              const numbered = socket as unknown as Record<
                `${"set" | "get"}StringOption`,
                (...args: unknown[]) => unknown
              >
              tells(() => (loose[name] = value))
              tells(() => loose[name])
              tells(() => numbered.setStringOption(id, value))
              tells(() => numbered.getStringOption(id))
            }
          } finally {
            socket.close()
          }
        },
      ),
  },
]
