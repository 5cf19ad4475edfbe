import type { ByteStream } from "../../src/core/connection/byte-stream.js"
import { nodePlatform } from "../../src/platform/node/index.js"
import { createContext, type Context } from "../../src/sockets/context.js"
import { nodeFeatures } from "../../src/transports/authentication/node-features.js"
import type { Server, TrackPending } from "../../src/transports/stream/listener.js"
import { StreamTransport, type StreamDriver } from "../../src/transports/stream/stream-transport.js"
import { FakeClock } from "./fake-clock.js"
import { Loopback } from "./loopback.js"

/** One bound endpoint, whose connections the test makes. */
export class Bound implements Server {
  closed = false

  constructor(
    readonly endpoint: string,
    private readonly accepted: (stream: ByteStream) => void,
    readonly failed: (error: Error) => void,
    readonly trackPending: TrackPending,
  ) {}

  /** A peer connects. */
  connect(stream = new Loopback()): Loopback {
    this.accepted(stream)
    return stream
  }

  close(): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }
}

/** A context whose `bound://` endpoints are bound by the test, and whose clock is advanced by it. */
export class BindBench {
  readonly clock = new FakeClock()
  readonly context: Context
  readonly servers: Bound[] = []

  /** @param driver Replaces methods of the driver. */
  constructor(driver: Partial<StreamDriver> = {}) {
    const listen: StreamDriver["listenSync"] = (address, _options, accepted, failed, trackPending) => {
      const server = new Bound(`bound://${address}`, accepted, failed, trackPending)
      this.servers.push(server)
      return server
    }
    const transport = new StreamTransport(
      "bound",
      {
        delays: false,
        listen: (...args) => Promise.resolve(listen(...args)),
        listenSync: listen,
        check: () => undefined,
        dial: () => ({ cancel: () => undefined }),
        ...driver,
      },
      nodeFeatures,
    )
    this.context = createContext(
      { ...nodePlatform, clock: this.clock, transports: new Map([["bound", transport]]) },
      { warnings: false },
    )
  }

  get last(): Bound {
    return this.servers[this.servers.length - 1]!
  }
}
