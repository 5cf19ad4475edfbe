import { createContext } from "../../src/sockets/context.js"
import type { Context } from "../../src/sockets/context.js"
import type { ByteStream } from "../../src/core/connection/byte-stream.js"
import { nodePlatform } from "../../src/platform/node/index.js"
import { nodeFeatures } from "../../src/transports/authentication/node-features.js"
import { StreamTransport } from "../../src/transports/stream/stream-transport.js"
import { FakeClock } from "./fake-clock.js"
import { Loopback } from "./loopback.js"

/** An attempt to connect that the test lets succeed or fail. */
export class Dialed {
  canceled = false

  constructor(
    readonly address: string,
    private readonly connected: (stream: ByteStream) => void,
    private readonly failed: (error: Error) => void,
    private readonly streams: Loopback[],
  ) {}

  /** Lets the attempt succeed. */
  accept(): Loopback {
    const stream = new Loopback()
    this.streams.push(stream)
    this.connected(stream)
    return stream
  }

  refuse(code = "ECONNREFUSED"): void {
    this.failed(Object.assign(new Error(code), { code }))
  }
}

/** A context with `dial://` endpoints and a clock that the test controls. */
export class DialBench {
  readonly clock = new FakeClock()
  readonly attempts: Dialed[] = []
  /** The streams of accepted attempts. */
  readonly streams: Loopback[] = []
  readonly context: Context

  constructor() {
    const transport = new StreamTransport(
      "dial",
      {
        delays: false,
        listen: () => Promise.reject(new Error("Nothing is bound in this test")),
        listenSync: () => {
          throw new Error("Nothing is bound in this test")
        },
        check: () => undefined,
        dial: (address, _options, connected, failed) => {
          const attempt = new Dialed(address, connected, failed, this.streams)
          this.attempts.push(attempt)
          return { cancel: () => (attempt.canceled = true) }
        },
      },
      nodeFeatures,
    )
    // Without warnings, since they use a timer, and tests count pending timers.
    this.context = createContext(
      {
        ...nodePlatform,
        clock: this.clock,
        transports: new Map([...nodePlatform.transports, ["dial", transport]]),
      },
      { warnings: false },
    )
  }

  /** The newest attempt. */
  get last(): Dialed {
    return this.attempts[this.attempts.length - 1]!
  }
}
