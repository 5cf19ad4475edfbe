// The compliance suite: what every transport must do, as test cases for any test runner.

import { connectionCases, endpointCases } from "./endpoint-cases.js"
import { peerCases } from "./peer-cases.js"
import type { AnyCase, ComplianceSocket, Joining, SocketClasses, Fixture } from "./fixture.js"

/** Options of `transportCompliance`. */
export interface ComplianceOptions {
  /** The library: `import * as zmq from "zmtp"`. */
  readonly zmq: SocketClasses
  /** Additional options of each socket, such as `{ context }` with the transport. */
  readonly options?: object
  /**
   * Returns an unused endpoint, a different one for each call. Without it, cases that require endpoints are omitted.
   */
  readonly endpoint?: () => string | Promise<string>
  /** Returns the two ends of a stream, which are attached instead of using an endpoint. */
  readonly pair?: () => readonly [unknown, unknown] | Promise<readonly [unknown, unknown]>
  /** Whether peers have connections that can be lost. Default: true. `inproc` has none. */
  readonly connections?: boolean
}

/** One requirement for transports. */
export interface ComplianceCase {
  /** The name of the test. */
  readonly name: string
  /**
   * Resolves if the transport meets the requirement, and rejects otherwise. It may also wait forever: use a timeout.
   */
  readonly run: () => Promise<void>
}

/**
 * Returns the requirements for transports as a list of cases for the test runner of your choice. Pass `endpoint` for a
 * transport with endpoints, or `pair` for attached streams. With both, pairs are used unless a case requires endpoints.
 * @throws TypeError if both are missing
 * @example
 * for (const { name, run } of transportCompliance({ zmq, options: { context }, endpoint: () => `ssh://host/${n++}` }))
 * it(name, run)
 */
export function transportCompliance(options: ComplianceOptions): ComplianceCase[] {
  const { endpoint, pair, connections = true } = options
  if (endpoint === undefined && pair === undefined) {
    throw new TypeError("Missing option: transportCompliance requires an `endpoint` or `pair` function")
  }
  const cases: AnyCase[] = [...peerCases]
  if (endpoint !== undefined) cases.push(...endpointCases, ...(connections ? connectionCases : []))
  return cases.map(({ name, run }) => ({ name, run: () => withFixture(options, run) }))
}

/** Runs one case, and closes its sockets. */
async function withFixture(
  { zmq, options, endpoint, pair }: ComplianceOptions,
  run: (fixture: Fixture) => Promise<void>,
): Promise<void> {
  const opened: ComplianceSocket[] = []
  const fresh = async (): Promise<string> => {
    if (endpoint === undefined) throw new TypeError("Missing option: this case requires an `endpoint` function")
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
