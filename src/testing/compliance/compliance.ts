import { connectionCases, endpointCases } from "./endpoint-cases.js"
import { peerCases } from "./peer-cases.js"
import type { AnyCase, ComplianceSocket, Joining, SocketClasses, World } from "./world.js"

/** What is tested, and how. */
export interface ComplianceOptions {
  /** The library: `import * as zmq from "zmtp"`. */
  readonly zmq: SocketClasses
  /** Further options of each socket, such as `{ context }` with the transport. */
  readonly options?: object
  /** An endpoint that nobody uses, another one with each call. Cases that need one are left out without it. */
  readonly endpoint?: () => string | Promise<string>
  /** Two ends of a stream, to be attached, in place of an endpoint. */
  readonly pair?: () => readonly [unknown, unknown] | Promise<readonly [unknown, unknown]>
  /** Whether peers are joined by connections, which can be lost. Default: true; `inproc` has none. */
  readonly connections?: boolean
}

/** One thing that a transport has to do. */
export interface ComplianceCase {
  /** The name of the test. */
  readonly name: string
  /** Resolves when the transport does it, and rejects when it does not; otherwise it waits: give it a deadline. */
  readonly run: () => Promise<void>
}

/**
 * What every transport is held to, as a list of cases for the test runner of your choice. Give it an `endpoint` for a
 * transport with endpoints, or a `pair` for streams that are attached; with both, peers are joined by pairs where no endpoint
 * is needed.
 * @throws TypeError without both.
 * @example
 * for (const { name, run } of transportCompliance({ zmq, options: { context }, endpoint: () => `ssh://host/${n++}` })) it(name, run)
 */
export function transportCompliance(options: ComplianceOptions): ComplianceCase[] {
  const { endpoint, pair, connections = true } = options
  if (endpoint === undefined && pair === undefined) {
    throw new TypeError("transportCompliance needs a function endpoint, or a function pair")
  }
  const cases: AnyCase[] = [...peerCases]
  if (endpoint !== undefined) cases.push(...endpointCases, ...(connections ? connectionCases : []))
  return cases.map(({ name, run }) => ({ name, run: () => inWorld(options, run) }))
}

/** Runs one case, and closes what it has opened. */
async function inWorld(
  { zmq, options, endpoint, pair }: ComplianceOptions,
  run: (world: World) => Promise<void>,
): Promise<void> {
  const opened: ComplianceSocket[] = []
  const fresh = async (): Promise<string> => {
    if (endpoint === undefined) throw new TypeError("This case needs an endpoint")
    return endpoint()
  }
  const join: Joining =
    pair === undefined
      ? async (one, other) => {
          const address = await fresh()
          await other.bind(address)
          one.connect(address)
        }
      : async (one, other) => {
          const [near, far] = await pair()
          await Promise.all([one.attach(near), other.attach(far, { role: "accept" })])
        }
  try {
    await run({
      open: (type, own) => {
        const socket = new zmq[type]({ ...options, ...own }) as ComplianceSocket
        opened.push(socket)
        return socket
      },
      fresh,
      join,
    })
  } finally {
    for (const socket of opened.reverse()) {
      if (socket.closed) continue
      socket.linger = 0
      socket.close()
    }
  }
}
